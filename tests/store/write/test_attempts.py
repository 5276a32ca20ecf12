"""Attempts are kept whole, many in a statement, and found again by capture."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.base.errors import InspectorError
from inspector.domain.capture.rows import AttemptDetail, AttemptOutcome, AttemptRow
from inspector.domain.replay.attempt import since_each, since_last
from inspector.domain.replay.redirect import Redirect
from inspector.domain.signature.evaluation import PENDING
from inspector.store.file.database import connect, prepare
from inspector.store.write import attempts, captures, deletions
from inspector.store.write.columns import new_capture
from tests.builders import a_capture

CAPTURES = 100


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    prepare(tmp_path / "captures.db", create=True)
    connection = connect(tmp_path / "captures.db")
    captures.insert(connection, [new_capture(a_capture(), PENDING)] * CAPTURES)
    yield connection
    connection.close()


def an_attempt(capture_id: int = 1, *, outcome: AttemptOutcome = "ok", **changes: object) -> AttemptDetail:
    row = AttemptRow(
        id=0,
        capture_id=capture_id,
        target="http://127.0.0.1:1/",
        started_ms=5,
        status=200,
        elapsed_ms=1.5,
        outcome=outcome,
        error=None,
        signature="original",
        edited=False,
    )
    return AttemptDetail(
        row=row._replace(**changes),  # type: ignore[arg-type]
        sent_head=b"POST / HTTP/1.1\r\nX: \xff\r\n\r\n",
        response_headers=((b"x", b"\xfe"),),
        response_body=b"\x00ok",
        is_response_cut=True,
    )


def test_every_part_of_an_attempt_comes_back(connection: sqlite3.Connection) -> None:
    attempt = an_attempt(
        edited=True,
        connect_ms=0.5,
        first_byte_ms=1.0,
        connected_to="[::1]:3000",
        fault="cut",
        plan_id=3,
        forward_id=4,
        path="/hook",
        is_expected=True,
        redirects=(Redirect(status=307, url="http://[::1]:3000/a"), Redirect(status=303, url="https://b/é")),
        error="no",
    )
    edited = replace(attempt, sent_body=b"\x00edited")
    first, second = attempts.insert(connection, [attempt, edited])
    for id_, kept in ((first, attempt), (second, edited)):
        assert attempts.read(connection, id_) == replace(kept, row=kept.row._replace(id=id_))


def test_many_keep_their_order_and_none_is_overwritten(connection: sqlite3.Connection) -> None:
    ids = attempts.insert(connection, [an_attempt(started_ms=number) for number in range(150)])
    ids += attempts.insert(connection, [an_attempt(started_ms=150)])
    assert ids == list(range(1, 152))
    found = attempts.of_capture(connection, 1)
    assert [row.started_ms for row in found] == list(range(150, -1, -1))


ATTEMPTS = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.sampled_from(["ok", "reset", "unknown"]),
        st.sampled_from(["http://127.0.0.1:1/", "http://127.0.0.1:2/", "http://127.0.0.1:1/hook"]),
        st.sampled_from([None, "/hook"]),
    ),
    max_size=12,
)


@given(ATTEMPTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_file_and_a_list_compare_each_attempt_alike(
    connection: sqlite3.Connection, made: list[tuple[int, AttemptOutcome, str, str | None]]
) -> None:
    connection.execute("DELETE FROM attempts")
    ids = attempts.insert(
        connection,
        [
            an_attempt(capture_id, outcome=outcome, target=target, path=path, is_expected=outcome == "ok")
            for capture_id, outcome, target, path in made
        ],
    )
    found = attempts.each_before(connection, ids)
    for capture_id in (1, 2):
        rows = attempts.of_capture(connection, capture_id)
        assert since_each(rows) == tuple(since_last(row, found[row.id]) for row in rows)


def test_one_that_is_gone_is_told(connection: sqlite3.Connection) -> None:
    with pytest.raises(InspectorError, match="no attempt 9"):
        attempts.read(connection, 9)


def test_an_attempt_whose_capture_was_removed_meanwhile_is_not_kept(connection: sqlite3.Connection) -> None:
    deletions.remove(connection, [2])
    ids = attempts.insert(connection, [an_attempt(1), an_attempt(2), an_attempt(3)])
    assert connection.execute("SELECT id FROM attempts").fetchall() == [(ids[0],), (ids[2],)]
