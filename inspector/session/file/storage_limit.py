"""Whether captures can be stored now, and why not: disk space, errors of the file, quota, a pause."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

from inspector.base.errors import BusyError
from inspector.base.signals import Signal
from inspector.settings.settings import Settings
from inspector.store.file import recovery
from inspector.store.file.database import LOG_BYTES
from inspector.store.file.disk_errors import damage_mark
from inspector.store.group import follower
from inspector.store.journal import path_of
from inspector.store.store import Store
from inspector.store.write.columns import OVERHEAD_BYTES

POLL_INTERVAL_S = 1.0
"""How often free disk space and the quota of untrusted captures are checked."""
LEAST_FREE_BYTES = 2**20
"""With less free space next to the reserve, no write is tried after an error: a small capture may fit and
the next one not."""
_COPIES = 4
"""A capture is written four times: to the journal and to the file, and before that to the log of each."""
SAFE = "Captures are safe and waiting."
_QUOTA_USED = "The quota for untrusted captures is full"
QUOTA_ADVICE = "Clear some, or raise the setting untrusted_bytes."

log = logging.getLogger(__name__)


class QuotaUsed(BusyError):
    """Raised for an untrusted capture for which the quota has no room until the user does something."""


def disk_space(folder: Path, settings: Settings) -> tuple[int, int]:
    """Return the free bytes of the disk of `folder`, and how many of them are reserved. Raises OSError."""
    usage = shutil.disk_usage(folder)
    return usage.free, min(settings.whole("disk_reserve_bytes"), usage.total // 10)


class StorageLimit:
    """Watches the disk, the file and the quota for a listener, which resumes as soon as it can."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.problem_changed: Signal[str | None] = Signal("storage_limit.problem_changed")
        """Emits why captures cannot be stored or evaluated now, as a sentence, and None once they can be."""
        self.problem: str | None = None
        """The last sentence that `problem_changed` emitted."""
        self.untrusted_not_stored = 0
        """Number of untrusted captures that were not stored because their quota was used up."""
        self._store = store
        self._settings = settings
        self._untrusted_bytes = 0
        self._unevaluated_bytes = 0
        """Size of captures that are not evaluated yet. They may be untrusted."""
        self._most_refused = 0
        """Size of the largest capture that did not fit into the quota."""
        self._free_bytes = 0
        self._reserve_bytes = 0
        self._coming_bytes = 0
        """Disk space of the captures that are being stored."""
        self._new_bytes = 0
        """Disk space of the captures that were stored since the disk was last read."""
        self._disk: str | None = None
        self._file: str | None = None
        self._quota: str | None = None
        self._unstorable: str | None = None
        self._waiting: str | None = None
        self._pause: str | None = None
        store.log_lost = lambda sentence: self.failed(BusyError(sentence))

    # ---- called for each capture

    def reserve(self, body_bytes: int) -> int:
        """Reserve disk space for a capture with a body of this size. Return the number for `release`.

        Raises BusyError if the disk would have less than the reserve left, or capturing is paused.
        """
        size = _COPIES * (body_bytes + OVERHEAD_BYTES)
        if self._pause is None and self._disk is None:
            self._check_reserve(size)
        if (why := self._pause or self._disk) is not None:
            raise BusyError(why)
        self._coming_bytes += size
        return size

    def release(self, size: int) -> None:
        """End a reservation: the capture was stored, or cannot be."""
        self._coming_bytes -= size
        self._new_bytes += size

    def is_for_untrusted(self, size: int) -> bool:
        """Return whether an untrusted capture of this size fits into the quota."""
        return self._fits(self._untrusted_bytes + size)

    def _fits(self, untrusted_bytes: int) -> bool:
        quota = self._settings.whole("untrusted_bytes")
        # The log next to the file takes space, too, but must not use up a small quota.
        return untrusted_bytes <= quota - min(LOG_BYTES, quota // 4)

    def reserve_untrusted(self, size: int) -> None:
        """Count a capture that is not evaluated yet in the quota, until `release_untrusted`."""
        self._untrusted_bytes += size
        self._unevaluated_bytes += size

    def refuse_untrusted(self, size: int, *, is_in_stream: bool = False) -> None:
        """Refuse an untrusted capture of this size that does not fit into the quota. Raises QuotaUsed.

        With `is_in_stream`, it is not counted, because the stream of a shared inbox has it. Then this raises
        BusyError if the capture may fit once others are evaluated.
        """
        evaluated = self._untrusted_bytes - self._unevaluated_bytes
        if is_in_stream and self._fits(evaluated + size):
            raise BusyError(f"{_QUOTA_USED} until others are evaluated.")
        self.untrusted_not_stored += not is_in_stream
        self._most_refused = max(self._most_refused, size)
        if self._quota is None:
            senders = "Their senders get 503 and nothing is stored."
            fate = "Those of the shared inbox are skipped." if is_in_stream else senders
            self._quota = f"{_QUOTA_USED}. {fate} {QUOTA_ADVICE}"
        self._notify()
        raise QuotaUsed(f"{_QUOTA_USED}.")

    def release_untrusted(self, size: int, untrusted: int) -> None:
        """End reservations: captures were evaluated, or not stored. `untrusted` bytes still count."""
        self._unevaluated_bytes -= size
        self._untrusted_bytes += untrusted - size

    @property
    def is_for_refused(self) -> bool:
        """Whether refused requests can be stored, too."""
        return self._pause is None and self._disk is None and self._quota is None

    def pause(self, why: str | None) -> None:
        """Store no further captures, for this reason, until this is called with None."""
        self._pause = why
        self._notify()

    def failed(self, error: BusyError) -> None:
        """Note that a capture could not be written."""
        self._file = str(error)
        self._notify()

    async def open_journal(self) -> None:
        """Open the journal, or check that it can be written. If it cannot, note why."""
        try:
            # Captures of an earlier run may be untrusted, too.
            self.reserve_untrusted(await self._store.recorder.open())
        except BusyError as error:
            self.failed(error)
        else:
            self._file = None
            self._notify()

    def evaluation_failed(self, why: str | None) -> None:
        """Note why captures wait in the journal, or with None that they are evaluated again.

        Senders are not affected.
        """
        self._waiting = why
        self._notify()

    @property
    def is_storing(self) -> bool:
        """Whether all captures are stored, perhaps without being evaluated."""
        return (self._pause or self._disk or self._file or self._quota) is None

    # ---- in the background

    async def watch(self) -> None:
        """Check every second. After an error, also try to write. Never returns."""
        await self._try_to_store()
        checks = ((self._store.path, self._check_damage), (path_of(self._store.path), self._check_journal))
        marked: set[Path] = set()
        while True:
            await asyncio.sleep(POLL_INTERVAL_S)
            if self._unstorable is not None:
                await self._try_to_store()
            for path, check in checks:
                if not damage_mark(path).exists():
                    marked.discard(path)
                elif path not in marked:
                    marked.add(path)
                    await check()
            if self._store.recorder.is_lost:
                await self.open_journal()
            if not self.check() or (self._file is not None and self._free_bytes >= LEAST_FREE_BYTES):
                await self.open_journal()

    def check(self) -> bool:
        """Check disk and quota. Return False if either cannot be read."""
        try:
            committed = self._store.read(follower.untrusted_bytes)
            self._read_disk()
        except (BusyError, OSError) as error:
            log.info("cannot read the free disk space: %s", error)
            return False
        self._untrusted_bytes = committed + self._unevaluated_bytes
        if self.is_for_untrusted(self._most_refused):
            self._quota, self._most_refused = None, 0
        room = self._free_bytes - self._reserve_bytes
        if room >= LEAST_FREE_BYTES:
            self._disk = None
        elif room < 0 and self._disk is None:
            self._is_below_reserve()
        if self._file is None:  # otherwise `watch` tries to write first, and then shows the result
            self._notify()
        return True

    def _read_disk(self) -> None:
        self._free_bytes, self._reserve_bytes = disk_space(self._store.path.parent, self._settings)
        self._new_bytes = 0

    def _check_reserve(self, size: int) -> None:
        """Read the free space if this capture and those since the last reading may use the reserve."""
        coming = self._coming_bytes + size
        if self._free_bytes - self._new_bytes - coming >= self._reserve_bytes:
            return
        try:
            self._read_disk()
        except OSError as error:
            log.info("cannot read the free disk space: %s", error)
            return
        if self._free_bytes - coming < self._reserve_bytes:
            self._is_below_reserve()
            self._notify()

    def _is_below_reserve(self) -> None:
        self._file = None
        free = f"Only {self._free_bytes // 2**20:,} MiB are free on the disk of {self._store.path}"
        reserve = f"the reserve of {self._reserve_bytes // 2**20:,} MiB"
        step = "Free some space, or lower the setting disk_reserve_bytes."
        if self._free_bytes < self._reserve_bytes:
            self._disk = f"{free}, less than {reserve}. Senders get 503. {step}"
        elif self._reserve_bytes:
            self._disk = f"{free}, too few for a capture next to {reserve}. Senders get 503. {step}"
        else:
            self._disk = f"{free}: it is full. Senders get 503. Free some space."

    async def _check_damage(self) -> None:
        """Store nothing if the damage that another process found can harm new captures."""
        try:
            why = await self._store.fetch(recovery.broken_structure)
        except BusyError as error:
            self.failed(error)
        else:
            if why is not None:
                self._store.health.found_damage(why)
                await self._try_to_store()

    async def _check_journal(self) -> None:
        """Store nothing if the journal is damaged, which another process may have found."""
        try:
            await self._store.recorder.check()
        except BusyError as error:
            self.failed(error)

    async def _try_to_store(self) -> None:
        """Check that captures of the journal can be stored in the capture file."""
        try:
            await self._store.sync()
        except BusyError as error:
            self._unstorable = f"{error} {SAFE}"
        else:
            self._unstorable = None
        self._notify()

    def _notify(self) -> None:
        sentence = self._pause or self._disk or self._file or self._quota or self._unstorable or self._waiting
        if sentence != self.problem:
            self.problem = sentence
            self.problem_changed.emit(sentence)
