"""Two texts side by side: nothing of either is lost, and no digit is changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.line_diff import (
    MAX_COMPARED,
    MAX_LINES,
    LinePair,
    compare_bodies,
    compare_lines,
)


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
