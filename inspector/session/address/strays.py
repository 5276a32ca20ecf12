"""Stray requests, which missed the guarded path of the public address and are stored apart from captures."""

from __future__ import annotations

from functools import partial

from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain.capture.stray import Stray, StrayRow
from inspector.session.file.watcher import CommitPoll
from inspector.store.store import Store
from inspector.store.write import strays as stored

MOST = stored.MOST
"""Maximum number of stored stray requests."""


class Strays:
    """The stray requests of the file. Above a quota, the oldest are removed."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[None] = Signal("strays.changed")
        """Emitted when some were stored or removed, also by another process once `follow` was called."""
        self._store = store
        self._summary = store.read(stored.summary)

    @property
    def count(self) -> int:
        """Number of stored stray requests, as of the last `changed`."""
        return self._summary[0]

    def rows(self, limit: int = MOST) -> tuple[StrayRow, ...]:
        """Return the newest stray requests, the newest first."""
        return self._store.read(partial(stored.rows, limit=limit))

    def read(self, stray_id: int) -> Stray:
        """Return a complete stray request. Raises NotFound."""
        return self._store.read(partial(stored.read, stray_id=stray_id))

    async def take(self, stray: Stray) -> None:
        """Store a stray request. Raises BusyError if it cannot be stored."""
        await self._store.write(partial(stored.put, stray=stray))
        await self._look()

    async def clear(self) -> int:
        """Remove all stray requests permanently, and return their number."""
        removed = await self._store.write(stored.clear)
        if removed:
            await self._store.empty_log()
        await self._look()
        return removed

    def follow(self, commits: CommitPoll, tasks: Tasks) -> None:
        """Also emit `changed` when another process stores or removes some, until the tasks are cancelled."""
        commits.start(tasks)
        tasks.spawn(commits.watch(self._look, "the stray requests"), "follow the stray requests of the file")

    async def _look(self) -> None:
        summary = self._store.read(stored.summary)
        if summary != self._summary:
            self._summary = summary
            self.changed.emit(None)
