"""Verdicts with the current secrets: of one capture, and of all stored ones after the secrets changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, TypeVar

from inspector.base.errors import InspectorError
from inspector.base.signals import Signal
from inspector.base.tasks import Slices, Tasks, retry_while_busy
from inspector.base.worker import TooMuchWork, Worker
from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import (
    INLINE_BYTES,
    Evaluation,
    evaluate,
    evaluate_bytes,
    evaluate_in_worker,
    is_evaluated_later,
    short_hash,
)
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.signature import SKIPPED, not_read
from inspector.session.captures import Captures
from inspector.session.signature.secrets import Secrets
from inspector.store.file.database import connect
from inspector.store.group import follower
from inspector.store.store import Store
from inspector.store.write import captures, evaluations
from inspector.store.write.batching import FEW, Pace
from inspector.store.write.evaluations import Outdated

if TYPE_CHECKING:
    from inspector.domain.signature.explanation import Explanation

EVALUATION_S = 30.0
"""Maximum time of the worker for one capture. A body of 50 MiB takes 10 s on a busy machine."""


T = TypeVar("T")


class UnlessChanged:
    """Stores what was evaluated with the secrets of its creation, unless they changed."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._active, self._changes = secrets.active, secrets.changes

    def __call__(self, job: Callable[[Connection], T]) -> Callable[[Connection], T]:
        """Return a job that raises Outdated, or does the same."""

        def checked(connection: Connection) -> T:
            # A later change in this process only is followed by a verification, which begins after this.
            is_same = self._secrets.active == self._active
            if not is_same or evaluations.secret_changes(connection) != self._changes:
                raise Outdated
            return job(connection)

        return checked


async def with_current_secrets(secrets: Secrets, work: Callable[[UnlessChanged], Awaitable[T]]) -> T:
    """Return the result of `work`, which evaluates captures and stores them.

    It passes the jobs that store them through its argument. If the secrets were changed meanwhile, by any
    process, the work is done again.
    """
    while True:
        while secrets.is_loading:
            await secrets.refresh()
        try:
            return await work(UnlessChanged(secrets))
        except Outdated:
            await secrets.refresh()


async def evaluated(
    capture: Capture, secrets: Secrets, worker: Worker, *, is_risky: bool = False
) -> Evaluation:
    """Evaluate a capture with the active secrets: at once, or in the worker if its body is large or risky.

    If the worker fails twice, for lack of time or memory, only the bytes of the body are checked.
    """
    active, on_file = secrets.active, secrets.had_one
    if not is_risky and not is_evaluated_later(capture):
        return evaluate(capture, active, is_secret_on_file=on_file)
    try:
        return await worker.run_bounded(
            EVALUATION_S, evaluate_in_worker, capture, active, is_secret_on_file=on_file
        )
    except TooMuchWork as error:
        return await evaluated_by_bytes(capture, secrets, not_read(error))


async def evaluated_stored(store: Store, capture_id: int, secrets: Secrets, worker: Worker) -> Evaluation:
    """As `evaluated`, for a stored capture whose body may be large. Raises NotFound if it does not exist.

    The worker reads a large body from the file. Otherwise it would be in memory twice, and copying it would
    block the loop.
    """
    if await store.fetch(partial(captures.size, capture_id=capture_id)) <= INLINE_BYTES:
        capture = await store.fetch(partial(captures.read, capture_id=capture_id))
        return await evaluated(capture, secrets, worker)
    active, on_file = secrets.active, secrets.had_one
    try:
        with store.health.in_words():
            return await worker.run_bounded(
                EVALUATION_S, _evaluate_stored, store.path, capture_id, active, is_secret_on_file=on_file
            )
    except TooMuchWork as error:
        capture = await store.fetch(partial(captures.read, capture_id=capture_id))
        return await evaluated_by_bytes(capture, secrets, not_read(error))


def _evaluate_stored(
    path: Path, capture_id: int, secrets: Sequence[Secret], *, is_secret_on_file: bool
) -> Evaluation:
    with closing(connect(path, read_only=True)) as connection:
        capture = captures.read(connection, capture_id)
    return evaluate_in_worker(capture, secrets, is_secret_on_file=is_secret_on_file)


async def evaluated_by_bytes(capture: Capture, secrets: Secrets, problem: str) -> Evaluation:
    """Return the result of `evaluate_bytes` with the active secrets. Hashing runs in a thread."""
    return await asyncio.to_thread(
        evaluate_bytes, capture, secrets.active, problem, is_secret_on_file=secrets.had_one
    )


async def explained(
    capture: Capture,
    secrets: Sequence[Secret],
    others: Sequence[Secret],
    worker: Worker,
    *,
    is_cause_sought: bool,
) -> Explanation:
    """Return the explanation: at once for a small body without a search, otherwise by the worker.

    If the worker fails for lack of time or memory, only the bytes of the body are explained.
    """
    from inspector.domain.signature.explanation import explain, explain_bytes

    if not is_cause_sought and not is_evaluated_later(capture):
        return explain(capture, secrets, others, is_cause_sought=False)
    work = partial(explain, is_cause_sought=is_cause_sought)
    try:
        return await worker.run_bounded(EVALUATION_S, work, capture, secrets, others)
    except TooMuchWork as error:
        return await asyncio.to_thread(explain_bytes, capture, secrets, not_read(error))


BATCH = 500
"""Number of captures that are read at a time, and evaluated while the next ones are read."""
READ_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationProgress:
    """The progress of a run, newest captures first."""

    total: int
    done: int = 0
    changed: int = 0
    """Captures with another evaluation: another verdict, or the same one with another secret."""
    is_done: bool = False


class Verification:
    """Runs one check at a time.

    A change of secrets restarts it, and the next process resumes it after a kill.
    """

    def __init__(
        self, store: Store, secrets: Secrets, captures: Captures, tasks: Tasks, worker: Worker
    ) -> None:
        self.progressed: Signal[VerificationProgress] = Signal("verification.progressed")
        self.progress: VerificationProgress | None = None
        """The progress of the current or last run, or None before the first."""
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._tasks = tasks
        self._worker = worker
        self._below: int | None = None
        """Captures below this id are still to be verified. None at the start."""
        self._task: asyncio.Task[None] | None = None
        self._is_listening = False
        self._is_part = False
        """Whether only captures that an older version evaluated differently are verified."""
        self._is_deferred = False
        """Whether the user changed the secrets while none was active. Another process may have added one that
        this process has not read yet."""
        self._is_asked = False
        """Whether the user requested it. Then bodies that the worker failed on are tried again."""
        self.secrets_taken: Callable[[], Awaitable[None]] | None = None
        """Waits until new captures are evaluated with the active secrets, if this process captures."""
        secrets.user_changed.connect(self._follow_user)
        secrets.changed.connect(self._follow)

    async def repeat(self) -> VerificationProgress:
        """As `start`. Raises InspectorError without an active secret on a file that had one.

        Otherwise every stored verdict would become unchecked.
        """
        if self._secrets.missing is not None:
            raise InspectorError("No active secret, so nothing was re-verified.")
        return await self.start()

    async def start(self) -> VerificationProgress:
        """Check everything again, newest first, and return the result."""
        self._restart()
        self._is_asked = True
        assert self._task is not None
        await asyncio.shield(self._task)
        return self.progress or VerificationProgress(total=0)

    @property
    def is_running(self) -> bool:
        """Whether stored captures are being verified."""
        return self._task is not None and not self._task.done()

    async def wait(self) -> VerificationProgress:
        """Return the result of the run in progress, or of the last one. A restart is waited for, too."""
        while (task := self._task) is not None and not task.cancelled():
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()
                break
        return self.progress or VerificationProgress(total=0)

    def resume(self) -> None:
        """Resume the run of an earlier process that ended."""
        below = self._store.read(evaluations.began_below)
        if self._task is None and below is not None and self._secrets.missing is None:
            self._is_part = False
            self._task = self._tasks.spawn(self._run(below), "verify stored captures")
        self.settle_format()

    def settle_format(self) -> None:
        """Re-evaluate what older versions evaluated differently: compressed bodies and browser requests.

        It resumes where an earlier process ended.
        """
        below = self._store.read(evaluations.format_below)
        if self._task is None and below is not None and not self._secrets.is_awaited:
            self._is_part = True
            self._task = self._tasks.spawn(self._run(below), "verify for a new format")

    @property
    def is_outdated(self) -> bool:
        """Whether stored verdicts belong to secrets other than the active ones.

        Then the user may want to check everything again. `secrets.changed` and `progressed` are emitted when
        this changes.
        """
        known = self._store.read(evaluations.verified_with)
        return bool(self._secrets.active) and known is not None and known != self._fingerprint()

    def _fingerprint(self) -> str:
        """Return a short text that identifies the active secrets."""
        keys = sorted(str(short_hash(secret.key)) for secret in self._secrets.active)
        return str(short_hash(",".join(keys).encode())) if keys else "none"

    def begin_listening(self) -> None:
        """Note that captures are stored with verdicts of the active secrets from now on."""
        self._is_listening = True
        self._adopt()
        self.settle_format()

    def _follow(self, _: None) -> None:
        self._adopt()
        if self._is_deferred and self._secrets.active:
            self._restart()

    def _adopt(self) -> None:
        if self._is_listening and not self._secrets.is_awaited:
            adopt = partial(evaluations.adopt, secrets=self._fingerprint())
            self._tasks.spawn(
                retry_while_busy(lambda: self._store.write(adopt)), "store the secrets of stored verdicts"
            )

    def stop(self) -> None:
        """Stop the run. `resume` resumes it."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _follow_user(self, _: None) -> None:
        """Check everything again after the user changed the secrets.

        Without an active secret, every verdict would become unchecked, so the stored ones stay.
        """
        if self._secrets.missing is None:
            self._restart()
        else:
            self.stop()
            self._is_deferred = True

    def _restart(self) -> None:
        self.stop()
        self.progress = None
        self._is_asked = self._is_part = self._is_deferred = False
        self._task = self._tasks.spawn(self._run(None), "verify stored captures")

    async def _run(self, below: int | None) -> None:
        self._below = below

        is_again = False

        async def run(unless_changed: UnlessChanged) -> None:
            nonlocal is_again
            if is_again and self._secrets.missing is not None:
                return  # see `_follow_user`
            try:
                await retry_while_busy(partial(self._go_on, unless_changed))
            except Outdated:
                is_again = True
                if not self._is_part:  # what was verified until now, too
                    self._below, self.progress = None, None
                raise

        await with_current_secrets(self._secrets, run)

    async def _go_on(self, unless_changed: UnlessChanged) -> None:
        """Check from the current position to the end. After a BusyError, it is called again."""
        await self._secrets.note_use()
        if self._below is None:
            if self.secrets_taken is not None:  # later captures are not verified
                await self.secrets_taken()
            self._below = await self._store.write(evaluations.begin)
        below, progress, is_part = self._below, self.progress, self._is_part
        fingerprint = self._fingerprint()
        is_left = False
        if progress is None or progress.is_done:
            total = await self._store.fetch(partial(evaluations.count_below, below=below, is_part=is_part))
            progress = VerificationProgress(total=total)
            if total or not is_part:
                self._tell(progress)
        is_bulk = progress.total > FEW
        pace = Pace(self._store, is_bulk=is_bulk)
        reading = self._reading(below)
        try:
            while batch := await reading:
                below = batch[-1].id
                reading = self._reading(below)  # while this batch is evaluated
                changed = await self._changed([one for one in batch if not self._is_kept(one)])
                marked: set[int] = set()
                for part in pace.slices(changed):
                    job = partial(follower.reevaluate, evaluated=part, is_bulk=is_bulk)
                    marked |= await pace.write(unless_changed(job))
                is_left |= is_part and any(map(self._needs_secret, batch))
                if not is_left:
                    note = partial(evaluations.note, below=below, is_part=is_part)
                    await self._store.write_unsynced(unless_changed(note))
                if changed:
                    self._captures.judged.emit(tuple(sorted({*(one for one, _ in changed), *marked})))
                self._below = below
                stored = {one.id: one for one in batch}
                differing = sum(stored[id_].differs(evaluation) for id_, evaluation in changed)
                progress = replace(
                    progress, done=progress.done + len(batch), changed=progress.changed + differing
                )
                self._tell(progress)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if not is_left:
            end = partial(evaluations.end, secrets=None if is_part else fingerprint)
            await self._store.write(unless_changed(end))
        await pace.finish()
        self._task = None
        if progress.total or not is_part:
            self._tell(replace(progress, is_done=True))

    def _reading(self, below: int) -> asyncio.Task[list[evaluations.StoredEvaluation]]:
        """Start reading the next captures in a thread."""
        query = partial(
            evaluations.next_below, below=below, limit=BATCH, max_bytes=READ_BYTES, is_part=self._is_part
        )
        return self._tasks.spawn(self._store.fetch(query), "read captures to verify", is_awaited=True)

    async def _changed(self, batch: Sequence[evaluations.StoredEvaluation]) -> list[tuple[int, Evaluation]]:
        """Return the captures of a batch whose evaluation changed."""
        slices = Slices()
        changed: list[tuple[int, Evaluation]] = []
        for one in batch:
            if self._is_part and self._needs_secret(one):
                continue
            is_risky = one.problem == SKIPPED
            if (
                one.problem is not None
                and not self._is_asked
                and (is_risky or is_evaluated_later(one.capture))
            ):
                evaluation = await evaluated_by_bytes(one.capture, self._secrets, one.problem)
            else:
                evaluation = await evaluated(one.capture, self._secrets, self._worker, is_risky=is_risky)
            if one.is_outdated(evaluation):
                changed.append((one.id, evaluation))
            await slices.pause()
        return changed

    def _is_kept(self, one: evaluations.StoredEvaluation) -> bool:
        """Return whether a verdict stays: only a process that was given the secret could check it.

        Such as `listen` with a secret from the environment, while `secrets add` runs elsewhere. If the user
        asks for the check, it is made with the secrets of this process only.
        """
        is_given_elsewhere = one.word == "valid" and self._secrets.is_given_elsewhere(one.secret)
        return one.is_kept or (is_given_elsewhere and not self._is_asked)

    def _needs_secret(self, one: evaluations.StoredEvaluation) -> bool:
        """Return whether the verdict needs a secret that this process does not have.

        Another process checks it.
        """
        return one.word in ("valid", "invalid") and not one.is_kept and not self._secrets.active

    def _tell(self, progress: VerificationProgress) -> None:
        self.progress = progress
        self.progressed.emit(progress)
