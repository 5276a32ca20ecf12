"""Replays: plan which captures are sent to a target, start and resume plans, and report on them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from inspector.base.errors import InspectorError, UsageError
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.base.visible import visible, visible_bytes
from inspector.client.edit import NOT_SIGNED_AGAIN, check_edit
from inspector.client.faults import step_request
from inspector.client.schedule import Schedule, schedule
from inspector.client.target import Tls
from inspector.domain import query
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.domain.replay.attempt import Since
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import RequestOptions
from inspector.domain.signature.secret import Secret
from inspector.outbox import resume
from inspector.outbox.permission import HostPermissions
from inspector.outbox.plan import Plan, PlanRow, Progress, RemainingPlan, key_check, plan_row, read_remaining
from inspector.outbox.plan_preview import PlanPreview, read_preview
from inspector.outbox.plan_summary import Bar, PlanSummary, plan_report, read_summary
from inspector.outbox.run import Run
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Destination, Targets
from inspector.store.query import selection
from inspector.store.store import Store
from inspector.store.write import captures as stored
from inspector.store.write import plans, small_tables
from inspector.store.write.plans import DeliveryOutcome, StoredPlan

__all__ = [
    "NOT_SIGNED_AGAIN",
    "Bar",
    "DeliveryOutcome",
    "Plan",
    "PlanPreview",
    "PlanRow",
    "PlanSummary",
    "Progress",
    "RemainingPlan",
    "Replays",
    "Run",
]


class Replays:
    """The plans of the file and the runs of this session."""

    def __init__(
        self, store: Store, targets: Targets, secrets: Secrets, tasks: Tasks, hosts: HostPermissions
    ) -> None:
        self.started: Signal[Run] = Signal("replays.started")
        self.ended: Signal[Run] = Signal("replays.ended")
        """Emits each run once, after its last progress and after its removal from `runs`."""
        self.changed: Signal[tuple[Run, ...]] = Signal("replays.changed")
        """Emits the runs in progress, in the order of their start, whenever one starts, advances or ends."""
        self.runs: list[Run] = []
        """The runs in progress, in the order of their start."""
        self._store = store
        self._targets = targets
        self._secrets = secrets
        self._tasks = tasks
        self._hosts = hosts

    @property
    def last_target(self) -> str | None:
        """The URL or the name of the last target of this file, or None."""
        return next(iter(self.used_targets), None)

    @property
    def used_targets(self) -> tuple[str, ...]:
        """The URLs and names of the last targets of this file, the latest first."""
        names = {target.name for target in self._targets.names()}
        return tuple(to for to in self._store.read(small_tables.used_targets) if "://" in to or to in names)

    async def remember_target(self, to: str) -> None:
        """Store this target, to suggest it first the next time. Raises UsageError if it is invalid."""
        destination = await self._targets.resolve(to)
        await self._store.write(partial(small_tables.note_used_target, to=destination.text))

    async def plan(
        self,
        to: str | Destination,
        *,
        ids: Sequence[int] | None = None,
        scope: Scope = EVERYTHING,
        text: str = "",
        limit: int | None = None,
        course: PlanOptions | None = None,
        manner: RequestOptions | None = None,
    ) -> Plan:
        """Select captures by their ids or by scope and query, oldest first; with a limit, the newest.

        Raises UsageError for an unknown target, a missing secret or an invalid edit, QueryError for an
        invalid query, and NotFound for an unknown id.
        """
        course, manner = course or PlanOptions(), manner or RequestOptions()
        check_edit(manner.edit)
        destination = await self._targets.resolve(to) if isinstance(to, str) else to
        if ids is not None:
            chosen = array("q", sorted(ids))  # a list selects from its newest down
            await self._store.fetch(lambda connection: stored.check_all_exist(connection, chosen))
        else:
            node = query.parse(text)
            chosen = await self._store.fetch(
                lambda connection: selection.ids(connection, scope, node, newest_first=False, limit=limit)
            )
        times: list[int | None] | None = None
        if course.needs_times:
            is_created = course.order == "created"
            times = await self._store.fetch(partial(plans.times, ids=chosen, is_created=is_created))
        planned = await self._planned(destination, chosen, schedule(chosen, times, course), course, manner)
        is_by_event = times is not None and course.order == "created"
        return replace(planned, undated=times.count(None)) if times and is_by_event else planned

    def unfinished(self) -> tuple[StoredPlan, ...]:
        """Return the plans that can be resumed, newest first."""
        return tuple(
            plan
            for plan in self._store.read(plans.unfinished)
            if plan.state != "ready" and not self._is_taken(plan)
        )

    async def rest(self, plan_id: int | None = None) -> RemainingPlan | None:
        """Return the remainder of this plan, or of the newest that can be resumed; None without one."""
        plan = next((plan for plan in self.unfinished() if plan_id in (None, plan.id)), None)
        return None if plan is None else await self._store.fetch(partial(read_remaining, plan=plan))

    def latest(self) -> int | None:
        """Return the id of the plan that was started last, or None."""
        return self._store.read(plans.latest)

    async def newest(self, limit: int) -> tuple[PlanRow, ...]:
        """Return the newest plans, oldest first, with their states and counts."""
        found = await self._store.fetch(partial(plans.newest, limit=limit))
        return tuple([await self._row(plan) for plan in found])

    async def find(self, plan_id: int) -> PlanRow:
        """Return one plan as in `newest`. Raises NotFound."""
        return await self._row(await self._store.fetch(partial(plans.read, plan_id=plan_id)))

    async def details(self, plan_id: int) -> RemainingPlan:
        """Return the options of a plan. Raises NotFound."""
        return await self._store.fetch(
            lambda connection: read_remaining(connection, plans.read(connection, plan_id))
        )

    async def outcomes(self, plan_id: int, *, after: int, limit: int) -> tuple[DeliveryOutcome, ...]:
        """Return the deliveries of a plan after this position, in order."""
        return await self._store.fetch(
            partial(plans.outcomes_after, plan_id=plan_id, position=after, limit=limit)
        )

    async def cancel(self, plan_id: int) -> int:
        """Skip the remaining deliveries of a stopped or killed plan. Return their number.

        Raises NotFound. Raises UsageError if it is running, InspectorError if it is done.
        """
        plan = await self._store.fetch(partial(plans.read, plan_id=plan_id))
        if self._is_taken(plan):
            raise resume.on_its_way(plan_id)
        if plan.state == "done":
            raise InspectorError(f"Plan {plan_id} is complete. There is nothing to cancel.")
        await self._store.write(partial(resume.settle_unsent, plan=plan))
        self._store.undo_lock.hold()  # the owner of a plan is a living process
        owner = self._store.undo_lock.name
        if not await self._store.write(partial(plans.take, plan_id=plan_id, owner=owner)):
            raise resume.on_its_way(plan_id)
        count = 0
        while skipped := await self._store.write(partial(plans.skip_waiting, plan_id=plan_id)):
            count += skipped
        await self._store.write(partial(plans.put_state, plan_id=plan_id, state="done"))
        return count

    async def preview(self, plan: Plan) -> PlanPreview:
        """Return what a plan will do."""
        return await self._store.fetch(partial(read_preview, plan=plan))

    async def summary(self, plan_id: int) -> PlanSummary:
        """Return the results of a plan so far."""
        return await self._store.fetch(partial(read_summary, plan_id=plan_id))

    async def report(self, plan_id: int, since: Mapping[Since, int]) -> str:
        """Return the results of a plan so far as a masked Markdown page. Raises NotFound.

        `since` counts the attempts by how they compare with earlier ones.
        """

        def read(connection: sqlite3.Connection) -> tuple[RemainingPlan, PlanSummary]:
            rest = read_remaining(connection, plans.read(connection, plan_id))
            return rest, read_summary(connection, plan_id)

        return plan_report(*await self._store.fetch(read), since)

    async def resume(
        self, plan_id: int, *, is_retrying_unknown: bool = False, headers: HeaderPairs = ()
    ) -> Plan:
        """Return the remainder of a stopped or killed plan as a plan that can be started.

        Deliveries that may have arrived get an attempt with an unknown outcome. They are sent again only with
        `is_retrying_unknown`. `headers` are the headers of its URL, whose values were not stored. Raises
        NotFound. Raises UsageError if the plan is running or was never started, or if `headers` differ from
        its own.
        """
        plan = await self._store.fetch(partial(plans.read, plan_id=plan_id))
        if self._is_taken(plan):
            raise resume.on_its_way(plan_id)
        if plan.state == "ready":
            raise UsageError(f"Plan {plan_id} was cancelled before anything was sent. Start a new replay.")
        destination = await self._destination_of(plan, headers)
        course = PlanOptions.from_options(plan.options["course"])
        manner = RequestOptions.from_options(plan.options["manner"])
        target, key = destination.target, signing_key(self._secrets, manner.sign_with)
        if plan.options.get("key_check") not in (None, key_check(key)):
            raise UsageError(
                f"Plan {plan_id} signs with {visible(manner.sign_with or '')}, but that secret "
                "has changed. Restore the original secret, or replay the remaining captures as "
                "a new plan."
            )
        sends = partial(step_request, target=target, manner=manner, seed=course.seed, key=key)
        await self._store.write(partial(resume.settle, plan=plan, sends=sends, target=target))
        unknown = await self._store.fetch(partial(plans.unknown, plan_id=plan_id))
        retried = tuple(attempt_id for _, attempt_id in unknown) if is_retrying_unknown else ()
        rest = await self._store.fetch(partial(resume.remaining, plan_id=plan_id, retried=retried))
        ids = resume.captures_of(rest)
        planned = await self._planned(destination, ids, rest, course, manner)
        in_doubt = () if is_retrying_unknown else tuple(capture_id for capture_id, _ in unknown)
        return replace(planned, resumes=plan_id, retried=retried, unknown=in_doubt)

    def start(self, plan: Plan, *, at_once: int | None = None) -> Run:
        """Start sending in the background. Raises UsageError for a host that must be allowed first."""
        self._hosts.check(plan.asks_host)
        if at_once is not None:
            plan = replace(plan, course=replace(plan.course, at_once=at_once))
        run = Run(plan, self._store, self._hosts)
        run.task = self._tasks.spawn(self._work(run), f"replay to {plan.target.netloc}")
        run.progressed.connect(self._progressed)
        self.runs.append(run)
        self.started.emit(run)
        self.changed.emit(tuple(self.runs))
        return run

    async def stop(self) -> None:
        """Stop every run, and wait until their attempts are stored."""
        running = [run.task for run in self.runs if run.task is not None]
        for run in self.runs:
            run.stop()
        await asyncio.gather(*running, return_exceptions=True)

    # ---- internal

    async def _row(self, plan: StoredPlan) -> PlanRow:
        return await self._store.fetch(partial(plan_row, plan=plan, is_taken=self._is_taken(plan)))

    async def _destination_of(self, plan: StoredPlan, headers: HeaderPairs) -> Destination:
        """Return the destination of a stored plan. Raises UsageError if `headers` differ from its own."""
        options = plan.options
        given, kept = [visible_bytes(name) for name, _ in headers], list(options.get("headers", ()))
        if given == kept:
            return await self._targets.resolve(
                options["to"], headers=headers, tls=Tls.from_options(options.get("tls", {}))
            )
        if not kept:
            raise UsageError(
                f"Plan {plan.id} was started without --header-file, so no headers can be added now. "
                "Resume it without --header-file."
            )
        step = next_step(
            terminal=f"Resume it with `replay --resume {plan.id} --header-file FILE` and the same headers.",
            window="Replay the remaining captures with a new plan.",
        )
        raise UsageError(
            f"Plan {plan.id} was started with headers whose values are not stored ({', '.join(kept)}). {step}"
        )

    async def _planned(
        self,
        destination: Destination,
        ids: array[int],
        chosen: Schedule,
        course: PlanOptions,
        manner: RequestOptions,
    ) -> Plan:
        target = destination.target
        if destination.has_marker:
            manner = replace(manner, has_marker=True)
        return Plan(
            ids=ids,
            destination=destination,
            asks_host=await self._hosts.host_to_allow(target),
            course=course,
            manner=manner,
            schedule=chosen,
            key=signing_key(self._secrets, manner.sign_with),
        )

    def _is_taken(self, plan: StoredPlan) -> bool:
        """Return whether this or another running process is running a plan."""
        if any(run.plan_id == plan.id for run in self.runs):
            return True
        if plan.owner == self._store.undo_lock.name:
            # A run does not know its id until its plan is stored: it may be this plan.
            return any(run.plan_id is None for run in self.runs)
        return plan.owner is not None and not self._store.undo_lock.is_dead(plan.owner)

    async def _work(self, run: Run) -> None:
        try:
            await run.work()
        finally:
            self.runs.remove(run)
            self.ended.emit(run)
            self.changed.emit(tuple(self.runs))

    def _progressed(self, _: Progress) -> None:
        self.changed.emit(tuple(self.runs))


def signing_key(secrets: Secrets, name: str | None) -> bytes | None:
    """Return the key of the secret of that name. `env:NAME` is the environment variable, even if not in use.

    Raises UsageError if the text of the secret is missing.
    """
    if name is None:
        return None
    for secret in (*secrets.active, *secrets.inactive):
        if secret.name == name:
            return secret.key
    kind, _, rest = name.partition(":")
    if kind == "env" and rest:
        text = os.environ.get(rest)
        if not text:
            what = "not set" if text is None else "empty"
            raise UsageError(f"The environment variable {visible(rest)} is {what}. Set it to the secret.")
        return Secret(name=name, text=text).key
    way = "--secret-file FILE" if kind == "file" and rest else f"--secret-keyring {name}"
    step = next_step(terminal=f"Add it with {visible(way)}.", window="Add a secret with this name.")
    raise UsageError(f"The secret {visible(name)} is missing. {step}")
