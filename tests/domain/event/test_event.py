"""Bodies become events by their shape, whatever the types of their fields."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.event import (
    MAX_ID_BYTES,
    MAX_ITEMS,
    SUMMARY_LENGTH,
    Answer,
    Completion,
    Unknown,
    created_ms,
    groupable,
    question_order,
    read_event,
    summary,
)
from inspector.domain.json.value import parse
from inspector.domain.respondent.fact import dump_items, facts_of, load_items

COMPLETION = (
    '{"user_id":"user_123","app_key":"blitzllama_api_key","survey_id":"s-xxxxxx-id",'
    '"survey_name":"Continuous NPS survey","group_id":"g-xxxxxx-id","platform":"link","trigger":"",'
    '"event_type":"response_group","responses":[{"question_id":"q-xxxxxx-id","question_order":1,'
    '"response":"image upload glitches","question_text":"What do you think of our app?",'
    '"question_type":"input_feedback","created_at":"2022-06-07T22:01:07.000Z"},'
    '{"question_id":"q-xxxxxx-id","question_order":2,"response":["image upload","crash issues"],'
    '"question_text":"Select the issues you are facing","question_type":"multi_select_feedback",'
    '"created_at":"2022-06-07T22:01:09.000Z"}]}'
)
ANSWER = (
    '{"user_id":"user_123","app_key":"blitzllama_api_key","survey_id":"s-xxxxxx-id",'
    '"group_id":"g-xxxxxx-id","question_id":"q-xxxxxx-id","platform":"android",'
    '"trigger":"home-page-trigger","question_order":1,"response":"image upload glitches",'
    '"question_text":"What do you think of our app?","question_type":"input_feedback",'
    '"created_at":"2022-05-13T13:40:33+00:00"}'
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
FIELDS = sorted({*json.loads(COMPLETION), *json.loads(ANSWER)})


def an_answer(**fields: Any) -> dict[str, Any]:
    return {**json.loads(ANSWER), **fields}


def a_completion(*responses: Any, **fields: Any) -> dict[str, Any]:
    return {**json.loads(COMPLETION), "responses": list(responses), **fields}


def summed_up(response: Any, question_type: str | None = "input_feedback") -> str:
    return summary(read_event(an_answer(response=response, question_type=question_type)))


def test_the_documented_completion_is_read_whole() -> None:
    event = read_event(json.loads(COMPLETION))
    assert isinstance(event, Completion)
    assert (event.word, event.survey_id, event.survey_name) == (
        "response_group",
        "s-xxxxxx-id",
        "Continuous NPS survey",
    )
    assert (event.group_id, event.user_id, event.platform, event.trigger) == (
        "g-xxxxxx-id",
        "user_123",
        "link",
        "",
    )
    assert (event.event_type, event.app_key) == ("response_group", "blitzllama_api_key")
    assert [item.question_order for item in event.items] == [1, 2]
    assert event.items[1].response == ["image upload", "crash issues"]
    assert summary(event) == "“image upload glitches”, image upload, crash issues"
    assert question_order(event) is None


def test_the_documented_answer_is_read_whole_though_it_names_no_event_type() -> None:
    event = read_event(json.loads(ANSWER))
    assert isinstance(event, Answer)
    assert (event.word, event.event_type, event.survey_name) == ("answer", None, None)
    assert event.item.question_id == "q-xxxxxx-id"
    assert event.item.created_at == "2022-05-13T13:40:33+00:00"
    assert summary(event) == "“image upload glitches”"
    assert question_order(event) == 1


def test_shape_decides_and_not_what_the_event_calls_itself() -> None:
    assert read_event(a_completion(event_type="answer")).word == "response_group"
    assert read_event(an_answer(event_type="response_group")).word == "answer"
    assert read_event({"event_type": "response_group", "responses": "none"}).word == "unknown"
    assert read_event({"question_id": None}).word == "answer"


def test_an_unknown_event_keeps_what_could_be_read() -> None:
    event = read_event(parse(b'{"ping":true,"survey_id":"s-1","group_id":7.0}'))
    assert isinstance(event, Unknown)
    assert (event.survey_id, event.group_id, event.user_id) == ("s-1", "7.0", None)
    assert summary(event) == '{"ping": true, "survey_id": "s-1", "group_id": 7.0}'
    assert facts_of(event) == ()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("u", "u"),
        (" u ", " u "),
        ("", None),
        (None, None),
        (True, None),
        ([], None),
        (["u"], None),
        ({"id": "u"}, None),
        ("\x00\ud800", "\x00\ud800"),
    ],
)
def test_an_id_is_a_text_or_the_source_of_a_number(sent: Any, read: str | None) -> None:
    assert read_event(an_answer(user_id=sent)).user_id == read
    assert read_event(a_completion(survey_id=sent)).survey_id == read


@pytest.mark.parametrize(
    "source", ["17", "0", "-0", "1.50", "1e2", "12345678901234567890", "9" * 5000, "1E400"]
)
def test_a_number_as_id_is_its_source_text(source: str) -> None:
    assert read_event(parse(f'{{"user_id": {source}}}'.encode())).user_id == source


def test_an_id_of_more_than_200_bytes_is_kept_but_not_grouped() -> None:
    exact, beyond = "é" * (MAX_ID_BYTES // 2), "é" * (MAX_ID_BYTES // 2) + "x"
    assert read_event(an_answer(user_id=beyond)).user_id == beyond
    assert groupable(exact) == exact
    assert groupable(beyond) is None
    assert groupable("x" * 2**20) is None
    assert groupable("\ud800" * 60) == "\ud800" * 60
    assert groupable("") is None
    assert groupable(None) is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [(3, 3), ("3", 3), (3.0, 3), (3.5, None), ("three", None), (True, None), (None, None), (10**30, None)],
)
def test_the_order_of_a_question_may_come_as_a_text(sent: Any, read: int | None) -> None:
    assert question_order(read_event(an_answer(question_order=sent))) == read


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2022-06-07T22:01:07.000Z", 1654639267000),
        ("2022-06-07T22:01:07.125Z", 1654639267125),
        ("2022-05-13T13:40:33+00:00", 1652449233000),
        ("2022-05-13T15:10:33+01:30", 1652449233000),
        ("2022-05-13 13:40:33", 1652449233000),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_times_are_read_in_both_documented_forms_and_in_others(text: str, ms: int) -> None:
    assert created_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "1654639267000",
        "1611123012345",
        "2022-13-01",
        "\ud800",
        "2" * 10**6,
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_an_unreadable_time_is_none(text: str | None) -> None:
    assert created_ms(text) is None


@pytest.mark.parametrize(
    ("question_type", "response", "text"),
    [
        ("input_feedback", "Great", "“Great”"),
        ("data_collection", "a@example.com", "“a@example.com”"),
        ("single_select_feedback", "image upload", "image upload"),
        ("single_select_feedback", ["image upload"], "image upload"),
        ("multi_select_feedback", ["image upload", "crash issues"], "image upload, crash issues"),
        ("multi_select_feedback", ["image upload", 3, None], "image upload, 3, null"),
        ("nps_feedback", 9, "9"),
        ("nps_feedback", "9", "9"),
        ("star_feedback", 4, "★ 4"),
        ("star_feedback", "4", "★ 4"),
        ("star_feedback", ["4"], "★ 4"),
        ("scale_feedback", 2, "2"),
        ("emoji_feedback", 5, "5"),
        ("input_feedback", "", "Skipped"),
        ("nps_feedback", None, "Skipped"),
        ("multi_select_feedback", [], "Skipped"),
        ("intro_prompt", "", "Clicked"),
        ("matrix_feedback", "Great", "“Great”"),
        (None, 9, "9"),
        (None, {"a": [True, None]}, '{"a": [true, null]}'),
    ],
)
def test_a_list_shows_an_answer_as_its_question_was_asked(
    question_type: str | None, response: Any, text: str
) -> None:
    assert summed_up(response, question_type) == text


@pytest.mark.parametrize("question_type", ["input_feedback", "single_select_feedback", "star_feedback"])
def test_what_was_cut_off_is_said(question_type: str) -> None:
    kept = summed_up("x" * (SUMMARY_LENGTH - 2), question_type)
    cut = summed_up("x" * (SUMMARY_LENGTH + 1), question_type)
    assert "…" not in kept
    assert "…" in cut
    assert len(cut) == SUMMARY_LENGTH


def test_a_completion_sums_up_what_was_not_skipped() -> None:
    stars = {"question_type": "star_feedback", "response": 4}
    skipped = {"question_type": "data_collection", "response": ""}
    text = {"question_type": "input_feedback", "response": "Fine so far"}
    assert summary(read_event(a_completion(stars, skipped, text))) == "★ 4, “Fine so far”"
    assert summary(read_event(a_completion(skipped, skipped))) == "Skipped"
    assert summary(read_event(a_completion())) == ""


def test_a_response_that_is_no_object_is_an_answer_without_a_question() -> None:
    event = read_event(a_completion("loose", 5, None))
    assert isinstance(event, Completion)
    assert [item.response for item in event.items] == ["loose", 5, None]
    assert event.items[0].question_id is None


def test_of_a_list_of_responses_without_end_only_the_first_are_read() -> None:
    event = read_event(a_completion(*[{}] * (MAX_ITEMS + 1)))
    assert isinstance(event, Completion)
    assert len(event.items) == MAX_ITEMS


class Endless(list[Any]):
    """A list of options that nobody reads to its end."""

    def __iter__(self) -> Iterator[Any]:
        return itertools.cycle(self[:])


@pytest.mark.parametrize(
    "response",
    [
        "x" * 10**6,
        {"x" * 10**6: 1},
        Endless(["x", "y"]),
        Endless([["x", "y"], {}]),
        [Endless(["x", 1]), 2],
        {"a": Endless([None])},
    ],
)
def test_of_a_large_answer_only_the_beginning_is_looked_at(response: Any) -> None:
    text = summed_up(response)
    assert len(text) == SUMMARY_LENGTH
    assert "…" in text[-2:]


def test_nesting_without_end_is_read_and_told_like_anything_else() -> None:
    deep: Any = {"a": 1}
    for _ in range(100_000):
        deep = [deep, 1]
    event = read_event(an_answer(response=deep))
    assert len(summary(event)) == SUMMARY_LENGTH
    assert len(facts_of(event)) == 1
    assert summary(read_event(deep)).startswith("[[[[")


@given(JSON)
def test_no_value_is_beyond_reading(value: Any) -> None:
    event = read_event(value)
    assert len(summary(event)) <= SUMMARY_LENGTH
    assert load_items(dump_items(event)) == facts_of(event)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=3), st.booleans())
def test_a_known_field_may_hold_anything(fields: dict[str, Any], is_completion: bool) -> None:
    value = a_completion(fields, **fields) if is_completion else an_answer(**fields)
    event = read_event(value)
    assert len(summary(event)) <= SUMMARY_LENGTH
    items = facts_of(event)
    text = dump_items(event)
    assert text.isascii()
    assert "\0" not in text
    assert load_items(text) == items
