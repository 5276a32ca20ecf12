"""What is left of a plan that was stopped or killed, and what it was: to be told before it goes on."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from urllib.parse import urlsplit

from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.store.write import plans
from inspector.store.write.plans import StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRest:
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


def read_rest(connection: sqlite3.Connection, plan: StoredPlan) -> PlanRest:
    """What is left of a plan; over 2 ms where it is a long one."""
    to = plan.options["to"]
    return PlanRest(
        plan_id=plan.id,
        made_ms=plan.made_ms,
        name=None if "://" in to else to,
        url=plan.url,
        total=plan.total,
        left=plans.count(connection, plan.id, plans.StepState.WAITING),
        course=PlanOptions.from_options(plan.options["course"]),
        manner=RequestOptions.from_options(plan.options["manner"]),
    )
