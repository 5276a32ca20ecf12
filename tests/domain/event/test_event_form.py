"""An event as a form, and the sources of edited values: the form of the original stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.event_form import (
    event_form,
    moved_times,
    numbers_of,
    options_source,
    skipped_source,
    text_source,
)
from inspector.domain.json.json_edit import value_changes, with_values
from tests.builders import ANSWER, COMPLETION


def test_a_completion_is_a_form_of_its_questions_in_order() -> None:
    text = COMPLETION.decode()
    form = event_form(text)
    assert (form.word, form.user.text, form.platform.text) == ("response_group", "user_123", "link")
    assert [question.path for question in form.questions] == [
        ("responses", 0, "response"),
        ("responses", 1, "response"),
    ]
    assert form.questions[1].texts == ("image upload", "crash issues")
    assert form.answered is not None
    assert f"{form.answered:%H:%M:%S}" == "22:01:09"
    edited = with_values(text, {form.questions[1].path: "[]"})
    assert numbers_of(value_changes(text, edited), form) == ("2",)
    assert event_form(edited).questions[1].texts == ()


def test_an_answer_is_a_form_of_one_question() -> None:
    form = event_form(ANSWER.decode())
    assert [question.path for question in form.questions] == [("response",)]
    assert form.times[0].path == ("created_at",)


@pytest.mark.parametrize("text", ['{"a":1}', "[1]", "3", '{"responses":[3,"x",{}],"user_id":5}'])
def test_other_bodies_have_a_form_without_what_they_lack(text: str) -> None:
    form = event_form(text)
    for question in form.questions:
        assert with_values(text, {question.path: "1"}) != text


def test_a_number_keeps_its_form() -> None:
    assert text_source('"9"', "3") == '"3"'
    assert text_source("9.0", "3") == "3"
    assert text_source("[9]", "3") == "[3]"
    assert text_source('["9"]', "3") == '["3"]'
    assert text_source(None, "3") == '"3"'
    assert text_source('"\\u0039"', "9") == '"\\u0039"', "it is the original again"
    assert text_source("5", "five") == '"five"'


def test_a_skipped_answer_is_empty_in_the_form_of_the_original() -> None:
    assert [skipped_source(one) for one in ('"x"', '["x"]', "9", "null", None, "[]")] == [
        *('""', "[]", '""', "null", '""', "[]")
    ]


def test_options_keep_their_own_sources_and_the_space_between_them() -> None:
    original = '[ "a\\u0041",  "b", 1.0 ]'
    assert options_source(original, ("aA", "b", "1.0"), is_several=True) == original
    assert options_source(original, ("aA", "1.0", "c"), is_several=True) == '[ "a\\u0041", 1.0,  "c" ]'
    assert options_source('["a"]', ("b",), is_several=False) == '["b"]'
    assert options_source('"a"', ("a", "b"), is_several=True) == '["a","b"]'
    assert options_source('["a"]', (), is_several=True) == "[]"


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(min_size=1, max_size=4), max_size=4))
def test_options_are_what_was_selected(before: list[str], after: list[str]) -> None:
    original = options_source("[]", before, is_several=True)
    source = options_source(original, after, is_several=True)
    text = f'{{"responses":[{{"question_type":"multi_select_feedback","response":{source}}}]}}'
    assert list(event_form(text).questions[0].texts) == after


def test_times_move_together_each_in_its_own_form() -> None:
    text = (
        '{"responses":[{"created_at":"2022-06-07T22:01:07.000Z"},{"created_at":"2022-05-13T13:40:33+05:30"},'
        '{"created_at":"yesterday"}]}'
    )
    moved = moved_times(event_form(text).times, timedelta(days=1, seconds=3))
    assert list(moved.values()) == ['"2022-06-08T22:01:10.000Z"', '"2022-05-14T13:40:36+05:30"']
