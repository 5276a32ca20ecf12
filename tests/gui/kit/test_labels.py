"""Labels show text of any script in its own direction."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QTextDocument

from inspector.gui.kit.labels import ElidedLabel, Label, isolated, plain_tip
from inspector.gui.kit.theme import Theme


def ink(image: QImage) -> list[tuple[int, int]]:
    """The pixels that are not of the ground, from left to right."""
    ground = QColor(image.pixel(image.width() - 1, 0))
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return [(x, y) for x, y in points if abs(QColor(image.pixel(x, y)).lightness() - ground.lightness()) > 60]


@pytest.mark.parametrize("kind", [Label, ElidedLabel])
@pytest.mark.parametrize("text", ["\u05d0\u05d1\u05d2____", "____abc"])
def test_a_text_has_its_own_base_direction_and_begins_at_the_left_edge(
    theme: Theme, text: str, kind: type[Label]
) -> None:
    """The underscores are at the end of the Hebrew text and at the beginning of the other one."""
    label = kind(theme, text)
    label.resize(400, 24)
    points = ink(label.grab().toImage())
    left = points[0][0]
    assert left < 8
    lowest = max(y for _, y in points)
    assert all(y >= lowest - 3 for x, y in points if x < left + 12), "only underscores"


def test_a_tool_tip_keeps_its_lines_and_takes_nothing_for_markup() -> None:
    document = QTextDocument()
    document.setHtml(plain_tip("a:1: <b>200</b>\nb:2: no response"))
    text = document.toPlainText().replace("\u2028", "\n")
    assert text == "a:1: <b>200</b>\nb:2: no response"


def test_each_line_of_a_tool_tip_has_its_own_direction(theme: Theme) -> None:
    document = QTextDocument()
    document.setHtml(plain_tip("\u05e1\u05e7\u05e8\n3 answers."))
    blocks = [document.findBlockByNumber(number) for number in range(document.blockCount())]
    assert [block.text() for block in blocks] == ["\u05e1\u05e7\u05e8", "3 answers."]
    assert [block.textDirection() for block in blocks] == [
        Qt.LayoutDirection.RightToLeft,
        Qt.LayoutDirection.LeftToRight,
    ]


@pytest.mark.parametrize("name", ["user_7", "Ren\u00e9e", ""])
def test_a_name_from_left_to_right_stays_as_it_is_in_a_sentence(name: str) -> None:
    assert isolated(name) == name


def test_a_name_from_right_to_left_is_isolated_in_a_sentence() -> None:
    """Otherwise brackets and digits of the sentence would change places with it."""
    assert isolated("\u05d0\u05d1 (7)") == "\u2068\u05d0\u05d1 (7)\u2069"
