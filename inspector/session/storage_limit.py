"""Whether captures can be stored now, and what its user is told where they cannot."""

from __future__ import annotations

import asyncio
import logging
import shutil

from inspector.base.errors import BusyError
from inspector.base.signals import Signal
from inspector.settings.settings import Settings
from inspector.store.file import recovery
from inspector.store.file.database import LOG_BYTES
from inspector.store.file.disk_errors import damage_mark
from inspector.store.group import follower
from inspector.store.store import Store
from inspector.store.write.columns import BESIDE_BYTES

LOOK_EVERY_S = 1.0
"""How often free disk space and the quota of what is not trusted are looked at."""
LEAST_FREE_BYTES = 2**20
"""With less nothing is tried after trouble: a small capture may fit where the next does not."""
_COPIES = 2
"""A capture is written to the log first, and to the file later."""
_QUOTA_USED = "The quota of captures that are not trusted is used up"

log = logging.getLogger(__name__)


class StorageLimit:
    """Watches the disk, the file and the quota for a listener; capturing goes on as soon as it can."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.trouble: Signal[str | None] = Signal("room.trouble")
        """Why captures cannot be stored now, as a sentence; null once they can again."""
        self.current: str | None = None
        """What `trouble` told last."""
        self.untrusted_not_stored = 0
        """Captures that were only counted, as the quota of those that are not trusted was used up."""
        self._store = store
        self._settings = settings
        self._untrusted_bytes = 0
        self._uncommitted_bytes = 0
        """The part of these that is not in the file yet."""
        self._most_refused = 0
        """The largest capture that the quota turned away."""
        self._free_bytes = 0
        self._reserve_bytes = 0
        self._coming_bytes = 0
        """Disk space of the captures that are being stored."""
        self._new_bytes = 0
        """Disk space of the captures that were stored since the last look at the disk."""
        self._disk: str | None = None
        self._file: str | None = None
        self._quota: str | None = None
        self._pause: str | None = None
        store.log_lost = lambda sentence: self.failed(BusyError(sentence))

    # ---- a capture asks

    def reserve(self, body_bytes: int) -> int:
        """Reserve disk space for a capture with a body of this size. Return the number for `release`.

        Raises BusyError if the disk would have less than the reserve left, or capturing pauses.
        """
        size = _COPIES * (body_bytes + BESIDE_BYTES)
        if self._pause is None and self._disk is None:
            self._look_at_reserve(size)
        if (why := self._pause or self._disk) is not None:
            raise BusyError(why)
        self._coming_bytes += size
        return size

    def release(self, size: int) -> None:
        """End a reservation: the capture was stored, or cannot be."""
        self._coming_bytes -= size
        self._new_bytes += size

    def is_for_untrusted(self, size: int) -> bool:
        """Whether a capture that is not trusted fits into the quota of those."""
        quota = self._settings.whole("untrusted_bytes")
        # The log next to the file takes space, too, but must not use up a small quota.
        return self._untrusted_bytes + size <= quota - min(LOG_BYTES, quota // 4)

    def reserve_untrusted(self, size: int) -> int:
        """Count a capture that is not trusted in the quota. Return the number for `release_untrusted`.

        Raises BusyError if the quota is used up.
        """
        if not self.is_for_untrusted(size):
            self.untrusted_not_stored += 1
            self._most_refused = max(self._most_refused, size)
            self._quota = (
                f"{_QUOTA_USED}: further ones are answered 503 and not stored. Clear some, or raise the"
                " setting untrusted_bytes."
            )
            self._tell()
            raise BusyError(f"{_QUOTA_USED}.")
        self._untrusted_bytes += size
        self._uncommitted_bytes += size
        return size

    def release_untrusted(self, size: int) -> None:
        """End a reservation in the quota: the capture is committed, or cannot be."""
        self._uncommitted_bytes -= size

    @property
    def is_for_refused(self) -> bool:
        """Whether there is room for requests that never became captures, too."""
        return self._pause is None and self._disk is None and self._quota is None

    def pause(self, why: str | None) -> None:
        """Take no capture until this is called with None; the sentence is told."""
        self._pause = why
        self._tell()

    def failed(self, error: BusyError) -> None:
        """A capture could not be written."""
        self._file = str(error)
        self._tell()

    # ---- it looks by itself

    async def watch(self) -> None:
        """Look every second, and after trouble try to write, whether or not a sender comes; no end."""
        await self._try()
        is_marked = False
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            was_marked, is_marked = is_marked, damage_mark(self._store.path).exists()
            if is_marked and not was_marked:
                await self._look_for_damage()
            if not self.look() or (self._file is not None and self._free_bytes >= LEAST_FREE_BYTES):
                await self._try()

    def look(self) -> bool:
        """Look at the disk and the quota; false where either cannot be looked at."""
        try:
            committed = self._store.read(follower.untrusted_bytes)
            self._look_at_disk()
        except (BusyError, OSError) as error:
            log.info("the room left is not known: %s", error)
            return False
        self._untrusted_bytes = committed + self._uncommitted_bytes
        if self.is_for_untrusted(self._most_refused):
            self._quota, self._most_refused = None, 0
        if self._free_bytes >= self._reserve_bytes:
            self._disk = None
        elif self._disk is None:
            self._is_below_reserve()
        self._tell()
        return True

    def _look_at_disk(self) -> None:
        usage = shutil.disk_usage(self._store.path.parent)
        self._reserve_bytes = min(self._settings.whole("disk_reserve_bytes"), usage.total // 10)
        self._free_bytes, self._new_bytes = usage.free, 0

    def _look_at_reserve(self, size: int) -> None:
        """Look at the disk if this capture and those since the last look may use the reserve."""
        coming = self._coming_bytes + size
        if self._free_bytes - self._new_bytes - coming >= self._reserve_bytes:
            return
        try:
            self._look_at_disk()
        except OSError as error:
            log.info("the room left is not known: %s", error)
            return
        if self._free_bytes - coming < self._reserve_bytes:
            self._is_below_reserve()
            self._tell()

    def _is_below_reserve(self) -> None:
        self._file = None
        self._disk = (
            f"Only {self._free_bytes // 2**20:,} MiB are free where {self._store.path} is kept. Senders get"
            f" 503 until the reserve of {self._reserve_bytes // 2**20:,} MiB is free, too."
        )

    async def _look_for_damage(self) -> None:
        """Another process has found damage: take no capture if it is of a kind that harms new ones."""
        try:
            why = await self._store.fetch(recovery.broken_structure)
        except BusyError as error:
            self.failed(error)
        else:
            if why is not None:
                self.failed(self._store.health.found_damage(why))

    async def _try(self) -> None:
        try:
            await self._store.try_to_write()
        except BusyError as error:
            self.failed(error)
        else:
            self._file = None
            self._tell()

    def _tell(self) -> None:
        sentence = self._pause or self._disk or self._file or self._quota
        if sentence != self.current:
            self.current = sentence
            self.trouble.emit(sentence)
