"""What a user deleted: hidden at once, given back on request, and overwritten in the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from inspector.store import follower

BATCH = 2_000
"""Captures in one transaction where nothing else is said."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of bodies that are overwritten in one transaction, beyond its first capture."""

# Each deletion that hides something, by the index on them, and who may still undo it.
_WAITING = """
WITH RECURSIVE found (id) AS (
  SELECT min(deletion) FROM captures WHERE deletion IS NOT NULL
  UNION ALL
  SELECT (SELECT min(deletion) FROM captures WHERE deletion > found.id) FROM found WHERE found.id IS NOT NULL
)
SELECT found.id, d.owner FROM found LEFT JOIN deletions d ON d.id = found.id WHERE found.id IS NOT NULL
"""


def begin(connection: sqlite3.Connection, now_ms: int, owner: str | None = None) -> int:
    """A new deletion that nothing belongs to yet; `owner` is the process that may undo it (see claim.py)."""
    cursor = connection.execute("INSERT INTO deletions (made_ms, owner) VALUES (?, ?)", (now_ms, owner))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def hide(connection: sqlite3.Connection, deletion: int, ids: Sequence[int]) -> frozenset[int]:
    """Put a tombstone on these captures; ids whose findings changed."""

    def alter() -> None:
        connection.executemany(
            "UPDATE captures SET deletion = ? WHERE id = ? AND deletion IS NULL",
            ((deletion, one) for one in ids),
        )

    return follower.change(connection, ids, alter)


def give_back(connection: sqlite3.Connection, deletion: int, limit: int = BATCH) -> int:
    """Undo one batch of a deletion; how many it gave back, 0 when all are back."""
    found = connection.execute(
        "SELECT id FROM captures WHERE deletion = ? ORDER BY id LIMIT ?", (deletion, limit)
    )
    ids = [row[0] for row in found]

    def alter() -> None:
        connection.executemany("UPDATE captures SET deletion = NULL WHERE id = ?", ((one,) for one in ids))

    follower.change(connection, ids, alter)
    return len(ids)


def waiting(connection: sqlite3.Connection) -> list[tuple[int, str | None]]:
    """Deletions that are not final yet, and whose they are; null: nobody's any more."""
    return connection.execute(_WAITING).fetchall()


def purge(connection: sqlite3.Connection, deletion: int | None = None, limit: int = BATCH) -> int:
    """Remove one batch of what a deletion hides, or any, for good; how many, 0 when nothing is left."""
    which = "deletion IS NOT NULL" if deletion is None else "deletion = ?"
    values = () if deletion is None else (deletion,)
    ids: list[int] = []
    size = 0
    for capture_id, body_size in connection.execute(
        f"SELECT id, size FROM captures WHERE {which} LIMIT ?", (*values, limit)
    ).fetchall():
        size += body_size
        if ids and size > MAX_BYTES:
            break
        ids.append(capture_id)
    remove(connection, ids)
    if deletion is not None and not ids:
        connection.execute("DELETE FROM deletions WHERE id = ?", values)
    return len(ids)


def remove(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Overwrite these captures and all that is theirs. Figures and groups are not looked at: it is for
    what is hidden, or part of `follower.change`."""
    for statement in (
        "DELETE FROM bodies WHERE capture_id = ?",
        "DELETE FROM findings WHERE capture_id = ?",
        "DELETE FROM attempts WHERE capture_id = ?",
        "DELETE FROM marks WHERE capture_id = ?",
        "DELETE FROM captures WHERE id = ?",
    ):
        connection.executemany(statement, ((one,) for one in ids))
