"""A plan of deliveries before it starts, and how far one has come."""

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
from inspector.store.write import deliveries
from inspector.store.write.deliveries import DeliveryState, Queue
from inspector.store.write.plans import StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which captures go where, how and when; nothing of it has been sent yet, or the rest is to be."""

    ids: array[int]
    """The captures, in order of arrival; of a plan that goes on those that are left."""
    destination: Destination
    asks_host: str | None
    """A host beyond this machine that the user has to allow first."""
    course: PlanOptions
    manner: RequestOptions
    schedule: Schedule
    undated: int = 0
    """Captures without a `created_at`, where the plan goes by that: they stay with those before them."""
    key: bytes | None = None
    """What is signed again with."""
    resumes: int | None = None
    """The id of the plan that goes on; null where this is a new one."""
    unknown: tuple[int, ...] = ()
    """Captures that may have arrived when the plan ended, and that are not sent again."""
    retried: tuple[int, ...] = ()
    """Attempts with an unknown outcome whose deliveries are sent again; until it starts nothing says so."""

    @property
    def target(self) -> Target:
        """Where to."""
        return self.destination.target

    @property
    def count(self) -> int:
        """How many captures."""
        return len(self.ids)

    @property
    def deliveries(self) -> int:
        """How many steps it has: more than captures where some go out twice."""
        return len(self.schedule)

    @property
    def lasts_ms(self) -> int | None:
        """From the first to the last; null where that is the receiver's affair."""
        return lasts_ms(self.schedule, self.course)

    def options(self) -> dict[str, Any]:
        """As the file keeps them: no secret, and of a named target and of headers beside a URL the names."""
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
    """How far a run is. `sent` = `succeeded` + `failed`; captures that cannot be replayed are skipped."""

    total: int
    """Of deliveries."""
    sent: int = 0
    succeeded: int = 0
    """2xx responses."""
    accepted: int = 0
    """2xx responses to deliveries that a correct receiver rejects."""
    failed: int = 0
    """Everything else."""
    rejected: int = 0
    """Deliveries that the receiver was right to reject, and did."""
    skipped: int = 0
    """Deliveries that were not made, the dropped ones included."""
    dropped: int = 0
    """Deliveries that were left out on purpose."""
    skipped_because: tuple[tuple[str, int], ...] = ()
    """Why deliveries that were not dropped were skipped, and how many."""
    seconds_left: float | None = None
    latest_ms: float = 0.0
    """How late the latest delivery left, where each has its time."""
    state: RunState = "running"

    @property
    def unexpected(self) -> int:
        """Attempts that a correct receiver responds to in another way."""
        return self.failed - self.rejected + self.accepted

    @property
    def is_done(self) -> bool:
        """Nothing more will be sent."""
        return self.state in ("stopped", "done")

    @property
    def left(self) -> int:
        """Deliveries that are still to come."""
        return self.total - self.sent - self.skipped

    def counts(self, success: str) -> list[str]:
        """Return what became of the deliveries: `29 succeeded`, `1 failed`; `success` names a 2xx response.

        Deliveries that a correct receiver rejects have counts of their own, if there are any.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingPlan:
    """A plan that can go on."""

    plan_id: int
    made_ms: int
    name: str | None
    """Of the target, where it has one."""
    url: str
    total: int
    """Of deliveries, when it began."""
    left: int
    """Deliveries that wait."""
    course: PlanOptions
    manner: RequestOptions

    @property
    def place(self) -> str:
        """Where to, in a word: the name of the target, else its host and port."""
        return self.name or urlsplit(self.url).netloc


def read_rest(connection: sqlite3.Connection, plan: StoredPlan) -> RemainingPlan:
    """What is left of a plan; over 2 ms where it is a long one."""
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
    """Tells one secret from another under the same name; as little as a signature beside its body tells."""
    return None if key is None else digest(key, b"the secret of a plan")[:8]
