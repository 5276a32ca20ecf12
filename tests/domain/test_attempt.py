"""The word beside the last attempt, and two answers side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.domain.attempt import Since, compare_answers, passes, since_each, since_last
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.domain.verdict import Verdict

VALID, INVALID = Verdict(word="valid"), Verdict(word="invalid")


def an_attempt(status: int | None = 200, **changes: object) -> AttemptRow:
    outcome = "reset" if status is None else "ok" if 200 <= status < 300 else "http-error"
    row = AttemptRow(
        id=1,
        capture_id=1,
        target="http://127.0.0.1:3000/",
        started_ms=0,
        status=status,
        elapsed_ms=1.0,
        outcome=outcome,
        error=None,
        signature="original",
        edited=False,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "now", "word"),
    [
        (None, 200, "first"),
        (None, 500, "first"),
        (500, 200, "fixed"),
        (None, None, "first"),
        (200, 500, "regressed"),
        (422, 422, "still-failing"),
        (200, 204, "still-passing"),
        (301, 200, "fixed"),
    ],
)
def test_the_word_compares_with_the_last_attempt(before: int | None, now: int | None, word: Since) -> None:
    last = None if before is None else an_attempt(before)
    assert since_last(an_attempt(now), last, is_invalid=False) == word


def test_turning_away_what_is_invalid_is_right_for_this_word_alone() -> None:
    assert passes(an_attempt(401), is_invalid=True)
    assert not passes(an_attempt(401), is_invalid=False)
    assert not passes(an_attempt(500), is_invalid=True)
    assert since_last(an_attempt(401), an_attempt(500), is_invalid=True) == "fixed"
    assert since_each([an_attempt(401)] * 2, INVALID)[0] == "still-passing"
    assert since_each([an_attempt(401)] * 2, Verdict(word="unsigned"))[0] == "still-failing"
    assert an_attempt(401).outcome == "http-error", "it still counts as a failure everywhere else"


def test_signed_again_it_is_invalid_no_more() -> None:
    assert not passes(an_attempt(401, signature="resigned"), is_invalid=True)


@pytest.mark.parametrize("signature", ["stale", "broken"])
def test_turning_away_what_was_spoilt_on_purpose_is_right_too(signature: str) -> None:
    spoilt = an_attempt(401, signature=signature)
    assert since_each([an_attempt(200), spoilt, an_attempt(200)], VALID) == (
        "still-passing",
        "still-passing",
        "first",
    )


def test_targets_of_forwards_are_compared_with_themselves_alone() -> None:
    def forwarded(status: int, port: int) -> AttemptRow:
        return an_attempt(status, target=f"http://127.0.0.1:{port}/", forward_id=port)

    newest_first = [forwarded(500, 2), forwarded(200, 1), forwarded(200, 2), forwarded(503, 1)]
    assert since_each(newest_first, VALID) == ("regressed", "fixed", "first", "first")


def test_a_replay_to_another_target_is_compared_with_the_last_attempt_there_was() -> None:
    elsewhere = an_attempt(200, target="http://127.0.0.1:9/")
    assert since_each([elsewhere, an_attempt(500)], VALID)[0] == "fixed"
    back = [an_attempt(500), elsewhere, an_attempt(500)]
    assert since_each(back, VALID)[0] == "still-failing", "its own last attempt counts"


def test_an_attempt_that_was_stopped_has_no_word_and_is_compared_with_by_none() -> None:
    stopped = an_attempt(None, outcome="unknown")
    assert since_last(stopped, an_attempt(200), is_invalid=False) is None
    newest_first = [an_attempt(200), stopped, an_attempt(500), an_attempt(200)]
    assert since_each(newest_first, VALID) == ("fixed", None, "regressed", "first")


def an_answer(status: int | None, body: bytes = b"", *headers: tuple[bytes, bytes]) -> AttemptDetail:
    return AttemptDetail(
        row=an_attempt(status), answer_headers=headers, answer_body=body, is_answer_cut=False
    )


def test_answers_stand_beside_each_other_line_by_line() -> None:
    kind = (b"content-type", b"application/json")
    found = compare_answers(
        an_answer(200, b'{"ok":true,"id":1}', kind), an_answer(500, b'{"ok":false,"id":1}', kind)
    )
    assert [(line.before, line.after, line.is_same) for line in found.lines] == [
        ("status: 200 OK", "status: 500 Internal Server Error", False),
        ("content-type: application/json", "content-type: application/json", True),
        ("", "", True),
        ("{", "{", True),
        ('  "ok": true,', '  "ok": false,', False),
        ('  "id": 1', '  "id": 1', True),
        ("}", "}", True),
    ]
    assert not found.is_same


def test_where_no_answer_came_its_outcome_stands_there() -> None:
    row = an_attempt(None, error="127.0.0.1:3000 closed \x1b[31m")
    nothing = AttemptDetail(row=row, answer_headers=(), answer_body=b"", is_answer_cut=False)
    found = compare_answers(nothing, an_answer(200))
    assert [line.before for line in found.lines] == ["outcome: reset", "127.0.0.1:3000 closed \\x1b[31m"]
