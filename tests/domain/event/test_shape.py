"""What differs from the sender's documents is named, whatever a body is made of."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.shape import AS_DOCUMENTED, MAX_CHARACTERS, MAX_LISTED, Shape, shape_of
from inspector.domain.json.value import parse
from tests.builders import ANSWER, COMPLETION, a_completion, an_answer


def changed(body: bytes, **fields: Any) -> Shape:
    """The shape of a body with these fields set; `...` takes one away."""
    value = json.loads(body) | fields
    value = {name: field for name, field in value.items() if field is not ...}
    return shape_of(parse(json.dumps(value).encode()))


@pytest.mark.parametrize("body", [ANSWER, COMPLETION, an_answer(), a_completion("a", "b")])
def test_documented_events_differ_in_nothing(body: bytes) -> None:
    assert shape_of(parse(body)) is AS_DOCUMENTED


@pytest.mark.parametrize(
    ("fields", "departures"),
    [
        ({"user_id": ...}, ("user_id is missing",)),
        ({"user_id": None}, ("user_id is null",)),
        ({"user_id": 5, "trigger": ["a"]}, ("user_id is a number", "trigger is a list")),
        ({"response": True, "question_type": "nps_feedback"}, ("response (nps_feedback) is a boolean",)),
        ({"response": ["a"], "question_type": "multi_select_feedback"}, ()),
        ({"response": "", "question_type": "multi_select_feedback"}, ()),
        ({"response": ["a"], "question_type": "single_select_feedback"}, ()),
        ({"response": ["a"]}, ("response (input_feedback) is a list",)),
        ({"question_order": 1.5}, ()),
        ({"question_order": True}, ("question_order is a boolean",)),
    ],
)  # fmt: skip
def test_a_field_of_another_type_or_presence_is_named(
    fields: dict[str, Any], departures: tuple[str, ...]
) -> None:
    shape = changed(ANSWER, **fields)
    assert shape.departures == departures
    assert shape.news == ()


RATINGS = {kind.value: kind for kind in QUESTION_TYPES.values() if kind.response_form == "number"}


@pytest.mark.parametrize("question_type", RATINGS)
def test_a_rating_in_its_range_is_as_the_sender_sends_it_and_any_other_departs(question_type: str) -> None:
    low, high = RATINGS[question_type].low, RATINGS[question_type].high
    assert low is not None
    assert high is not None
    for rating in (*range(low, high + 1), ""):
        for response in (rating, str(rating), float(rating or 1)):
            assert changed(ANSWER, response=response, question_type=question_type) == AS_DOCUMENTED
    departs = f"response ({question_type}) is not a whole number from {low} to {high}"
    for response in (low - 1, high + 1, str(high + 1), "-1", 2.5, 1e300, "great", "2.5"):
        shape = changed(ANSWER, response=response, question_type=question_type)
        assert shape.departures == (departs,), response
    value = json.loads(a_completion(11, 12, 5))
    for response in value["responses"]:
        response["question_type"] = question_type
    assert shape_of(parse(json.dumps(value).encode())).departures == (f"responses[].{departs}",)


@given(
    st.sampled_from(sorted(RATINGS)),
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
)
def test_any_response_has_at_most_one_text_of_its_type(question_type: str, response: Any) -> None:
    """A text for each value would be learned for each value."""
    departures = changed(ANSWER, response=response, question_type=question_type).departures
    assert departures in (
        (),
        (
            f"response ({question_type}) is not a whole number from {RATINGS[question_type].low}"
            f" to {RATINGS[question_type].high}",
        ),
    )


@pytest.mark.parametrize(
    ("body", "fields", "news"),
    [
        (ANSWER, {"score": 1}, ("field score",)),
        (ANSWER, {"question_type": "matrix_feedback"}, ("question type matrix_feedback",)),
        (ANSWER, {"platform": "web"}, ("platform web",)),
        (ANSWER, {"platform": "ios"}, ()),
        (ANSWER, {"event_type": "response_group"}, ()),
        (COMPLETION, {"event_type": "response_partial"}, ("event response_partial",)),
        (COMPLETION, {"responses": ..., "event_type": "survey_opened"}, ("event survey_opened",)),
    ],
)
def test_what_no_document_knows_is_news(body: bytes, fields: dict[str, Any], news: tuple[str, ...]) -> None:
    assert changed(body, **fields).news == news


def test_a_difference_in_many_responses_is_told_once() -> None:
    value = json.loads(a_completion(*range(30)))
    for response in value["responses"]:
        response["score"] = 1
    shape = shape_of(parse(json.dumps(value).encode()))
    assert shape.departures == ("responses[].response (input_feedback) is a number",)
    assert shape.news == ("field responses[].score",)


anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)
names = st.sampled_from([*json.loads(ANSWER), *json.loads(COMPLETION), "new", "x" * 5_000])


@given(st.dictionaries(names, anything))
def test_any_object_has_a_bounded_shape(value: dict[str, Any]) -> None:
    shape = shape_of(parse(json.dumps(value).encode()))
    for texts in (shape.departures, shape.news):
        assert len(texts) <= MAX_LISTED
        assert all(len(text) <= MAX_CHARACTERS for text in texts)
        assert len(set(texts)) == len(texts)
