"""The store as the session sees it: awaitable writes, quick reads on the loop, long ones in a thread."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from inspector.base.errors import BusyError, InspectorError
from inspector.base.tasks import Tasks
from inspector.store import journal, journal_recovery
from inspector.store.file import files
from inspector.store.file.database import connect, copy_log, empty_log, prepare
from inspector.store.file.disk_errors import CAPTURING, Health
from inspector.store.file.locks import ListenerLock, UndoLock
from inspector.store.group.follower import Follower
from inspector.store.query.readers import Readers
from inspector.store.recorder import Recorder
from inspector.store.write import captures, deletions
from inspector.store.write.batching import Pace
from inspector.store.write.columns import NewCapture
from inspector.store.write.large_values import release_memory
from inspector.store.write.writer import Background, Writer, rewrite_version

T = TypeVar("T")
A = TypeVar("A")

log = logging.getLogger(__name__)

CATCH_UP_S = 0.02
"""Time between two checks whether groups and counts are up to date."""

SETTLE_S = 0.01
"""Time between two checks whether captures in the journal are evaluated."""

END_S = 0.5
"""How long `close` may take to overwrite deleted captures."""


class Unsettled(NamedTuple):
    """Captures that another process has acknowledged and that are not evaluated yet."""

    number: int
    """At most `journal.COUNTED`."""
    listener: str | None
    """The name of the process that evaluates them, or None if none does."""


class Store:
    """One capture file. Create it on a running loop, and `close` it on the same loop."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the file. Raises InspectorError if it cannot be used (see `database.prepare`)."""
        path = path.resolve()  # one file has one lock and one log under all its names
        self.notices = prepare(path, create=create) + (journal_recovery.prepare(path) if create else ())
        """Sentences about changes to the file: it was recovered, or migrated to a newer format."""
        self.path = path
        self.health = Health(path)
        self.lock = ListenerLock(path)
        self.undo_lock = UndoLock(path)
        self.followed: Callable[[frozenset[int]], None] = lambda ids: None
        """Called on the loop after each step of the follower, with the captures whose findings changed."""
        self.log_lost: Callable[[str], None] = lambda sentence: None
        """Called on the loop when the file's log was deleted or replaced while it was open."""
        self.is_held_up: Callable[[], bool] = lambda: False
        """Returns whether the listener's evaluator cannot continue now. `catch_up` does not wait then."""
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks()
        self._reader = self._readable(path)
        self.health.opened_log()
        self.health.log_lost = self._notice_lost_log
        self._readers = Readers(path, self.health)
        self._writer: Writer | None = None
        self.recorder = Recorder(self)
        """The writer of the journal, if this process captures."""
        self._is_listener = False
        self._is_passing = False
        """Whether this process is the listener only until groups are up to date."""
        self._catching_up = asyncio.Lock()
        self._is_closing = False

    def become_listener(self, name: str, background: Background | None = None) -> None:
        """Become the only listener of the file until the store is closed.

        `background` keeps groups up to date, by default in the thread that writes. Raises InspectorError with
        the name of the listener if there is one.
        """
        if self._is_listener and background is None:  # this process is catching up, which may take long
            self.lock.rename(name)
        else:
            self._take_place(name, background)
        self._is_passing = False
        self.health.then = CAPTURING

    @property
    def is_listener(self) -> bool:
        """Whether this process captures into the file."""
        return self._is_listener

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `job` once it is committed and synced (see `Writer.run`)."""
        return await self._writing().run(job)

    async def write_with_others(
        self, work: Callable[[sqlite3.Connection, Sequence[A]], Sequence[T]], argument: A
    ) -> T:
        """As `write`, for very frequent jobs (see `Writer.run_with_others`)."""
        return await self._writing().run_with_others(work, argument)

    async def write_unsynced(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `job` once it is committed. Report nothing about it before `sync`."""
        return await self._writing().run_unsynced(job)

    async def sync(self) -> None:
        """Sync all commits to disk. Raises BusyError if nothing can be written now."""
        await self.write(rewrite_version)

    async def read_journal(self, query: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return the result of `query` on the journal, run in a thread, or None if there is no journal."""
        return await asyncio.to_thread(journal.read, self.path, query)

    async def settle(self, seconds: float) -> Unsettled | None:
        """Wait until the captures in the journal are evaluated, for at most `seconds`.

        Return what still waits, or None. Captures that arrive meanwhile do not count.
        """
        last = await self.read_journal(journal.last_waiting)
        deadline = self._loop.time() + seconds
        while last and last > (done := self.read(journal.evaluated)):
            if self._loop.time() > deadline or not self.has_listener:
                count = await self.read_journal(partial(journal.count_waiting, after=done, up_to=last))
                return Unsettled(count, self._living_listener()) if count else None
            await asyncio.sleep(SETTLE_S)
        return None

    def _living_listener(self) -> str | None:
        """Return the name of the process that captures, or None if there is none or it was killed."""
        try:
            self.lock.acquire("a check for listeners")
        except InspectorError:
            return self.lock.holder()
        self.lock.release()
        return None

    async def release_memory(self) -> None:
        """Return the memory that large bodies took to the system."""
        if self._writer is not None:
            await self._writer.run_unsynced(release_memory)
        await self.recorder.release_memory()

    async def append(self, capture: NewCapture) -> int:
        """Store an evaluated capture. Return its id once it is committed and synced, with other waiting ones.

        The nonce of a sample is removed in the same transaction.
        """
        return await self.write_with_others(captures.insert, capture)

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of a quick, limited `query`, on this thread (the loop's)."""
        self._look_at_log()
        with self.health.in_words():
            return query(self._reader)

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `query`, run in a thread: for bodies and anything else over about 2 ms."""
        self._look_at_log()
        return await self._readers.fetch(query)

    def behind(self) -> int:
        """Return the number of captures that groups do not include yet, plus queued respondents."""
        return sum(self.backlog())

    def backlog(self) -> tuple[int, int]:
        """Return the number of captures that are not evaluated yet, and of the others in `behind`."""
        newest, watermark, evaluated, refolds = self.read(
            lambda connection: connection.execute(
                "SELECT coalesce((SELECT max(id) FROM captures), 0), watermark, evaluated, refolds"
                " FROM figures"
            ).fetchone()
        )
        waiting = max(0, self.recorder.last_id - int(evaluated))
        return waiting, max(0, int(newest) - int(watermark)) + int(refolds)

    @property
    def has_listener(self) -> bool:
        """Whether a process captures into the file, or was killed while it did."""
        return self.lock.is_named

    @property
    def is_followed(self) -> bool:
        """Whether a listener, in this process or another, keeps groups up to date."""
        return self._is_listener or self.has_listener

    async def catch_up(self, name: str) -> None:
        """Bring groups and counts up to date. A listener does so automatically.

        Meanwhile this process is the listener, unless another process is. Raises BusyError if the file is
        damaged.
        """
        async with self._catching_up:
            if not self._is_listener:
                try:
                    self._take_place(name)
                except InspectorError:  # another process is the listener
                    return
                self._is_passing = True
            try:
                while self.behind() and not self.is_held_up():
                    if self.health.damage is not None:
                        raise BusyError(self.health.damage)
                    await asyncio.sleep(CATCH_UP_S)
            finally:
                if self._is_passing:
                    await self._leave_place()

    async def close(self, *, forget_deleted: bool) -> None:
        """Commit queued jobs, make deletions final if requested, and close the file.

        Other deletions are made final at the next start of a listener.
        """
        try:
            if self._writer is not None and forget_deleted:
                await self.purge(is_own_final=True, seconds=END_S)
        except InspectorError as error:
            log.info("cannot overwrite deleted captures before the next start: %s", error)
        finally:
            await self._let_go()

    def _notice_lost_log(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(
                lambda: self._tasks.spawn(self._save_lost_log(), "save the rows of the lost log")
            )

    async def _save_lost_log(self) -> None:
        """Copy the lost log into the file, through a connection that still has it open.

        Then close all these connections: SQLite would mistake pages of another log for those of the lost one.
        """
        sentence = self.health.lost_log
        if sentence is None or self._is_closing:
            return
        if self._has_other_log:
            is_saved = not self._is_listener  # the listener saved it and started the other log
        else:
            is_saved = await asyncio.to_thread(copy_log, self._reader)
        if not is_saved:
            sentence = self.health.lost_log = (
                f"{sentence} Some captures may be lost, and no more are stored. Restart Webhook Inspector."
            )
        log.info("%s", sentence)
        self.log_lost(sentence)
        if not is_saved:
            return
        self._readers.forget()
        await self._readers.wait()
        if self._writer is not None:
            with suppress(BusyError):
                await self.sync()  # this only closes the connection
        if not self._is_closing:
            try:
                self._reopen()
            except BusyError as error:  # the file is lost, too, which the writer reports
                log.info("cannot read the file any more: %s", error)
            else:
                self.health.opened_log()

    @property
    def _has_other_log(self) -> bool:
        """Whether the log that replaced ours has content."""
        return self.health.lost_log is not None and files.has_log(self.path)

    def _look_at_log(self) -> None:
        """Switch to the log that replaced ours, if a listener has started one."""
        try:
            self.health.check_log()
        except BusyError:  # otherwise the open log is still readable: this process does not write meanwhile
            if self._has_other_log and not self._is_listener:
                self._reopen()
                self._readers.forget()

    def _reopen(self) -> None:
        fresh = self._readable(self.path)
        self._reader.close()
        self._reader = fresh

    async def _let_go(self) -> None:
        await self.recorder.discard_evaluated()
        self._is_closing = True
        await self._tasks.cancel_all()
        await self._readers.close()
        self._reader.close()
        # Closing the last connection empties the log of the file.
        await self.recorder.close()
        if self._writer is not None:
            self._writer.finish()
            await asyncio.to_thread(self._writer.close)
        self.undo_lock.release()
        self.lock.release()

    async def purge(self, *, is_own_final: bool = False, seconds: float | None = None) -> int:
        """Make deletions final: overwrite them in the file, and remove them from its log.

        Return the number of captures. Deletions that a running process can still undo stay; those of this
        process are final with `is_own_final`. With `seconds`, it ends after about that time, and the next
        start of a listener resumes it.
        """
        deadline = None if seconds is None else self._loop.time() + seconds
        final = await self.fetch(lambda connection: self._final(connection, is_own_final))
        removed = 0
        pace = Pace(self, is_bulk=True)
        for deletion in final:
            while count := await pace.write(partial(deletions.purge, deletion=deletion, limit=pace.size)):
                removed += count
                if deadline is not None and self._loop.time() > deadline:
                    await self.sync()
                    return removed
        if removed:
            await self.sync()
            await self.empty_log()
        return removed

    async def empty_log(self) -> bool:
        """Remove overwritten data from the logs of the file and its journal. Return False if another process
        still reads one."""
        left = [path for path in (self.path, journal.path_of(self.path)) if path.exists()]
        for pause_s in (0, 0.05, 0.2, 0.5):
            await asyncio.sleep(pause_s)
            left = [path for path in left if not await asyncio.to_thread(empty_log, path)]
            if not left:
                return True
        return False

    def _take_place(self, name: str, background: Background | None = None) -> None:
        if self._is_listener:
            self.lock.rename(name)
        else:
            self.lock.acquire(name)
            self._is_listener = True
        if self._writer is not None:
            self._writer.close()
        self._writer = Writer(self.path, background or Follower(self._after_step), self.health)
        self._writer.wake()

    async def _leave_place(self) -> None:
        """Stop being the listener. The next write starts a writer without the follower."""
        self._is_listener = self._is_passing = False
        writer, self._writer = self._writer, None
        self.lock.release()
        if writer is not None:
            writer.finish()
            await asyncio.to_thread(writer.close)

    def _writing(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(self.path, health=self.health)
        return self._writer

    def _final(self, connection: sqlite3.Connection, is_own_final: bool) -> list[int]:
        return [
            deletion
            for deletion, owner in deletions.waiting(connection)
            if owner is None
            or (owner == self.undo_lock.name and is_own_final)
            or self.undo_lock.is_dead(owner)
        ]

    def _readable(self, path: Path) -> sqlite3.Connection:
        with self.health.in_words():
            return connect(path, read_only=True)

    def _after_step(self, marked: frozenset[int]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell_followed, marked)
        except RuntimeError:  # the loop has ended
            return

    def _tell_followed(self, marked: frozenset[int]) -> None:
        if not self._is_closing:  # nothing can be read any more
            self.followed(marked)
