"""Bring the file's log into the file, and empty it."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from inspector.store.file.database import connect

log = logging.getLogger(__name__)

_WAIT_MS = 20
"""How long the last step, which holds up every writer, waits for readers."""


def copy_log(connection: sqlite3.Connection) -> bool:
    """Copy the whole log into the file, and sync it. Return False if that fails."""
    try:
        connection.execute("PRAGMA query_only = OFF")
        is_busy, pages, copied = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        log.info("the log cannot be copied into the file: %s", error)
        return False
    return not is_busy and 0 <= pages == copied


def empty_log(path: Path) -> bool:
    """Copy the log into the file and cut it to nothing; false where a reader still needs it."""
    connection = connect(path)
    try:
        # First without a lock on anyone: the last step then has next to nothing left to copy.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:  # locked altogether
        return False
    finally:
        connection.close()
    return not is_busy
