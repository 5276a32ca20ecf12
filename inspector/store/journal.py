"""The journal: captures as they arrived, in a file of its own, from their commit to their evaluation."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from inspector.base.errors import BusyError
from inspector.base.next_step import or_another_file
from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.event.event import MAX_ID_BYTES
from inspector.domain.signature.evaluation import INLINE_BYTES
from inspector.store.file import database, files
from inspector.store.file.database import FileKind
from inspector.store.file.disk_errors import Health
from inspector.store.write.columns import OF_REQUEST, OVERHEAD_BYTES, capture_with, storable
from inspector.store.write.inboxes import Origin
from inspector.store.write.insertion import insert_numbered
from inspector.store.write.large_values import is_large, put_large

T = TypeVar("T")

KIND = FileKind(
    name="a journal of Webhook Inspector",
    application_id=0x57484A4E,  # "WHJN"
    latest=2,
    # The second is the row of sqlite_sequence, with an integer of any size.
    signs=(b"CREATE TABLE entries (", *(b"\x1b%centries" % kind for kind in (1, 2, 3, 4, 5, 6, 8, 9))),
    cure="Move it away, then start Webhook Inspector again.",
)
COUNTED = 10_000
"""Maximum number of waiting captures that are counted."""
_MOST_ROWS = 32
"""Maximum number of rows per statement."""
_MOST_DISCARDED = 4_096
"""Maximum number of captures that `discard` removes, and of their bytes, unless one capture has more."""
_MOST_BYTES = 8 * 2**20
_WITHOUT_ORIGIN = (*OF_REQUEST, "nonce", "size", "headers", "crc", "body")
_COLUMNS = (*_WITHOUT_ORIGIN, *Origin._fields)
_NO_ORIGIN = (None,) * len(Origin._fields)
_IDS_BYTES = 3 * MAX_ID_BYTES
"""Most bytes of a body that are ids of a survey, a group and a respondent."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- the id of the capture, in the capture file as well
  kind TEXT NOT NULL, received_ms INTEGER NOT NULL, method TEXT NOT NULL, target BLOB NOT NULL,
  version TEXT NOT NULL, remote TEXT NOT NULL, claimed TEXT, declared INTEGER, answered INTEGER,
  answered_by TEXT, trouble TEXT,
  nonce TEXT,                            -- of an announced sample
  size INTEGER NOT NULL,                 -- the most bytes that it takes in the capture file
  headers BLOB NOT NULL,                 -- name, value, name, value …, separated by line feeds
  crc INTEGER NOT NULL,                  -- CRC-32 of headers and body, to recognise damage
  body BLOB NOT NULL,
  inbox_id INTEGER, sequence INTEGER, edge TEXT  -- of a capture of a shared inbox (see inboxes.py)
)
"""
_STEP_2 = ("inbox_id INTEGER", "sequence INTEGER", "edge TEXT")
"""The columns that a journal of version 1 lacks."""
_SMALL_PAGES = 256
"""Size of a journal, in pages of 4 KiB, that is not worth shrinking."""
_LAST_ID = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'entries'), 0)"
# The last captures of the journal may be in no row: their messages were stored before.
_LAST_CAPTURE = """
SELECT max(evaluated, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0)) FROM figures
"""


class NewEntry(NamedTuple):
    """A capture to be written to the journal."""

    capture: Capture
    nonce: str | None
    """The nonce of an announced sample."""
    headers: bytes
    size: int
    """The most bytes that it takes in the capture file, as an estimate."""
    origin: Origin | None = None
    """Its message, if it came from a shared inbox."""


class Entry(NamedTuple):
    """A capture in the journal."""

    id: int
    capture: Capture
    nonce: str | None
    size: int
    """As `NewEntry.size`."""
    origin: Origin | None = None
    """As `NewEntry.origin`."""


class WaitingEntries(NamedTuple):
    """Captures in the journal that are not evaluated yet."""

    number: int = 0
    size: int = 0
    """Their estimated size in bytes (see `NewEntry.size`)."""
    last_id: int = 0


def new_entry(capture: Capture, nonce: str | None = None, origin: Origin | None = None) -> NewEntry:
    """Return a capture with its columns, ready to be written."""
    headers = _dump_headers(capture.headers)
    return NewEntry(capture, nonce, headers, _most_bytes(capture, headers), origin)


def _most_bytes(capture: Capture, headers: bytes) -> int:
    """Return the most bytes that a capture takes in the file, before it is known what it is.

    Otherwise senders could use more than their quota while captures wait. See `estimated_bytes`. The stored
    facts are at most three times as long as the JSON that is read at once.
    """
    size = len(capture.body)
    if b"content-encoding\n" in headers.lower():
        read = INLINE_BYTES
    else:
        read = size if size <= INLINE_BYTES else 0
    return (
        size
        + 3 * read
        + 10 * min(read, _IDS_BYTES)
        + 6 * len(headers)
        + 2 * (len(capture.method) + len(capture.target))
        + OVERHEAD_BYTES
    )


def _dump_headers(pairs: HeaderPairs) -> bytes:
    """Return names and values in turn. No parser of HTTP lets a line feed through."""
    dumped = b"\n".join(chain.from_iterable(pairs))
    if pairs and dumped.count(b"\n") != 2 * len(pairs) - 1:
        raise ValueError("a header has a line feed")
    return dumped


def _load_headers(dumped: bytes) -> HeaderPairs:
    parts = iter(dumped.split(b"\n")) if dumped else iter(())
    return tuple(zip(parts, parts, strict=True))


def crc_of(headers: bytes, body: bytes) -> int:
    """Return a checksum of what a sender sent, which takes 0.3 µs for a small capture."""
    return zlib.crc32(body, zlib.crc32(headers))


def path_of(capture_file: Path) -> Path:
    """Return the path of the journal of a capture file."""
    return capture_file.with_name(f"{capture_file.name}{files.JOURNAL}")


def create(connection: sqlite3.Connection, path: Path) -> None:
    """Create the journal if it does not exist, in a transaction of the capture file.

    This transaction excludes others that would take ids without a journal.
    """
    try:
        files.make(path)
    except OSError as error:
        raise BusyError(f"Cannot create {path}: {error.strerror}. {or_another_file()}") from error
    with in_words(path), closing(database.connect(path)) as journal:
        # Before the log exists: after a kill, the file itself must have the id.
        journal.execute(f"PRAGMA application_id = {KIND.application_id}")
        database.check_durable(journal, path)
        journal.execute("BEGIN IMMEDIATE")
        lay_out(journal, last_capture(connection))
        journal.execute("COMMIT")
    files.sync(path)


def begin(connection: sqlite3.Connection, last: int, on_disk: int) -> bool:
    """Continue after an earlier run, or after either file was replaced by a copy.

    `last` is the last id that the capture file ever gave, and `on_disk` the id up to which it is synced.
    Return whether there is more for `discard` to remove.
    """
    lay_out(connection, last)
    return discard(connection, on_disk)


def lay_out(journal: sqlite3.Connection, last: int = 0) -> None:
    """Add what a new journal, an empty file in its place, or one of an earlier version lacks.

    Give only ids above `last`. This is part of a transaction.
    """
    journal.execute(_SCHEMA)
    # Not by its version: a program of the earlier one, which ignores them, may still have written its own.
    there = {name for (name,) in journal.execute("SELECT name FROM pragma_table_info('entries')")}
    for column in _STEP_2:
        if column.split()[0] not in there:
            journal.execute(f"ALTER TABLE entries ADD COLUMN {column}")
    if journal.execute("PRAGMA user_version").fetchone()[0] == 0:
        journal.execute(f"PRAGMA application_id = {KIND.application_id}")
    journal.execute(f"PRAGMA user_version = {KIND.latest}")  # fails now if it cannot be written
    raise_last_id(journal, last)


def append(connection: sqlite3.Connection, entries: Sequence[NewEntry]) -> list[int]:
    """Write captures in order, in the open transaction or in one of their own.

    Return their ids, which are larger than those of all captures of the file.
    """
    # A single statement is a transaction. As few statements as possible (see `Writer.run_with_others`).
    is_single = len(entries) <= _MOST_ROWS and not any(is_large(entry.capture.body) for entry in entries)
    begins = not is_single and not connection.in_transaction
    if begins:
        connection.execute("BEGIN IMMEDIATE")
    ids: list[int] = []
    for start in range(0, len(entries), _MOST_ROWS):
        ids += _insert(connection, entries[start : start + _MOST_ROWS])
    if begins:
        connection.execute("COMMIT")
    return ids


def _insert(connection: sqlite3.Connection, entries: Sequence[NewEntry]) -> Sequence[int]:
    """Write captures with one statement, and large bodies after it."""
    values: list[Any] = []
    has_origins = any(entry.origin for entry in entries)  # otherwise each capture takes 1 µs less
    for capture, nonce, headers, size, origin in entries:
        values += (
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
            size,
            headers,
            crc_of(headers, capture.body),
            b"" if is_large(capture.body) else capture.body,
        )
        if has_origins:
            values += origin or _NO_ORIGIN
    columns = _COLUMNS if has_origins else _WITHOUT_ORIGIN
    ids = insert_numbered(connection, "entries", columns, len(entries), values)
    for entry_id, entry in zip(ids, entries, strict=True):
        if is_large(entry.capture.body):
            put_large(connection, "entries", "body", entry_id, entry.capture.body)
    return ids


def waiting(
    connection: sqlite3.Connection, after: int, *, limit: int, max_bytes: int, up_to: int = 2**63 - 1
) -> list[Entry]:
    """Return the next captures, with ids above `after`: at most `limit`, and about `max_bytes` of bodies.

    Raises ValueError or TypeError if one is damaged.
    """
    found: list[Entry] = []
    total = 0
    query = f"SELECT id, {', '.join(_COLUMNS)} FROM entries WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"
    rows = connection.execute(query, (after, up_to, limit))
    for entry_id, *request, nonce, size, headers, crc, body, inbox_id, sequence, edge in rows:
        if crc_of(headers, body) != crc:
            raise ValueError(f"capture {entry_id} differs from the one that arrived")
        capture = capture_with(request, _load_headers(headers), body)
        origin = None if inbox_id is None else Origin(inbox_id, sequence, edge)
        found.append(Entry(entry_id, capture, nonce, size, origin))
        total += len(body)
        if total >= max_bytes:
            break
    return found


def last_waiting(connection: sqlite3.Connection) -> int:
    """Return the id of the last capture in the journal, or 0."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()[0])


def waiting_since(connection: sqlite3.Connection, after: int) -> WaitingEntries:
    """Return the number and size of the captures with ids above `after`."""
    query = "SELECT count(*), coalesce(sum(size), 0), coalesce(max(id), 0) FROM entries WHERE id > ?"
    return WaitingEntries(*connection.execute(query, (after,)).fetchone())


def count_waiting(connection: sqlite3.Connection, after: int, up_to: int) -> int:
    """Return the number of captures with ids above `after`, at most `COUNTED`."""
    query = "SELECT count(*) FROM (SELECT 1 FROM entries WHERE id > ? AND id <= ? LIMIT ?)"
    return int(connection.execute(query, (after, up_to, COUNTED)).fetchone()[0])


def nonces(connection: sqlite3.Connection) -> set[str]:
    """Return the nonces of the samples in the journal."""
    return {row[0] for row in connection.execute("SELECT nonce FROM entries WHERE nonce IS NOT NULL")}


def largest_origin(connection: sqlite3.Connection, inbox_id: int) -> int:
    """Return the sequence of the last message of an inbox whose capture is in the journal, or 0."""
    query = "SELECT coalesce(max(sequence), 0) FROM entries WHERE inbox_id = ?"
    return int(connection.execute(query, (inbox_id,)).fetchone()[0])


def discard(connection: sqlite3.Connection, up_to: int) -> bool:
    """Remove captures that are stored in the capture file, on disk. Return whether there are more.

    Each call removes one large body or some small ones, so that new captures need not wait long for it.
    """
    query = "SELECT id, length(headers) + length(body) FROM entries WHERE id <= ? ORDER BY id LIMIT ?"
    found = connection.execute(query, (up_to, _MOST_DISCARDED)).fetchall()
    number = total = 0
    for _, size in found:
        total += size
        if number and total > _MOST_BYTES:
            break
        number += 1
    if number:
        connection.execute("DELETE FROM entries WHERE id <= ?", (found[number - 1][0],))
    return number < len(found) or number == _MOST_DISCARDED


def shrink(path: Path) -> None:
    """Return the space of removed captures to the disk: a flood leaves a large file with little in it.

    The pages are overwritten already. No other process may use the journal.
    """
    with closing(database.connect(path)) as journal:
        (pages,) = journal.execute("PRAGMA page_count").fetchone()
        (free,) = journal.execute("PRAGMA freelist_count").fetchone()
        if pages > _SMALL_PAGES and free > pages // 2:
            journal.execute("VACUUM")


def last_capture(connection: sqlite3.Connection) -> int:
    """Return the last id that the capture file gave, or that the journal gave to what is in it, or 0."""
    return int(connection.execute(_LAST_CAPTURE).fetchone()[0])


def last_id(connection: sqlite3.Connection) -> int:
    """Return the last id that the journal gave or reserved, or 0."""
    return int(connection.execute(_LAST_ID).fetchone()[0])


def raise_last_id(journal: sqlite3.Connection, last: int) -> None:
    """Give only ids above `last` from now on."""
    if last_id(journal) < last:
        journal.execute("DELETE FROM sqlite_sequence WHERE name = 'entries'")
        journal.execute("INSERT INTO sqlite_sequence VALUES ('entries', ?)", (last,))


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Convert any error of the journal to BusyError. It must not mark the capture file as damaged."""
    try:
        with Health(path).in_words():
            yield
    except sqlite3.Error as error:  # it may be of another program, which only a listener checks
        raise BusyError(f"Cannot use {path}: {error}.") from error
    except (TypeError, ValueError) as error:  # see `waiting`
        raise Health(path).found_damage(str(error)) from error


def read(capture_file: Path, query: Callable[[sqlite3.Connection], T]) -> T | None:
    """Return the result of `query` on the journal of a capture file, or None if there is no journal.

    Call it in a thread. Raises BusyError.
    """
    path = path_of(capture_file)
    if not path.exists():
        return None
    with in_words(path), closing(database.connect(path, read_only=True)) as journal:
        return query(journal)


def evaluated(connection: sqlite3.Connection) -> int:
    """Return the id up to which the journal's captures are in the capture file."""
    return int(connection.execute("SELECT evaluated FROM figures").fetchone()[0])


def set_evaluated(connection: sqlite3.Connection, entry_id: int) -> None:
    """Note in the capture file that the journal's captures up to this id are in it.

    Another process may have noted a larger one (see `journal_transaction.reserve_ids`).
    """
    connection.execute("UPDATE figures SET evaluated = max(evaluated, ?)", (entry_id,))
