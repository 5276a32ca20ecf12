"""A process that can still undo its deletions says so, by a lock that the kernel frees when it dies."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from filelock import FileLock, Timeout

from inspector.base.errors import InspectorError

_NAME = re.compile(r"[0-9]{1,10}-[0-9a-f]{16}", re.ASCII)


class Claim:
    """What this process deletes in `database` is nobody else's to make final while it lives."""

    def __init__(self, database: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        """Stands with each deletion, and is never used again."""
        self._database = database
        self._lock = FileLock(self._file(self.name), mode=0o600)

    def hold(self) -> None:
        """Take the lock, before the first deletion; harmless where it is held."""
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(timeout=0)
        except OSError as error:
            raise InspectorError(
                f"Cannot create a file next to {self._database}: {error.strerror}."
            ) from error

    def release(self) -> None:
        """Undo nothing any more; harmless where the lock is not held."""
        if self._lock.is_locked:
            self._file(self.name).unlink(missing_ok=True)
            self._lock.release()

    def is_dead(self, name: str) -> bool:
        """Whether the process of that name has ended, however it did; false of this one."""
        if name == self.name:
            return False
        if not _NAME.fullmatch(name):  # no name of ours, and perhaps a path to somewhere
            return True
        file = self._file(name)
        if not file.exists():
            return True
        lock = FileLock(file, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        file.unlink(missing_ok=True)
        lock.release()
        return True

    def _file(self, name: str) -> Path:
        return self._database.with_name(f"{self._database.name}.undo-{name}")
