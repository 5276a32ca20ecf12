"""One delivery in memory, and what the dispatcher asks of the plan or forward that queued it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from inspector.client.edit import Prepared
from inspector.client.outcome import Outcome
from inspector.client.target import Destination
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.replay.attempt import Standing
from inspector.store.write.deliveries import Advance, DeliveryState, Queue

NO_STANDING = Standing("unchecked", False)
"""Of a capture that was removed since."""


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A capture that is to be sent, or is being sent."""

    position: int
    """In its queue."""
    capture_id: int
    at_ms: int | None = None
    """When it leaves, from the start of a paced plan."""
    hold_ms: int | None = None
    """How long it is held back while those behind it leave."""
    was_held: bool = False
    fault: str | None = None
    tries: int = 0
    """How often it was sent before."""
    next_ms: int = 0
    """When it may be sent again."""
    capture: Capture | None = None
    """Read shortly before it is sent; None before that, or if the capture was removed."""
    standing: Standing = NO_STANDING
    is_read: bool = False

    def put_capture(self, capture: Capture | None, standing: Standing) -> None:
        """Set what was read of its capture; None if it was removed."""
        self.capture, self.standing, self.is_read = capture, standing, True

    def forget_capture(self) -> None:
        """Have the capture read again before it is sent."""
        self.capture, self.standing, self.is_read = None, NO_STANDING, False

    def advance(self, state: DeliveryState) -> Advance:
        """Return the change to a state in which nothing was sent."""
        return Advance(self.position, state, tries=self.tries, next_ms=self.next_ms)


class Kept(NamedTuple):
    """A change of one delivery that was committed."""

    delivery: Delivery
    change: Advance | None
    """None if it was removed from its queue."""
    row: AttemptRow | None
    """None if nothing was sent."""
    was_queued: bool
    """False if its capture was removed meanwhile, and the delivery with it."""


class Producer(Protocol):
    """A plan or a forward: which deliveries are next, what is sent, and what follows from an outcome."""

    @property
    def queue(self) -> Queue:
        """Where its deliveries are stored."""

    @property
    def destination(self) -> Destination:
        """Where they go."""

    @property
    def is_exhausted(self) -> bool:
        """No more deliveries will follow."""

    def room(self, ready: int, in_flight: int) -> int:
        """Return how many deliveries to claim next to those that are claimed already."""

    async def refresh(self) -> None:
        """Look for new deliveries."""

    def next(self, limit: int) -> Sequence[Delivery]:
        """Return the next deliveries in their order, none if there are none now.

        More than `limit` are returned if it is known what follows, so that they can be read ahead.
        """

    def wait_s(self) -> float | None:
        """Return how long to wait for the next deliveries unless the producer wakes the dispatcher."""

    def reason_to_skip(self, delivery: Delivery) -> str | None:
        """Return why nothing is sent for a delivery whose capture was read, or None."""

    def prepare(self, delivery: Delivery) -> Prepared:
        """Return what is sent for a delivery. Raises NotReplayable."""

    def began(self, delivery: Delivery, late_ms: float) -> None:
        """Note that a delivery leaves now, `late_ms` after its time."""

    def skipped(self, delivery: Delivery, reason: str) -> Advance | None:
        """Return the change of a delivery for which nothing is sent; None removes it."""

    def released(self, delivery: Delivery) -> None:
        """Note that a delivery that was about to leave is queued again."""

    def attempt(self, delivery: Delivery, prepared: Prepared, outcome: Outcome) -> AttemptDetail:
        """Return what is stored of a sending."""

    def ended(
        self, delivery: Delivery, attempt: AttemptDetail, outcome: Outcome, *, is_stopped: bool
    ) -> Advance | None:
        """Return the change that follows from an outcome; None removes the delivery.

        With `is_stopped` it was given up while it was sent.
        """

    def kept(self, kept: Sequence[Kept]) -> None:
        """Note what was committed."""
