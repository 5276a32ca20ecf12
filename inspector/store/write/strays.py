"""The table `strays`: requests that missed the guarded path, within a quota."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from inspector.base.errors import NotFound
from inspector.base.next_step import next_step
from inspector.domain.capture.stray import BODY_BYTES, Stray, StrayRow
from inspector.store.write.columns import dump_headers, load_headers

MOST = 1_000
"""Maximum number of stray requests. Above it, the oldest are removed."""
MOST_BYTES = 16 * 2**20
"""Maximum size of all stray requests, headers included. Above it, the oldest are removed."""
SUMMED_EVERY = 16
"""After this number of stray requests, their sizes are summed: that reads all their pages."""
_OVERHEAD_BYTES = 200
_ROW = "id, received_ms, method, target, remote, claimed, body_bytes"


def put(connection: sqlite3.Connection, stray: Stray) -> None:
    """Store a stray request, and remove the oldest ones above the quota."""
    headers, body = dump_headers(stray.headers), stray.body[:BODY_BYTES]
    size = len(headers) + len(body) + len(stray.target) + len(stray.method) + _OVERHEAD_BYTES
    added = connection.execute(
        "INSERT INTO strays (received_ms, method, target, version, headers, body, body_bytes, remote,"
        " claimed, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stray.received_ms,
            stray.method,
            stray.target,
            stray.version,
            headers,
            body,
            stray.body_bytes,
            stray.remote,
            stray.claimed,
            size,
        ),
    )
    newest = added.lastrowid or 0
    connection.execute("DELETE FROM strays WHERE id <= ?", (newest - MOST,))
    if newest % SUMMED_EVERY == 0:
        connection.execute(
            "DELETE FROM strays WHERE id IN (SELECT id FROM"
            " (SELECT id, sum(size) OVER (ORDER BY id DESC) AS total FROM strays) WHERE total > ?)",
            (MOST_BYTES,),
        )


def rows(connection: sqlite3.Connection, limit: int) -> tuple[StrayRow, ...]:
    """Return the newest stray requests, the newest first."""
    found = connection.execute(f"SELECT {_ROW} FROM strays ORDER BY id DESC LIMIT ?", (limit,))
    return tuple(StrayRow(**_facts(values)) for values in found)


def read(connection: sqlite3.Connection, stray_id: int) -> Stray:
    """Return one stray request. Raises NotFound."""
    found = connection.execute(
        f"SELECT {_ROW}, version, headers, body FROM strays WHERE id = ?", (stray_id,)
    ).fetchone()
    if found is None:
        step = next_step(terminal="Run `strays` to see the ids.", window="It was removed.")
        raise NotFound(f"There is no stray request {stray_id}. {step}")
    *values, version, headers, body = found
    return Stray(**_facts(values), version=version, headers=load_headers(headers), body=body)


def summary(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the number of stored stray requests, and the last id that one of them ever had."""
    count = connection.execute("SELECT count(*) FROM strays").fetchone()[0]
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'strays'").fetchone()
    return int(count), 0 if last is None else int(last[0])


def clear(connection: sqlite3.Connection) -> int:
    """Remove all stray requests. Return their number."""
    return connection.execute("DELETE FROM strays").rowcount


def _facts(values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(_ROW.split(", "), values, strict=True))
