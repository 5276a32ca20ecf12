"""Which columns there is room for: the answer keeps its width as long as anything else can give way."""

from __future__ import annotations

import pytest

from inspector.gui.captures.columns import COLUMNS, NUMBERS, USUAL, Column, widths

SHOWN = [column for column in COLUMNS if column.name in USUAL]
WHOLE = sum(column.width for column in SHOWN)
ANSWER = len(COLUMNS) - 1


def names(room: float) -> list[str]:
    return [COLUMNS[number].name for number in widths(room)]


def test_with_room_for_all_each_has_its_width() -> None:
    assert widths(WHOLE) == {NUMBERS[column.name]: column.width for column in SHOWN}


def test_what_is_lacking_comes_from_the_survey_before_anything_is_left_out() -> None:
    lacking = widths(WHOLE - 60)
    assert lacking[ANSWER] == COLUMNS[ANSWER].width
    assert sum(lacking.values()) == WHOLE - 60
    assert len(lacking) == len(SHOWN)


def test_columns_leave_one_after_the_other_and_time_verdict_and_answer_stay() -> None:
    seen = [names(room) for room in range(WHOLE, 300, -10)]
    left_out = [name for name in seen[0] if name not in seen[-1]]
    assert left_out == ["event", "survey", "respondent"]
    assert [len(one) for one in seen] == sorted((len(one) for one in seen), reverse=True)
    assert next(one for one in seen if len(one) == len(SHOWN) - 1).count("survey") == 0


@pytest.mark.parametrize("room", [0, 1, 120.5])
def test_without_any_room_the_last_ones_keep_their_widths(room: float) -> None:
    assert names(room) == ["gutter", "time", "verdict", "answer"]


def test_what_its_user_chose_beside_the_usual_ones_is_never_left_out() -> None:
    chosen = {*USUAL, "size", "path-1"}
    assert {COLUMNS[number].name for number in widths(0, chosen)} == {
        *("gutter", "time", "verdict", "size", "path-1", "answer")
    }


def test_gutter_time_and_answer_are_always_there() -> None:
    assert [COLUMNS[number].name for number in widths(WHOLE, ())] == ["gutter", "time", "answer"]


def test_what_its_user_added_neither_drives_out_another_nor_makes_it_useless() -> None:
    chosen = {*USUAL, "path-1", "path-2", "size"}
    given = widths(WHOLE, chosen)
    assert {COLUMNS[number].name for number in given} == {column.name for column in SHOWN} | chosen
    assert sum(given.values()) > WHOLE, "the list is scrolled sideways"
    for number, width in given.items():
        assert width == (COLUMNS[number].least or COLUMNS[number].width)


def test_where_there_is_room_for_what_was_added_nothing_becomes_narrow() -> None:
    chosen = {*USUAL, "path-1"}
    assert widths(2_000, chosen)[NUMBERS["path-1"]] == COLUMNS[NUMBERS["path-1"]].width
    assert sum(widths(WHOLE + 10, chosen).values()) == WHOLE + 10


def test_a_column_is_as_wide_as_its_words_in_a_wide_font() -> None:
    def wanted(column: Column) -> float:
        return 120 if column.name == "event" else column.width

    assert widths(2_000, wanted=wanted)[NUMBERS["event"]] == 120
    assert widths(WHOLE, wanted=wanted)[NUMBERS["event"]] == 120
