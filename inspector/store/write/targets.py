"""Named targets in SQL: their URL and options, never the value of a header."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTarget:
    """A row of the table."""

    name: str
    url: str
    options: Mapping[str, Any]


def every(connection: sqlite3.Connection) -> tuple[StoredTarget, ...]:
    """In the order in which they were made."""
    return tuple(
        StoredTarget(name=name, url=url, options=json.loads(options))
        for name, url, options in connection.execute("SELECT name, url, options FROM targets ORDER BY id")
    )


def put(connection: sqlite3.Connection, target: StoredTarget, replaces: str | None) -> bool:
    """Add a target, or change the one named `replaces`; return False if another one has its name."""
    taken = "SELECT 1 FROM targets WHERE name = ?1 AND name IS NOT ?2"
    if connection.execute(taken, (target.name, replaces)).fetchone() is not None:
        return False
    values = (target.name, target.url, json.dumps(dict(target.options)))
    changed = connection.execute(
        "UPDATE targets SET name = ?, url = ?, options = ? WHERE name = ?", (*values, replaces)
    )
    if not changed.rowcount:
        connection.execute("INSERT INTO targets (name, url, options) VALUES (?, ?, ?)", values)
    return True


def drop(connection: sqlite3.Connection, name: str) -> None:
    """Forget a target; one that is not there is fine."""
    connection.execute("DELETE FROM targets WHERE name = ?", (name,))
