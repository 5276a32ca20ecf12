"""A forward as faces show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from inspector.domain.replay import forward_rule
from inspector.outbox.forwarder import Forwarder
from inspector.store.store import Store
from inspector.store.write import forwards
from inspector.store.write.forwards import Forward


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRow:
    """Where captures go, by which rule, and how it fares."""

    id: int
    url: str
    place: str
    """Where it leads, without the scheme: `localhost:3000/hook`."""
    rule: str
    """As its user wrote it."""
    takes: str
    """The rule in words."""
    relays: bool
    is_for_run: bool
    state: Literal["on", "waiting", "paused"]
    """`waiting`: its target takes nothing now, and is tried again."""
    trouble: str | None
    """Why it waits, or why it was paused by itself."""
    again_ms: int
    """When a target that takes nothing is tried again, or when a pause ends automatically; else 0."""
    waiting: int
    failed: int
    delivered: int
    """In this run."""


def row(forward: Forward, running: Forwarder | None, store: Store) -> ForwardRow:
    """A forward, at work or not."""
    if running is not None:
        waiting, failed = running.waiting, running.failed
    else:
        waiting, failed = store.read(partial(forwards.counts, forward_id=forward.id))
    trouble = forward.why_paused if running is None else running.problem
    return ForwardRow(
        id=forward.id,
        url=forward.url,
        place=place(forward.url),
        rule=forward.filter,
        takes=forward_rule.in_words(forward.filter),
        relays=forward.relays,
        is_for_run=forward.is_for_run,
        state="paused" if not forward.is_active else "on" if trouble is None else "waiting",
        trouble=trouble,
        again_ms=forward.resumes_ms if running is None else running.again_ms,
        waiting=waiting,
        failed=failed,
        delivered=0 if running is None else running.delivered,
    )


def place(url: str) -> str:
    """A URL without its scheme: `localhost:3000/hook`."""
    return url.partition("://")[2].removesuffix("/")
