"""Bring the file's log into the file, and empty it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from inspector.store.database import connect

_WAIT_MS = 20
"""How long the last step, which holds up every writer, waits for readers."""


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
