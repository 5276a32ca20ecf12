"""Forwards in SQL: where captures go as they arrive, by which rule, and how far each has come."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from inspector.store.write import deliveries
from inspector.store.write.deliveries import Queue

_ALL = "SELECT id, url, filter, is_active, options, watermark FROM forwards"
_NEWEST = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where captures go, by which rule, and how far it has come."""

    id: int
    url: str
    filter: str
    is_active: bool
    watermark: int
    """The last capture that the rule was asked about."""
    relays: bool = False
    """The sender waits for its answer."""
    is_for_run: bool = False
    """It ends with the process that made it."""
    since: int = 0
    """The last capture before it was made: of no concern to it."""
    why_paused: str | None = None
    """A sentence if it was not the user who paused it."""
    resumes_ms: int = 0
    """When a pause ends automatically; 0 if it does not."""

    @property
    def options(self) -> str:
        """What has no column of its own."""
        names = ("relays", "is_for_run", "since", "why_paused", "resumes_ms")
        return json.dumps({name: getattr(self, name) for name in names})


def all_of(connection: sqlite3.Connection) -> tuple[Forward, ...]:
    """Every forward of the file, in the order in which they were made."""
    return tuple(map(_forward, connection.execute(f"{_ALL} ORDER BY id")))


def read(connection: sqlite3.Connection, forward_id: int) -> Forward:
    """One that is there."""
    return _forward(connection.execute(f"{_ALL} WHERE id = ?", (forward_id,)).fetchone())


def add(connection: sqlite3.Connection, forward: Forward) -> Forward:
    """Keep a new forward, for what arrives from now on; its id and place are made here."""
    last = newest(connection)
    made = replace(forward, watermark=last, since=last)
    cursor = connection.execute(
        "INSERT INTO forwards (url, filter, is_active, options, watermark) VALUES (?, ?, ?, ?, ?)",
        (made.url, made.filter, made.is_active, made.options, last),
    )
    return replace(made, id=int(cursor.lastrowid or 0))


def newest(connection: sqlite3.Connection) -> int:
    """Return the id of the newest capture that was ever stored."""
    return int(connection.execute(f"SELECT {_NEWEST}").fetchone()[0])


def change(connection: sqlite3.Connection, forward: Forward) -> None:
    """Keep what was changed of a forward; never how far it has come."""
    connection.execute(
        "UPDATE forwards SET filter = ?, is_active = ?, options = ? WHERE id = ?",
        (forward.filter, forward.is_active, forward.options, forward.id),
    )


def skip_to_newest(connection: sqlite3.Connection, forward_id: int) -> None:
    """Leave what arrived meanwhile to catching up."""
    connection.execute(f"UPDATE forwards SET watermark = {_NEWEST} WHERE id = ?", (forward_id,))


def remove(connection: sqlite3.Connection, forward_id: int) -> None:
    """Forget a forward and what waits for it; its attempts stay."""
    deliveries.remove_queue(connection, Queue(forward_id=forward_id))
    connection.execute("DELETE FROM forwards WHERE id = ?", (forward_id,))


def set_answered(connection: sqlite3.Connection, capture_id: int, status: int) -> None:
    """What the sender of a capture was answered, where that was not known when it was stored."""
    connection.execute("UPDATE captures SET answered = ? WHERE id = ?", (status, capture_id))


def _forward(values: Any) -> Forward:
    forward_id, url, text, is_active, options, watermark = values
    return Forward(
        id=forward_id,
        url=url,
        filter=text,
        is_active=bool(is_active),
        watermark=watermark,
        **json.loads(options),
    )
