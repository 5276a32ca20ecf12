"""The insertion of many rows with one statement: each statement waits for the interpreter lock."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Any

_STATEMENTS = 256
"""Number of statements that stay in memory: there is one per number of rows."""


@functools.lru_cache(maxsize=_STATEMENTS)
def insertion(table: str, columns: tuple[str, ...], rows: int) -> str:
    """Return the statement that inserts this number of rows."""
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"


def insert_numbered(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: int, values: Sequence[Any]
) -> range:
    """Insert rows that the table numbers (AUTOINCREMENT). Return their ids, which are consecutive.

    `values` are those of all rows in turn, without their ids.
    """
    last = connection.execute(insertion(table, columns, rows), values).lastrowid
    assert last is not None
    return range(last - rows + 1, last + 1)
