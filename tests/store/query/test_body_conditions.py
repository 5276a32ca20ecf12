"""A body is parsed only where that is needed, and what is found is what parsing all of them would find."""

from __future__ import annotations

import pytest

from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.store.query import selection
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
