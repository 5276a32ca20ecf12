"""Locks on a capture file: of its listener, and of each process that can undo deletions.

The kernel frees them when their process dies.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError, TakenError
from inspector.base.files import data_folder, make_private_folder, write_new
from inspector.base.next_step import or_another_file
from inspector.store.file import files

if TYPE_CHECKING:
    from filelock import FileLock

log = logging.getLogger(__name__)


class ListenerLock:
    """The lock of the only process that captures into `database`, under any name of that file."""

    def __init__(self, database: Path) -> None:
        self._lock: FileLock | None = None
        self._inode_lock: FileLock | None = None
        # Not in the lock file itself, which is emptied by every attempt to lock it.
        self._name = database.with_name(f"{database.name}.listener")
        self._database = database

    def acquire(self, name: str) -> None:
        """Take the lock and publish `name`. Raises InspectorError with the name of the holder."""
        from filelock import Timeout

        lock = _lock(f"{self._database}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise TakenError(
                f"{self._database} is already in use by {self.holder()}. {or_another_file('Stop it')}"
            ) from None
        except OSError as error:
            raise InspectorError(
                f"Cannot lock {self._database}: {error.strerror}. {or_another_file()}"
            ) from error
        try:
            self._lock_inode()
        except BaseException:
            lock.release()
            raise
        self._lock = lock
        self.rename(name)

    def rename(self, name: str) -> None:
        """Publish another `name` for a lock that is already held."""
        with suppress(InspectorError):  # on a full disk it is held without a name
            write_new(self._name, f"{name} (process {os.getpid()})", replaces=True)

    @property
    def is_named(self) -> bool:
        """Whether a process holds the lock, or was killed while it did. This is quick."""
        return self._name.exists()

    def holder(self) -> str:
        """Return the published name of the holder."""
        try:
            return self._name.read_text(encoding="utf-8")[:200] or "another process"
        except OSError:
            return "another process"

    def release(self) -> None:
        """Release the lock. Does nothing if it is not held."""
        if self._lock is not None:
            self._name.unlink(missing_ok=True)
            if self._inode_lock is not None:
                Path(self._inode_lock.lock_file).unlink(missing_ok=True)
                self._inode_lock.release()
                self._inode_lock = None
            self._lock.release()
            self._lock = None

    def _lock_inode(self) -> None:
        """Take a lock that all names of the file share.

        Under another hard link the file has another log, and each listener would lose the captures of the
        other.
        """
        from filelock import Timeout

        identity = files.identity(self._database)
        if identity is None:
            return
        file = data_folder() / "locks" / "-".join(map(str, identity))
        lock = _lock(file)
        try:
            make_private_folder(file.parent)
            lock.acquire(timeout=0)
            while files.identity(file) is None:  # its last holder has just removed it
                lock.release()
                lock.acquire(timeout=0)
        except Timeout:
            raise TakenError(
                f"{self._database} is already in use under another name (a hard link)."
                f" {or_another_file('Stop that listener')}"
            ) from None
        except OSError as error:  # without it, other names are not noticed
            log.info("cannot lock all names of the file: %s", error)
        else:
            self._inode_lock = lock


_NAME = re.compile(r"[0-9]{1,10}-[0-9a-f]{16}", re.ASCII)


class UndoLock:
    """While this lock is held, no other process makes the deletions of this process final."""

    def __init__(self, database: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        """The owner of each deletion. Names are never reused."""
        self._database = database
        self._lock: FileLock | None = None

    def hold(self) -> None:
        """Take the lock, before the first deletion. Does nothing if it is held."""
        if self._lock is not None:
            return
        lock = _lock(self._file(self.name))
        try:
            lock.acquire(timeout=0)
        except OSError as error:
            raise InspectorError(
                f"Cannot create a file next to {self._database}: {error.strerror}."
            ) from error
        self._lock = lock

    def release(self) -> None:
        """Release the lock: deletions can no longer be undone. Does nothing if it is not held."""
        if self._lock is not None:
            self._file(self.name).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def is_dead(self, name: str) -> bool:
        """Return whether the process of that name has ended; False for this process."""
        if name == self.name:
            return False
        if not _NAME.fullmatch(name):  # not one of our names, and perhaps a path
            return True
        file = self._file(name)
        if not file.exists():
            return True
        from filelock import Timeout

        lock = _lock(file)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        file.unlink(missing_ok=True)
        lock.release()
        return True

    def _file(self, name: str) -> Path:
        return self._database.with_name(f"{self._database.name}.undo-{name}")


def _lock(file: Path | str) -> FileLock:
    """Return a lock, still to be taken. Most commands take none, and the import takes 30 ms."""
    from filelock import FileLock

    return FileLock(file, mode=0o600)
