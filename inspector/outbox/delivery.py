"""One delivery in memory, and the interface between the dispatcher and the plan or forward that queued it."""

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
"""The standing of a capture that no longer exists."""


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A capture that waits to be sent or is being sent."""

    position: int
    """Its position in the queue."""
    capture_id: int
    at_ms: int | None = None
    """When it leaves, in milliseconds since the start of a paced plan."""
    hold_ms: int | None = None
    """How long it is held back while later deliveries leave."""
    was_held: bool = False
    fault: str | None = None
    tries: int = 0
    """The number of previous attempts."""
    next_ms: int = 0
    """The earliest time of the next attempt."""
    capture: Capture | None = None
    """The capture, read shortly before it is sent. None before that, or if it no longer exists."""
    standing: Standing = NO_STANDING
    is_read: bool = False

    def put_capture(self, capture: Capture | None, standing: Standing) -> None:
        """Set the capture that was read, or None if it no longer exists."""
        self.capture, self.standing, self.is_read = capture, standing, True

    def forget_capture(self) -> None:
        """Drop the capture from memory. It is read again before it is sent."""
        self.capture, self.standing, self.is_read = None, NO_STANDING, False

    def advance(self, state: DeliveryState) -> Advance:
        """Return the change to a state without a new attempt."""
        return Advance(self.position, state, tries=self.tries, next_ms=self.next_ms)


class Kept(NamedTuple):
    """A committed change of one delivery."""

    delivery: Delivery
    change: Advance | None
    """None if the delivery was removed from its queue."""
    row: AttemptRow | None
    """None if nothing was sent."""
    was_queued: bool
    """False if the capture was removed meanwhile, and its delivery with it."""


class Producer(Protocol):
    """A plan or a forward: it selects deliveries, builds their requests and handles their outcomes."""

    @property
    def queue(self) -> Queue:
        """The queue that stores its deliveries."""

    @property
    def destination(self) -> Destination:
        """The destination of its deliveries."""

    @property
    def is_exhausted(self) -> bool:
        """Whether no more deliveries will follow."""

    def room(self, ready: int, in_flight: int) -> int:
        """Return how many more deliveries may be claimed now."""

    async def refresh(self) -> None:
        """Look for new deliveries."""

    def next(self, limit: int) -> Sequence[Delivery]:
        """Return the next deliveries in order, or none if none are due.

        If the deliveries after them are known, more than `limit` are returned so that their captures can be
        read ahead.
        """

    def wait_s(self) -> float | None:
        """Return the time until the next deliveries are due. The producer can wake the dispatcher earlier."""

    def reason_to_skip(self, delivery: Delivery) -> str | None:
        """Return why a delivery cannot be sent after its capture was read, or None."""

    def prepare(self, delivery: Delivery) -> Prepared:
        """Return the request of a delivery. Raises NotReplayable."""

    def began(self, delivery: Delivery, late_ms: float) -> None:
        """Note that a delivery leaves now, `late_ms` after its scheduled time."""

    def skipped(self, delivery: Delivery, reason: str) -> Advance | None:
        """Return the change of a delivery that is not sent, or None to remove it."""

    def released(self, delivery: Delivery) -> None:
        """Note that a claimed delivery did not leave and is queued again."""

    def attempt(self, delivery: Delivery, prepared: Prepared, outcome: Outcome) -> AttemptDetail:
        """Return the record of one delivery attempt."""

    def ended(
        self, delivery: Delivery, attempt: AttemptDetail, outcome: Outcome, *, is_stopped: bool
    ) -> Advance | None:
        """Return the change that follows from an outcome, or None to remove the delivery.

        With `is_stopped` the delivery was cancelled while in flight.
        """

    def kept(self, kept: Sequence[Kept]) -> None:
        """Note the committed changes."""
