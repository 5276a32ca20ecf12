"""Values too large to be bound to a statement, written to their row in pieces."""

from __future__ import annotations

import sqlite3

from inspector.base.memory import return_free_memory

LARGE_BYTES = 16 * 1024
"""SQLite copies a bound value twice, and a statement that is kept ready keeps it until it runs again: of the
statements that store up to 64 captures or attempts at once, that would be gigabytes."""
_PIECE_BYTES = 1024 * 1024


def is_large(value: bytes | None) -> bool:
    """Whether a value is written with `put_large`, in place of an empty one."""
    return value is not None and len(value) > LARGE_BYTES


def put_large(connection: sqlite3.Connection, table: str, column: str, row_id: int, value: bytes) -> None:
    """Set a column of a row, without a copy of the value, within the transaction of the caller."""
    connection.execute(f"UPDATE {table} SET {column} = zeroblob(?) WHERE rowid = ?", (len(value), row_id))
    with memoryview(value) as view, connection.blobopen(table, column, row_id) as blob:
        for start in range(0, len(view), _PIECE_BYTES):
            blob.write(view[start : start + _PIECE_BYTES])


def release_memory(connection: sqlite3.Connection) -> None:
    """Return the page cache to the system: large values fill it with pages that nothing reads."""
    connection.execute("PRAGMA shrink_memory")
    return_free_memory()
