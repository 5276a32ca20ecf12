from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.clock import now_ms
from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.cli.output.alignment import cut, display_width
from inspector.cli.output.attempt_lines import AttemptLines
from inspector.cli.output.capture_columns import read_columns
from inspector.cli.output.capture_lines import CaptureLines
from inspector.cli.output.streams import Output, Painter
from inspector.domain.capture.rows import AttemptRow, CaptureRow
from inspector.domain.signature.verdict import Verdict

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


def _line(row: CaptureRow, width: int | None = None, reason: str | None = None) -> str:
    return CaptureLines(Output(None, None, width=width), has_date=False).line(row, reason)


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
    for row in (a_row(), a_row(survey_name="調査" * 20, user_id="u" * 50, id=12345)):
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


def test_a_long_target_or_method_is_cut() -> None:
    """A stranger can send 64 KiB of each, and must not fill a log."""
    for target in (
        b"/" + b"a" * 65_000,
        b"/" + b"\x1b" * 65_000,
        b"/" + "ü".encode() * 30_000,
        b"/\xff" * 30_000,
    ):
        row = a_row(event="unknown", kind="refused", method="M" * 9_000, target=target, summary="")
        line = _line(row, reason="x" * 5_000)
        assert display_width(line) < 400
        assert line.endswith("…")


def test_a_pin_and_a_note_are_marked() -> None:
    line = _line(a_row(is_pinned=True, note="ask\x1b[31m " + "x" * 2_000))
    assert "[pinned] [note: ask\\x1b[31m xxx" in line
    assert display_width(line) < 250
    assert "[note" not in _line(a_row()) + _line(a_row(is_pinned=True))


def test_a_reason_comes_first_and_is_escaped() -> None:
    line = _line(a_row(verdict=Verdict(word="invalid"), kind="imported"), reason="secret-other")
    assert "  signed with another saved secret · “fine”  [imported]" in line
    refused = a_row(kind="refused", event="unknown", answered=400, summary="", method="", target=b"")
    assert _line(refused, reason="It is \x1b[31m.").endswith("  400 It is \\x1b[31m.")
    assert "[refused]" not in _line(refused)


@pytest.mark.parametrize("has_date", [True, False])
def test_in_a_narrow_terminal_columns_give_way_to_the_answers(has_date: bool) -> None:
    row = a_row(verdict=Verdict(word="invalid"), summary="“x”", survey_name="調査" * 20)
    for width in range(40, 200):
        lines = CaptureLines(Output(None, None, width=width), has_date=has_date)
        line, heading = lines.line(row, "digest-base64"), lines.heading()
        why = "digest is in base64"
        assert display_width(line) <= width
        assert display_width(heading) <= width
        if width >= 80:
            assert f"{why} · “x”" in line
            assert display_width(line.split(why)[0]) == heading.index("answer")
            assert "user_123" in line
    assert "調" not in CaptureLines(Output(None, None, width=80), has_date=has_date).line(row)


HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@given(
    text=st.text(st.characters(exclude_categories=()), max_size=60),
    data=st.binary(max_size=60),
    width=st.one_of(st.none(), st.integers(20, 200)),
)
def test_whatever_is_sent_the_line_has_no_control_and_fits(text: str, data: bytes, width: int | None) -> None:
    row = a_row(
        survey_name=text, user_id=text, summary=text, note=text, event="unknown", method=text, target=data
    )
    line = CaptureLines(Output(None, None, width=width), has_date=True).line(row, text)
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", line
    )
    assert width is None or display_width(line) <= width


MARKS = {
    "again": {"marks": ("redelivery", "answer-repeated")},
    "late": {"marks": ("out-of-order",)},
    "conflict": {"marks": ("completion-disagrees",)},
    "sample": {"kind": "sample"},
    "pinned": {"is_pinned": True},
    "note": {"note": "\x1b[31m" * 400},
    "responded 503": {"answered": 503},
    "waiting": {"answered": None, "answered_by": "rule 1: Wait 30 s, then respond 200"},
    "no secret": {"verdict": Verdict(word="unchecked", reason="no-secret")},
}


@given(
    text=st.text(st.characters(exclude_categories=()), max_size=60),
    answer=st.text(st.sampled_from("ab調\x1b\u202e@ ·"), min_size=20, max_size=60),
    mark=st.sampled_from(list(MARKS)),
    event=st.sampled_from(["answer", "response_group", "unknown"]),
    width=st.integers(20, 200),
    id_=st.sampled_from([1, 12_345, 2**63 - 1]),
    has_date=st.booleans(),
)
def test_a_row_fits_and_keeps_its_mark_and_the_beginning_of_its_answer(
    text: str, answer: str, mark: str, event: str, width: int, id_: int, has_date: bool
) -> None:
    row = a_row(
        id=id_, survey_name=text, user_id=text, summary=answer, event=event, target=b"/", **MARKS[mark]
    )
    lines = CaptureLines(Output(None, None, width=width), has_date=has_date, first=[row])
    line = lines.line(row)
    assert display_width(line) <= width
    assert display_width(lines.heading()) <= width
    assert not HIDDEN.search(line)
    if width < 80 or id_ > 99_999:
        return
    before, _, after = line.rpartition(f" [{mark}]")
    assert not after
    shown = f"POST / {visible(answer)}" if event == "unknown" else visible(answer)
    assert cut(shown, 20).removesuffix("…").rstrip() in before


def test_a_capture_whose_response_is_still_to_come_keeps_its_respondent_in_80_columns() -> None:
    row = a_row(answered=None, answered_by="rule 1: Wait 30 s, then respond 200", summary="“long” " * 9)
    line = _line(row, width=80)
    assert " user_123 " in line
    assert "“long” “long” “lon" in line
    assert line.endswith(" [waiting]")
    assert line.count("no response yet") == 0
    assert "[no response yet by rule 1]" in _line(row)


def test_a_reason_is_whole_before_the_answer_begins() -> None:
    row = a_row(verdict=Verdict(word="invalid"), user_id="someone@example.com", summary="“long” " * 9)
    for width in range(80, 200):
        line = _line(row, width=width, reason="secret-whitespace")
        assert "secret differs in whitespace" in line
        assert display_width(line) <= width
    assert "not diagnosed yet" in _line(row, width=80)
    assert "no cause found" in _line(row, width=80, reason="unexplained")
    assert _line(row._replace(is_examined=True), width=80).count("“long”")


def test_of_an_address_the_beginning_and_the_end_remain() -> None:
    line = _line(a_row(user_id="ada.lovelace@example.com"), width=80)
    assert " ada.lov….com " in line


def test_a_time_of_another_day_has_its_date_in_a_terminal() -> None:
    old, new = a_row(), a_row(received_ms=now_ms())
    lines = CaptureLines(Painter(width=80), has_date=True, first=[old, new])
    assert "Nov 2025" in lines.line(old)
    assert not re.search("20[0-9][0-9]", lines.line(new))
    assert len({line.index("✓") for line in map(lines.line, (old, new))}) == 1
    assert "  2025-11-25 00:00:00  " in CaptureLines(Painter(), has_date=True).line(old)


def test_only_the_named_columns_are_printed_in_their_order() -> None:
    row = a_row(note="hi", answered=503)
    columns = read_columns("answer, ID,responded,request,bytes,group,platform,marks")
    for width, expected in (
        (None, "“fine”     17        503  POST /hook                               359  g-1"),
        (83, " 503 POST /hook       359 g-1      link     [responded 503] [note]"),
    ):
        lines = CaptureLines(Painter(width=width), has_date=True, columns=columns)
        assert expected in lines.line(row)
        assert lines.line(row).startswith("“fin")
        assert lines.heading().split() == [
            "answer",
            "id",
            "responded",
            "request",
            "bytes",
            "group",
            "platform",
        ]


@pytest.mark.parametrize(
    "named",
    [
        "id,group,request,responded,answer,marks",
        "id,marks,responded,request,bytes",
        "id,marks,answer,responded",
    ],
)
def test_named_columns_stay_in_line_whatever_a_row_has(named: str) -> None:
    columns = read_columns(named)
    rows = [
        a_row(),
        a_row(marks=("redelivery", "out-of-order"), is_pinned=True, note="x", summary="x" * 100),
        a_row(verdict=Verdict(word="invalid"), group_id=None, summary="x" * 100),
    ]
    for width in range(40, 200):
        lines = CaptureLines(Painter(width=width), has_date=True, columns=columns)
        printed = [lines.line(row, "secret-whitespace + body-newline") for row in rows]
        assert len({re.search(" 200( |$)", line).start() for line in printed}) == 1  # type: ignore[union-attr]
        assert all(display_width(line) <= width for line in printed)


def test_marks_before_other_columns_have_a_heading_and_are_whole_in_a_pipe() -> None:
    columns = read_columns("id,marks,answer")
    row = a_row(marks=("redelivery", "out-of-order"), is_pinned=True, note="a long note", answered=503)
    for width in (None, 80):
        lines = CaptureLines(Painter(width=width), has_date=True, columns=columns)
        assert lines.heading().split() == ["id", "marks", "answer"]
        assert ("[note: a long note]" in lines.line(row)) == (width is None)
        assert lines.heading().index("answer") == lines.line(a_row()).index("“fine”")


def test_a_row_of_a_running_list_says_only_a_change() -> None:
    text = AttemptLines(Output(None, None))
    row = _an_attempt()
    assert "capture 17  regressed  Nothing" in text.line(row, since="regressed")
    assert text.line(row, since="still-failing") == text.line(row)


def test_an_unknown_column_gets_the_nearest_one() -> None:
    with pytest.raises(
        UsageError, match=r"^Invalid column 'respondant' in --columns\. Did you mean 'respondent'\? Use id,"
    ):
        read_columns("id,respondant")
    for text in ("", "id,,time", "\x1b[31m"):
        with pytest.raises(UsageError) as caught:
            read_columns(text)
        assert str(caught.value).isprintable()


def _an_attempt(**changes: Any) -> AttemptRow:
    values: dict[str, Any] = {
        "id": 1,
        "capture_id": 17,
        "target": "http://localhost:3000/",
        "started_ms": 1_764_028_800_000,
        "status": None,
        "elapsed_ms": 12.4,
        "outcome": "refused",
        "error": "Nothing listens at localhost:3000.",
        "signature": "original",
        "edited": False,
    }
    return AttemptRow(**(values | changes))


def test_an_attempt_says_its_outcome_and_its_error() -> None:
    line = AttemptLines(Output(None, None)).line(_an_attempt())
    for text in ("✗ refused", "12 ms", "capture 17", "Nothing listens at localhost:3000."):
        assert text in line


def test_an_attempt_of_a_known_capture_has_its_date_and_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        line = AttemptLines(Output(None, None, width=80)).detail(_an_attempt(error="x" * 200))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert line.startswith("2025-11-25 05:30:00 +0530  ✗ refused ")
    assert line.endswith(f"  to http://localhost:3000/  {'x' * 200}"), "nothing of it is cut"


def test_an_attempt_of_a_running_list_fits_the_terminal() -> None:
    row = _an_attempt(target="http://localhost:3000/" + "a" * 100, error="調" * 5_000)
    for width in (80, 120):
        line = AttemptLines(Output(None, None, width=width)).line(row, to=row.target)
        assert width - 1 <= display_width(line) <= width
    assert display_width(AttemptLines(Output(None, None)).line(row, to=row.target)) < 500
