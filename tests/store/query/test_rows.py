"""Rows: those made of what was just stored are those that the file gives."""

from __future__ import annotations

from functools import partial

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.store.query.rows import ROW_QUERY, rows, unlisted
from inspector.store.store import Store
from inspector.store.write import attempts, marks
from tests.builders import a_capture, a_completion, an_answer
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
    return AttemptDetail(row=row, response_headers=(), response_body=b"", is_response_cut=False)


async def test_rows_are_read_without_touching_a_body(store: Store) -> None:
    [first] = await put(store, a_capture())
    plan = store.read(lambda c: [row[3] for row in c.execute(f"EXPLAIN QUERY PLAN {ROW_QUERY}", ("[1]",))])
    assert not any("bodies" in step for step in plan)
    assert first in store.read(lambda c: rows(c, [first, 99]))


async def test_the_name_of_a_survey_is_the_last_trusted_one(store: Store) -> None:
    store.become_listener("test")
    trusted: Capture = a_capture(a_completion(name="Right"))
    forged = a_capture(a_completion(name="Forged"), signed=False)
    ids = await put(store, trusted, forged)
    await followed(store)
    assert {row.survey_name for row in store.read(lambda c: rows(c, ids)).values()} == {"Right"}


async def test_rows_of_what_just_came_are_those_that_the_file_gives(store: Store) -> None:
    received = [
        a_capture(a_completion(name="Ours")),
        a_capture(a_completion(name="Forged"), signed=False),
        a_capture(an_answer("twice")),
        a_capture(an_answer("twice")),
        a_capture(b"no json \xff", signed=False, target=b"/\xff", answered=503),
        a_capture(an_answer("Größe", user="x" * 300), kind="sample"),
        a_capture(an_answer("long" * 1_000)),
        a_capture(an_answer("spaced").replace(b",", b", ")),
        a_capture(b'{"trigger":"t"}'),
        a_capture(an_answer("pinned")),
    ]
    ids = await put(store, *received)
    store.become_listener("test")  # nothing is grouped before
    await followed(store)
    first = ids[0]
    for status, target in (
        (500, "http://127.0.0.1:1/"),
        (503, "http://127.0.0.1:2/"),
        (200, "http://127.0.0.1:1/"),
    ):
        await store.write(partial(attempts.insert, attempts=[an_attempt(first, status, target=target)]))
    await store.write(lambda c: marks.pin(c, [ids[-1]]))
    of_file = store.read(lambda c: rows(c, ids))
    assert of_file[first].survey_name == "Ours"
    assert (of_file[first].attempts, of_file[first].last_status) == (3, 200)
    assert [(one.origin, one.status) for one in of_file[first].outcomes] == [
        ("http://127.0.0.1:1", 200),
        ("http://127.0.0.1:2", 503),
    ]
    assert any(row.marks for row in of_file.values())
    assert {one.cause for one in store.read(lambda c: unlisted(c, ids, 2**16)).values()} == {
        None,
        "not-canonical",
    }
    assert of_file[ids[-1]].is_pinned


async def test_a_row_of_what_just_came_follows_the_name_of_its_survey(store: Store) -> None:
    store.become_listener("test")
    [early] = await put(store, a_capture(an_answer("early")))

    def name() -> str | None:
        return store.read(lambda c: rows(c, [early]))[early].survey_name

    assert name() is None
    for expected in ("First", "Second"):
        await put(store, a_capture(a_completion(name=expected)))
        await followed(store)
        assert name() == expected
