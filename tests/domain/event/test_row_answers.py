"""Answers in one row of a list: their forms, their order, and their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from inspector.domain.event.event import read_event
from inspector.domain.event.row_answers import MAX_PARTS, RowAnswer, latest_answers, row_answers


def question(kind: str, response: Any, number: int = 1) -> dict[str, Any]:
    return {
        "question_id": f"q-{number}", "question_order": number, "question_type": kind, "response": response,
    }  # fmt: skip


def parts(*questions: dict[str, Any]) -> list[tuple[str, str]]:
    found = row_answers(read_event({"responses": list(questions)}))
    return [(part.form, part.words) for part in found]


@pytest.mark.parametrize(
    ("kind", "response", "shown"),
    [
        ("input_feedback", "Smooth", [("text", "“Smooth”")]),
        ("input_feedback", "速くなりました", [("text", "「速くなりました」")]),
        ("input_feedback", "a\x1bb\u202e", [("text", "“a\\x1bb\\u202e”")]),
        ("nps_feedback", "9", [("nps", "9, Promoter")]),
        ("nps_feedback", 6, [("nps", "6, Detractor")]),
        ("nps_feedback", 11, [("value", "11")]),
        ("star_feedback", [4], [("stars", "4 of 5")]),
        ("scale_feedback", 4, [("scale", "4 of 5")]),
        ("emoji_feedback", 2, [("scale", "2 of 5")]),
        ("multi_select_feedback", ["Dark mode", "Offline"], [("choice", "Dark mode"), ("choice", "Offline")]),
        ("single_select_feedback", "Delivery", [("choice", "Delivery")]),
        ("input_feedback", "", [("skipped", "Skipped")]),
        ("intro_prompt", None, [("skipped", "Clicked")]),
        ("something_new", {"a": [1]}, [("value", '{"a": [1]}')]),
    ],
)
def test_each_answer_has_the_form_of_its_question(
    kind: str, response: Any, shown: list[tuple[str, str]]
) -> None:
    assert parts(question(kind, response)) == shown
    event = read_event(question(kind, response))
    assert [(part.form, part.words) for part in row_answers(event)] == shown


def test_parts_are_in_question_order_and_skipped_questions_are_last() -> None:
    assert parts(
        question("star_feedback", 5, 4),
        question("input_feedback", "", 1),
        question("input_feedback", None, 3),
        question("nps_feedback", 9, 2),
    ) == [("nps", "9, Promoter"), ("stars", "5 of 5"), ("skipped", "2 skipped")]


def test_a_huge_completion_has_a_bounded_number_of_short_parts() -> None:
    options = ["x" * 100_000] * 500
    huge = [question("multi_select_feedback", options, number) for number in range(200)]
    found = row_answers(read_event({"responses": [*huge, question("input_feedback", "", 300)]}))
    assert len(found) == MAX_PARTS
    assert max(len(part.text) for part in found) <= 162
    assert found[-1] == RowAnswer("skipped", "Skipped")


def test_the_latest_answer_to_each_question_is_shown() -> None:
    newer = read_event(question("nps_feedback", 9, 3))
    older = [read_event(question("nps_feedback", 8, 3)), read_event(question("input_feedback", "Good", 1))]
    assert [part.words for part in latest_answers([newer, *older])] == ["“Good”", "9, Promoter"]


def test_an_unknown_event_has_no_answers() -> None:
    assert row_answers(read_event({"ping": True})) == ()
