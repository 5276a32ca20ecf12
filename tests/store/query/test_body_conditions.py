"""A body is parsed only where that is needed, and what is found is what parsing all of them would find."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.domain.json.json_path import Step
from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import body_conditions, selection
from inspector.store.store import Store
from tests.builders import a_capture, a_completion, an_answer
from tests.store.conftest import put

ANSWER = an_answer("5")
TYPE = b'"question_type":"input_feedback"'
assert TYPE in ANSWER
BODIES = [
    ANSWER,
    ANSWER.replace(TYPE, b'"question_type" : "input_feedback"'),
    ANSWER.replace(TYPE, b'"question_type":"rating","more":{"question_type":"input_feedback"}'),
    ANSWER.replace(TYPE, b'"question_type":"rating","more":["question_type:input_feedback"]'),
    ANSWER.replace(TYPE, rb'"question_type":"rating","more":"\"question_type\":\"input_feedback\""'),
    ANSWER.replace(TYPE, rb'"question_type":"input\u005ffeedback"'),
    ANSWER.replace(TYPE, b'"question_type":5'),
    ANSWER.replace(TYPE, b'"question_type":"INPUT_FEEDBACK"'),
    b" " + ANSWER,
    a_completion("5"),
    a_completion("5").replace(TYPE, b'"question_type":"rating","more":[{"question_type":"input_feedback"}]'),
    a_completion("5").replace(b'"responses":[', b'"other":[{"question_type":"hidden"}],"responses":['),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("type:input_feedback", {1, 2, 6, 9, 10, 12}),
        ("type:input*", {1, 2, 6, 9, 10, 12}),
        ("type:rating", {3, 4, 5, 11}),
        ("type:5", {7}),
        ("type:INPUT_FEEDBACK", {8}),
        ("type:hidden", set()),
        ("$.question_type:FEEDBACK", {1, 2, 6, 8, 9}),
        ("$.more.question_type:feedback", {3}),
        ("$.other[*].question_type:hid", {12}),
        ("$.other:hid", {12}),
        ("$.Other:hid", set()),
    ],
)
async def test_a_member_is_found_where_it_stands_and_nowhere_else(
    store: Store, text: str, found: set[int]
) -> None:
    await put(store, *map(a_capture, BODIES))
    chosen = await store.fetch(lambda c: selection.ids(c, EVERYTHING, parse(text), newest_first=True))
    assert set(chosen) == found


def texts(store: Store, steps: tuple[Step, ...], *ids: int) -> list[str]:
    found = store.read(lambda connection: body_conditions.values_at(connection, ids, [steps]))
    return [found[one][0] for one in ids]


@pytest.mark.parametrize(
    ("body", "steps", "text"),
    [
        (b'{"a":{"b":"hello"}}', ("a", "b"), "hello"),
        (b'{"a":[1,2.50,"x",null,true]}', ("a", None), "1, 2.50, x, null, true"),
        (b'{"a":[1,2]}', ("a", 1), "2"),
        (b'{"a":12345678901234567890123}', ("a",), "12345678901234567890123"),
        (b'{"a":1e2}', ("a",), "1e2"),
        (b'{"a":{"b":1}}', ("a",), '{"b":1}'),
        (b'{"r":[{"x y":"1"},{"x y":"2"}]}', ("r", None, "x y"), "1, 2"),
        (b'{"a":1}', ("b",), ""),
        (b'{"a":1}', ("a", "b"), ""),
        (b"[1]", ("a",), ""),
        (b"no JSON", ("a",), ""),
        (b"", ("a",), ""),
    ],
)
async def test_what_stands_at_a_path_is_shown_as_it_was_sent(
    store: Store, body: bytes, steps: tuple[Step, ...], text: str
) -> None:
    await put(store, a_capture(body))
    assert texts(store, steps, 1) == [text]


async def test_of_very_many_values_the_first_are_told_and_that_there_are_more(store: Store) -> None:
    await put(store, a_capture(b'{"a":[' + b",".join([b"1"] * 1000) + b"]}"))
    assert texts(store, ("a", None), 1) == [", ".join("1" * body_conditions.MAX_VALUES) + ", …"]


async def test_several_paths_and_captures_come_together_and_one_that_is_gone_is_empty(store: Store) -> None:
    await put(store, a_capture(b'{"a":1,"b":2}'), a_capture(b'{"b":3}'))
    found = store.read(lambda connection: body_conditions.values_at(connection, [1, 2, 99], [("a",), ("b",)]))
    assert found == {1: ("1", "2"), 2: ("", "3"), 99: ("", "")}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60))
async def test_no_body_is_too_odd(store: Store, body: bytes) -> None:
    await put(store, a_capture(body), a_capture(b'{"a":' + body + b"}"))
    newest = store.read(lambda c: c.execute("SELECT max(id) FROM captures").fetchone()[0])
    texts(store, ("a", None, "b"), newest - 1, newest)
