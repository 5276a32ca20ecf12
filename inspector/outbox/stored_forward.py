"""Stored forwards: as front ends show them, and the begin and end of those that are for one run."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from inspector.base.errors import InspectorError
from inspector.domain.replay import forward_rule
from inspector.outbox.forwarder import Forwarder
from inspector.store.store import Store
from inspector.store.write import forwards as stored
from inspector.store.write.forwards import Forward

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRow:
    """The target, rule and current state of a forward."""

    id: int
    url: str
    place: str
    """The target without its scheme: `localhost:3000/hook`."""
    rule: str
    """The rule as the user wrote it."""
    takes: str
    """The rule in words."""
    relays: bool
    is_for_run: bool
    state: Literal["on", "waiting", "paused"]
    """`waiting`: the target accepts nothing now and is retried."""
    trouble: str | None
    """Why it waits, or why it was paused automatically."""
    again_ms: int
    """When a failing target is retried or a pause ends automatically; otherwise 0."""
    waiting: int
    failed: int
    delivered: int
    """Deliveries of this run."""
    resumed: int
    """Captures that an earlier run did not deliver, so that this one does."""


def row(forward: Forward, running: Forwarder | None, store: Store, *, resumed: int = 0) -> ForwardRow:
    """Return the row of a forward, whether it is running or not."""
    if running is not None:
        waiting, failed = running.waiting, running.failed
    else:
        waiting, failed = store.read(partial(stored.counts, forward_id=forward.id))
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
        resumed=resumed,
    )


async def left_out_reasons(store: Store, forward: Forward, *, after: int) -> Counter[str]:
    """Count the captures since `after` that the rule of a forward does not take, by reason."""
    rule = forward_rule.rule(forward.filter)
    look = partial(stored.left_out, forward_id=forward.id, rule=rule, after=after)
    reasons: Counter[str] = Counter()
    for verdict, is_trusted, method, kind, is_from_browser, number in await store.fetch(look):
        reason = forward_rule.reason_left_out(
            forward.filter, verdict, method, kind, is_trusted=is_trusted, is_from_browser=is_from_browser
        )
        reasons[reason] += number
    return reasons


def place(url: str) -> str:
    """Return a URL without its scheme: `localhost:3000/hook`."""
    return url.partition("://")[2].removesuffix("/")


async def begin_run(
    store: Store, forward: Forward, earlier: Forward | None, *, catches_up: bool
) -> tuple[Forward, int]:
    """Store a forward of this run. Return it with the number of captures that an earlier run did not deliver.

    `earlier` is the same forward of an earlier run. Without `catches_up`, nothing of it is delivered.
    """
    if earlier is not None and catches_up:
        resumed = replace(earlier, relays=forward.relays)
        return await store.write(partial(stored.begin_run, forward=resumed))
    if earlier is not None:
        await store.write(partial(stored.remove, forward_id=earlier.id))
    return await store.write(partial(stored.add, forward=forward)), 0


async def end_run(store: Store, forward_id: int) -> None:
    """Remove a forward of an ended run, or keep it for the next one if its target did not get everything."""
    try:
        forward = await store.fetch(partial(stored.read, forward_id=forward_id))
        if forward.is_active or forward.resumes_ms:
            take = partial(stored.take_all, forward_id=forward_id, rule=forward_rule.rule(forward.filter))
            while await store.write(take):
                pass
        await store.write(partial(stored.end_run, forward_id=forward_id))
    except InspectorError as error:  # the file is busy, or has a rule of another version
        log.info("cannot remove the forward of an ended run: %s", error)


def is_changed(forward: Forward, before: Forward | None) -> bool:
    """Return whether a forward is new or was changed, apart from its position in the captures."""
    return before is None or replace(forward, watermark=before.watermark) != before
