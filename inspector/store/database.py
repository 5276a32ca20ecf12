"""Open the SQLite file: owner-only from the first byte, durable, at the right version."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.paths import make_private_folder
from inspector.store import migrations

BUSY_MS = 5_000
"""How long a short transaction waits for another process's."""


def prepare(path: Path, *, create: bool) -> None:
    """Make sure that `path` is a file of ours at the latest version.

    Raises InspectorError, in a sentence: not there (with `create` false), not a database, not
    readable or writable, or written by a newer version of the program; it is untouched then.
    """
    if not path.exists():
        if not create:
            raise InspectorError(f"There is no file of captures at {path}; `listen` makes one.")
        try:
            make_private_folder(path.parent)
            # SQLite would make it 0644 under a common umask; its -wal and -shm take the file's mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            pass  # another process made it just now
        except OSError as error:
            raise InspectorError(
                f"Cannot create {path}: {error.strerror}. Name another --database."
            ) from error
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(path)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > migrations.LATEST:
            raise InspectorError(
                f"{path} was written by a newer version of Webhook Inspector (format {version}, this one"
                f" knows {migrations.LATEST}); update the program or name another --database."
            )
        if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise InspectorError(f"{path} is a database of some other program; name another --database.")
        if version < migrations.LATEST:
            # Both pragmas are kept in the file and have to come before its first table.
            connection.execute("PRAGMA journal_mode = WAL")
            migrations.migrate(connection)
    except sqlite3.OperationalError as error:
        raise InspectorError(f"Cannot use {path}: {error}. Is it yours to write, and not locked?") from error
    except sqlite3.DatabaseError as error:
        raise InspectorError(f"{path} is not a file of captures, or is damaged ({error}).") from error
    finally:
        if connection is not None:
            connection.close()


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun by hand.

    With `read_only` nothing can be written through it; it may be used from any one thread at a time.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
    return connection
