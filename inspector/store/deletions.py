"""What a user deleted: hidden at once, given back on request, and overwritten in the end."""

from __future__ import annotations

import sqlite3

from inspector.store import follower

BATCH = 2_000
"""Captures in one transaction, so that arriving ones never wait long for it."""


def begin(connection: sqlite3.Connection, now_ms: int) -> int:
    """A new deletion that nothing belongs to yet."""
    cursor = connection.execute("INSERT INTO deletions (made_ms) VALUES (?)", (now_ms,))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def hide(connection: sqlite3.Connection, deletion: int, ids: list[int]) -> frozenset[int]:
    """Put a tombstone on these captures; ids whose findings changed."""

    def alter() -> None:
        connection.executemany(
            "UPDATE captures SET deletion = ? WHERE id = ? AND deletion IS NULL",
            ((deletion, one) for one in ids),
        )

    return follower.change(connection, ids, alter)


def give_back(connection: sqlite3.Connection, deletion: int) -> int:
    """Undo one batch of a deletion; how many it gave back, 0 when all are back."""
    found = connection.execute(
        "SELECT id FROM captures WHERE deletion = ? ORDER BY id LIMIT ?", (deletion, BATCH)
    )
    ids = [row[0] for row in found]

    def alter() -> None:
        connection.executemany("UPDATE captures SET deletion = NULL WHERE id = ?", ((one,) for one in ids))

    follower.change(connection, ids, alter)
    return len(ids)


def purge(connection: sqlite3.Connection) -> int:
    """Remove one batch of what is hidden for good; how many, 0 when nothing is left."""
    found = connection.execute("SELECT id FROM captures WHERE deletion IS NOT NULL LIMIT ?", (BATCH,))
    ids = [(row[0],) for row in found]
    for statement in (
        "DELETE FROM bodies WHERE capture_id = ?",
        "DELETE FROM findings WHERE capture_id = ?",
        "DELETE FROM attempts WHERE capture_id = ?",
        "DELETE FROM captures WHERE id = ?",
    ):
        connection.executemany(statement, ids)
    return len(ids)
