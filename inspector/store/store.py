"""The store as the session sees it: awaitable writes, quick reads on the spot, long ones in a thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from inspector.store import captures, deletions
from inspector.store.columns import Arrival
from inspector.store.database import connect, prepare
from inspector.store.follower import Follower
from inspector.store.lock import ListenerLock
from inspector.store.readers import Readers
from inspector.store.writer import Writer

T = TypeVar("T")


class Store:
    """One file of captures. Built on a running loop; `close` it on the same one."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Raises InspectorError where the file cannot be used (see `database.prepare`)."""
        prepare(path, create=create)
        self.path = path
        self.lock = ListenerLock(path)
        self.followed: Callable[[frozenset[int]], None] = lambda ids: None
        """Called on the loop after each step of the follower, with the captures whose findings changed."""
        self._loop = asyncio.get_running_loop()
        self._reader = connect(path, read_only=True)
        self._readers = Readers(path)
        self._writer: Writer | None = None
        self._is_listener = False
        self._is_closing = False

    def become_listener(self, name: str) -> None:
        """Take the file's one place for a listener, from which on groups are followed.

        Raises InspectorError, naming the holder, where it is taken.
        """
        self.lock.acquire(name)
        self._is_listener = True
        if self._writer is not None:
            self._writer.close()
        self._writer = Writer(self.path, Follower(self._after_step))
        self._writer.wake()

    @property
    def is_listener(self) -> bool:
        """Whether this process is the one that captures into the file."""
        return self._is_listener

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What `job` returns, committed and synced; see `Writer.run`."""
        if self._writer is None:
            self._writer = Writer(self.path)
        return await self._writer.run(job)

    async def append(self, arrival: Arrival) -> int:
        """The id of a capture, once it is committed and synced with the others of the moment.

        A sample's nonce is used up in the same transaction.
        """
        if self._writer is None:
            self._writer = Writer(self.path)
        return await self._writer.run_with_others(captures.insert, arrival)

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What a quick, bounded `query` returns, on this very thread (the loop's)."""
        return query(self._reader)

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What `query` returns, from a thread: for a body or anything else over about 2 ms."""
        return await self._readers.fetch(query)

    async def scan(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """As `fetch`, but a later call interrupts the earlier, which raises Superseded."""
        return await self._readers.scan(query)

    def behind(self) -> int:
        """How many captures are not in groups and figures yet."""
        newest, watermark = self.read(
            lambda connection: connection.execute(
                "SELECT coalesce((SELECT max(id) FROM captures), 0), watermark FROM figures"
            ).fetchone()
        )
        return max(0, int(newest) - int(watermark))

    async def close(self, *, forget_deleted: bool) -> None:
        """Commit what is queued, make deletions final if asked, and let go of the file."""
        if self._writer is not None and forget_deleted:
            await self._purge(seconds=0.5)
        self._is_closing = True
        await self._readers.close()
        self._reader.close()
        # The last connection of all that is closed empties the log of the file.
        if self._writer is not None:
            self._writer.finish()
            await asyncio.to_thread(self._writer.close)
        self.lock.release()

    async def purge(self) -> None:
        """Make deletions final: overwritten in the file, and gone from its log."""
        while await self.write(deletions.purge) > 0:
            pass
        await self._truncate_log()

    async def _purge(self, seconds: float) -> None:
        """As `purge`, for as long as an end may take; the next start of a listener does the rest."""
        deadline = self._loop.time() + seconds
        while self._loop.time() < deadline and await self.write(deletions.purge) > 0:
            pass

    async def _truncate_log(self) -> None:
        def truncate(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        await self.fetch(truncate)

    def _after_step(self, marked: frozenset[int]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell_followed, marked)
        except RuntimeError:  # the loop has ended; who would look?
            return

    def _tell_followed(self, marked: frozenset[int]) -> None:
        if not self._is_closing:  # nothing can be read any more
            self.followed(marked)
