"""Shared inboxes: how far each was read, which captures came from it, and which messages are missing."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from inspector.domain.capture.rows import InboxOrigin
from inspector.store.write.columns import storable

MOST_GAPS = 1_000
"""Maximum number of stored gaps per inbox. Above it, the oldest are removed."""
NOT_READ = -1
"""The position in an inbox from which nothing was requested yet."""
_MOST_INBOXES = 50
_ID_BITS = 48
_INBOX = "id, stream, created, member, address, suffix, position"


class Origin(NamedTuple):
    """Where a capture of the journal came from."""

    inbox_id: int
    sequence: int
    """The number of its message in the stream."""
    edge: str
    """The name of the edge that received it."""


class StoredInbox(NamedTuple):
    """A shared inbox as this file knows it. A stream that was removed and created again is another one."""

    id: int
    """Random, so that a journal never names an inbox of another file."""
    stream: str
    created: str
    """When the stream was created, as its server words it."""
    member: str
    address: str
    suffix: str
    """The random end of the name of its durable consumer."""
    position: int
    """The sequence of the last message that is stored or skipped. The journal may have later ones.

    It is `NOT_READ` before the first connection."""
    is_recreated: bool = False
    """Whether the same address led to another inbox before, so that the stream was created again."""


class StoredGap(NamedTuple):
    """Messages that the stream had removed before they were read."""

    stream: str
    first: int
    last: int
    """Sequences. Both are 0 if the numbers are unknown, because the stream was recreated."""
    noticed_ms: int
    why: str
    """A sentence."""


def open_inbox(
    connection: sqlite3.Connection, *, stream: str, created: str, member: str, address: str
) -> StoredInbox:
    """Return an inbox, with this member and address from now on. An unknown one is added."""
    found = connection.execute(
        "UPDATE inboxes SET member = ?, address = ? WHERE stream = ? AND created = ? AND ended_ms IS NULL"
        " RETURNING id",
        (member, address, stream, storable(created)),
    ).fetchone()
    if found is not None:
        return _read(connection, found[0])
    same_address = "SELECT EXISTS (SELECT 1 FROM inboxes WHERE stream = ? AND address = ?)"
    (is_recreated,) = connection.execute(same_address, (stream, address)).fetchone()
    added = (secrets.randbits(_ID_BITS), stream, storable(created), member, address, _new_suffix(), NOT_READ)
    connection.execute(f"INSERT INTO inboxes ({_INBOX}) VALUES (?, ?, ?, ?, ?, ?, ?)", added)
    return _read(connection, added[0])._replace(is_recreated=bool(is_recreated))


def begin_again(connection: sqlite3.Connection, inbox_id: int, now_ms: int) -> StoredInbox:
    """Return a new inbox for a stream that lost messages that are stored here.

    A server that was restored from a copy gives their sequences again. The old inbox keeps its captures.
    """
    old = _read(connection, inbox_id)
    connection.execute("UPDATE inboxes SET ended_ms = ? WHERE id = ?", (now_ms, inbox_id))
    return open_inbox(
        connection, stream=old.stream, created=old.created, member=old.member, address=old.address
    )


def of_stream(connection: sqlite3.Connection, stream: str) -> list[tuple[StoredInbox, int, int]]:
    """Return the inboxes of streams with this name that can still be read.

    Each has the id and the sequence of its last capture, or 0 and 0 if the file has none.
    """
    query = "SELECT id FROM inboxes WHERE stream = ? AND ended_ms IS NULL LIMIT ?"
    ids = [inbox_id for (inbox_id,) in connection.execute(query, (stream, _MOST_INBOXES))]
    last = "SELECT capture_id, sequence FROM inbox_captures WHERE inbox_id = ? ORDER BY sequence DESC LIMIT 1"
    found = [(_read(connection, one), connection.execute(last, (one,)).fetchone()) for one in ids]
    return [(inbox, *(capture or (0, 0))) for inbox, capture in found]


def note_created(connection: sqlite3.Connection, inbox_id: int, created: str) -> None:
    """Note another time of creation of the same stream.

    Servers of a cluster differ in it if the stream was created twice with the same configuration.
    """
    connection.execute("UPDATE inboxes SET created = ? WHERE id = ?", (storable(created), inbox_id))


def rename_consumer(connection: sqlite3.Connection, inbox_id: int) -> None:
    """Give the durable consumer of an inbox another random end of its name."""
    connection.execute("UPDATE inboxes SET suffix = ? WHERE id = ?", (_new_suffix(), inbox_id))


def _read(connection: sqlite3.Connection, inbox_id: int) -> StoredInbox:
    return StoredInbox(
        *connection.execute(f"SELECT {_INBOX} FROM inboxes WHERE id = ?", (inbox_id,)).fetchone()
    )


def advance(connection: sqlite3.Connection, inbox_id: int, sequence: int) -> None:
    """Note that messages up to this one are stored or skipped.

    Captures that wait in the journal are stored even if their messages are not after this position.
    """
    connection.execute("UPDATE inboxes SET position = max(position, ?) WHERE id = ?", (sequence, inbox_id))


def put(connection: sqlite3.Connection, received: Iterable[tuple[int, Origin]]) -> set[int]:
    """Note the messages of new captures, given with their ids in order, and advance the positions.

    Return the captures whose message is stored already, as another capture. They must not be stored.
    """
    repeated: set[int] = set()
    last: dict[int, int] = {}
    for capture_id, origin in received:
        added = connection.execute(
            "INSERT OR IGNORE INTO inbox_captures VALUES (?, ?, ?, ?)", (capture_id, *origin)
        )
        if not added.rowcount:
            repeated.add(capture_id)
        last[origin.inbox_id] = max(origin.sequence, last.get(origin.inbox_id, 0))
    for inbox_id, sequence in last.items():
        advance(connection, inbox_id, sequence)
    return repeated


def origin(connection: sqlite3.Connection, capture_id: int) -> InboxOrigin | None:
    """Return the message of a capture, or None if it did not come from a shared inbox."""
    query = (
        "SELECT stream, sequence, edge FROM inbox_captures JOIN inboxes ON id = inbox_id WHERE capture_id = ?"
    )
    found = connection.execute(query, (capture_id,)).fetchone()
    return None if found is None else InboxOrigin(stream=found[0], sequence=found[1], edge=found[2])


def put_gap(
    connection: sqlite3.Connection, inbox_id: int, first: int, last: int, *, now_ms: int, why: str
) -> None:
    """Note that messages are missing. A gap that begins at the same message is replaced."""
    connection.execute(
        "INSERT OR REPLACE INTO inbox_gaps VALUES (?, ?, ?, ?, ?)",
        (inbox_id, first, last, now_ms, storable(why)),
    )
    connection.execute(
        "DELETE FROM inbox_gaps WHERE inbox_id = ?1 AND first < (SELECT first FROM inbox_gaps"
        " WHERE inbox_id = ?1 ORDER BY first DESC LIMIT 1 OFFSET ?2)",
        (inbox_id, MOST_GAPS - 1),
    )


def gaps(
    connection: sqlite3.Connection, inbox_id: int | None = None, limit: int = MOST_GAPS
) -> tuple[StoredGap, ...]:
    """Return the gaps of an inbox, or those of every inbox, the newest first."""
    found = connection.execute(
        "SELECT stream, first, last, noticed_ms, why FROM inbox_gaps JOIN inboxes ON id = inbox_id"
        " WHERE ?1 IS NULL OR inbox_id = ?1 ORDER BY noticed_ms DESC, first DESC LIMIT ?2",
        (inbox_id, limit),
    )
    return tuple(StoredGap(*row) for row in found)


def repair_positions(connection: sqlite3.Connection) -> None:
    """Advance the positions to the captures that are known, after rows were lost."""
    connection.execute(
        "UPDATE inboxes SET position = max(position, coalesce("
        "(SELECT max(sequence) FROM inbox_captures WHERE inbox_id = inboxes.id), 0))"
    )


def _new_suffix() -> str:
    return secrets.token_hex(4)
