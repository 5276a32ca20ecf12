"""Positions, captures and gaps of shared inboxes in the capture file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from inspector.domain.signature.evaluation import evaluate
from inspector.store.file import row_recovery
from inspector.store.file.database import connect, prepare
from inspector.store.write import captures, deletions, inboxes
from inspector.store.write.columns import new_capture
from inspector.store.write.inboxes import Origin, StoredGap, StoredInbox
from tests.builders import a_capture, a_secret

ADDRESS = "nats://127.0.0.1:4222/HOOKS"
CREATED = "2026-11-28T10:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    prepare(tmp_path / "captures.db", create=True)
    return tmp_path / "captures.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as connection:
        yield connection


def opened(
    connection: sqlite3.Connection, created: str = CREATED, member: str = "me@laptop", address: str = ADDRESS
) -> StoredInbox:
    return inboxes.open_inbox(connection, stream="HOOKS", created=created, member=member, address=address)


def test_an_inbox_is_the_same_under_another_address_or_member_and_another_once_it_is_recreated(
    connection: sqlite3.Connection,
) -> None:
    first = opened(connection)
    assert (first.position, first.is_recreated) == (inboxes.NOT_READ, False)
    inboxes.advance(connection, first.id, 7)
    inboxes.advance(connection, first.id, 5)
    moved = opened(connection, member="ci", address="nats://other:4222/HOOKS")
    assert moved == first._replace(position=7, member="ci", address="nats://other:4222/HOOKS")
    again = opened(connection, "2026-11-29T10:00:00Z", address="nats://other:4222/HOOKS")
    assert again.is_recreated
    assert again.position == inboxes.NOT_READ
    assert len({first.id, again.id}) == len({first.suffix, again.suffix}) == 2
    elsewhere = opened(connection, "2026-11-30T10:00:00Z", address="nats://elsewhere:4222/HOOKS")
    assert not elsewhere.is_recreated


def test_a_stream_that_lost_stored_messages_is_another_inbox(connection: sqlite3.Connection) -> None:
    old = opened(connection)
    inboxes.put(connection, [(1, Origin(old.id, 3, "eu-1"))])
    new = inboxes.begin_again(connection, old.id, 1_800_000_000_000)
    assert new.id != old.id
    assert new.position == inboxes.NOT_READ
    inboxes.put(connection, [(2, Origin(new.id, 3, "eu-1"))])
    assert opened(connection) == new._replace(position=3, is_recreated=False)
    assert [(one.id, *last) for one, *last in inboxes.of_stream(connection, "HOOKS")] == [(new.id, 2, 3)]
    newest = inboxes.begin_again(connection, new.id, 1_800_000_000_000)
    assert opened(connection).id == newest.id
    origin = inboxes.origin(connection, 1)
    assert origin is not None
    assert (origin.stream, origin.sequence) == ("HOOKS", 3)


def test_gaps_are_stored_once_each_and_only_the_newest(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "MOST_GAPS", 3)
    inbox, other = opened(connection).id, opened(connection, "later").id
    inboxes.put_gap(connection, other, 0, 0, now_ms=1, why="The stream was recreated.")
    for first in (2, 9, 20, 9, 40):
        inboxes.put_gap(connection, inbox, first, first + 1, now_ms=first, why="Limits.")
    found = inboxes.gaps(connection, inbox)
    assert [(one.first, one.last) for one in found] == [(40, 41), (20, 21), (9, 10)]
    assert inboxes.gaps(connection, other) == (StoredGap("HOOKS", 0, 0, 1, "The stream was recreated."),)


def stored(connection: sqlite3.Connection, inbox: int, sequence: int) -> int:
    capture = a_capture()
    (capture_id,) = captures.insert(
        connection, [new_capture(capture, evaluate(capture, [a_secret()], is_secret_on_file=False))]
    )
    inboxes.put(connection, [(capture_id, Origin(inbox, sequence, "eu-1"))])
    return capture_id


def test_a_removed_capture_leaves_the_position(connection: sqlite3.Connection) -> None:
    inbox = opened(connection).id
    stored(connection, inbox, 1)
    last = stored(connection, inbox, 2)
    deletions.remove_unpinned(connection, [last])
    assert connection.execute("SELECT sequence FROM inbox_captures").fetchall() == [(1,)]
    assert opened(connection).position == 2


def test_a_recovered_file_continues_after_the_last_message_that_it_knows(path: Path) -> None:
    with closing(connect(path)) as connection:
        inbox = opened(connection)
        for sequence in range(1, 4):
            stored(connection, inbox.id, sequence)
        inboxes.put_gap(connection, inbox.id, 2, 2, now_ms=1, why="Limits.")
        connection.execute("UPDATE inboxes SET position = 1")  # a page of before
        connection.execute("DELETE FROM captures WHERE id = 3")  # lost
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fresh = path.with_name("fresh.db")
    fresh.write_bytes(b"")
    row_recovery.salvage(path, fresh)
    with closing(connect(fresh)) as connection:
        assert opened(connection) == inbox._replace(position=3)
        assert connection.execute("SELECT * FROM inbox_captures").fetchall() == [
            (1, inbox.id, 1, "eu-1"),
            (2, inbox.id, 2, "eu-1"),
        ]
        assert len(inboxes.gaps(connection, inbox.id)) == 1
