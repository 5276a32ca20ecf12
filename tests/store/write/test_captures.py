"""Captures come back byte for byte, and a list never reads a body."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.base.errors import NotFound
from inspector.domain.signature.evaluation import PENDING, evaluate
from inspector.store.file.database import connect, prepare
from inspector.store.query.rows import rows
from inspector.store.store import Store
from inspector.store.write import captures
from inspector.store.write.columns import new_capture
from tests.builders import COMPLETION, a_capture, a_completion, a_secret, an_answer
from tests.store.conftest import put

header_values = st.binary(max_size=30).map(lambda value: value.strip(b" \t"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
    [capture_id] = captures.insert(connection, [new_capture(capture, judgement)])
    assert captures.read(connection, capture_id) == capture
    row = rows(connection, [capture_id])[capture_id]
    assert (row.verdict, row.size) == (judgement.verdict, len(body))
    connection.close()


async def test_a_row_tells_what_a_list_shows(store: Store) -> None:
    [first] = await put(store, a_capture(COMPLETION))
    row = store.read(lambda c: rows(c, [first]))[first]
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
    row = store.read(lambda c: rows(c, [first]))[first]
    assert row.user_id is None
    assert store.read(lambda c: captures.read(c, first)).body == body


async def test_lone_surrogates_and_nul_in_names_do_not_keep_a_capture_out(store: Store) -> None:
    body = rb'{"survey_id":"s\ud800","survey_name":"\u0000n","group_id":"g","user_id":"u","responses":[]}'
    [first] = await put(store, a_capture(body))
    row = store.read(lambda c: rows(c, [first]))[first]
    assert row.survey_id == "s\\ud800"


async def test_a_judgement_that_comes_later_replaces_the_pending_one(store: Store) -> None:
    capture = a_capture(a_completion())
    first = await store.append(new_capture(capture, PENDING))
    assert store.read(captures.pending) == [first]
    judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
    assert await store.write(lambda c: captures.set_evaluation(c, first, judgement))
    assert store.read(captures.pending) == []
    assert store.read(lambda c: rows(c, [first]))[first].verdict.word == "valid"


async def test_an_unknown_id_is_told_in_a_sentence(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no capture 7"):
        store.read(lambda c: captures.read(c, 7))
