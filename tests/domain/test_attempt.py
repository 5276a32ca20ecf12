"""The word beside the last attempt, and two answers side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.attempt import (
    MAX_COMPARED,
    MAX_LINES,
    LinePair,
    Since,
    compare_answers,
    compare_bodies,
    compare_lines,
    passes,
    since_each,
    since_last,
)
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
    assert since_last(an_attempt(now), last, VALID) == word


def test_turning_away_what_is_invalid_is_right_for_this_word_alone() -> None:
    assert passes(an_attempt(401), INVALID)
    assert not passes(an_attempt(401), VALID)
    assert not passes(an_attempt(500), INVALID)
    assert not passes(an_attempt(401), Verdict(word="unsigned"))
    assert since_last(an_attempt(401), an_attempt(500), INVALID) == "fixed"
    assert an_attempt(401).outcome == "http-error", "it still counts as a failure everywhere else"


def test_signed_again_it_is_invalid_no_more() -> None:
    assert not passes(an_attempt(401, signature="resigned"), INVALID)


def test_an_attempt_that_was_stopped_has_no_word_and_is_compared_with_by_none() -> None:
    stopped = an_attempt(None, outcome="unknown")
    assert since_last(stopped, an_attempt(200), VALID) is None
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


def test_what_only_one_side_has_stands_alone() -> None:
    assert compare_lines(["a", "c"], ["a", "b", "c"]).lines == (
        LinePair(before="a", after="a", is_same=True),
        LinePair(before=None, after="b", is_same=False),
        LinePair(before="c", after="c", is_same=True),
    )


def test_no_digit_of_a_body_is_changed_by_laying_it_out() -> None:
    [_, line, _] = compare_bodies(b'{"n":1.0}', b'{"n":1.00}').lines
    assert (line.before, line.after) == ('  "n": 1.0', '  "n": 1.00')


def test_long_ones_are_compared_at_their_beginning_and_that_is_said() -> None:
    found = compare_bodies(b"\n" * 3 * MAX_COMPARED, b"x\n" * MAX_COMPARED)
    assert found.is_cut
    assert len(found.lines) <= 2 * MAX_LINES


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_either_side_can_be_read_off_whole(before: bytes, after: bytes) -> None:
    found = compare_bodies(before, after)
    alone = [compare_bodies(side, side) for side in (before, after)]
    assert [one.before for one in found.lines if one.before is not None] == [
        one.before for one in alone[0].lines
    ]
    assert [one.after for one in found.lines if one.after is not None] == [
        one.after for one in alone[1].lines
    ]
    assert compare_bodies(before, before).is_same
