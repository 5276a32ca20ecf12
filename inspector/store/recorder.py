"""The listener's writer of the journal: one thread that does nothing else."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from inspector.base.errors import BusyError, InspectorError
from inspector.store import journal, journal_recovery
from inspector.store.file import database, files
from inspector.store.file.disk_errors import CAPTURING, Health
from inspector.store.write.large_values import release_memory
from inspector.store.write.writer import Done, Writer, resolve, rewrite_version

T = TypeVar("T")

log = logging.getLogger(__name__)


class CaptureFile(Protocol):
    """What the recorder needs of the store."""

    path: Path
    log_lost: Callable[[str], None]

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """See `Store.write`."""

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """See `Store.fetch`."""

    async def sync(self) -> None:
        """See `Store.sync`."""


class Recorder:
    """Writes captures to the journal. Only the listener may use it."""

    def __init__(self, store: CaptureFile) -> None:
        self._store = store
        self._path = journal.path_of(store.path)
        self._health = Health(self._path)
        self._health.then = CAPTURING
        identity = files.identity(store.path)
        self._health.may_restore = lambda: files.identity(store.path) == identity
        self._health.on_restored = self._notice_restored
        self._loop = asyncio.get_running_loop()
        self._writer: Writer | None = None
        self._closed = BusyError("Nothing is captured yet.")
        """Why the journal is not open."""
        self._opening = asyncio.Lock()
        self.earlier = journal.WaitingEntries()
        """The captures of an earlier run that waited in the journal when this process opened it."""
        self.last_id = 0
        """The id of the last capture in the journal that this process knows."""

    async def open(self) -> int:
        """Create or continue the journal. Return the estimated size of what waits in it, in bytes.

        If the journal is open, do nothing and return 0. Raises BusyError if captures cannot be recorded now.
        """
        async with self._opening:
            if self._writer is not None:
                await self._writer.run(rewrite_version)
                return 0
            try:
                if self._path.exists():
                    await asyncio.to_thread(_check_kind, self._path)  # before it counts as a damaged one
                else:
                    await self._store.write(partial(journal.create, path=self._path))
                self._writer, self.earlier = await self._continued()
                self.last_id = max(self.last_id, self.earlier.last_id)
            except BusyError as error:
                self._closed = error
                raise
            return self.earlier.size

    @property
    def is_lost(self) -> bool:
        """Whether the open journal is no longer at its path."""
        return self._writer is not None and not self._path.exists()

    def _notice_restored(self) -> None:
        sentence = (
            f"{self._path} was deleted or replaced while it was in use, and is restored. "
            "Leave it and its log alone while Webhook Inspector is open."
        )
        log.info("%s", sentence)
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(lambda: self._store.log_lost(sentence))

    async def _continued(self) -> tuple[Writer, journal.WaitingEntries]:
        last, evaluated = await self._store.fetch(
            lambda connection: (journal.last_capture(connection), journal.evaluated(connection))
        )
        try:
            await self._store.sync()
            on_disk = evaluated
        except BusyError:  # captures wait in the journal until the file can be written again
            on_disk = 0
        writer = Writer(self._path, health=self._health)
        try:
            while await writer.run(partial(journal.begin, last=last, on_disk=on_disk)):
                pass
            return writer, await writer.run(partial(journal.waiting_since, after=evaluated))
        except BaseException:
            writer.finish()
            await asyncio.to_thread(writer.close)
            raise

    async def record(self, entry: journal.NewEntry) -> int:
        """Write a capture to the journal. Return its id once it is committed and synced, with other waiting
        ones.

        Raises BusyError if the journal cannot be written now.
        """
        written: asyncio.Future[int] = self._loop.create_future()
        self.queue(entry, partial(resolve, written))
        return await written

    def queue(self, entry: journal.NewEntry, done: Done) -> None:
        """As `record`, for callers without a task: return at once. Later, `done` gets the id or the error."""
        try:
            if self._writer is None:
                raise self._closed
            self._writer.queue_with_others(journal.append, entry, done, commits=True)
        except BusyError as error:
            self._loop.call_soon(done, None, error)

    async def record_all(self, entries: Sequence[journal.NewEntry]) -> list[int]:
        """As `record`, for several captures in one commit: all of them are written, or none."""
        if self._writer is None:
            raise self._closed
        return await self._writer.run(partial(journal.append, entries=entries))

    def recorded(self, entry_id: int) -> None:
        """Note that a capture with this id was committed."""
        self.last_id = max(self.last_id, entry_id)

    async def nonces(self) -> set[str]:
        """Return the nonces of the samples in the journal, which are used already."""
        return set() if self._writer is None else await self._writer.run(journal.nonces)

    async def discard(self, up_to: int) -> None:
        """Remove captures from the journal that are in the capture file, on disk."""
        if self._writer is not None:
            while await self._writer.run_unsynced(partial(journal.discard, up_to=up_to)):
                pass  # new captures are written in between

    async def check(self) -> None:
        """Check the journal. If it is damaged, write nothing more to it, and raise BusyError."""
        why = await asyncio.to_thread(journal.read, self._store.path, journal_recovery.find_problem)
        if why is not None:
            raise self._health.found_damage(why)

    async def release_memory(self) -> None:
        """Return the memory that large bodies took to the system."""
        if self._writer is not None:
            await self._writer.run_unsynced(release_memory)

    async def discard_evaluated(self) -> None:
        """Remove all captures that are in the capture file, at the end of a run."""
        if self._writer is not None:
            try:
                evaluated = await self._store.fetch(journal.evaluated)
                await self._store.sync()
                await self.discard(evaluated)
            except InspectorError as error:
                log.info("cannot remove evaluated captures from the journal: %s", error)

    async def close(self) -> None:
        """Commit queued captures, and close the journal."""
        if self._writer is None:
            return
        # Closing the last connection empties the log of the file.
        self._writer.finish()
        await asyncio.to_thread(self._writer.close)
        try:
            await asyncio.to_thread(journal.shrink, self._path)
        except (sqlite3.Error, InspectorError) as error:
            log.info("cannot shrink the journal: %s", error)


def _check_kind(path: Path) -> None:
    """Check that this is a journal, or an empty file. Raises BusyError if not."""
    try:
        database.recognise(path, journal.KIND._replace(cure=f"Move it away, and {CAPTURING}."))
    except (InspectorError, OSError) as error:  # the second if it is moved away at this moment
        raise BusyError(str(error)) from error
