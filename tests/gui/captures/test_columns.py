"""The widths of the columns: which give way in a narrow list, and which grow in a wide one."""

from __future__ import annotations

import pytest

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.captures.column_widths import (
    LEAST_ANSWER,
    MOST_ANSWER,
    NARROW_VERDICT,
    SCROLLED_ANSWER,
    constant_columns,
    widths,
)
from inspector.gui.captures.columns import COLUMNS, NUMBERS, USUAL, Column

SHOWN = [column for column in COLUMNS if column.name in USUAL]
OTHERS = sum(column.width for column in SHOWN if column.name != "answer")
WHOLE = OTHERS + LEAST_ANSWER


def named(room: float, *arguments: object) -> dict[str, float]:
    return {COLUMNS[number].name: width for number, width in widths(room, *arguments).items()}  # type: ignore[arg-type]


def test_the_widths_are_as_drawn_and_the_answer_takes_the_rest() -> None:
    assert named(1182) == {
        "gutter": 28, "time": 72, "verdict": 104, "event": 92, "survey": 164, "respondent": 176,
        "tags": 116, "answer": 430,
    }  # fmt: skip


def test_columns_give_way_in_order_and_time_verdict_and_answer_stay() -> None:
    changes: list[str] = []
    before = named(WHOLE)
    for room in range(WHOLE, 250, -1):
        now = named(room)
        for name in before:
            if name != "answer" and now.get(name, 0) != before[name]:
                change = f"{name} leaves" if name not in now else f"{name} narrow"
                changes += [change] if change not in changes else []
        assert now["answer"] >= LEAST_ANSWER or set(now) == {"gutter", "time", "verdict", "answer"}
        before = now
    assert changes == [
        "survey leaves", "respondent narrow", "tags leaves", "verdict narrow", "respondent leaves",
        "event leaves",
    ]  # fmt: skip


def test_no_width_is_wasted_as_long_as_columns_give_way() -> None:
    for room in range(WHOLE, 400, -1):
        assert sum(widths(room).values()) == room


def test_a_narrow_respondent_and_verdict_have_the_drawn_widths() -> None:
    assert named(550)["respondent"] == 112
    assert named(550)["verdict"] == NARROW_VERDICT


@pytest.mark.parametrize("room", [0, 1, 120.5])
def test_without_any_room_the_last_ones_keep_their_widths(room: float) -> None:
    assert named(room) == {"gutter": 28, "time": 72, "verdict": NARROW_VERDICT, "answer": SCROLLED_ANSWER}


def test_in_a_wide_list_the_answer_grows_then_respondent_and_survey_to_their_content() -> None:
    content = {"respondent": 300, "survey": 264, "tags": 10}

    def wide(room: float) -> dict[str, float]:
        return named(room, USUAL, lambda column: column.width, lambda column: content[column.name])

    assert wide(OTHERS + MOST_ANSWER) == named(OTHERS + MOST_ANSWER)
    at_most = wide(OTHERS + MOST_ANSWER + 100)
    assert (at_most["answer"], at_most["respondent"], at_most["survey"]) == (MOST_ANSWER, 276, 164)
    huge = wide(OTHERS + MOST_ANSWER + 500)
    assert (huge["respondent"], huge["survey"], huge["tags"]) == (300, 264, 116)
    assert huge["answer"] == MOST_ANSWER + 500 - 124 - 100


def test_without_listed_tags_there_is_no_column_of_tags() -> None:
    assert "tags" not in named(1182, USUAL, lambda column: 0 if column.name == "tags" else column.width)


def test_what_its_user_chose_beside_the_usual_ones_is_never_left_out() -> None:
    chosen = {*USUAL, "size", "path-1"}
    assert set(named(0, chosen)) == {*("gutter", "time", "verdict", "size", "path-1", "answer")}
    assert named(0, chosen)["path-1"] == COLUMNS[NUMBERS["path-1"]].least
    assert named(2_000, chosen)["path-1"] == COLUMNS[NUMBERS["path-1"]].width


def test_columns_become_narrow_for_what_its_user_added_but_none_leaves() -> None:
    chosen = {*USUAL, "path-1", "path-2"}
    before, given = named(WHOLE), named(WHOLE, chosen)
    assert set(given) == {*before, "path-1", "path-2"}
    assert given["path-1"] == COLUMNS[NUMBERS["path-1"]].least
    assert given["respondent"] < before["respondent"]
    assert given["answer"] >= SCROLLED_ANSWER


def test_gutter_time_and_answer_are_always_there() -> None:
    assert list(named(WHOLE, ())) == ["gutter", "time", "answer"]


def test_a_column_is_as_wide_as_its_words_in_a_wide_font() -> None:
    def wanted(column: Column) -> float:
        return 120 if column.name == "event" else column.width

    assert widths(2_000, wanted=wanted)[NUMBERS["event"]] == 120


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (EVERYTHING, set()),
        (Scope(part="surveys"), set()),
        (Scope(part="surveys", survey_id="s"), {"survey"}),
        (Scope(part="surveys", survey_id="s", group_id="g"), {"survey", "group"}),
        (Scope(part="samples", survey_id="s", group_id="g", user_id="u"), {"survey", "group", "respondent"}),
    ],
)
def test_what_the_scope_makes_constant_has_no_column(scope: Scope, names: set[str]) -> None:
    assert constant_columns(scope) == names
