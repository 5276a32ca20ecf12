"""Send captures to a target on demand, and keep every attempt."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from inspector.base.clock import now_ms
from inspector.base.errors import UsageError
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain import query
from inspector.domain.capture import SIGNATURE_HEADER, Capture
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.domain.scope import EVERYTHING, Scope
from inspector.replay.connect import leads_away
from inspector.replay.outcome import Limits, Outcome
from inspector.replay.run import deliver
from inspector.replay.target import Target
from inspector.replay.wire import NotReplayable, WireRequest, compose
from inspector.session.recording import Recording
from inspector.settings.settings import Settings
from inspector.store import captures as stored
from inspector.store import ledger, selection
from inspector.store.store import Store

READ_BYTES = 8 * 1024 * 1024
READ_CAPTURES = 64
"""Captures are read ahead in parts of at most so many, and of about so many bytes."""
PROGRESS_S = 0.1
MAX_AT_ONCE = 256
_TARGET_NOTE = "last-target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which captures go where; nothing has been sent yet."""

    ids: array[int]
    """In order of arrival."""
    target: Target
    asks_host: str | None
    """A host beyond this machine that the user has to allow first."""

    @property
    def count(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. `sent` = `succeeded` + `failed`; what is not replayable is skipped."""

    total: int
    sent: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    skipped_because: tuple[tuple[str, int], ...] = ()
    """Sentences with how many captures each is true of."""
    seconds_left: float | None = None
    state: Literal["running", "stopped", "done"] = "running"

    @property
    def is_done(self) -> bool:
        return self.state != "running"


class Run:
    """One plan on its way."""

    def __init__(self, plan: Plan, store: Store, limits: Limits, *, at_once: int, is_allowed: bool) -> None:
        self.plan = plan
        self.attempted: Signal[AttemptRow] = Signal("run.attempted")
        """Each attempt, once it is kept."""
        self.progressed: Signal[Progress] = Signal("run.progressed")
        """Some times a second, and at the end."""
        self.progress = Progress(total=plan.count)
        self.task: asyncio.Task[None] | None = None
        self._store = store
        self._limits = limits
        self._at_once = at_once
        self._is_allowed = is_allowed
        self._stop = asyncio.Event()
        self._skipped: dict[str, int] = {}
        self._signed: set[int] = set()
        self._started = time.monotonic()
        self._told = 0.0

    def stop(self) -> None:
        """Start nothing more and give up what is on its way."""
        self._stop.set()

    async def wait(self) -> Progress:
        """Until it has ended; raises what ended it early, such as a host that is not allowed."""
        if self.task is not None:
            await asyncio.shield(self.task)
        return self.progress

    async def work(self) -> None:
        """Send; for `Replays.start`."""
        recording = Recording(self._store, self._kept)
        try:
            await deliver(
                self._requests(),
                self.plan.target,
                at_once=self._at_once,
                record=lambda capture_id, outcome: recording.add(self._attempt(capture_id, outcome)),
                stop=self._stop,
                limits=self._limits,
                require_local=not self._is_allowed,
            )
        finally:
            await recording.finish()
            state: Literal["stopped", "done"] = "stopped" if self._stop.is_set() else "done"
            self._tell(replace(self.progress, state=state, seconds_left=None))

    async def _requests(self) -> AsyncGenerator[tuple[int, WireRequest], None]:
        parts = self._parts()
        reading = asyncio.ensure_future(anext(parts, None))
        try:
            while (found := await reading) is not None:
                # The next part is read while this one goes out.
                reading = asyncio.ensure_future(anext(parts, None))
                for capture_id, capture in found:
                    if capture is None:
                        self._skip("It was cleared in the meantime.")
                        continue
                    try:
                        request = compose(capture, self.plan.target)
                    except NotReplayable as error:
                        self._skip(str(error))
                        continue
                    if capture.values(SIGNATURE_HEADER):
                        self._signed.add(capture_id)
                    yield capture_id, request
        finally:
            reading.cancel()

    async def _parts(self) -> AsyncGenerator[list[tuple[int, Capture | None]], None]:
        for start in range(0, self.plan.count, READ_CAPTURES):
            wanted: Sequence[int] = self.plan.ids[start : start + READ_CAPTURES]
            while wanted:
                found, wanted = await self._store.fetch(
                    partial(stored.read_some, ids=wanted, max_bytes=READ_BYTES)
                )
                yield found

    def _skip(self, why: str) -> None:
        self._skipped[why] = self._skipped.get(why, 0) + 1
        self._count(skipped=1)

    def _attempt(self, capture_id: int, outcome: Outcome) -> AttemptDetail:
        is_signed = capture_id in self._signed
        self._signed.discard(capture_id)
        return AttemptDetail(
            row=AttemptRow(
                id=0,
                capture_id=capture_id,
                target=self.plan.target.url,
                started_ms=outcome.started_ms,
                status=outcome.status,
                elapsed_ms=outcome.elapsed_ms,
                outcome=outcome.outcome,
                error=outcome.error,
                signature="original" if is_signed else "none",
                edited=False,
            ),
            answer_headers=outcome.answer_headers,
            answer_body=outcome.answer_body,
            is_answer_cut=outcome.is_answer_cut,
        )

    def _kept(self, rows: Sequence[AttemptRow]) -> None:
        succeeded = sum(row.outcome == "ok" for row in rows)
        for row in rows:
            self.attempted.emit(row)
        self._count(succeeded=succeeded, failed=len(rows) - succeeded)

    def _count(self, *, succeeded: int = 0, failed: int = 0, skipped: int = 0) -> None:
        now = self.progress
        self.progress = replace(
            now,
            sent=now.sent + succeeded + failed,
            succeeded=now.succeeded + succeeded,
            failed=now.failed + failed,
            skipped=now.skipped + skipped,
        )
        moment = time.monotonic()
        if moment - self._told >= PROGRESS_S:
            self._told = moment
            done = self.progress.sent + self.progress.skipped
            left = (self.plan.count - done) * (moment - self._started) / done
            self._tell(replace(self.progress, seconds_left=left))

    def _tell(self, progress: Progress) -> None:
        self.progress = replace(progress, skipped_because=tuple(self._skipped.items()))
        self.progressed.emit(self.progress)


class Replays:
    """Plans and runs of this session, the hosts they may go to, and the last target."""

    def __init__(self, store: Store, settings: Settings, tasks: Tasks, allowed: Sequence[str]) -> None:
        self.started: Signal[Run] = Signal("replays.started")
        self.runs: list[Run] = []
        """Those that are on their way."""
        self._store = store
        self._tasks = tasks
        self._allowed = frozenset(host.lower() for host in allowed)
        self._limits = Limits(
            connect_s=settings.number("connect_seconds"),
            whole_s=settings.number("answer_seconds"),
            answer_body=settings.whole("answer_bytes"),
        )

    @property
    def last_target(self) -> str | None:
        """The URL of the last plan that was started on this file."""
        return self._store.read(lambda connection: ledger.note(connection, _TARGET_NOTE))

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Hosts beyond this machine that captures of this file may be sent to."""
        return tuple(sorted({*self._allowed, *self._store.read(ledger.allowed_hosts)}))

    async def allow_host(self, host: str) -> None:
        """Remember for this file that captures may be sent to `host`."""
        await self._store.write(lambda connection: ledger.allow_host(connection, host.lower(), now_ms()))

    async def withdraw_host(self, host: str) -> None:
        """Ask again before anything goes to `host`."""
        await self._store.write(lambda connection: ledger.withdraw_host(connection, host.lower()))

    async def plan(
        self,
        to: str,
        *,
        ids: Sequence[int] | None = None,
        scope: Scope = EVERYTHING,
        text: str = "",
        limit: int | None = None,
    ) -> Plan:
        """Choose captures, by their ids or by scope and query, oldest first; with a limit the newest.

        Raises UsageError for a URL that is no target, QueryError for a query that is none, and
        InspectorError for an id that does not exist.
        """
        target = Target.parse(to)
        if ids is not None:
            chosen = array("q", sorted(ids))  # a list selects from its newest down
            await self._store.fetch(lambda connection: stored.check_all_exist(connection, chosen))
        else:
            node = query.parse(text)
            chosen = await self._store.fetch(
                lambda connection: selection.ids(connection, scope, node, newest_first=False, limit=limit)
            )
        asks = target.host not in self.allowed_hosts and await leads_away(target)
        return Plan(ids=chosen, target=target, asks_host=target.host if asks else None)

    def start(self, plan: Plan, *, at_once: int = 1) -> Run:
        """Begin to send; the run goes on by itself. A host that has to be allowed first is a UsageError."""
        if plan.asks_host is not None and plan.asks_host not in self.allowed_hosts:
            raise UsageError(f"{plan.asks_host} is not this machine; allow the host first.")
        if not 1 <= at_once <= MAX_AT_ONCE:
            raise UsageError(f"From 1 to {MAX_AT_ONCE} captures can be sent at once, not {at_once}.")
        is_allowed = plan.target.host in self.allowed_hosts
        run = Run(plan, self._store, self._limits, at_once=at_once, is_allowed=is_allowed)
        run.task = self._tasks.spawn(self._work(run), f"replay to {plan.target.netloc}")
        self.runs.append(run)
        self.started.emit(run)
        return run

    async def _work(self, run: Run) -> None:
        try:
            url = run.plan.target.url
            await self._store.write(lambda connection: ledger.put_note(connection, _TARGET_NOTE, url))
            await run.work()
        finally:
            self.runs.remove(run)

    async def stop(self) -> None:
        """Stop every run and wait until what they did is kept."""
        running = [run.task for run in self.runs if run.task is not None]
        for run in self.runs:
            run.stop()
        await asyncio.gather(*running, return_exceptions=True)
