"""Rows, columns and forms in one call."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, at, box, column, form, grow, row
from inspector.gui.kit.theme import Theme


def _widgets(count: int) -> list[QWidget]:
    widgets = [QWidget() for _ in range(count)]
    for widget in widgets:
        widget.setFixedHeight(20)
        widget.setMinimumWidth(30)
    return widgets


def _lay_out(outer: QWidget, width: int, height: int) -> None:
    outer.resize(width, height)
    layout = outer.layout()
    assert layout is not None
    layout.activate()


def test_a_column_has_its_margins_its_spacing_and_its_gaps(theme: Theme, qtbot: QtBot) -> None:
    outer, (first, second, third) = QWidget(), _widgets(3)
    qtbot.addWidget(outer)
    column(theme, first, second, 10, third, spacing=4, margins=(1, 2, 3, 5), on=outer)
    _lay_out(outer, 100, outer.sizeHint().height())
    assert [one.y() for one in (first, second, third)] == [2, 26, 60]
    assert (first.x(), first.width()) == (1, 96)
    assert outer.height() == 2 + 3 * 20 + 4 + 4 + 10 + 5


def test_a_row_shares_the_room_and_pushes_apart(theme: Theme, qtbot: QtBot) -> None:
    wide, narrow, left, right = _widgets(4)
    narrow.setFixedWidth(30)
    left.setFixedWidth(30)
    right.setFixedWidth(30)
    outer = QWidget()
    qtbot.addWidget(outer)
    column(theme, row(theme, grow(wide), narrow), row(theme, left, STRETCH, right), on=outer)
    _lay_out(outer, 200, 40)
    assert (wide.width(), narrow.x(), left.x(), right.x()) == (170, 170, 0, 170)


def test_a_cell_keeps_to_its_edge(theme: Theme, qtbot: QtBot) -> None:
    (small,) = _widgets(1)
    small.setFixedWidth(30)
    outer = box(column(theme, at(Qt.AlignmentFlag.AlignRight, small)))
    qtbot.addWidget(outer)
    _lay_out(outer, 200, 40)
    assert small.geometry().right() == 199


def test_a_form_names_its_fields(theme: Theme, qtbot: QtBot) -> None:
    name, url = QLineEdit(), QLineEdit()
    outer = box(form(theme, ("Name", name), ("URL", url)))
    qtbot.addWidget(outer)
    captions = outer.findChildren(Label)
    assert [(one.text(), one.buddy()) for one in captions] == [("Name", name), ("URL", url)]
