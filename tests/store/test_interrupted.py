"""A kill between any two statements of the listener, or reader of a shared inbox, and its evaluator."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from inspector.store import evaluator as work
from inspector.store import journal
from inspector.store.evaluator import JournalEvaluator
from inspector.store.evaluator_messages import Keys, StartState, Stored, Synced
from inspector.store.file.database import connect
from inspector.store.journal import NewEntry
from inspector.store.write.inboxes import Origin
from tests.builders import a_capture, a_completion, an_answer
from tests.store.group.test_grouping import refold_all, stored
from tests.store.test_grouping_machine import OLD, empty_file
from tests.store.test_journal import an_inbox, open_journal

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

BODIES = [
    an_answer("a", user="u", question="1"),
    an_answer("b", user="v", question="1"),
    an_answer("a", user="u", question="1"),  # a redelivery
    b"not JSON",
    a_completion("a", "b", user="u"),
    an_answer("c", user="u", question="2"),
    an_answer("x" * 70_000),  # stored as pending
]
WORDS = ["valid", "valid", "valid", "unsigned", "valid", "valid", "unchecked"]
Count = Callable[[object], None]
Batches = Callable[[Path], Iterator[list[NewEntry]]]
"""What is recorded at a time, of the file at this path."""


def nothing(path: Path) -> Iterator[list[NewEntry]]:
    """Yield one empty batch: what an earlier run left is evaluated."""
    yield []


def requests(path: Path) -> Iterator[list[NewEntry]]:
    """Yield the captures of a listener."""
    for start in range(0, len(BODIES), 3):
        yield [
            journal.new_entry(a_capture(body, signed=word != "unsigned"))
            for body, word in list(zip(BODIES, WORDS, strict=True))[start : start + 3]
        ]


def messages(path: Path) -> Iterator[list[NewEntry]]:
    """Yield the captures of a shared inbox after the position of the file and its journal.

    The last one of each batch is recorded twice, as if its commit had been reported as failed.
    """
    with closing(connect(path)) as connection:
        inbox = an_inbox(connection)
    recorded = journal.read(path, partial(journal.largest_origin, inbox_id=inbox.id))
    position = max(inbox.position, recorded or 0)
    for start in range(position, len(BODIES), 3):
        batch = [
            journal.new_entry(
                a_capture(body, signed=word != "unsigned"), origin=Origin(inbox.id, start + number, "eu-1")
            )
            for number, (body, word) in enumerate(list(zip(BODIES, WORDS, strict=True))[start : start + 3], 1)
        ]
        yield [*batch, batch[-1]]
    yield []


class Counted(JournalEvaluator):
    """One whose statements are counted as they begin."""

    def __init__(self, path: Path, announced: int, send: Count, count: Count) -> None:
        super().__init__(path, StartState(announced=announced), send)
        self._count = count
        self.take(Keys((OLD,), False))

    def _find_position(self, connection: sqlite3.Connection) -> None:
        super()._find_position(connection)
        connection.set_trace_callback(self._count)


def run(
    path: Path, batches: Batches, announced: int | None, report: Count, count: Count = lambda _: None
) -> None:
    """Record and evaluate captures as a listener and its evaluator do, in turn.

    `report` gets each acknowledged id, and each announcement. `announced` is None for a new listener, and
    otherwise up to which capture the listener knows of.
    """
    if announced is None:
        with closing(connect(path)) as connection:
            announced = journal.evaluated(connection)
            open_journal(connection, path).close()
    recorder = connect(journal.path_of(path))
    recorder.set_trace_callback(count)

    def write(job: Callable[[sqlite3.Connection], list[int] | None]) -> list[int] | None:
        recorder.execute("BEGIN IMMEDIATE")
        done = job(recorder)
        recorder.execute("COMMIT")
        return done

    def take(message: object) -> None:
        count(message)
        if isinstance(message, Stored):
            report({"stored": message.ids, "up_to": message.up_to})
        elif isinstance(message, Synced):
            write(lambda opened: journal.discard(opened, message.up_to))

    evaluator = Counted(path, announced, take, count)
    for entries in batches(path):
        if entries:
            report({"acknowledged": write(lambda opened, entries=entries: journal.append(opened, entries))})
        while evaluator.step() is not None:
            pass
        evaluator.sync()
    evaluator.close()
    recorder.close()


def interrupted(path: Path, batches: Batches, at: int) -> tuple[bool, list[dict[str, list[int]]]]:
    """Run in a process that ends at the statement or announcement of this number.

    Whether it came to its end before, and what it reported.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        left = at

        def count(_: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                os._exit(1)

        def report(done: object) -> None:
            os.write(writing, f"{json.dumps(done)}\n".encode())

        try:
            run(path, batches, None, report, count)
        except BaseException:
            traceback.print_exc()
            os._exit(2)
        os._exit(0)
    os.close(writing)
    with open(reading) as lines:
        reported = [json.loads(line) for line in lines]
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert status in (0, 1), "it failed"
    return status == 0, reported


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    folder = tmp_path / "prepared"
    folder.mkdir()
    (folder / "captures.db").write_bytes(empty_file())
    with closing(connect(folder / "captures.db")) as connection:
        an_inbox(connection)
        open_journal(connection, folder / "captures.db").close()
    return folder


@pytest.mark.parametrize("is_listener_killed", [True, False], ids=["both are killed", "its owner survives"])
def test_a_kill_at_a_statement_loses_nothing_that_was_acknowledged(
    prepared: Path, tmp_path: Path, is_listener_killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BATCH", 2)
    interrupt(prepared, tmp_path, is_listener_killed=is_listener_killed, every=29)


def test_a_kill_at_a_statement_neither_loses_nor_doubles_a_message(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BATCH", 2)
    interrupt(prepared, tmp_path, is_listener_killed=True, every=29, batches=messages)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_kill_at_any_statement_neither_loses_nor_doubles_a_message(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BATCH", 2)
    interrupt(prepared, tmp_path, is_listener_killed=True, every=1, batches=messages)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("is_listener_killed", [True, False], ids=["both are killed", "its owner survives"])
def test_a_kill_at_any_statement_loses_nothing_that_was_acknowledged(
    prepared: Path, tmp_path: Path, is_listener_killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BATCH", 2)
    interrupt(prepared, tmp_path, is_listener_killed=is_listener_killed, every=1)


def interrupt(
    prepared: Path, tmp_path: Path, *, is_listener_killed: bool, every: int, batches: Batches = requests
) -> None:
    """Interrupt at each statement, or at some of them, and look at what the next run makes of the files."""
    of_inbox = batches is messages
    is_complete, at = False, 1 - every
    while not is_complete:
        at += every
        folder = tmp_path / "interrupted"
        shutil.copytree(prepared, folder)
        path = folder / "captures.db"
        is_complete, reported = interrupted(path, batches, at)
        acknowledged = [one for line in reported for one in line.get("acknowledged", [])]
        announced = [line for line in reported if "stored" in line]
        up_to = announced[-1]["up_to"] if announced else 0
        again = messages if of_inbox else nothing
        run(path, again, None if is_listener_killed else up_to, announced.append)
        check_inbox(path) if of_inbox else check(path, acknowledged)
        ids = [one for line in announced for one in line.get("stored", [])]
        assert len(ids) == len(set(ids)), "nothing is announced twice"
        assert is_listener_killed or set(acknowledged) <= set(ids)
        shutil.rmtree(folder)
    assert at > 100


def check(path: Path, acknowledged: list[int]) -> None:
    with closing(connect(journal.path_of(path))) as opened:
        assert journal.last_waiting(opened) == 0
    with closing(connect(path)) as connection:
        rows = connection.execute(
            "SELECT id, verdict, body FROM captures JOIN bodies ON capture_id = id ORDER BY id"
        ).fetchall()
        count = len(rows)
        assert [row[0] for row in rows] == list(range(1, count + 1))
        assert acknowledged == list(range(1, len(acknowledged) + 1))
        assert len(acknowledged) <= count
        assert [row[1] for row in rows] == WORDS[:count]
        assert [row[2] for row in rows] == BODIES[:count]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert stored(connection) == refold_all(connection)


def check_inbox(path: Path) -> None:
    """Each message is stored once, in order, and only ids of repeated ones are missing."""
    with closing(connect(path)) as connection:
        rows = connection.execute(
            "SELECT sequence, verdict, body, edge FROM captures c JOIN bodies b ON b.capture_id = c.id"
            " LEFT JOIN inbox_captures i ON i.capture_id = c.id ORDER BY c.id"
        ).fetchall()
        assert rows == [
            (number, word, body, "eu-1")
            for number, (word, body) in enumerate(zip(WORDS, BODIES, strict=True), 1)
        ]
        assert an_inbox(connection).position == len(BODIES)
        assert stored(connection) == refold_all(connection)
    assert journal.read(path, journal.last_waiting) == 0
