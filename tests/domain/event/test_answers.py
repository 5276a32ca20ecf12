"""The page of answers: each type in its form, gaps said, everything bounded, anything told."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.answers import MAX_TEXT, AnswerEntry, answers_page
from inspector.domain.event.event import MAX_ITEMS
from tests.builders import ANSWER, COMPLETION
from tests.domain.json.test_source import ANY_JSON


def entry(response: Any, question_type: str = "input_feedback") -> AnswerEntry:
    body = {"question_id": "q", "question_type": question_type, "response": response, "question_order": 3}
    return answers_page(json.dumps(body).encode()).entries[0]


def test_the_documented_completion_has_a_text_and_options() -> None:
    page = answers_page(COMPLETION)
    assert page.kind == "completion"
    assert [(one.order, one.form, one.texts) for one in page.entries] == [
        ("1", "text", ("image upload glitches",)),
        ("2", "options", ("image upload", "crash issues")),
    ]
    assert answers_page(ANSWER).kind == "answer"


@pytest.mark.parametrize("response", [9, "9", [9], ["9"], 9.0])
def test_a_rating_is_a_number_however_it_was_sent(response: Any) -> None:
    shown = entry(response, "nps_feedback")
    assert (shown.form, shown.number) == ("number", 9)


@pytest.mark.parametrize("response", [11, -1, 4.5, "nine", True, "1e1", 1e300, {"n": 1}])
def test_what_is_no_rating_is_shown_as_sent_and_said(response: Any) -> None:
    shown = entry(response, "nps_feedback")
    assert shown.number is None
    assert shown.note == "Not a whole number from 0 to 10."


@pytest.mark.parametrize("response", ["", None, []])
def test_empty_answers_are_skipped_and_an_introduction_is_clicked(response: Any) -> None:
    assert entry(response).texts == ("Skipped",)
    assert entry(response, "intro_prompt").texts == ("Clicked",)


def test_one_option_is_an_option_whether_it_came_in_a_list_or_not() -> None:
    for response in ("red", ["red"]):
        shown = entry(response, "single_select_feedback")
        assert (shown.form, shown.texts) == ("options", ("red",))


def test_an_unknown_type_is_plain_and_named_as_sent() -> None:
    assert (entry("x", "matrix").form, entry("x", "matrix").label) == ("text", "matrix")
    assert entry({"a": [1.0]}, "matrix").texts == ('{"a": [1.0]}',)


def test_gaps_between_questions_are_said() -> None:
    items = [{"question_id": "q", "question_order": order, "response": "x"} for order in (1, 3, 7)]
    page = answers_page(json.dumps({"responses": items}).encode())
    assert [(one.order, one.form) for one in page.entries] == [
        ("1", "text"),
        ("2", "gap"),
        ("3", "text"),
        ("4 to 6", "gap"),
        ("7", "text"),
    ]
    assert page.count == 3
    said = "Skip logic leaves gaps. This is normal."
    assert page.entries[1].texts == (f"Not asked. {said}",)
    assert page.entries[3].texts == (f"Questions 4 to 6 were not asked. {said}",)


def orders(*numbers: int | None) -> list[tuple[str, str]]:
    """The order and the form of each entry of a completion whose responses come with these numbers."""
    items = [
        {"question_order": order, "response": "x", "question_text": str(at)}
        for at, order in enumerate(numbers)
    ]
    page = answers_page(json.dumps({"responses": items}).encode())
    return [(one.order, one.question or one.form) for one in page.entries]


def test_questions_stand_in_their_order_and_only_those_that_are_nowhere_were_not_asked() -> None:
    assert orders(1, 3, 2) == [("1", "0"), ("2", "2"), ("3", "1")]
    assert orders(4, 1) == [("1", "1"), ("2 to 3", "gap"), ("4", "0")]


def test_questions_of_one_number_stay_as_they_came_and_those_of_none_are_last() -> None:
    assert orders(None, 2, 1, 2, None) == [("1", "2"), ("2", "1"), ("2", "3"), ("", "0"), ("", "4")]
    assert orders(None, None) == [("", "0"), ("", "1")]


def test_of_a_list_too_long_to_be_shown_whole_nothing_is_said_not_to_have_been_asked() -> None:
    shown = orders(*range(2, 2 * MAX_ITEMS, 2), *range(1, 2 * MAX_ITEMS, 2))
    assert len(shown) == MAX_ITEMS
    assert not [order for order, form in shown if form == "gap"]


def test_long_and_hidden_text_is_bounded_and_visible() -> None:
    shown = entry("\u202eevil\x00\n" + "x" * 50_000)
    assert shown.texts[0].startswith("\\u202eevil\\x00\n")
    assert shown.more == 50_007 - MAX_TEXT


def test_an_id_of_a_megabyte_is_shown_by_its_beginning_and_length() -> None:
    body = json.dumps({"user_id": "u" * 1_000_000, "question_id": "q"}).encode()
    text, length = answers_page(body).ids["user"]
    assert (len(text), length) == (1_000, 1_000_000)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"", "empty"),
        (b"hello", "not JSON"),
        (b"<b>hello</b>", "markup"),
        (b"\x00\x01\xff", "binary"),
        (b"[1, 2]", "a list"),
        (b"12", "a number"),
        (b"null", "null"),
        (b'{"ping": true}', "documented"),
    ],
)
def test_what_is_no_event_says_what_it_is(body: bytes, title: str) -> None:
    assert title in answers_page(body).title


def test_the_sample_of_the_documents_is_recognised_with_its_dots() -> None:
    assert "documentation" in answers_page(COMPLETION[:-2] + b", ...]}").sentence


def test_an_unknown_event_shows_its_top_level_fields_with_their_digits() -> None:
    page = answers_page(b'{"n": 12345678901234567890, "o": {"a": 1.0}}')
    assert page.fields == (("n", "12345678901234567890"), ("o", '{"a": 1.0}'))


@given(st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps({"responses": [value]}).encode()))
def test_nothing_raises_and_everything_goes_to_the_worker_and_back(body: bytes) -> None:
    page = answers_page(body)
    assert pickle.loads(pickle.dumps(page)) == page


def test_a_hundred_thousand_levels_are_read() -> None:
    deep = b"[" * 100_000 + b"1" + b"]" * 100_000
    assert answers_page(b'{"question_id": "q", "response": ' + deep + b"}").entries[0].form == "value"
