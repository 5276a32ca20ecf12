"""A connection to write to a file, reopened after errors, which refuses commits that would not be safe."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from inspector.base.errors import BusyError
from inspector.store.file import database, files
from inspector.store.file.database import connect_to_write
from inspector.store.file.disk_errors import Health, is_locked

IMPATIENT_MS = 100
"""How long to wait for a locked file after a wait of `database.BUSY_MS` in vain.

Senders do not wait much longer than that.
"""
CACHE_KB = 16_384
"""Pages in memory: the follower often rereads those of the latest respondents."""

log = logging.getLogger(__name__)


class KeptConnection:
    """One connection of one thread. Its errors about the disk or the file become sentences."""

    def __init__(
        self,
        path: Path,
        health: Health,
        *,
        prepare: Callable[[sqlite3.Connection], None] = lambda connection: None,
        identity: tuple[int, int] | None = None,
        synchronous: str = "FULL",
    ) -> None:
        """`prepare` is called for each new connection. `identity` is that of the file, by default the current
        one. `synchronous` is the usual value of this setting."""
        self._path = path
        self._health = health
        self._prepare = prepare
        self._identity = identity or files.identity(path)
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._is_only_one = False
        """Whether no other connection of this process has the log open."""
        self._is_synced: bool | None = None
        """Whether each commit is synced, or None if that is not known."""
        self.was_locked = False
        """Whether the last commit waited in vain for another process."""

    def open(self, *, is_checked: bool = False) -> sqlite3.Connection:
        """Return the connection, reopened after an error. Raises BusyError if a commit would not be safe.

        With `is_checked`, `check_names` has just found nothing, and is not repeated.
        """
        if self._health.damage is not None:
            raise BusyError(self._health.damage)
        if not is_checked:
            self.check_names()
        if self._connection is None:
            connection = connect_to_write(self._path)
            try:
                if not self._health.has_log:
                    self._health.opened_log()
                    self._is_only_one = True
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
                self._prepare(connection)
            except BaseException:
                self._connection = connection
                self.close()
                raise
            self._connection = connection
            self.set_patience()
        return self._connection

    def set_synced(self, is_synced: bool) -> None:
        """Sync each commit to disk from now on, or none. Raises ProgrammingError if SQLite ignores it.

        Outside a transaction it takes no statement if it is so already.
        """
        if is_synced is self._is_synced:
            return
        assert self._connection is not None
        level = database.FULL if is_synced else database.NORMAL
        self._connection.execute(f"PRAGMA synchronous = {level}")
        if self._connection.execute("PRAGMA synchronous").fetchone()[0] != level:
            raise sqlite3.ProgrammingError("it cannot be set whether a commit is synced")
        self._is_synced = is_synced

    def check_names(self) -> None:
        """Check that the file and its log are still at their paths. Raises BusyError if not.

        Data that SQLite writes to a deleted file is lost when the process ends. Call it after a commit, too.
        """
        try:
            current = files.identity(self._path)
            if current not in (None, self._identity) and self._health.may_restore():
                raise BusyError(
                    f"Another file or folder has replaced {self._path}. Move it away, and "
                    f"{self._health.then}."
                )
            if self._identity is None or current != self._identity:
                raise BusyError(
                    f"{self._path} was moved or deleted, or its disk was removed. Put it back, and "
                    f"{self._health.then}. Or start Webhook Inspector again to create a new file."
                )
            self._health.check_log()
        except BusyError:
            if not self._restore():
                if self._health.lost_log is not None:
                    self.close()
                raise

    def _restore(self) -> bool:
        """Write a copy of the deleted file that is still open to its path. Return False if that fails."""
        is_replaced = files.identity(self._path) not in (None, self._identity)
        if self._connection is None or is_replaced or not self._health.may_restore():
            return False
        fresh = self._path.with_name(f"{self._path.name}.restoring")
        try:
            fresh.unlink(missing_ok=True)
            files.make(fresh)
            with closing(sqlite3.connect(fresh, isolation_level=None)) as target:
                self._connection.backup(target)
            files.sync(fresh)
            self.close()  # before the new file is there, because this may delete the log at its path
            files.remove_log(self._path)
            fresh.replace(self._path)
            files.sync(self._path)
        except (OSError, sqlite3.Error) as error:
            log.info("cannot restore %s: %s", self._path, error)
            return False
        self._identity = files.identity(self._path)
        self._health.restored()
        return True

    def close(self) -> None:
        """Close the connection. `open` opens a new one."""
        connection, self._connection = self._connection, None
        self._is_synced = None
        if connection is not None:
            if self._is_only_one:  # its close removes the log
                self._is_only_one = False
                self._health.closed_log()
            connection.close()

    def undo(self, error: Exception) -> None:
        """Roll back. After a file error, continue with a new connection: the file may be repaired by then."""
        self._is_synced = None
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and not is_locked(error):
                self.close()
            elif self._connection is not None:
                self._connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                self.set_patience()
        except sqlite3.Error:
            self.close()

    def set_patience(self) -> None:
        """Set how long to wait for a locked file. Jobs that queued up meanwhile have already waited."""
        assert self._connection is not None
        wait_ms = IMPATIENT_MS if self.was_locked else database.BUSY_MS
        self._connection.execute(f"PRAGMA busy_timeout = {wait_ms}")

    def worded(self, error: Exception) -> Exception:
        """Return a disk error as a sentence. Other errors are bugs and stay as they are."""
        worded = self._health.worded(error) if isinstance(error, sqlite3.Error) else None
        if worded is None:
            return error
        worded.__cause__ = error
        return worded
