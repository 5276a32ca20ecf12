"""The one thread that writes: takes what has queued up, commits it at once, then answers everyone."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from inspector.base.errors import BusyError, InspectorError
from inspector.store.file import database, files
from inspector.store.file.database import FULL, connect_to_write
from inspector.store.file.disk_errors import Health, is_locked

Job = Callable[[sqlite3.Connection], Any]
Many = Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]


class Share(NamedTuple):
    """One caller's part of work that is done for many at once."""

    work: Many
    argument: Any


class Unsynced(NamedTuple):
    """A job whose commit need not be on the disk when its caller goes on."""

    job: Job


Work: TypeAlias = "Job | Share | Unsynced"
Entry: TypeAlias = tuple[Work, asyncio.Future[Any]]
Outcome: TypeAlias = tuple[asyncio.Future[Any], Any, BaseException | None]


def results_of(connection: sqlite3.Connection, jobs: Sequence[Work]) -> list[Any]:
    """What each job gives, in order; neighbours that share their work are done in one call."""
    results: list[Any] = []
    start = 0
    while start < len(jobs):
        job = jobs[start]
        end = start + 1
        if isinstance(job, Share):
            arguments = [job.argument]
            while end < len(jobs):
                other = jobs[end]
                if not isinstance(other, Share) or other.work is not job.work:
                    break
                arguments.append(other.argument)
                end += 1
            results.extend(job.work(connection, arguments))
        else:
            results.append((job.job if isinstance(job, Unsynced) else job)(connection))
        start = end
    return results


def settle(done: list[Outcome]) -> None:
    """Let those who wait go on, on their loop."""
    for future, result, error in done:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


T = TypeVar("T")
A = TypeVar("A")

log = logging.getLogger(__name__)

BATCH = 512
"""Jobs in one transaction at most: bounds how long the first of them waits."""
IDLE_S = 0.001
"""Nothing came for this long: background work may take a turn."""
QUIET_S = 0.05
"""Nothing came for this long: background work takes one turn after another."""
LOOK_EVERY_S = 1.0
"""So often background work looks for what another process left to it, and tries again after trouble."""
POSTPONED_S = 0.001
"""So much later comes its next turn for each job: a flood, of more than 1,000 a second, has precedence."""
BACKGROUND_EVERY_S = 0.05
"""But however many jobs there are, it gets one turn in this time."""
IMPATIENT_MS = 100
"""So long is waited for a file that another process writes to by background work, which tries again later,
and by others once it was locked for all of `database.BUSY_MS`: no sender waits much longer than that."""
CACHE_KB = 16_384
"""Pages that are kept in memory: the follower comes back to those of the latest respondents."""


class Background(Protocol):
    """Work for the time between two batches (see `follower.Follower`)."""

    def step(self, connection: sqlite3.Connection) -> bool:
        """Do about 2 ms of it in a transaction of its own; says whether there is more."""


class Writer:
    """Runs jobs against one connection; many that wait share one commit (and one sync)."""

    def __init__(
        self, path: Path, background: Background | None = None, health: Health | None = None
    ) -> None:
        self._jobs: queue.SimpleQueue[list[Entry] | None] = queue.SimpleQueue()
        self._gathered: list[Entry] = []
        """What came since the loop last looked at its sockets: the thread is woken once for all of it."""
        self._path = path
        self._health = health or Health(path)
        self._identity = files.identity(path)
        self._connection: sqlite3.Connection | None = None
        self._is_only_one = False
        """No other connection of this process has the log open."""
        self._background = background
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._was_locked = False
        """Another process held the file for as long as is waited for it."""
        self._is_in_trouble = False
        """The last turn of the background work failed; of a bug is told once."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def run_with_others(
        self, work: Callable[[sqlite3.Connection, Sequence[A]], Sequence[T]], argument: A
    ) -> T:
        """As `run`, for what is asked for very often: `work` is called once with the arguments of all
        who wait for the same, and gives a result for each.

        Each statement lets go of the interpreter lock and has to win it back from a busy loop, so a
        thousand small ones take far longer than one large one.
        """
        result: T = await self._queued(Share(work, argument))
        return result

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What `job(connection)` returns, once it is committed and synced to the disk.

        Raises BusyError where the file cannot be written now (full, locked, read-only, gone, damaged),
        with nothing of the job kept; a cancelled caller's job may still be committed.
        """
        result: T = await self._queued(job)
        return result

    async def run_unsynced(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """As `run`, without a wait for the disk: a kill of the process loses nothing of it, and a failure
        of power what no later `run` has synced. For parts of something long."""
        result: T = await self._queued(Unsynced(job))
        return result

    def _queued(self, job: Work) -> asyncio.Future[Any]:
        if self._is_closed:
            raise BusyError("The store is closed; start Webhook Inspector again.")
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        future: asyncio.Future[Any] = self._loop.create_future()
        self._gathered.append((job, future))
        return future

    def _hand_over(self) -> None:
        if self._gathered:
            self._jobs.put(self._gathered)
            self._gathered = []

    def wake(self) -> None:
        """Let the background work look for something to do."""
        if not self._is_closed:
            self._queued(_nothing).add_done_callback(_whatever_came)

    def finish(self) -> None:
        """Take no more jobs; on the loop, before `close`."""
        if not self._is_closed:
            self._is_closed = True
            self._hand_over()
            self._jobs.put(None)

    def close(self) -> None:
        """Commit what is queued, then end the thread and close the file; blocks until then."""
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
        self._let_go()

    def _pause_s(self, has_more: bool, last_job: float, next_turn: float) -> float | None:
        """How long to wait for jobs before the background work takes its turn."""
        if not has_more:
            # After trouble too: the file may be free again, with nobody to bring a job.
            return None if self._background is None else LOOK_EVERY_S
        now = time.monotonic()
        return 0.0 if now - last_job > QUIET_S else max(IDLE_S, next_turn - now)

    def _connected(self) -> sqlite3.Connection:
        """The connection, opened again after trouble; raises what keeps a commit from being safe now."""
        if self._health.damage is not None:
            raise BusyError(self._health.damage)
        self._check_names()
        if self._connection is None:
            self._connection = connect_to_write(self._path)
            if not self._health.has_log:
                self._health.opened_log()
                self._is_only_one = True
            self._connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            self._set_patience()
        return self._connection

    def _check_names(self) -> None:
        """Raise BusyError unless the file and its log are where they were.

        What SQLite writes to a file without a name is gone with the process.
        """
        if self._identity is None or files.identity(self._path) != self._identity:
            raise BusyError(
                f"{self._path} is not where it was: it was moved or deleted, or its disk is gone. Put it back"
                " and capturing goes on by itself, or start Webhook Inspector again to begin a new file."
            )
        try:
            self._health.check_log()
        except BusyError:
            self._let_go()
            raise

    def _let_go(self) -> None:
        """Close the connection; the next job opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            if self._is_only_one:  # its close removes the log
                self._is_only_one = False
                self._health.closed_log()
            connection.close()

    def _take(self, timeout_s: float | None) -> tuple[list[Entry], bool]:
        """What waits, or comes in time, and whether the writer goes on after it."""
        batch: list[Entry] = []
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
        try:
            connection = self._connected()
            # It goes on from what is on the disk, so its commits need not wait for it: the next job's does.
            connection.execute("PRAGMA synchronous = NORMAL")
            # Nor may whoever comes meanwhile wait for it where the file is locked.
            connection.execute(f"PRAGMA busy_timeout = {IMPATIENT_MS}")
            has_more = self._background.step(connection)
            connection.execute("PRAGMA synchronous = FULL")
            self._set_patience()
            self._is_in_trouble = False
        except Exception as error:
            self._undo(error)
            if isinstance(self._worded(error), InspectorError):  # full or locked
                log.info("background work waits: %s", error)
            elif not self._is_in_trouble:
                log.exception("background work of the store failed")
            self._is_in_trouble = True
            return False
        return has_more

    def _commit(self, batch: list[Entry]) -> None:
        """Commit the batch as one; where that fails, each job alone, so that one fails only itself."""
        done = self._attempt(batch)
        if done is None:
            done = []
            for entry in batch:
                done += self._attempt([entry]) or ()
        try:
            self._loop.call_soon_threadsafe(settle, done)
        except RuntimeError:  # the loop is closed: nobody waits any more
            log.debug("%d outcomes came after the loop had ended", len(done))

    def _attempt(self, batch: list[Entry]) -> list[Outcome] | None:
        """The outcomes; None where a batch of several failed, nothing of it was kept, and each may fare
        better alone."""
        is_synced = not all(isinstance(job, Unsynced) for job, _ in batch)
        try:
            connection = self._connected()
            if not is_synced:
                connection.execute("PRAGMA synchronous = NORMAL")
            elif connection.execute("PRAGMA synchronous").fetchone()[0] != FULL:
                raise sqlite3.ProgrammingError("a commit would not be synced")
            connection.execute("BEGIN IMMEDIATE")
            results = results_of(connection, [job for job, _ in batch])
            done: list[Outcome] = [
                (future, result, None) for (_, future), result in zip(batch, results, strict=True)
            ]
            connection.execute("COMMIT")
            self._check_names()  # again, before results are reported: the file may be gone by now
            if self._was_locked:
                self._was_locked = False
                self._set_patience()
            if not is_synced:
                connection.execute("PRAGMA synchronous = FULL")
            return done
        except Exception as error:
            self._was_locked = is_locked(error)
            self._undo(error)
            if len(batch) > 1 and not self._was_locked:
                return None
            # Of a file that is locked each alone would only wait as long again.
            worded = self._worded(error)
            return [(future, None, worded) for _, future in batch]

    def _undo(self, error: Exception) -> None:
        """Roll back; after trouble with the file go on with a new connection, which may find it mended."""
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and not is_locked(error):
                self._let_go()
            elif self._connection is not None:
                self._connection.execute("PRAGMA synchronous = FULL")
                self._set_patience()
        except sqlite3.Error:
            self._let_go()

    def _set_patience(self) -> None:
        """What has queued up while the file was locked waited as long already."""
        assert self._connection is not None
        wait_ms = IMPATIENT_MS if self._was_locked else database.BUSY_MS
        self._connection.execute(f"PRAGMA busy_timeout = {wait_ms}")

    def _worded(self, error: Exception) -> Exception:
        """What SQLite says of the disk, as a sentence; other errors are bugs and stay as they are."""
        worded = self._health.worded(error) if isinstance(error, sqlite3.Error) else None
        if worded is None:
            return error
        worded.__cause__ = error
        return worded


def _nothing(connection: sqlite3.Connection) -> None:
    """A job that only wakes the thread."""


def _whatever_came(done: asyncio.Future[Any]) -> None:
    """Nobody waits for it, so that it failed on a locked file is no news."""
    if not done.cancelled():
        done.exception()
