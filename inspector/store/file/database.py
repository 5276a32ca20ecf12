"""Opening the SQLite file: private from its first byte, durable, ours, undamaged, at the latest version."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from inspector.base.errors import InspectorError
from inspector.base.files import make_private_folder
from inspector.base.next_step import next_step, or_another_file
from inspector.domain.signature.content import as_read
from inspector.store.file import files, migrations, recovery, row_recovery
from inspector.store.file.disk_errors import Damaged, error_name, in_words, is_damage
from inspector.store.file.locks import ListenerLock

log = logging.getLogger(__name__)


BUSY_MS = 5_000
"""How long a short transaction waits for those of other processes."""
LOG_BYTES = 4_000 * 4096
"""Size of the log at which it is copied into the file, and which it keeps afterwards."""
FULL = 2
"""`PRAGMA synchronous`: a commit returns after its sync."""
NORMAL = 1
"""`PRAGMA synchronous`: a commit returns at once. Only a power failure loses it."""
_SHARED, _IMMUTABLE = "mode=rw", "mode=ro&immutable=1"
"""How SQLite opens a file: shared with other processes that may write, or as immutable. It never creates
one."""
_NO_RIGHT = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_PERM")


class FileKind(NamedTuple):
    """How the files of one kind are recognised."""

    name: str
    """With its article, for sentences."""
    application_id: int
    latest: int
    """The newest version of its format."""
    signs: tuple[bytes, ...]
    """Texts that such a file has near its beginning, each in another page, in case that it is damaged."""
    cure: str | None = None
    """The next step if the file is not of this kind. By default, use another capture file."""
    tables: frozenset[str] = frozenset()
    """Tables of files from before the application id."""

    @property
    def next_step(self) -> str:
        """The next step if the file is not of this kind."""
        return self.cure or or_another_file()


CAPTURE_FILE = FileKind(
    name="a capture file",
    application_id=migrations.APPLICATION_ID,
    latest=migrations.LATEST,
    signs=(
        b"CREATE TABLE bodies (capture_id INTEGER PRIMARY KEY",
        b"captures_by_respondent",
        b"respondents_latest",
    ),
    tables=frozenset({"captures", "bodies", "figures"}),
)


def prepare(path: Path, *, create: bool) -> tuple[str, ...]:
    """Ensure that `path` is a capture file at the latest version. Return sentences about changes to it.

    With `create`, a missing file is created, and a damaged one is set aside and recovered. Raises
    InspectorError if the file is missing, unreadable, of another program or of a newer version. Then it is
    not changed.
    """
    if not _exists(path):
        if not create:
            raise InspectorError(f"There is no capture file at {path}. Run `listen` to create it.")
        _make(path)
    recognise(path)
    notices: tuple[str, ...] = ()
    try:
        version = format_version(path)
        files.tighten(path)
        if not create and version == migrations.LATEST:
            return ()
        return _bring_up(path, is_checked=create)
    except sqlite3.Error as error:
        notices = (_recovered(path, error, create=create),)
    return notices + _bring_up(path, is_checked=False)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a connection in autocommit mode. It never creates a file. One thread at a time may use it.

    With `read_only`, nothing can be written through it.
    """
    if read_only:
        return _connect_to_read(path)
    connection = _connect(path, _SHARED)
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_BYTES // 4096}")
    # After a burst of large bodies, the log is cut to this size once it is in the file.
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    return connection


def connect_to_write(path: Path) -> sqlite3.Connection:
    """As `connect`, for captures. Raises InspectorError unless each commit is synced to disk."""
    connection = connect(path)
    try:
        check_durable(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def check_durable(connection: sqlite3.Connection, path: Path) -> None:
    """Check that the file has a write-ahead log and each commit is synced. Raises InspectorError if not."""
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or synchronous != FULL:
        raise InspectorError(
            f"The file system of {path} does not support a write-ahead log (journal mode "
            f"{mode}, synchronous {synchronous}), so captures could be lost. "
            + next_step(terminal="Use a --database on a local disk.", window="Select a file on a local disk.")
        )


def _connect(path: Path, how: str) -> sqlite3.Connection:
    if how == _SHARED:
        files.tighten_shared(path)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=BUSY_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.create_function("decoded_body", 2, as_read, deterministic=True)
    return connection


def _connect_to_read(path: Path, how: str = _SHARED) -> sqlite3.Connection:
    """Return a read-only connection.

    If nothing can be written next to the file (full disk, another user's folder), SQLite cannot share it with
    a writer. Then there is no writer, and the file is read as immutable.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(path, how)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        return connection
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if (
            not error_name(error).startswith(_NO_RIGHT)
            or how == _IMMUTABLE
            or files.has_log(path)
            or not path.is_file()  # the opening of a pipe would wait for a writer
        ):
            raise
        return _connect_to_read(path, _IMMUTABLE)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise InspectorError(f"Cannot look for {path}: {error.strerror}.") from error


def _make(path: Path) -> None:
    try:
        if files.is_in_own_folder(path):
            make_private_folder(path.parent)
        files.make(path)
    except FileNotFoundError as error:  # perhaps a typo, for which no folder is created
        raise InspectorError(f"There is no folder {path.parent}. {or_another_file('Create it')}") from error
    except OSError as error:
        raise InspectorError(f"Cannot create {path}: {error.strerror}. {or_another_file()}") from error


def recognise(path: Path, kind: FileKind = CAPTURE_FILE) -> None:
    """Check that a file is ours or still empty, without changing it. Raises InspectorError if not."""
    if not path.is_file():
        raise InspectorError(f"{path} is not a file. {kind.next_step}")
    if not os.access(path, os.R_OK):
        raise InspectorError(f"Cannot read {path}: no permission. {kind.next_step}")
    if _is_empty(path):
        return
    application_id, has_tables = None, False
    try:
        # SQLite must read it: closing the file anywhere else in this process would drop the locks of its open
        # connections (POSIX), and another process could then delete a log that is in use. For an immutable
        # file SQLite creates no -shm and recovers nothing.
        with closing(_connect(path, _IMMUTABLE)) as connection:
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            if application_id == kind.application_id:
                return
            has_tables = _has_our_tables(connection, path, kind)
    except sqlite3.Error as error:
        log.debug("cannot read %s: %s", path, error)
    # Files before format 6 have no id, and a damaged one may have lost it.
    if not application_id and (has_tables or recovery.is_ours(path, kind.signs)):
        return
    what = "a database of another program" if application_id is not None else f"not {kind.name}"
    raise InspectorError(f"{path} is {what}. {kind.next_step}")


def _is_empty(path: Path) -> bool:
    return path.stat().st_size == 0 and not files.has_log(path)


def _has_our_tables(connection: sqlite3.Connection, path: Path, kind: FileKind) -> bool:
    """Return whether a file has our tables, or no tables and no log."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if tables:
        return bool(version > 0 and kind.tables and tables >= kind.tables)
    return version == 0 and not files.has_log(path)


def connect_unchanged(path: Path) -> sqlite3.Connection:
    """Return a read-only connection to a file of any version, which changes neither it nor its mode."""
    return _connect_to_read(path, "mode=ro" if files.has_log(path) else _IMMUTABLE)


def format_version(path: Path, kind: FileKind = CAPTURE_FILE) -> int:
    """Return the version of our file. Raises InspectorError if a newer program wrote it."""
    connection = connect_unchanged(path)
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    finally:
        connection.close()
    if version > kind.latest:
        raise InspectorError(
            f"{path} was written by a newer version of Webhook Inspector (format {version}, "
            f"this version supports {kind.latest}). {or_another_file('Update the program')}"
        )
    return version


def _bring_up(path: Path, *, is_checked: bool) -> tuple[str, ...]:
    """Check for damage, and migrate the file to the latest version after copying it."""
    connection = connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if is_checked and version > 0:
            why = recovery.find_damage(connection, path, row_recovery.find_wrong_body)
            if why is not None:
                raise Damaged(why)
        notices: tuple[str, ...] = ()
        if 0 < version < migrations.LATEST:
            copy = copy_before_migration(connection, path, version, migrations.LATEST)
            notices = (
                f"{path} was converted from format {version} to {migrations.LATEST}. {copy} is "
                "a copy of the old file, which you can delete.",
            )
        if version == 0:  # before the log exists: after a kill, the file itself must have the id
            connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
        check_durable(connection, path)  # before the first table, as the file stores this
        if version < migrations.LATEST:
            migrations.migrate(connection)
        return notices
    finally:
        connection.close()


def copy_before_migration(connection: sqlite3.Connection, path: Path, version: int, latest: int) -> Path:
    """Return a synced, private copy next to the file, including the contents of its log.

    The user may delete it. Raises InspectorError if there is not enough space for it.
    """
    files.need_room(path, f"Before the conversion from format {version} to {latest}, a copy of")
    name = f"v{version}-before-{latest}"
    copy = files.free_name(path, name)
    try:
        while not files.make(copy):  # another process took the name
            copy = files.free_name(path, name)
        target = sqlite3.connect(copy, isolation_level=None)
        try:
            connection.backup(target)
        finally:
            target.close()
        files.sync(copy)
    except (OSError, sqlite3.OperationalError) as error:
        copy.unlink(missing_ok=True)
        raise InspectorError(
            f"{path} needs conversion to a newer format, but no copy can be made first: {error}."
        ) from error
    log.info("copied %s to %s", path, copy)
    return copy


def _recovered(path: Path, error: sqlite3.Error, *, create: bool) -> str:
    """Recover a file that SQLite cannot read, and return what was recovered.

    Raises InspectorError if the error is not damage.
    """
    raise_unless_damaged(path, error)
    if not create:
        raise InspectorError(
            f"{path} is damaged ({error}). Start `listen` or the window, which sets it "
            "aside and recovers what can be read."
        ) from error
    return recovery.recover(path, str(error), row_recovery.salvage_in_words, ListenerLock(path))


def raise_unless_damaged(path: Path, error: sqlite3.Error) -> None:
    """Raise InspectorError with a sentence for an error that is not damage."""
    if not is_damage(error):
        said = in_words(error, path, then="try again") or f"Cannot use {path}: {error}."
        raise InspectorError(str(said)) from error


_WAIT_MS = 20
"""How long the last step, which blocks every writer, waits for readers."""


def copy_log(connection: sqlite3.Connection) -> bool:
    """Copy the whole log into the file, and sync it. Return False if that fails."""
    try:
        connection.execute("PRAGMA query_only = OFF")
        is_busy, pages, copied = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        log.info("cannot copy the log into the file: %s", error)
        return False
    return not is_busy and 0 <= pages == copied


def empty_log(path: Path) -> bool:
    """Copy the log into the file and truncate it. Return False if a reader still needs it."""
    connection = connect(path)
    try:
        # First without blocking other processes: the last step then has almost nothing left to copy.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:  # locked by another process
        return False
    finally:
        connection.close()
    return not is_busy
