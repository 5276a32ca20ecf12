"""The widths of the columns: which give way in a narrow list, and which grow in a wide one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from inspector.domain.query.scope import Scope
from inspector.gui.captures.columns import COLUMNS, NUMBERS, USUAL, Column

LEAST_ANSWER, MOST_ANSWER = 180, 720
"""Below the first, other columns give way. Above the second, others grow. In px at 100 %."""
SCROLLED_ANSWER = 84
"""If the columns that the user added leave less, the list scrolls sideways."""
NARROW_VERDICT = 32
"""Only the glyph."""
_GIVE_WAY: tuple[tuple[str, int], ...] = (
    ("survey", 0),
    ("respondent", 112),
    ("tags", 0),
    ("verdict", NARROW_VERDICT),
    ("respondent", 0),
    ("event", 0),
)
"""The columns that become narrow, or leave (0), in this order."""
_GROW = ("respondent", "survey", "tags")
_CONSTANT: Mapping[str, str] = {"survey": "survey_id", "group": "group_id", "respondent": "user_id"}


def constant_columns(scope: Scope) -> frozenset[str]:
    """Return the columns that have the same value for all captures of a scope."""
    return frozenset(name for name, part in _CONSTANT.items() if getattr(scope, part) is not None)


def declared(column: Column) -> float:
    return column.width


def widths(
    room: float,
    selected: Collection[str] = USUAL,
    wanted: Callable[[Column], float] = declared,
    content: Callable[[Column], float] = declared,
) -> Mapping[int, float]:
    """Return the widths of the shown columns by number, for a list `room` px wide at 100 %.

    `wanted` is the usual width of a column; one without a width is left out. `content` is the width at which
    no cell is cut. Columns that the user added never leave, and no other leaves for them, but some become
    narrow. If that is not enough, the list scrolls sideways.
    """
    shown = {
        number: width
        for number, column in enumerate(COLUMNS)
        if (column.is_fixed or column.name in selected) and (width := wanted(column)) > 0
    }
    answer = NUMBERS["answer"]
    given = {number: shown[number] for number in shown if COLUMNS[number].is_usual and number != answer}

    def left() -> float:
        return room - sum(given.values())

    def give_way(*, may_leave: bool) -> None:
        for name, width in _GIVE_WAY:
            number, lacking = NUMBERS[name], LEAST_ANSWER - left()
            if lacking <= 0:
                break
            if not width and may_leave:
                given.pop(number, None)
            elif width and number in given:
                narrow = width if name == "verdict" else max(width, given[number] - lacking)
                given[number] = min(given[number], narrow)

    give_way(may_leave=True)
    given |= {number: shown[number] for number in shown if not COLUMNS[number].is_usual}
    for number in given:
        least = COLUMNS[number].least
        if least is not None and left() < LEAST_ANSWER:
            given[number] = max(least, given[number] - (LEAST_ANSWER - left()))
    give_way(may_leave=False)
    for name in _GROW:
        number, extra = NUMBERS[name], left() - MOST_ANSWER
        if number in given and extra > 0:
            given[number] += min(extra, max(content(COLUMNS[number]) - given[number], 0))
    given[answer] = max(left(), SCROLLED_ANSWER)
    return given
