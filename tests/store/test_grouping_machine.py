"""Whatever is done to a file, and in whatever order its captures came, grouping says the same of them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inspector.base.errors import NotFound
from inspector.domain.signature.evaluation import PENDING, evaluate
from inspector.store.file.database import connect, prepare
from inspector.store.group import follower
from inspector.store.write import captures, deletions, evaluations, marks
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_secret
from tests.store.group.test_grouping import bodies, follow, refold_all, stored

NEW, OLD = a_secret("the new one", "new"), a_secret()
ids = st.integers(1, 10)


@cache
def empty_file() -> bytes:
    """To make one waits for the disk many times."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        prepare(path, create=True)
        return path.read_bytes()


def fresh(folder: str) -> sqlite3.Connection:
    """A file without captures, and never a wait for the disk."""
    path = Path(folder, "captures.db")
    path.write_bytes(empty_file())
    connection = connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


class FileOfCaptures(RuleBasedStateMachine):
    """One file; at each moment what is stored, once what was put off is done, equals what its captures
    say up to the watermark."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.connection = fresh(self.folder.name)
        self.secrets = [OLD]
        self.deletions: list[int] = []
        self.newest = 0

    @rule(
        body=bodies,
        is_signed=st.booleans(),
        kind=st.sampled_from(["captured", "captured", "imported", "sample", "cut"]),
        is_large=st.booleans(),
    )
    def capture(self, body: bytes, is_signed: bool, kind: str, is_large: bool) -> None:
        made = a_capture(body, signed=is_signed, kind=kind)
        judgement = PENDING if is_large else evaluate(made, self.secrets, is_secret_on_file=False)
        [self.newest] = captures.insert(self.connection, [new_capture(made, judgement)])

    @rule(steps=st.integers(1, 3))
    def follow_some(self, steps: int) -> None:
        follow(self.connection, steps)

    @precondition(lambda self: self.newest)
    @rule(chosen=st.sets(ids, min_size=1, max_size=8), is_bulk=st.booleans())
    def delete(self, chosen: set[int], is_bulk: bool) -> None:
        self.deletions.append(deletions.begin(self.connection, 0))
        deletions.hide(self.connection, self.deletions[-1], sorted(chosen), is_bulk=is_bulk)

    @precondition(lambda self: self.deletions)
    @rule(is_bulk=st.booleans())
    def undo(self, is_bulk: bool) -> None:
        deletions.restore(self.connection, self.deletions.pop(), is_bulk=is_bulk)

    @rule(limit=st.integers(1, 3))
    def count_some_anew(self, limit: int) -> None:
        follower.work_off(self.connection, limit)

    @precondition(lambda self: self.deletions)
    @rule()
    def make_a_deletion_final(self) -> None:
        deletions.purge(self.connection, self.deletions.pop(0))

    @precondition(lambda self: self.newest)
    @rule(capture_id=ids)
    def pin(self, capture_id: int) -> None:
        with suppress(NotFound):
            marks.pin(self.connection, [capture_id])

    @precondition(lambda self: self.newest)
    @rule(below=ids, is_bulk=st.booleans())
    def remove_what_is_beyond_a_limit(self, below: int, is_bulk: bool) -> None:
        deletions.remove_unpinned(self.connection, range(1, below), is_bulk=is_bulk)

    @rule(secrets=st.sampled_from([[OLD], [NEW], [NEW, OLD], []]), is_bulk=st.booleans())
    def verify_anew(self, secrets: list[Any], is_bulk: bool) -> None:
        self.secrets = secrets
        for one in evaluations.next_below(self.connection, self.newest + 1, 100, 1_000_000):
            judgement = evaluate(one.capture, secrets, is_secret_on_file=False)
            follower.reevaluate(self.connection, [(one.id, judgement)], is_bulk=is_bulk)

    @invariant()
    def what_is_stored_equals_folding_all(self) -> None:
        self.connection.execute("BEGIN")
        while follower.work_off(self.connection, 2):
            pass
        now = stored(self.connection)
        self.connection.execute("ROLLBACK")
        assert now == refold_all(self.connection)

    def teardown(self) -> None:
        follow(self.connection)
        self.what_is_stored_equals_folding_all()
        self.connection.close()
        self.folder.cleanup()


TestFileOfCaptures = FileOfCaptures.TestCase
TestFileOfCaptures.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@settings(max_examples=25, deadline=None)
@given(
    order=st.lists(bodies, min_size=2, max_size=10).flatmap(
        lambda all_: st.permutations(range(len(all_))).map(lambda places: (all_, places))
    )
)
def test_who_answered_what_does_not_depend_on_the_order_of_arrival(
    order: tuple[list[bytes], Sequence[int]],
) -> None:
    sent, places = order
    assert seen_of(sent, range(len(sent))) == seen_of(sent, places)


def seen_of(sent: Sequence[bytes], places: Sequence[int]) -> dict[str, list[Any]]:
    """What the tree shows after these arrived in some order, each at a time of its own."""
    with tempfile.TemporaryDirectory() as folder, closing(fresh(folder)) as connection:
        made = [a_capture(sent[place], received_ms=1_000 + place) for place in places]
        for one in made:
            captures.insert(connection, [new_capture(one, evaluate(one, [OLD], is_secret_on_file=False))])
        follow(connection)
        return {table: shown(connection, table) for table in ("respondents", "groups", "surveys")}


def shown(connection: sqlite3.Connection, table: str) -> list[Any]:
    """A table without what follows the order of ids: numbers of captures, and a survey's latest name."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(name for name in columns if name not in ("id", "solo", "name", "name_from"))
    return sorted(connection.execute(f"SELECT {names} FROM {table}").fetchall(), key=repr)
