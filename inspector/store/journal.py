"""The journal: captures as they arrived, in a file of its own, from their commit to their evaluation."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.store.file import database, files
from inspector.store.write.columns import OVERHEAD_BYTES, storable
from inspector.store.write.large_values import is_large, put_large

ENDING = ".journal"
_MOST_ROWS = 32
"""Maximum number of rows per statement. There is one prepared statement per number of rows."""
_COLUMNS = (
    "id, kind, received_ms, method, target, version, remote, claimed, declared, answered, answered_by,"
    " trouble, nonce, headers, body"
)
_SIZE = f"length(body) + length(headers) + 2 * (length(method) + length(target)) + {OVERHEAD_BYTES}"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- the id of the capture, in the capture file as well
  kind TEXT NOT NULL, received_ms INTEGER NOT NULL, method TEXT NOT NULL, target BLOB NOT NULL,
  version TEXT NOT NULL, remote TEXT NOT NULL, claimed TEXT, declared INTEGER, answered INTEGER,
  answered_by TEXT, trouble TEXT,
  nonce TEXT,                            -- of an announced sample
  headers BLOB NOT NULL,                 -- name, value, name, value …, separated by line feeds
  body BLOB NOT NULL
)
"""
_LAST_ID = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'entries'), 0)"
_LAST_CAPTURE = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0)"


class NewEntry(NamedTuple):
    """A capture to be written to the journal."""

    capture: Capture
    nonce: str | None
    """The nonce of an announced sample."""
    headers: bytes
    size: int
    """Estimate of what it takes in the capture file, in bytes."""


class Entry(NamedTuple):
    """A capture in the journal."""

    id: int
    capture: Capture
    nonce: str | None
    size: int
    """As `NewEntry.size`."""


def new_entry(capture: Capture, nonce: str | None = None) -> NewEntry:
    """Return a capture with its columns, ready to be written."""
    headers = _dump_headers(capture.headers)
    size = len(capture.body) + len(headers) + 2 * (len(capture.method) + len(capture.target)) + OVERHEAD_BYTES
    return NewEntry(capture, nonce, headers, size)


def _dump_headers(pairs: HeaderPairs) -> bytes:
    """Return names and values in turn. No parser of HTTP lets a line feed through."""
    dumped = b"\n".join(chain.from_iterable(pairs))
    if pairs and dumped.count(b"\n") != 2 * len(pairs) - 1:
        raise ValueError("a header has a line feed")
    return dumped


def _load_headers(dumped: bytes) -> HeaderPairs:
    parts = iter(dumped.split(b"\n")) if dumped else iter(())
    return tuple(zip(parts, parts, strict=True))


def path_of(capture_file: Path) -> Path:
    """Return the path of the journal of a capture file."""
    return capture_file.with_name(f"{capture_file.name}{ENDING}")


def create(connection: sqlite3.Connection, path: Path) -> None:
    """Create the journal if it does not exist, in a transaction of the capture file.

    Its ids continue those of the capture file.
    """
    made = files.make(path)
    with closing(database.connect_to_write(path)) as journal:
        journal.execute("BEGIN IMMEDIATE")
        journal.execute(_SCHEMA)
        last = connection.execute(_LAST_CAPTURE).fetchone()[0]
        if journal.execute(_LAST_ID).fetchone()[0] < last:
            _set_last_id(journal, last)
        journal.execute("COMMIT")
    if made:
        files.sync(path)


def append(connection: sqlite3.Connection, entries: Sequence[NewEntry]) -> list[int]:
    """Write captures in order. Return their ids, which are larger than those of all captures of the file."""
    next_id = 1 + int(connection.execute(_LAST_ID).fetchone()[0])
    # As few statements as possible (see `Writer.run_with_others`).
    for start in range(0, len(entries), _MOST_ROWS):
        part = entries[start : start + _MOST_ROWS]
        values: list[Any] = []
        for entry_id, (capture, nonce, headers, _) in enumerate(part, next_id + start):
            values += (
                entry_id,
                capture.kind,
                capture.received_ms,
                capture.method,
                capture.target,
                capture.version,
                capture.remote,
                capture.claimed,
                capture.declared,
                capture.answered,
                None if capture.answered_by is None else storable(capture.answered_by),
                capture.trouble,
                nonce,
                headers,
                b"" if is_large(capture.body) else capture.body,
            )
        connection.execute(_insertion(len(part)), values)
        for entry_id, (capture, *_) in enumerate(part, next_id + start):
            if is_large(capture.body):
                put_large(connection, "entries", "body", entry_id, capture.body)
    return list(range(next_id, next_id + len(entries)))


@functools.lru_cache(maxsize=_MOST_ROWS)
def _insertion(rows: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS.split(', ')))})"
    return f"INSERT INTO entries ({_COLUMNS}) VALUES {', '.join([row] * rows)}"


def waiting(
    connection: sqlite3.Connection, after: int, *, limit: int, max_bytes: int, up_to: int = 2**63 - 1
) -> list[Entry]:
    """Return the next captures, with ids above `after`: at most `limit`, and about `max_bytes` of bodies."""
    found: list[Entry] = []
    total = 0
    for (
        entry_id, kind, received_ms, method, target, version, remote, claimed, declared, answered,
        answered_by, trouble, nonce, headers, body, size,
    ) in connection.execute(
        f"SELECT {_COLUMNS}, {_SIZE} FROM entries WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
        (after, up_to, limit),
    ):  # fmt: skip
        capture = Capture(
            kind=kind,
            received_ms=received_ms,
            method=method,
            target=target,
            version=version,
            headers=_load_headers(headers),
            body=body,
            declared=declared,
            remote=remote,
            claimed=claimed,
            answered=answered,
            answered_by=answered_by,
            trouble=trouble,
        )
        found.append(Entry(entry_id, capture, nonce, size))
        total += len(body)
        if total >= max_bytes:
            break
    return found


def waiting_bytes(connection: sqlite3.Connection, after: int) -> int:
    """Return the estimated size of the captures with ids above `after` (see `NewEntry.size`)."""
    query = f"SELECT coalesce(sum({_SIZE}), 0) FROM entries WHERE id > ?"
    return int(connection.execute(query, (after,)).fetchone()[0])


def discard(connection: sqlite3.Connection, up_to: int) -> None:
    """Remove captures that are stored in the capture file, on disk."""
    connection.execute("DELETE FROM entries WHERE id <= ?", (up_to,))


def reserve_ids(connection: sqlite3.Connection, count: int) -> int:
    """Reserve ids for captures that never are in the journal, such as imported ones. Return the first.

    This is part of a transaction of the capture file, whose path the connection knows.
    """
    last = int(connection.execute(_LAST_CAPTURE).fetchone()[0])
    name = connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    path = path_of(Path(name)) if name else None
    if path is None or not path.exists():  # nobody has listened yet, and nobody can begin meanwhile
        return last + 1
    with closing(database.connect(path)) as journal:
        journal.execute("BEGIN IMMEDIATE")
        last = max(last, int(journal.execute(_LAST_ID).fetchone()[0]))
        _set_last_id(journal, last + count)
        journal.execute("COMMIT")
    return last + 1


def _set_last_id(journal: sqlite3.Connection, last: int) -> None:
    journal.execute("DELETE FROM sqlite_sequence WHERE name = 'entries'")
    journal.execute("INSERT INTO sqlite_sequence VALUES ('entries', ?)", (last,))


def evaluated(connection: sqlite3.Connection) -> int:
    """Return the id up to which the journal's captures are in the capture file."""
    return int(connection.execute("SELECT evaluated FROM figures").fetchone()[0])


def set_evaluated(connection: sqlite3.Connection, entry_id: int) -> None:
    """Note in the capture file that the journal's captures up to this id are in it."""
    connection.execute("UPDATE figures SET evaluated = ?", (entry_id,))
