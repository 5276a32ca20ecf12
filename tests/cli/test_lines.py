from __future__ import annotations

from typing import Any

import pytest

from inspector.cli.columns import display_width
from inspector.cli.lines import AttemptLines, CaptureLines
from inspector.cli.output import Output
from inspector.domain.rows import AttemptRow, CaptureRow
from inspector.domain.verdict import Verdict

VALID = Verdict(word="valid", matched=("raw", "stringify"), secret="production")


def a_row(**changes: Any) -> CaptureRow:
    values: dict[str, Any] = {
        "id": 17,
        "kind": "captured",
        "received_ms": 1_764_028_800_000,
        "method": "POST",
        "target": b"/hook",
        "size": 359,
        "declared": 359,
        "answered": 200,
        "event": "answer",
        "survey_id": "s-1",
        "survey_name": "Continuous NPS survey",
        "group_id": "g-1",
        "user_id": "user_123",
        "platform": "link",
        "question_order": 2,
        "summary": "“fine”",
        "verdict": VALID,
        "is_json": True,
        "is_trusted": True,
    }
    return CaptureRow(**(values | changes))


def _line(row: CaptureRow, width: int | None = None) -> str:
    return CaptureLines(Output(None, None, width=width), has_date=False).line(row)


def test_a_line_tells_what_came() -> None:
    line = _line(a_row())
    for text in ("17", "✓ Valid", "Answer 2", "Continuous NPS survey", "user_123", "“fine”"):
        assert text in line


@pytest.mark.parametrize(
    ("verdict", "is_json", "badge"),
    [
        (VALID, True, "✓ Valid"),
        (Verdict(word="valid", matched=("stringify",)), True, "≈ Rewritten"),
        (Verdict(word="valid", matched=("raw",)), True, "✓ Bytes only"),
        (Verdict(word="valid", matched=("raw",)), False, "✓ Valid"),
        (Verdict(word="invalid"), True, "✗ Invalid"),
        (Verdict(word="unsigned"), True, "- Unsigned"),
        (Verdict(word="unchecked", reason="no-secret"), True, "? Unchecked"),
    ],
)
def test_each_verdict_has_a_sign_and_a_word(verdict: Verdict, is_json: bool, badge: str) -> None:
    assert f"  {badge} " in _line(a_row(verdict=verdict, is_json=is_json))


def test_columns_line_up_under_their_heading() -> None:
    lines = CaptureLines(Output(None, None), has_date=True)
    place = lines.heading().index("answer")
    for row in (a_row(), a_row(survey_name="調査" * 20, user_id="u" * 50, id=123456)):
        before = lines.line(row).split("“fine”")[0]
        assert display_width(before) == place


def test_nothing_that_was_sent_reaches_the_terminal_unescaped() -> None:
    hostile = "\x1b[2J\u202e\r\n"
    line = _line(
        a_row(
            survey_name=hostile,
            user_id=hostile,
            summary=hostile,
            event="unknown",
            method="P\x1b",
            target=b"/\x1b\xff",
        )
    )
    assert line.isprintable()
    assert "\\x1b[2J\\u202e\\r\\n" in line
    assert "/\\x1b\\xff" in line


def test_a_terminal_never_wraps_a_line() -> None:
    line = _line(a_row(summary="調" * 100), width=90)
    assert display_width(line) <= 90
    assert line.endswith("…")


def test_what_is_not_the_plain_case_is_tagged() -> None:
    line = _line(a_row(kind="sample", marks=("redelivery", "out-of-order"), answered=503))
    for tag in ("[sample]", "[again]", "[late]", "[responded 503]"):
        assert tag in line
    assert "[no secret]" in _line(a_row(verdict=Verdict(word="unchecked", reason="no-secret")))


def test_an_attempt_tells_its_outcome_and_its_trouble() -> None:
    row = AttemptRow(
        id=1,
        capture_id=17,
        target="http://localhost:3000/",
        started_ms=1_764_028_800_000,
        status=None,
        elapsed_ms=12.4,
        outcome="refused",
        error="Nothing listens at localhost:3000.",
        signature="original",
        edited=False,
    )
    line = AttemptLines(Output(None, None)).line(row)
    for text in ("✗ refused", "12 ms", "capture 17", "Nothing listens at localhost:3000."):
        assert text in line
