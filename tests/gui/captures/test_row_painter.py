"""Rows are drawn by pictures of their cells: each once, and never another's."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage, QPainter

from inspector.gui.captures import row_painter
from inspector.gui.captures.columns import COLUMNS, NUMBERS
from inspector.gui.captures.line import CaptureLine
from inspector.gui.captures.row_painter import ColumnPlace, Ground, RowPainter, fitting_tags, tags_width
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.theme import Theme
from tests.waiting import until

WIDTH, HEIGHT = 120, 28
PLACES = [
    ColumnPlace(column=number, left=number * WIDTH, width=WIDTH)
    for number, column in enumerate(COLUMNS)
    if column.is_usual
]
ANSWER = len(COLUMNS) - 1


@pytest.fixture
def rows(theme: Theme) -> RowPainter:
    return RowPainter(theme, QObject(theme))


def a_line(**different: object) -> CaptureLine:
    line = CaptureLine(
        id=1, time="12:00:00", badge=Badge.VALID, event="Answer 1", survey="NPS", answer="All good"
    )
    return replace(line, **different)


def drawn(rows: RowPainter, line: CaptureLine, ground: Ground = "base") -> QImage:
    image = QImage(WIDTH * len(COLUMNS), HEIGHT, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    rows.paint(painter, line, PLACES, 0, HEIGHT, ground)
    painter.end()
    return image


def cell(image: QImage, column: int) -> QImage:
    return image.copy(column * WIDTH, 0, WIDTH, HEIGHT)


def test_cells_that_look_the_same_are_drawn_once(rows: RowPainter) -> None:
    drawn(rows, a_line())
    known = len(rows.pictures)
    drawn(rows, a_line(id=2))
    assert len(rows.pictures) == known
    drawn(rows, a_line(id=3, answer="Slow"))
    assert len(rows.pictures) == known + 1


def test_tags_are_not_taken_for_the_words_of_an_answer(rows: RowPainter) -> None:
    tagged = drawn(rows, a_line(tags=("again",), answer="Slow"))
    said = drawn(rows, a_line(answer="again, Slow"))
    assert cell(tagged, ANSWER) != cell(said, ANSWER)


@pytest.mark.parametrize("ground", ["base", "fresh", "selection", "selection_no_focus"])
def test_every_cell_stands_on_the_ground_of_its_row(rows: RowPainter, theme: Theme, ground: Ground) -> None:
    image = drawn(rows, a_line(), ground)
    assert {image.pixel(place.left + WIDTH - 1, 0) for place in PLACES} == {theme.color(ground).rgb()}


def test_a_selected_row_is_told_by_a_bar_too(rows: RowPainter, theme: Theme) -> None:
    accent = QColor(theme.tokens.accent)
    assert drawn(rows, a_line(), "selection_no_focus").pixelColor(0, HEIGHT // 2) == accent
    assert drawn(rows, a_line()).pixelColor(0, HEIGHT // 2) != accent


def test_a_row_that_cannot_be_shown_says_so_and_nothing_else(rows: RowPainter) -> None:
    whole = drawn(rows, a_line())
    broken = drawn(rows, CaptureLine(id=1, answer="This capture was cleared."))
    assert cell(broken, 1) == cell(drawn(rows, a_line(time="")), 1)
    assert cell(broken, ANSWER) != cell(whole, ANSWER)
    assert cell(broken, ANSWER) != cell(drawn(rows, a_line(answer="This capture was cleared.")), ANSWER)


def test_another_theme_draws_everything_anew(rows: RowPainter, theme: Theme) -> None:
    light = drawn(rows, a_line())
    theme.force(True)
    assert drawn(rows, a_line()).pixelColor(WIDTH - 1, 0) != light.pixelColor(WIDTH - 1, 0)


@pytest.mark.parametrize(
    "name",
    ["أحمد", "أحمد بن عبد الرحمن بن محمد الطويل الاسم", "שלום", "plain", "a very long name of somebody"],
)
def test_a_name_in_any_script_begins_at_the_left_of_its_cell_and_stays_in_it(
    rows: RowPainter, theme: Theme, name: str
) -> None:
    number = NUMBERS["respondent"]
    image = cell(drawn(rows, a_line(respondent=name)), number)
    ground = theme.color("base").rgb()
    inked = [x for x in range(WIDTH) if any(image.pixel(x, y) != ground for y in range(HEIGHT))]
    assert inked[0] <= 3
    assert inked[-1] < WIDTH - theme.px(8) + 2
    assert len(name) > 10 or inked[-1] < WIDTH * 2 / 3


async def test_a_row_fades_while_others_keep_arriving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_painter, "_FRESH_S", 0.2)
    parent = QObject()
    rows, arriving = row_painter.FreshRows(parent), count(1)

    def is_first_faded() -> bool:
        rows.add([next(arriving)])  # more often than it is looked what has faded
        return 1 not in rows

    await until(is_first_faded)
    parent.deleteLater()


def test_tags_are_never_cut_next_to_others(theme: Theme) -> None:
    tags = ("missing", "conflict", "note")
    whole = tags_width(theme, tags)
    assert fitting_tags(theme, tags, whole) == tags
    two = ("missing", "conflict", "+1")
    assert fitting_tags(theme, tags, tags_width(theme, two)) == two
    assert fitting_tags(theme, tags, tags_width(theme, tags[:2])) == ("missing", "+2")
    assert fitting_tags(theme, tags[:1], 20) == ("missing",)
    assert fitting_tags(theme, (), 20) == ()


def test_the_number_of_tags_without_room_is_drawn(rows: RowPainter, theme: Theme) -> None:
    tags = NUMBERS["tags"]
    first = cell(drawn(rows, a_line(tags=("missing", "conflict"))), tags)
    second = cell(drawn(rows, a_line(tags=("missing", "conflict", "note", "imported"))), tags)
    assert first != second
