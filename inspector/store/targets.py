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


def put(connection: sqlite3.Connection, target: StoredTarget) -> None:
    """Add a target, or change the one of that name."""
    connection.execute(
        "INSERT INTO targets (name, url, options) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET url = excluded.url, options = excluded.options",
        (target.name, target.url, json.dumps(dict(target.options))),
    )


def drop(connection: sqlite3.Connection, name: str) -> None:
    """Forget a target; one that is not there is fine."""
    connection.execute("DELETE FROM targets WHERE name = ?", (name,))
