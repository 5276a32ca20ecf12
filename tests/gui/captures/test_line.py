"""What a row of the list says."""

from __future__ import annotations

import pytest

from inspector.domain.capture.rows import TargetOutcome
from inspector.domain.signature.verdict import Verdict
from inspector.gui.captures.line import NOTHING, line_of
from inspector.gui.kit.badges import Badge
from tests.gui.captures.test_model import a_row


def test_an_answer_says_which_question() -> None:
    assert line_of(1, a_row(1)).event == "Answer 3"
    assert line_of(1, a_row(1, question_order=None)).event == "Answer"


def test_a_completion_is_loud_and_an_unknown_event_quiet() -> None:
    assert line_of(1, a_row(1, event="response_group")).is_loud
    unknown = line_of(1, a_row(1, event="unknown", survey_id=None, survey_name=None, user_id=None))
    assert (unknown.event, unknown.survey, unknown.respondent) == ("Unknown", NOTHING, NOTHING)


def test_marks_become_tags_once_each() -> None:
    row = a_row(1, kind="sample", marks=("redelivery", "answer-repeated", "out-of-order"))
    assert line_of(1, row).tags == ("sample", "again", "late")


def test_without_an_answer_the_request_is_named() -> None:
    assert line_of(1, a_row(1, summary="", method="GET", target=b"/a\xff")).answer == r"GET /a\xff"


def test_control_and_bidirectional_characters_are_shown() -> None:
    line = line_of(1, a_row(1, user_id="a\u202eb\x1b", survey_name="\x00", summary="x\ny"))
    assert (line.respondent, line.survey, line.answer) == (r"a\u202eb\x1b", r"\x00", r"x\ny")


def test_a_survey_without_a_name_shows_its_id() -> None:
    line = line_of(1, a_row(1, survey_name=None))
    assert line.survey == "s-1"
    assert line.is_nameless


@pytest.mark.parametrize(
    ("matched", "is_json", "badge"),
    [
        (("raw", "stringify"), True, Badge.VALID),
        (("stringify",), True, Badge.REWRITTEN),
        (("raw",), True, Badge.BYTES_ONLY),
        (("raw",), False, Badge.VALID),
    ],
)
def test_the_badge_of_a_valid_capture_tells_how(
    matched: tuple[str, ...], is_json: bool, badge: Badge
) -> None:
    verdict = Verdict(word="valid", matched=matched)  # type: ignore[arg-type]
    assert line_of(1, a_row(1, verdict=verdict, is_json=is_json)).badge is badge


def test_an_invalid_one_whose_cause_was_not_sought_says_so() -> None:
    invalid = Verdict(word="invalid")
    assert "Not diagnosed yet" in line_of(1, a_row(1, verdict=invalid)).verdict_tip
    assert line_of(1, a_row(1, verdict=invalid, is_examined=True)).verdict_tip == ""
    assert line_of(1, a_row(1)).verdict_tip == ""


def test_the_status_has_the_last_outcome_of_each_target_expected_ones_first() -> None:
    def outcome(target: str, status: int | None, *, is_expected: bool) -> TargetOutcome:
        word = "refused" if status is None else "ok" if status == 200 else "http-error"
        return TargetOutcome(target=target, status=status, outcome=word, is_expected=is_expected)  # type: ignore[arg-type]

    outcomes = (
        outcome("http://localhost:9/hook?token=1", None, is_expected=False),
        outcome("http://localhost:3000/hook", 200, is_expected=True),
        outcome("http://localhost:4000/hook", 200, is_expected=True),
    )
    line = line_of(1, a_row(1, attempts=5, outcomes=outcomes))
    assert line.status == "200, no response"
    assert line.status_tip.split("\n") == [
        "http://localhost:9: no response",
        "http://localhost:3000: 200",
        "http://localhost:4000: 200",
    ]
    one = line_of(1, a_row(1, attempts=5, outcomes=outcomes[1:2]))
    assert (one.status, one.status_tip) == ("200", "Sent 5 times · last response: 200")
    never = line_of(1, a_row(1))
    assert (never.status, never.status_tip) == (NOTHING, "Not sent yet")
