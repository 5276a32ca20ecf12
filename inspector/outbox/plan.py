"""A replay plan before it starts, the progress of a running one, and the remainder of a stopped one."""

from __future__ import annotations

import sqlite3
from array import array
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from inspector.base.visible import visible_bytes
from inspector.client.schedule import Schedule, lasts_ms
from inspector.client.target import Destination, Target
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.domain.signature.signature import digest
from inspector.store.write import deliveries, plans
from inspector.store.write.deliveries import DeliveryState, Queue
from inspector.store.write.plans import StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which captures are sent where, how and when: a new plan, or the remainder of a stopped one."""

    ids: array[int]
    """The remaining captures, in order of arrival."""
    destination: Destination
    asks_host: str | None
    """A remote host that the user must allow first."""
    course: PlanOptions
    manner: RequestOptions
    schedule: Schedule
    undated: int = 0
    """Captures without a `created_at` in a plan ordered by it. Each stays behind its predecessor."""
    key: bytes | None = None
    """The key that captures are re-signed with."""
    resumes: int | None = None
    """The id of the plan that is resumed; None for a new plan."""
    unknown: tuple[int, ...] = ()
    """Captures that may have arrived before the plan ended and are not sent again."""
    retried: tuple[int, ...] = ()
    """Attempts with an unknown outcome whose deliveries are sent again once the plan starts."""

    @property
    def target(self) -> Target:
        """The target of all deliveries."""
        return self.destination.target

    @property
    def count(self) -> int:
        """The number of captures."""
        return len(self.ids)

    @property
    def deliveries(self) -> int:
        """The number of deliveries. It exceeds the number of captures if some are sent twice."""
        return len(self.schedule)

    @property
    def lasts_ms(self) -> int | None:
        """The time from the first delivery to the last; None if it depends on the receiver."""
        return lasts_ms(self.schedule, self.course)

    def options(self) -> dict[str, Any]:
        """Return the options that the file stores: no secrets, and only names of headers and named
        targets."""
        options = {
            "course": self.course.as_options(),
            "manner": self.manner.as_options(),
            "key_check": key_check(self.key),
        }
        if self.destination.name is not None:
            return {"to": self.destination.name, **options}
        names = [visible_bytes(name) for name, _ in self.target.headers]
        return {"to": self.target.url, "headers": names, "tls": self.target.tls.as_options(), **options}


RunState = Literal["running", "paused", "stopped", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a run. `sent` = `succeeded` + `failed`; captures that cannot be replayed are
    skipped."""

    total: int
    """The number of deliveries."""
    sent: int = 0
    succeeded: int = 0
    """2xx responses."""
    accepted: int = 0
    """2xx responses to deliveries that a correct receiver rejects."""
    failed: int = 0
    """Responses other than 2xx, and deliveries without a response."""
    rejected: int = 0
    """Deliveries that the receiver correctly rejected."""
    skipped: int = 0
    """Deliveries that were not made, including dropped ones."""
    dropped: int = 0
    """Deliveries that were dropped on purpose."""
    skipped_because: tuple[tuple[str, int], ...] = ()
    """Why deliveries that were not dropped were skipped, with counts."""
    seconds_left: float | None = None
    latest_ms: float = 0.0
    """The largest delay of a delivery in a paced plan."""
    state: RunState = "running"

    @property
    def unexpected(self) -> int:
        """Attempts that a correct receiver responds to in another way."""
        return self.failed - self.rejected + self.accepted

    @property
    def is_done(self) -> bool:
        """Whether nothing more will be sent."""
        return self.state in ("stopped", "done")

    @property
    def left(self) -> int:
        """The number of remaining deliveries."""
        return self.total - self.sent - self.skipped

    def counts(self, success: str) -> list[str]:
        """Return the delivery counts: `29 succeeded`, `1 failed`. `success` names a 2xx response.

        Deliveries that a correct receiver rejects are counted separately, if there are any.
        """
        rejected = f"{self.rejected:,} rejected as expected" if self.rejected else ""
        accepted = f"{self.accepted:,} wrongly accepted" if self.accepted else ""
        succeeded, failed = self.succeeded - self.accepted, self.failed - self.rejected
        is_plain = not rejected and not accepted
        parts = [
            f"{succeeded:,} {success}" if succeeded or is_plain else "",
            rejected,
            accepted,
            f"{failed:,} failed" if failed or is_plain else "",
        ]
        return [part for part in parts if part]


PlanStatus = Literal["running", "paused", "stopped", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A stored plan for lists."""

    id: int
    made_ms: int
    to: str
    """The name of its target, or the URL."""
    url: str
    state: PlanStatus
    """`running` and `paused` are those of a living process. A killed plan is `stopped`."""
    total: int
    done: int
    """Deliveries with an attempt."""
    left: int
    """Deliveries that are sent if the plan is resumed."""
    skipped: int
    started: int
    """Deliveries in flight, or lost in a kill."""


def plan_row(connection: sqlite3.Connection, plan: StoredPlan, *, is_taken: bool) -> PlanRow:
    """Return a plan with its counts. `is_taken`: a living process works on it."""
    counts = plans.counts(connection, plan.id)
    if is_taken:
        state: PlanStatus = "paused" if plan.state == "paused" else "running"
    else:
        state = "done" if plan.state == "done" else "stopped"
    return PlanRow(
        id=plan.id,
        made_ms=plan.made_ms,
        to=plan.options["to"],
        url=plan.url,
        state=state,
        total=plan.total,
        done=counts.get(DeliveryState.DONE, 0),
        left=counts.get(DeliveryState.WAITING, 0),
        skipped=counts.get(DeliveryState.SKIPPED, 0),
        started=counts.get(DeliveryState.STARTED, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingPlan:
    """A plan that can be resumed."""

    plan_id: int
    made_ms: int
    name: str | None
    """The name of the target; None if a URL was given."""
    url: str
    total: int
    """The number of deliveries when the plan began."""
    left: int
    """The number of waiting deliveries."""
    course: PlanOptions
    manner: RequestOptions

    @property
    def place(self) -> str:
        """The name of the target, or else its host and port."""
        return self.name or urlsplit(self.url).netloc


def read_remaining(connection: sqlite3.Connection, plan: StoredPlan) -> RemainingPlan:
    """Return the remainder of a plan. This takes over 2 ms for a long plan."""
    to = plan.options["to"]
    return RemainingPlan(
        plan_id=plan.id,
        made_ms=plan.made_ms,
        name=None if "://" in to else to,
        url=plan.url,
        total=plan.total,
        left=deliveries.count(connection, Queue(plan_id=plan.id), DeliveryState.WAITING),
        course=PlanOptions.from_options(plan.options["course"]),
        manner=RequestOptions.from_options(plan.options["manner"]),
    )


def key_check(key: bytes | None) -> str | None:
    """Return a short digest that distinguishes secrets with the same name, and reveals nothing else."""
    return None if key is None else digest(key, b"the secret of a plan")[:8]
