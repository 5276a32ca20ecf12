"""`show` tells of each attempt what came of it beside the last one, how it was sent, and how long it took."""

from __future__ import annotations

from inspector.cli.output.attempt_lines import attempt_story
from inspector.cli.output.streams import Output
from inspector.domain.capture.rows import AttemptRow


def an_attempt(**changes: object) -> AttemptRow:
    row = AttemptRow(
        id=1,
        capture_id=1,
        target="http://127.0.0.1:3000/",
        started_ms=0,
        status=200,
        elapsed_ms=2.0,
        outcome="ok",
        error=None,
        signature="original",
        edited=False,
    )
    row = row._replace(**changes)  # type: ignore[arg-type]
    return row._replace(is_expected=row.outcome == "ok")


def story(*newest_first: AttemptRow) -> list[str]:
    return list(attempt_story(Output(None, None), newest_first))


def test_the_word_stands_first_and_what_is_known_after_it() -> None:
    fixed = an_attempt(
        edited=True,
        signature="resigned",
        plan_id=4,
        connected_to="127.0.0.1:3000",
        connect_ms=0.44,
        first_byte_ms=1.96,
    )
    lines = story(fixed, an_attempt(status=500, outcome="http-error"))
    assert lines[1].strip() == (
        "Attempt 1: fixed; edited, re-signed, replay 4, at 127.0.0.1:3000, connected in 0.4 ms,"
        " first byte after 2.0 ms"
    )
    assert lines[3].strip() == "Attempt 1: first to this address; as captured, original signature"


def test_one_without_a_known_outcome_has_no_word() -> None:
    unknown = an_attempt(status=None, outcome="unknown", fault="cut\x1b")
    assert story(unknown)[1].strip() == "Attempt 1: as captured, original signature, fault cut\\x1b"
