"""What a desktop is told."""

from __future__ import annotations

from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.alert import MAX_SAID, MAX_TITLE, of_captures, of_silence
from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.signature.verdict import Verdict


def a_row(**given: object) -> CaptureRow:
    boring = CaptureRow(
        id=7,
        kind="captured",
        received_ms=1_764_028_800_000,
        method="POST",
        target=b"/",
        size=2,
        declared=2,
        answered=200,
        event="answer",
        survey_id="s-1",
        survey_name="Checkout",
        group_id="g-1",
        user_id="ann",
        platform=None,
        question_order=1,
        summary="a very private answer",
        verdict=Verdict(word="invalid"),
        is_json=True,
        is_trusted=False,
    )
    return boring._replace(**given)  # type: ignore[arg-type]


def a_silence(seconds: int) -> SavedFilter:
    return SavedFilter(name="s", silence_s=seconds)


def test_what_is_told_is_short_and_names_no_person_and_no_answer() -> None:
    row = a_row(survey_name="N" * 500, user_id="someone@example.test")
    for alert in (
        of_captures(SavedFilter(name="N" * 60, query="a"), [row]),
        of_captures(SavedFilter(name="N" * 60, query="a"), [row, row]),
        of_silence(a_silence(900), None),
    ):
        assert len(alert.title) <= MAX_TITLE
        assert len(alert.said) <= MAX_SAID
        assert "someone" not in alert.said
        assert "private" not in alert.said


def test_nothing_hidden_passes_into_what_is_told() -> None:
    alert = of_captures(SavedFilter(name="a", query="b"), [a_row(survey_name="a\u202eb\nc\x1b")])
    assert alert.said.startswith(r"Answer of a\u202eb\nc\x1b, at ")


def test_the_newest_of_many_is_brought_up() -> None:
    alert = of_captures(
        SavedFilter(name="Failed", query="is:failed", has_beep=True), [a_row(id=7), a_row(id=9)]
    )
    assert (alert.title, alert.capture_id, alert.has_beep) == ("Failed: 2 new captures", 9, True)


def test_silence_says_how_long_and_since_when() -> None:
    assert of_silence(a_silence(900), None).title == "No delivery for 15 minutes"
    assert of_silence(a_silence(3600), 1_764_028_800_000).title == "No delivery for 1 hour"
    assert "The last delivery arrived at" in of_silence(a_silence(60), 1_764_028_800_000).said
