"""What every forward of a session has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inspector.base.tasks import Tasks
from inspector.client.outcome import Limits
from inspector.client.retry import Policy
from inspector.domain.capture.rows import AttemptRow
from inspector.settings.settings import Settings
from inspector.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The bounds, and whom to tell."""

    store: Store
    tasks: Tasks
    limits: Limits
    policy: Policy
    at_once: int
    queued: int
    """With so many waiting it takes up no more: the rest waits among the captures."""
    is_allowed: Callable[[str], bool]
    """Whether a host beyond this machine may be sent to."""
    attempted: Callable[[AttemptRow], None]
    told: Callable[[str], None]
    changed: Callable[[], None]
    pause: Callable[[int, str], None]
    """Asked for where it must not go on, with the reason."""
    why_held: Callable[[], str | None]
    """Why nothing is forwarded at all now, in a sentence; null if captures are."""


def limits(settings: Settings) -> Limits:
    """How long and how much a target may take."""
    return Limits(
        connect_s=settings.number("connect_seconds"),
        whole_s=settings.number("answer_seconds"),
        answer_body=settings.whole("answer_bytes"),
    )


def policy(settings: Settings) -> Policy:
    """How often and how retry_while_busy it is tried."""
    return Policy(
        tries=settings.whole("forward_tries"),
        first_s=settings.number("forward_first_seconds"),
        longest_s=settings.number("forward_longest_seconds"),
    )
