"""The journal: ids are given once, every recorded capture is stored once, and removed ones never return."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import repeat
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import evaluate
from inspector.store import journal, journal_recovery
from inspector.store.evaluator import FLOOD_BATCH, SYNC_BYTES, JournalEvaluator
from inspector.store.evaluator_messages import Begun, First, Keys, KeysOutdated, StartState, Stored, Synced
from inspector.store.file.database import connect
from inspector.store.journal import Entry
from inspector.store.write import captures, deletions, evaluations, inboxes, journal_transaction, small_tables
from inspector.store.write.columns import new_capture
from inspector.store.write.inboxes import Origin, StoredInbox
from tests.builders import ANSWER, SECRET_TEXT, a_capture, a_secret
from tests.store.group.test_grouping import bodies
from tests.store.test_grouping_machine import OLD, FileOfCaptures, empty_file, fresh

ALL_ANNOUNCED = StartState(announced=2**62)


def open_journal(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """As a listener does at its start."""
    connection.execute("BEGIN IMMEDIATE")
    if not journal.path_of(path).exists():
        journal.create(connection, journal.path_of(path))
    connection.execute("COMMIT")
    opened = connect(journal.path_of(path))
    opened.execute("PRAGMA synchronous = OFF")
    opened.execute("BEGIN IMMEDIATE")
    journal.begin(opened, journal.last_capture(connection), journal.evaluated(connection))
    opened.execute("COMMIT")
    return opened


def record(
    opened: sqlite3.Connection, *made: Capture, origins: Iterable[Origin | None] = repeat(None)
) -> list[int]:
    """As a listener does: each call is a transaction."""
    entries = [journal.new_entry(one, origin=origin) for one, origin in zip(made, origins, strict=False)]
    ids = journal.append(opened, entries)
    assert not opened.in_transaction
    return ids


def an_inbox(connection: sqlite3.Connection) -> StoredInbox:
    return inboxes.open_inbox(
        connection, stream="HOOKS", created="2026-11-28T10:00:00Z", member="me", address="nats://a:4222/HOOKS"
    )


def imported(
    connection: sqlite3.Connection, count: int, end: str = "COMMIT", body: bytes = ANSWER
) -> list[int]:
    """Store captures as an import does, which may be rolled back."""
    connection.execute("BEGIN IMMEDIATE")
    made = a_capture(body)
    new = new_capture(made, evaluate(made, [OLD], is_secret_on_file=False))
    ids = captures.insert(connection, [new] * count)
    connection.execute(end)
    return ids


class Journalled(FileOfCaptures):
    """A file whose captures are imported, or recorded and then evaluated by a process that may be killed."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(self.folder.name, "captures.db")
        self.journal = open_journal(self.connection, self.path)
        self.evaluator = self.started()
        self.recorded: dict[int, bytes] = {}
        self.received: dict[int, int] = {}
        """The captures of a shared inbox, and their messages."""
        self.last = 0
        self.seen: set[int] = set()

    def started(self) -> JournalEvaluator:
        evaluator = JournalEvaluator(self.path, ALL_ANNOUNCED, lambda message: None)
        evaluator.take(Keys((OLD,), False))
        return evaluator

    def stored_ids(self) -> set[int]:
        return {row[0] for row in self.connection.execute("SELECT id FROM captures")}

    def give(self, ids: list[int]) -> None:
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert ids[0] > self.last, "an id is given once"
        self.last = ids[-1]

    @rule(sent=st.lists(bodies, min_size=1, max_size=4))
    def record(self, sent: list[bytes]) -> None:
        ids = record(self.journal, *(a_capture(body) for body in sent))
        self.recorded.update(zip(ids, sent, strict=True))
        self.give(ids)

    @rule(sent=st.lists(bodies, min_size=1, max_size=3), times=st.integers(1, 2))
    def receive(self, sent: list[bytes], times: int) -> None:
        """Record the next messages of a shared inbox, perhaps twice."""
        inbox = an_inbox(self.connection)
        position = max(inbox.position, journal.largest_origin(self.journal, inbox.id))
        for time in range(times):
            made = [Origin(inbox.id, position + number, "eu-1") for number in range(1, len(sent) + 1)]
            ids = record(self.journal, *(a_capture(body) for body in sent), origins=made)
            if time == 0:
                self.recorded.update(zip(ids, sent, strict=True))
                self.received.update(zip(ids, (one.sequence for one in made), strict=True))
            self.give(ids)

    @rule(count=st.integers(1, 3), end=st.sampled_from(["COMMIT", "ROLLBACK"]))
    def import_some(self, count: int, end: str) -> None:
        self.give(imported(self.connection, count, end))

    @rule()
    def evaluate_all(self) -> None:
        while self.evaluator.step():
            pass

    @rule()
    def kill_the_evaluator(self) -> None:
        self.evaluator = self.started()

    @rule()
    def restart_the_listener(self) -> None:
        self.journal.close()
        self.journal = open_journal(self.connection, self.path)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def remove_one_permanently(self, data: st.DataObject) -> None:
        self.remove(data.draw(st.sampled_from(sorted(self.seen))))

    def remove(self, id_: int) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        deletions.remove_unpinned(self.connection, [id_])
        self.connection.execute("COMMIT")

    @invariant()
    def what_was_stored_is_noted(self) -> None:
        self.seen |= self.stored_ids()
        self.newest = max(self.seen, default=0)

    def teardown(self) -> None:
        gone = self.seen - self.stored_ids()
        self.evaluator = self.started()
        self.evaluate_all()
        assert not gone & self.stored_ids(), "removed captures do not return"
        assert self.recorded.keys() - gone <= self.stored_ids(), "every recorded capture is stored"
        kept = {id_: sequence for id_, sequence in self.received.items() if id_ not in gone}
        stored = self.connection.execute("SELECT capture_id, sequence FROM inbox_captures")
        assert dict(stored) == kept, "each message is stored once"
        assert an_inbox(self.connection).position == max(self.received.values(), default=-1)
        found = dict(self.connection.execute("SELECT capture_id, body FROM bodies"))
        assert all(found.get(id_, body) == body for id_, body in self.recorded.items())
        self.journal.close()
        super().teardown()


TestJournalled = Journalled.TestCase
TestJournalled.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)


_OPERATIONS = ["record", "import", "roll back", "evaluate", "copy", "restore", "delete"]


@settings(max_examples=40, deadline=None)
@given(
    which=st.sampled_from(["captures.db", "captures.db.journal"]),
    operations=st.lists(st.sampled_from(_OPERATIONS), max_size=20),
)
@example(
    which="captures.db.journal",
    operations=["record", "copy", "record", "evaluate", "restore", "record", "evaluate"],
)
@example(
    which="captures.db",
    operations=["record", "copy", "record", "evaluate", "restore", "import", "record", "evaluate"],
)
@example(which="captures.db.journal", operations=["import", "delete", "record", "evaluate"])
def test_no_id_is_given_twice_though_a_file_is_replaced_by_an_older_copy(
    which: str, operations: list[str]
) -> None:
    """Which of the two files, and in which state, is up to chance. Nothing runs while it is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        file, copy = Path(folder, which), Path(folder, "copy")
        seen: dict[int, bytes] = {}
        recorded: set[bytes] = set()
        for number, operation in enumerate(operations):
            body = f"{number}".encode()
            with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
                if operation == "record":
                    record(opened, a_capture(body))
                    recorded.add(body)
                elif operation in ("import", "roll back"):
                    imported(connection, 1, "COMMIT" if operation == "import" else "ROLLBACK", body)
                elif operation == "evaluate":
                    evaluate_all(path)
                stored = dict(connection.execute("SELECT capture_id, body FROM bodies"))
                assert all(seen.setdefault(id_, found) == found for id_, found in stored.items())
                assert operation != "evaluate" or recorded <= set(stored.values())
            if operation == "copy":
                shutil.copy(file, copy)
            elif operation == "restore" and copy.exists():
                shutil.copy(copy, file)
                recorded.clear()
            elif operation == "delete" and which.endswith("journal"):
                file.unlink()
                recorded.clear()


def evaluate_all(path: Path, send: Callable[[object], None] = lambda message: None) -> None:
    evaluator = JournalEvaluator(path, StartState(announced=0), send)
    evaluator.take(Keys((OLD,), False))
    while evaluator.step():
        pass


def test_a_capture_that_is_removed_while_it_is_evaluated_does_not_return() -> None:
    """An import stores it as pending, so that it can be removed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
            [removed, kept] = record(opened, a_capture(b"removed"), a_capture(b"kept"))

            def remove(message: object) -> None:
                if message == Begun(removed):
                    imported(connection, 1, body=b"imported")
                    connection.execute("BEGIN IMMEDIATE")
                    deletions.remove_unpinned(connection, [removed])
                    connection.execute("COMMIT")

            evaluator = JournalEvaluator(path, StartState(announced=0, careful=1), remove)
            evaluator.take(Keys((OLD,), False))
            while evaluator.step():
                pass
            stored = dict(connection.execute("SELECT capture_id, body FROM bodies"))
            assert stored == {kept: b"kept", kept + 1: b"imported"}


def test_nothing_is_stored_that_was_evaluated_with_secrets_which_changed_meanwhile() -> None:
    """Also not by an evaluator whose listener was killed: it gets no others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        said: list[object] = []
        with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
            [capture_id] = record(opened, a_capture(ANSWER))

            def change_secrets(message: object) -> None:
                said.append(message)
                if message == Begun(capture_id):
                    evaluations.note_secret_change(connection)

            evaluator = JournalEvaluator(path, StartState(announced=0, careful=1), change_secrets)
            evaluator.take(Keys((a_secret("older"),), True))
            for _ in range(3):
                assert evaluator.step() is not None, "it waits for other secrets"
            assert said == [Begun(capture_id), KeysOutdated()]
            assert connection.execute("SELECT verdict FROM captures").fetchall() == []
            evaluator.take(Keys((OLD,), True, changes=1))
            while evaluator.step():
                pass
            assert connection.execute("SELECT verdict FROM captures").fetchall() == [("valid",)]


def test_a_sample_keeps_its_verdict_if_it_is_evaluated_again_after_a_death() -> None:
    """The secret that was generated for its run is removed by its first evaluation."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
            small_tables.put_nonces(connection, ["nonce"], SECRET_TEXT, 0)
            sample = a_capture(ANSWER, kind="sample")
            journal.append(opened, [journal.new_entry(sample, "nonce")])
            for _ in range(2):
                evaluator = JournalEvaluator(path, StartState(announced=0), lambda message: None)
                evaluator.take(Keys((), True))
                while evaluator.step():
                    pass
                assert connection.execute("SELECT verdict FROM captures").fetchall() == [("valid",)]
                assert small_tables.find_nonce(connection, "nonce") == (False, None)


def test_a_message_that_is_recorded_twice_is_stored_once_and_the_next_capture_is_not_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "captures.db"
    path.write_bytes(empty_file())
    said: list[object] = []
    with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
        inbox = an_inbox(connection)
        message = Origin(inbox.id, 1, "eu-1")
        sent = {b"first": message, b"of here": None, b"again": message}
        record(opened, *map(a_capture, sent), origins=sent.values())
        assert journal.largest_origin(opened, inbox.id) == 1
        assert journal.largest_origin(opened, inbox.id + 1) == 0
        evaluate_all(path, said.append)
        assert [(one.ids, one.skipped) for one in said if isinstance(one, Stored)] == [([1, 2], [3])]
    # A new journal must not give the id of the skipped capture again: the file has counted it.
    journal.path_of(path).unlink()
    with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
        assert record(opened, a_capture(b"next")) == [4]
        evaluate_all(path)
        stored = dict(connection.execute("SELECT capture_id, body FROM bodies"))
        assert stored == {1: b"first", 2: b"of here", 4: b"next"}
        assert connection.execute("SELECT * FROM inbox_captures").fetchall() == [(1, inbox.id, 1, "eu-1")]


def make_version_1(opened: sqlite3.Connection) -> None:
    for column in Origin._fields:
        opened.execute(f"ALTER TABLE entries DROP COLUMN {column}")
    opened.execute("PRAGMA user_version = 1")


@pytest.mark.parametrize("by", ["its listener", "an import"])
def test_captures_that_wait_in_a_journal_of_version_1_are_stored(tmp_path: Path, by: str) -> None:
    path = tmp_path / "captures.db"
    path.write_bytes(empty_file())
    with closing(connect(path)) as connection:
        with closing(open_journal(connection, path)) as opened:
            record(opened, a_capture(b"of before"))
            make_version_1(opened)
        if by == "an import":
            assert imported(connection, 1) == [2]
        with closing(open_journal(connection, path)) as opened:
            record(opened, a_capture(b"after"))
            evaluate_all(path)
        bodies = [row[0] for row in connection.execute("SELECT body FROM bodies ORDER BY capture_id")]
        assert bodies == [b"of before", *([ANSWER] if by == "an import" else []), b"after"]


@pytest.mark.parametrize("sizes", [[10] * 100, [10, 2 * 2**20, 10]], ids=["many", "large"])
def test_captures_of_one_commit_are_written_together_or_not_at_all(tmp_path: Path, sizes: list[int]) -> None:
    with closing(fresh(str(tmp_path))) as connection:
        opened = open_journal(connection, tmp_path / "captures.db")
    made = [a_capture(b"x" * size) for size in sizes]
    [first] = record(opened, a_capture(ANSWER))
    (pages,) = opened.execute("PRAGMA page_count").fetchone()
    opened.execute(f"PRAGMA max_page_count = {pages + 4}")  # as a disk that becomes full meanwhile
    with pytest.raises(sqlite3.OperationalError, match="full"):
        record(opened, *made)
    if opened.in_transaction:
        opened.execute("ROLLBACK")
    assert journal.last_waiting(opened) == first
    opened.execute("PRAGMA max_page_count = 100000")
    ids = record(opened, *made)
    assert ids == list(range(first + 1, first + 1 + len(sizes)))
    found = journal.waiting(opened, first, limit=1_000, max_bytes=2**30)
    assert [(one.id, len(one.capture.body)) for one in found] == list(zip(ids, sizes, strict=True))
    opened.close()


def test_a_damaged_capture_is_never_read_as_if_it_had_arrived_like_this() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
            record(opened, a_capture(b"x" * 100), a_capture(b"y" * 100))
        place = journal.path_of(path).read_bytes().index(b"y" * 100)
        with journal.path_of(path).open("r+b") as file:
            file.seek(place)
            file.write(b"z")
        with closing(connect(journal.path_of(path))) as opened:
            assert len(journal.waiting(opened, 0, limit=1, max_bytes=1000)) == 1
            with pytest.raises(ValueError, match="capture 2 differs"):
                journal.waiting(opened, 0, limit=2, max_bytes=1000)


@pytest.mark.parametrize("version", [1, 2])
def test_a_recovered_journal_still_knows_which_messages_it_has(tmp_path: Path, version: int) -> None:
    path = tmp_path / "captures.db"
    path.write_bytes(empty_file())
    with closing(connect(path)) as connection:
        inbox = an_inbox(connection).id
        with closing(open_journal(connection, path)) as opened:
            messages = [Origin(inbox, 1, "eu-1"), None, Origin(inbox, 2, "eu-2")]
            record(opened, *map(a_capture, (b"1", b"of here", b"2")), origins=messages)
            if version == 1:
                make_version_1(opened)
    with journal.path_of(path).open("r+b") as file:
        file.write(b"\xff" * 100)
    (told,) = journal_recovery.prepare(path)
    assert "and none was lost" in told
    with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
        assert journal.largest_origin(opened, inbox) == (2 if version == 2 else 0)
        found = journal.waiting(opened, 0, limit=9, max_bytes=999)
        assert [one.capture.body for one in found] == [b"1", b"of here", b"2"]
        assert [one.origin for one in found] == (messages if version == 2 else [None] * 3)


def test_senders_do_not_wait_while_an_import_stores_what_waits() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
            opened.execute("PRAGMA busy_timeout = 0")
            ids = record(opened, a_capture(b"before"))
            stored: list[int] = []

            def store(entries: Sequence[Entry]) -> None:
                if not stored:
                    ids.extend(record(opened, a_capture(b"meanwhile")))
                stored.extend(entry.id for entry in entries)

            connection.execute("BEGIN IMMEDIATE")
            assert journal_transaction.reserve_ids(connection, 1, store) == ids[-1] + 1
            connection.execute("COMMIT")
            assert stored == ids == [1, 2]


def test_an_error_of_the_capture_file_during_an_import_is_not_one_of_the_journal() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        path.write_bytes(empty_file())
        with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
            record(opened, a_capture(b"x" * 100_000))
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(sqlite3.OperationalError, match="full"):
                imported(connection, 1)
            connection.execute("PRAGMA max_page_count = 100000")
            assert imported(connection, 1) == [2]


MANY = 5_000
"""Captures that arrive during an evaluation, which takes far less than a second."""


@pytest.mark.parametrize(
    ("waiting", "arriving", "of_inbox", "wanted", "gives_way"),
    [
        (FLOOD_BATCH, MANY, False, 0, True),
        (FLOOD_BATCH, 0, False, 0, False),
        (FLOOD_BATCH - 1, MANY, False, 0, False),
        (FLOOD_BATCH, MANY, True, 0, False),
        (FLOOD_BATCH, MANY, False, FLOOD_BATCH + 1, False),
    ],
)
def test_evaluation_gives_way_to_a_flood(
    tmp_path: Path, waiting: int, arriving: int, of_inbox: bool, wanted: int, gives_way: bool
) -> None:
    """Not without a backlog, to messages of a shared inbox, or if a sender waits for the evaluation."""
    path = tmp_path / "captures.db"
    path.write_bytes(empty_file())
    with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
        inbox = an_inbox(connection)
        origins = (
            [Origin(inbox.id, number, "eu-1") for number in range(waiting)] if of_inbox else repeat(None)
        )
        record(opened, *[a_capture(b"x")] * waiting, origins=origins)

        def arrive(message: object) -> None:
            if isinstance(message, Stored):
                record(opened, *[a_capture(b"new")] * arriving)

        evaluator = JournalEvaluator(path, ALL_ANNOUNCED, arrive)
        evaluator.take(Keys((OLD,), False))
        evaluator.take(First(wanted))
        evaluator.step()
        assert (evaluator.break_s > 0) == gives_way
        evaluator.close()


def test_large_captures_leave_the_journal_early_and_one_by_one(tmp_path: Path) -> None:
    """Otherwise new captures would wait until all of them are overwritten."""
    path = tmp_path / "captures.db"
    path.write_bytes(empty_file())
    said: list[object] = []
    with closing(connect(path)) as connection, closing(open_journal(connection, path)) as opened:
        large = b"x" * (SYNC_BYTES // 2)
        record(opened, *(a_capture(body) for body in (large, large, b"small")))
        evaluator = JournalEvaluator(path, ALL_ANNOUNCED, said.append)
        evaluator.take(Keys((OLD,), False))
        evaluator.step()
        assert Synced(1) not in said
        evaluator.step()
        assert Synced(2) in said, "before the third is evaluated"
        evaluator.step()
        evaluator.close()
        left = [1, 2, 3]
        while left:
            assert [row[0] for row in opened.execute("SELECT id FROM entries")] == left
            has_more = journal.discard(opened, 3)
            left = left[1:]
            assert has_more or not left
