"""The thread that writes to a file: it commits all queued jobs together, then resumes their callers."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from inspector.base.errors import BusyError, InspectorError
from inspector.store.file.disk_errors import Health, is_locked
from inspector.store.file.kept_connection import IMPATIENT_MS, KeptConnection

Done: TypeAlias = Callable[[Any, BaseException | None], None]
"""Called on the loop with the result of a job, or with its error."""


class _Job(NamedTuple):
    """Work for the writer, and what is called afterwards."""

    work: Callable[..., Any]
    done: Done
    argument: Any = None
    """With `is_shared`, the caller's part of the work."""
    is_shared: bool = False
    """Whether the work is called once with the arguments of all neighbouring callers."""
    commits: bool = False
    """With `is_shared`, whether the work commits what it did if no transaction is open."""
    is_synced: bool = True
    """Whether the caller waits until the commit is on disk."""


_Outcome: TypeAlias = tuple[Done, Any, BaseException | None]

T = TypeVar("T")
A = TypeVar("A")

log = logging.getLogger(__name__)

BATCH = 512
"""Maximum number of jobs per transaction, which limits how long the first of them waits."""
IDLE_S = 0.001
"""Time without a job after which background work may take a turn."""
QUIET_S = 0.05
"""Time without a job after which background work runs continuously."""
POLL_INTERVAL_S = 1.0
"""Time after which background work checks for work of other processes, or retries after an error."""
POSTPONED_S = 0.001
"""Delay of its next turn per job: more than 1,000 jobs per second take precedence."""
BACKGROUND_EVERY_S = 0.05
"""Maximum time until its next turn, regardless of the number of jobs."""


class Background(Protocol):
    """Work for the time between two batches (see `follower.Follower`)."""

    def step(self, connection: sqlite3.Connection) -> bool:
        """Do about 2 ms of work in its own transaction. Return whether there is more."""


class Writer:
    """Runs jobs on one connection. All waiting jobs share one commit (and one sync)."""

    def __init__(
        self, path: Path, background: Background | None = None, health: Health | None = None
    ) -> None:
        self._jobs: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._gathered: list[_Job] = []
        """Jobs of this turn of the loop: the thread is woken once for all of them."""
        self._file = KeptConnection(path, health or Health(path))
        self._background = background
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._is_checked = False
        """Whether the check after the last commit is the one before the next, whose first job waited already.
        In a flood, each look at a name costs a wait for the interpreter lock."""
        self._has_failed = False
        """Whether the last turn of the background work failed. A bug is logged once."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def run_with_others(
        self, work: Callable[[sqlite3.Connection, Sequence[A]], Sequence[T]], argument: A
    ) -> T:
        """As `run`, for very frequent jobs: `work` is called once with the arguments of all waiting callers.

        It returns a result for each. Each statement releases the interpreter lock and must win it back from a
        busy loop, so a thousand small statements take far longer than one large one.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self.queue_with_others(work, argument, partial(resolve, future))
        return await future

    def queue_with_others(
        self,
        work: Callable[[sqlite3.Connection, Sequence[A]], Sequence[Any]],
        argument: A,
        done: Done,
        *,
        commits: bool = False,
    ) -> None:
        """As `run_with_others`, for callers without a task: return at once, and call `done` afterwards.

        With `commits`, `work` commits what it did if no transaction is open, as a single statement does. Then
        it needs none unless other jobs wait: each statement that is saved is a wait for the interpreter lock.
        """
        self._queue(_Job(work, done, argument, is_shared=True, commits=commits))

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `job(connection)` once it is committed and synced to disk.

        Raises BusyError if the file cannot be written now (full, locked, read-only, missing, damaged). Then
        nothing of the job is stored. The job of a cancelled caller may still be committed.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue(_Job(job, partial(resolve, future)))
        return await future

    async def run_unsynced(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """As `run`, without waiting for the disk. For the parts of long work.

        A kill of the process loses nothing. A power failure loses everything that no later `run` has synced.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue(_Job(job, partial(resolve, future), is_synced=False))
        return await future

    def _queue(self, job: _Job) -> None:
        if self._is_closed:
            raise BusyError("The store is closed; start Webhook Inspector again.")
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(job)

    def _hand_over(self) -> None:
        if self._gathered:
            self._jobs.put(self._gathered)
            self._gathered = []

    def wake(self) -> None:
        """Make the background work check for something to do."""
        if not self._is_closed:
            self._queue(_Job(_nothing, _ignore))

    def finish(self) -> None:
        """Accept no more jobs. Call it on the loop, before `close`."""
        if not self._is_closed:
            self._is_closed = True
            self._hand_over()
            self._jobs.put(None)

    def close(self) -> None:
        """Commit the queued jobs, end the thread and close the file. Blocks until then."""
        self.finish()
        self._thread.join()

    def _run(self) -> None:
        has_more = self._background is not None
        last_job = last_turn = next_turn = 0.0
        is_open = True
        while is_open:
            batch, is_open = self._take(self._pause_s(has_more, last_job, next_turn))
            if batch:
                self._commit(batch)
                last_job = time.monotonic()
                next_turn = min(next_turn + len(batch) * POSTPONED_S, last_turn + BACKGROUND_EVERY_S)
            has_more = self._background is not None
            if has_more and is_open and (not batch or time.monotonic() >= next_turn):
                has_more = self._step()
                last_turn = next_turn = time.monotonic()
        self._file.close()

    def _pause_s(self, has_more: bool, last_job: float, next_turn: float) -> float | None:
        """Return how long to wait for jobs before the background work takes its turn."""
        if not has_more:
            # After an error, too: the file may be available again although no job arrives.
            return None if self._background is None else POLL_INTERVAL_S
        now = time.monotonic()
        return 0.0 if now - last_job > QUIET_S else max(IDLE_S, next_turn - now)

    def _take(self, timeout_s: float | None) -> tuple[list[_Job], bool]:
        """Return the jobs that wait or arrive in time, and whether the writer continues after them."""
        batch: list[_Job] = []
        try:
            while len(batch) < BATCH:
                entries = self._jobs.get_nowait() if batch else self._jobs.get(timeout=timeout_s)
                if entries is None:
                    return batch, False
                batch += entries
        except queue.Empty:
            pass
        return batch, True

    def _step(self) -> bool:
        assert self._background is not None
        self._is_checked = False
        try:
            connection = self._file.open()
            # It resumes from the state on disk, so its commits need no sync: that of the next job is enough.
            self._file.set_synced(False)
            # Jobs must not wait for it while the file is locked.
            connection.execute(f"PRAGMA busy_timeout = {IMPATIENT_MS}")
            has_more = self._background.step(connection)
            self._file.set_patience()
            self._has_failed = False
        except Exception as error:
            self._file.undo(error)
            if isinstance(self._file.worded(error), InspectorError):  # full or locked
                log.info("background work waits: %s", error)
            elif not self._has_failed:
                log.exception("background work of the store failed")
            self._has_failed = True
            return False
        return has_more

    def _commit(self, batch: list[_Job]) -> None:
        """Commit the batch as one. If that fails, commit each job separately, so that only the failing one
        fails."""
        done = self._attempt(batch)
        if done is None:
            done = []
            for job in batch:
                done += self._attempt([job]) or ()
        try:
            self._loop.call_soon_threadsafe(_settle, done)
        except RuntimeError:  # the loop is closed: callers no longer wait
            log.debug("%d results arrived after the loop had ended", len(done))

    def _attempt(self, batch: list[_Job]) -> list[_Outcome] | None:
        """Return the outcomes, or None if a batch of several jobs failed and each must be tried separately.

        After a failure nothing of the batch is stored.
        """
        is_checked, self._is_checked = self._is_checked, False
        try:
            connection = self._file.open(is_checked=is_checked)
            self._file.set_synced(any(job.is_synced for job in batch))
            begins = not all(job.commits and job.work is batch[0].work for job in batch)
            if begins:
                connection.execute("BEGIN IMMEDIATE")
            results = _results(connection, batch)
            done: list[_Outcome] = [
                (job.done, result, None) for job, result in zip(batch, results, strict=True)
            ]
            if begins:
                connection.execute("COMMIT")
            is_next_waiting = not self._jobs.empty()
            self._file.check_names()  # again, before results are reported: the file may be gone
            self._is_checked = is_next_waiting
            if self._file.was_locked:
                self._file.was_locked = False
                self._file.set_patience()
            return done
        except Exception as error:
            self._file.was_locked = is_locked(error)
            self._file.undo(error)
            if len(batch) > 1 and not self._file.was_locked:
                return None
            # On a locked file, each job would only wait again for as long.
            worded = self._file.worded(error)
            return [(job.done, None, worded) for job in batch]


def _results(connection: sqlite3.Connection, jobs: Sequence[_Job]) -> list[Any]:
    """Run jobs in order and return their results. Neighbours that share their work are run in one call."""
    results: list[Any] = []
    for (work, is_shared), same in groupby(jobs, key=attrgetter("work", "is_shared")):
        if is_shared:
            results += work(connection, [job.argument for job in same])
        else:
            results += [work(connection) for _ in same]
    return results


def _settle(outcomes: list[_Outcome]) -> None:
    """Resume the callers, on their loop."""
    for done, result, error in outcomes:
        try:
            done(result, error)
        except Exception:  # a bug, which must not hold up the others
            log.exception("a caller of the writer failed")


def resolve(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    """Resume the caller that waits for `future`. With this future, it is a `Done`."""
    if future.done():  # its caller was cancelled
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _nothing(connection: sqlite3.Connection) -> None:
    """Do nothing. This job only wakes the thread."""


def _ignore(result: Any, error: BaseException | None) -> None:
    """Do nothing: no caller waits."""


def rewrite_version(connection: sqlite3.Connection) -> None:
    """Write a page without changing anything."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {version}")
