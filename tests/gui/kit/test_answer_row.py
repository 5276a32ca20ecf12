"""Answers drawn in one row: what shrinks, what leaves, and that nothing is drawn outside."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from inspector.domain.event.row_answers import RowAnswer
from inspector.gui.kit.answer_row import LEAST_TEXT, AnswerRowPainter
from inspector.gui.kit.theme import Theme

TEXT = RowAnswer("text", "“Image upload glitches since the last update”")
CHIPS = (RowAnswer("choice", "image upload"), RowAnswer("choice", "crash issues"))
NPS = RowAnswer("nps", number=9, high=10)
STARS = RowAnswer("stars", number=4, high=5)
ALL = (TEXT, *CHIPS, NPS, STARS)


@pytest.fixture
def row(theme: Theme) -> AnswerRowPainter:
    return AnswerRowPainter(theme)


def drawn(row: AnswerRowPainter, parts: tuple[RowAnswer, ...], room: float) -> QImage:
    image = QImage(900, 28, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    row.paint(painter, QRectF(10, 0, room, 28), parts)
    painter.end()
    return image


def test_everything_is_whole_where_there_is_room(row: AnswerRowPainter) -> None:
    layout = row.layout(ALL, row.width(ALL))
    assert [number for number, _ in layout.shown] == [0, 1, 2, 3, 4]
    assert layout.hidden == 0


def test_text_shrinks_first_then_chips_leave_then_the_last_part(row: AnswerRowPainter) -> None:
    whole = row.width(ALL)
    seen: list[list[int]] = []
    for room in range(int(whole), 0, -1):
        layout = row.layout(ALL, room)
        shown = [number for number, _ in layout.shown]
        assert layout.hidden == len(ALL) - len(shown)
        if not seen or seen[-1] != shown:
            seen.append(shown)
            if len(shown) > 1:
                assert dict(layout.shown)[0] >= LEAST_TEXT
    assert seen == [[0, 1, 2, 3, 4], [0, 1, 3, 4], [0, 3, 4], [0, 3], [0]]


def test_the_group_of_a_score_is_shown_if_it_is_the_only_rating_and_there_is_room(
    row: AnswerRowPainter,
) -> None:
    assert row.layout((NPS,), 190).has_group
    assert not row.layout((TEXT, NPS), 190).has_group
    assert row.layout((TEXT, NPS), 304).has_group
    assert not row.layout((TEXT, NPS, STARS), 600).has_group


@pytest.mark.parametrize("room", [20, 60, 100, 192, 304, 500])
@pytest.mark.parametrize("parts", [ALL, CHIPS, (TEXT,), (NPS, STARS), (RowAnswer("skipped", "Skipped"),)])
def test_nothing_is_drawn_outside_its_room(
    row: AnswerRowPainter, parts: tuple[RowAnswer, ...], room: int
) -> None:
    image = drawn(row, parts, room)
    white = QColor("white").rgb()
    outside = [*range(9), *range(10 + room + 2, 900)]
    assert all(image.pixel(x, y) == white for x in outside for y in range(28))


def test_right_to_left_text_begins_at_the_left_edge(row: AnswerRowPainter) -> None:
    image = drawn(row, (RowAnswer("text", "“خدمة سريعة”"), NPS), 500)
    white = QColor("white").rgb()
    inked = [x for x in range(900) if any(image.pixel(x, y) != white for y in range(28))]
    assert inked[0] < 16
