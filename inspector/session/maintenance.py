"""Keep the file in order: within its limits, and free of what was deleted."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain.capture.retention import CapturesToRemove, Keep
from inspector.session.body_files import BodyFiles
from inspector.session.captures import Captures
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import retention
from inspector.store.write.batching import FEW, Pace

RETAIN_EVERY_S = 60.0
"""How often a listener looks for what is beyond the limits."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Captures that are gone for good."""

    ids: array[int]
    size: int
    """Bytes of their bodies."""

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.ids)


class Maintenance:
    """What it removes cannot be given back; it never takes what is pinned."""

    def __init__(
        self, store: Store, settings: Settings, captures: Captures, tasks: Tasks, body_files: BodyFiles
    ) -> None:
        self.told: Signal[str] = Signal("maintenance.told")
        """A sentence on what retention did."""
        self._store = store
        self._settings = settings
        self._captures = captures
        self._tasks = tasks
        self._body_files = body_files
        self._is_retaining = False

    # ---- within the limits

    @property
    def limits(self) -> Keep:
        """Those of the settings."""
        return Keep(
            count=self._settings.whole("keep_count") or None,
            days=self._settings.number("keep_days") or None,
            size=self._settings.whole("keep_bytes") or None,
        )

    async def would_remove(self, name: str, given: object) -> tuple[int, str]:
        """How many captures would go if this were saved in the setting `name`, and which, in words.

        Zero where the setting is no limit, or takes one away. Raises UsageError for what makes no sense.
        """
        value = self._settings.read(name, given)
        if not name.startswith("keep_") or not isinstance(value, (int, float)) or not value:
            return 0, ""
        if name == "keep_days":
            keep = replace(self.limits, days=value)
        elif name == "keep_count":
            keep = replace(self.limits, count=int(value))
        else:
            keep = replace(self.limits, size=int(value))
        found = await self.surplus(keep)
        return len(found.ids), found.in_words(keep, len(found.ids))

    def start(self) -> None:
        """Keep within the limits from now on, those that are set later too; once, by the listener."""
        if not self._is_retaining:
            self._is_retaining = True
            self._tasks.spawn(self._retain(), "keep within the limits")

    async def _retain(self) -> None:
        while True:
            try:
                if self.limits.is_limited:
                    await self.retain()
            except InspectorError as error:  # full, or locked: later
                log.info("retention waits: %s", error)
            await asyncio.sleep(RETAIN_EVERY_S)

    async def retain(self) -> Removed:
        """Remove what is beyond the limits of the settings, and tell of it."""
        limits = self.limits
        found = await self.surplus(limits)
        removed = await self.remove(found.ids)
        if removed.count:
            self.told.emit(f"Retention removed {found.in_words(limits, removed.count)}.")
        return removed

    async def surplus(self, keep: Keep, among: Sequence[int] | None = None) -> CapturesToRemove:
        """What is beyond these limits: of everything, or of some captures in ascending order.

        Of some captures without any limit it is all. Never what is pinned.
        """
        if among is not None:
            return await self._store.fetch(partial(retention.of_these, ids=among, keep=keep, now_ms=now_ms()))
        return await self._store.fetch(partial(retention.of_all, keep=keep, now_ms=now_ms()))

    async def remove(self, ids: Sequence[int], stop: asyncio.Event | None = None) -> Removed:
        """Remove captures at once and for good, but those that are pinned meanwhile; until it is stopped."""
        pace = Pace(self._store, is_bulk=len(ids) > FEW)
        gone = array("q")
        size = 0
        marked: set[int] = set()
        try:
            async for part in pace.parts(ids):
                if stop is not None and stop.is_set():
                    break
                one = await pace.write(partial(retention.remove, ids=part, is_bulk=pace.is_bulk))
                gone.extend(one.ids)
                size += one.size
                marked |= one.marked
        finally:
            if gone:
                self._captures.removed.emit(None)
                self._captures.judged.emit(tuple(sorted(marked)))
        if gone:
            await pace.finish()
            await self._store.empty_log()
        return Removed(ids=gone, size=size)

    def count_pinned(self, among: Sequence[int] | None = None) -> int:
        """How many are pinned, of everything or of some captures; at once."""
        return self._store.read(partial(retention.count_pinned, among=among))

    # ---- what was cleared

    async def delete_for_good(self) -> int:
        """Overwrite what was cleared, so that it cannot be undone any more; how many captures.

        What another living process may still give back stays.
        """
        self._body_files.remove()
        final = tuple(self._captures.deletions)
        count = await self._store.purge(is_own_final=True)
        self._captures.deletions[:] = [one for one in self._captures.deletions if one not in final]
        return count
