"""Values too large to bind to a statement: written in pieces, and their memory returned to the system."""

from __future__ import annotations

import ctypes
import sqlite3
import sys
from contextlib import suppress

LARGE_BYTES = 16 * 1024
"""Above this size a value is not bound.

SQLite copies a bound value twice, and a prepared statement keeps it until it runs again. For statements that
store up to 64 captures or attempts, that would be gigabytes.
"""
_PIECE_BYTES = 1024 * 1024
_M_MMAP_THRESHOLD = -3
_RETURNED_BYTES = 128 * 1024


def is_large(value: bytes | None) -> bool:
    """Return whether a value is written with `put_large` and initially stored empty."""
    return value is not None and len(value) > LARGE_BYTES


def put_large(connection: sqlite3.Connection, table: str, column: str, row_id: int, value: bytes) -> None:
    """Set a column of a row without copying the value, within the transaction of the caller."""
    connection.execute(f"UPDATE {table} SET {column} = zeroblob(?) WHERE rowid = ?", (len(value), row_id))
    with memoryview(value) as view, connection.blobopen(table, column, row_id) as blob:
        for start in range(0, len(view), _PIECE_BYTES):
            blob.write(view[start : start + _PIECE_BYTES])


def release_memory(connection: sqlite3.Connection) -> None:
    """Return the page cache to the system: large values fill it with pages that are never read again."""
    connection.execute("PRAGMA shrink_memory")
    return_free_memory()


def return_large_blocks() -> None:
    """Make the allocator return each large block to the system as soon as it is freed.

    glibc does so only until the first large block is freed. Then it keeps blocks of up to that size in its
    heap, and cannot return them if a small block follows. On other systems this does nothing: the allocators
    of macOS and Windows return large blocks anyway.
    """
    _ask_glibc("mallopt", _M_MMAP_THRESHOLD, _RETURNED_BYTES)


def return_free_memory() -> None:
    """Return free memory between small blocks to the system. Takes a few milliseconds; call it in a
    thread."""
    _ask_glibc("malloc_trim", 0)


def _ask_glibc(function: str, *arguments: int) -> None:
    if sys.platform == "linux":
        # musl has neither function and does not need them.
        with suppress(AttributeError, OSError):
            getattr(ctypes.CDLL(None), function)(*arguments)
