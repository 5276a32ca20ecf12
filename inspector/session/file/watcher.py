"""Announces changes to the file by other processes, with the same signals as changes by this one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from inspector.base.errors import BusyError
from inspector.base.log import log_failure
from inspector.base.tasks import Tasks
from inspector.domain.capture.rows import CaptureRow
from inspector.session.captures import Captures
from inspector.session.groups import Groups
from inspector.store.query import file_snapshot
from inspector.store.query.file_snapshot import FileSnapshot
from inspector.store.store import Store

POLL_INTERVAL_S = 0.25
"""Time between two polls for commits. One poll takes a few microseconds."""
AT_ONCE = 1_000
"""Maximum number of captures that are announced at once."""

IN_SIGHT = 100
"""Number of most recently requested rows, which are compared after every commit."""
IN_TURN = 50
"""Number of other rows that are compared at a time, or of all if this process captures: 1.5 ms in a
thread."""

log = logging.getLogger(__name__)


class CommitPoll:
    """The only poll for commits to the file by any process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = 0
        self._changed = asyncio.Event()
        self._is_started = False

    def start(self, tasks: Tasks) -> None:
        """Poll until the tasks are cancelled. Does nothing if polling has started."""
        if not self._is_started:
            self._is_started = True
            tasks.spawn(self._poll(), "poll for commits")

    @property
    def version(self) -> int:
        """A number that changes with each commit, as of the last poll; 0 before the first."""
        return self._version

    async def next_version(self, seen: int) -> int:
        """Return the version once it differs from `seen`."""
        while self._version == seen:
            await self._changed.wait()
        return self._version

    async def watch(self, look: Callable[[], Awaitable[None]], what: str) -> None:
        """Call `look` after each commit, until cancelled. If the file is busy, call it again.

        Another error is logged, and must not end the following of later commits.
        """
        seen = 0
        while True:
            version = await self.next_version(seen)
            try:
                await look()
                seen = version
            except BusyError as error:
                log.info("cannot follow %s of the file: %s", what, error)
                await asyncio.sleep(POLL_INTERVAL_S)
            except Exception as error:
                log_failure(log, f"following {what} of the file", error)
                seen = version

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_INTERVAL_S)
            try:
                version = self._store.read(file_snapshot.version)
            except BusyError as error:  # reported by the process that captures, or by the caller that reads
                log.info("cannot poll for commits: %s", error)
                continue
            if version != self._version:
                self._version = version
                self._changed.set()
                self._changed = asyncio.Event()


class FileWatcher:
    """Compares the file with its previous state. Started by a front end that stays open."""

    def __init__(self, store: Store, commits: CommitPoll, captures: Captures, groups: Groups) -> None:
        self._store = store
        self._commits = commits
        self._captures = captures
        self._groups = groups
        self._last: FileSnapshot | None = None
        self._version = 0
        self._announced: set[int] = set()
        """Captures that were announced elsewhere and are not in a snapshot yet, or are uncertain."""
        self._uncompared = 0
        """Number of rows that have not been compared since the last commit."""
        self._turn = 0
        """The index in the stored rows of the next comparison."""
        self._unsure: tuple[int, ...] = ()
        """Captures newer than the previous snapshot, which this process may be about to announce."""
        self._balance = 0
        """The number of restored captures minus removed ones that have not been announced."""

    def start(self, tasks: Tasks) -> None:
        """Follow the file until the tasks are cancelled."""
        self._commits.start(tasks)
        self._last = self._store.read(lambda connection: file_snapshot.look(connection, None))
        self._captures.captured.connect(self._note)
        tasks.spawn(self._follow(), "follow the file")

    async def _follow(self) -> None:
        while True:
            with suppress(TimeoutError):  # after the last commit, the other rows are still compared in turn
                async with asyncio.timeout(POLL_INTERVAL_S):
                    await self._commits.next_version(self._version)
            try:
                await self._look()
            except BusyError as error:  # reported by the process that captures, or by the caller that reads
                log.info("cannot follow the file: %s", error)
                await asyncio.sleep(POLL_INTERVAL_S)

    async def _look(self) -> None:
        version = self._commits.version
        if version != self._version:
            self._uncompared = len(self._captures.given)
        elif self._uncompared <= 0 and not self._unsure and not self._balance:
            return
        before, given = self._last, self._compared()
        assert before is not None
        now = await self._store.fetch(lambda connection: file_snapshot.look(connection, before, tuple(given)))
        self._version, self._last = version, now
        self._announce_arrivals(now)
        self._announce_removals(before, now)
        rows = now.rows or {}
        changed = {id_ for id_, row in given.items() if rows.get(id_, row) != row}
        self._captures.given.update((id_, rows[id_]) for id_ in changed)
        marked = dict(before.marks.items() ^ now.marks.items())
        if looked_different := changed | now.attempted | set(marked):
            self._captures.judged.emit(tuple(sorted(looked_different)))
        if not self._store.is_listener:
            self._groups.announce()

    def _compared(self) -> dict[int, CaptureRow]:
        """Return some of the rows that front ends show: visible ones, and the others in turn."""
        given = list(self._captures.given.items())
        if self._turn >= len(given):
            self._turn = 0
        compared = dict(given[self._turn : self._turn + IN_TURN])
        self._turn += IN_TURN
        self._uncompared -= IN_TURN
        if not self._store.is_listener:  # other processes rarely change rows
            compared.update(given[-IN_SIGHT:])
        return compared

    def _announce_arrivals(self, now: FileSnapshot) -> None:
        arrived: Iterable[int] = now.arrived
        if self._store.is_listener:  # its own captures are announced at their commit
            arrived, self._unsure = self._unsure, now.arrived
        else:
            arrived, self._unsure = (*self._unsure, *now.arrived), ()
        expected = self._captures.expected
        foreign = [id_ for id_ in arrived if id_ not in self._announced and id_ not in expected]
        unsure = set(self._unsure)
        self._announced = {id_ for id_ in self._announced if id_ > now.last_id or id_ in unsure}
        for start in range(0, len(foreign), AT_ONCE):
            self._captures.captured.emit(tuple(foreign[start : start + AT_ONCE]))

    def _announce_removals(self, before: FileSnapshot, now: FileSnapshot) -> None:
        """Announce removals once they have ended, because each announcement reloads a list."""
        difference = now.living - before.living - len(now.arrived)
        if self._captures.is_clearing:
            return
        self._balance += difference
        if difference == 0 and self._balance:
            signal = self._captures.removed if self._balance < 0 else self._captures.restored
            self._balance = 0
            signal.emit(None)

    def _note(self, ids: tuple[int, ...]) -> None:
        self._announced.update(ids)
