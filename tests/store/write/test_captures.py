"""Captures come back byte for byte, and a list never reads a body."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.base.errors import NotFound
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.signature.evaluation import PENDING, judge
from inspector.store.file.database import connect, prepare
from inspector.store.store import Store
from inspector.store.write import attempts, captures
from inspector.store.write.columns import arrival
from tests.builders import COMPLETION, a_capture, a_completion, a_secret, an_answer
from tests.store.conftest import followed, put


def an_attempt(capture_id: int, status: int, target: str = "http://127.0.0.1:1/") -> AttemptDetail:
    row = AttemptRow(
        id=0,
        capture_id=capture_id,
        target=target,
        started_ms=0,
        status=status,
        elapsed_ms=1.0,
        outcome="ok",
        error=None,
        signature="original",
        edited=False,
    )
    return AttemptDetail(row=row, answer_headers=(), answer_body=b"", is_answer_cut=False)


header_values = st.binary(max_size=30).map(lambda value: value.strip(b" \t"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300),
    target=st.binary(max_size=40),
    headers=st.lists(st.tuples(st.binary(max_size=10), header_values), max_size=6),
    method=st.text(st.characters(codec="utf-8"), max_size=8),
)
def test_any_request_is_read_as_it_was_put(
    tmp_path: Path, body: bytes, target: bytes, headers: list[tuple[bytes, bytes]], method: str
) -> None:
    path = tmp_path / "captures.db"
    if not path.exists():
        prepare(path, create=True)
    connection = connect(path)
    capture = a_capture(body, target=target, headers=tuple(headers), method=method)
    judgement = judge(capture, [a_secret()], is_secret_on_file=False)
    [capture_id] = captures.insert(connection, [arrival(capture, judgement)])
    assert captures.read(connection, capture_id) == capture
    row = captures.rows(connection, [capture_id])[capture_id]
    assert (row.verdict, row.size) == (judgement.verdict, len(body))
    connection.close()


async def test_a_row_tells_what_a_list_shows(store: Store) -> None:
    [first] = await put(store, a_capture(COMPLETION))
    row = store.read(lambda c: captures.rows(c, [first]))[first]
    assert (row.event, row.survey_id, row.group_id, row.user_id, row.platform) == (
        "response_group",
        "s-xxxxxx-id",
        "g-xxxxxx-id",
        "user_123",
        "link",
    )
    assert (row.verdict.word, row.verdict.matched, row.verdict.secret) == (
        "valid",
        ("raw", "stringify"),
        "production",
    )
    assert row.is_trusted
    assert "image upload glitches" in row.summary


async def test_rows_are_read_without_touching_a_body(store: Store) -> None:
    [first] = await put(store, a_capture())
    plan = store.read(lambda c: [row[3] for row in c.execute(f"EXPLAIN QUERY PLAN {captures._ROW} IN (1)")])
    assert not any("bodies" in step for step in plan)
    assert first in store.read(lambda c: captures.rows(c, [first, 99]))


async def test_ids_are_never_given_twice_even_after_the_last_was_removed(store: Store) -> None:
    [first] = await put(store, a_capture())
    await store.write(lambda c: c.execute("DELETE FROM captures").rowcount)
    [second] = await put(store, a_capture())
    assert second > first


async def test_ids_that_are_too_long_to_group_by_are_null_in_the_row_and_whole_in_the_body(
    store: Store,
) -> None:
    long = "u" * 1_000_000
    body = an_answer(user=long)
    [first] = await put(store, a_capture(body))
    row = store.read(lambda c: captures.rows(c, [first]))[first]
    assert row.user_id is None
    assert store.read(lambda c: captures.read(c, first)).body == body


async def test_lone_surrogates_and_nul_in_names_do_not_keep_a_capture_out(store: Store) -> None:
    body = rb'{"survey_id":"s\ud800","survey_name":"\u0000n","group_id":"g","user_id":"u","responses":[]}'
    [first] = await put(store, a_capture(body))
    row = store.read(lambda c: captures.rows(c, [first]))[first]
    assert row.survey_id == "s\\ud800"


async def test_a_judgement_that_comes_later_replaces_the_pending_one(store: Store) -> None:
    capture = a_capture(a_completion())
    first = await store.append(arrival(capture, PENDING))
    assert store.read(captures.pending) == [first]
    judgement = judge(capture, [a_secret()], is_secret_on_file=False)
    assert await store.write(lambda c: captures.set_judgement(c, first, judgement))
    assert store.read(captures.pending) == []
    assert store.read(lambda c: captures.rows(c, [first]))[first].verdict.word == "valid"


async def test_the_name_of_a_survey_is_the_last_trusted_one(store: Store) -> None:
    store.become_listener("test")
    trusted: Capture = a_capture(a_completion(name="Right"))
    forged = a_capture(a_completion(name="Forged"), signed=False)
    ids = await put(store, trusted, forged)
    await followed(store)
    assert {row.survey_name for row in store.read(lambda c: captures.rows(c, ids)).values()} == {"Right"}


async def test_rows_of_what_just_came_are_those_that_the_file_gives(store: Store) -> None:
    store.become_listener("test")
    received = [
        a_capture(a_completion(name="Ours")),
        a_capture(an_answer("twice")),
        a_capture(an_answer("twice")),
        a_capture(b"no json \xff", signed=False, target=b"/\xff", answered=503),
        a_capture(an_answer("Größe", user="x" * 300), kind="sample"),
    ]
    shown = {}
    for capture in received:
        arrived = arrival(capture, judge(capture, [a_secret()], is_secret_on_file=False))
        shown[await store.append(arrived)] = arrived.shown
    await followed(store)
    first = min(shown)
    for status, target in (
        (500, "http://127.0.0.1:1/"),
        (503, "http://127.0.0.1:2/"),
        (200, "http://127.0.0.1:1/"),
    ):
        await store.write(partial(attempts.insert, attempts=[an_attempt(first, status, target=target)]))
    rows = store.read(lambda c: captures.rows(c, list(shown)))
    assert rows[first].survey_name == "Ours"
    assert (rows[first].attempts, rows[first].last_status) == (3, 200)
    assert [(one.origin, one.status) for one in rows[first].outcomes] == [
        ("http://127.0.0.1:1", 200),
        ("http://127.0.0.1:2", 503),
    ]
    assert any(row.marks for row in rows.values())
    assert store.read(lambda c: captures.rows_of_shown(c, shown)) == rows


async def test_an_unknown_id_is_told_in_a_sentence(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no capture 7"):
        store.read(lambda c: captures.read(c, 7))
