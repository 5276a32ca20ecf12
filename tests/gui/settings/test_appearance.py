"""The appearance of the window, as settings and keys change it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMargins, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSplitterHandle, QWidget
from shiboken6 import isValid

from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.theme import DARK, LIGHT
from inspector.gui.shell.main_window import MainWindow
from tests.builders import an_answer
from tests.gui.conftest import deliver, was_shown
from tests.waiting import until

CTRL = Qt.KeyboardModifier.ControlModifier


def measures(widgets: list[QWidget]) -> list[tuple[str, int, int, QMargins]]:
    """Return the font, least height and margins of widgets, which only the text size changes.

    Not of a text, which is as high as its lines, nor of a handle, which goes with a folded pane.
    """
    return [
        (
            type(one).__name__,
            one.font().pixelSize(),
            one.minimumHeight(),
            layout.contentsMargins() if (layout := one.layout()) is not None else QMargins(),
        )
        for one in widgets
        if isValid(one) and not isinstance(one, FlowText | QSplitterHandle)
    ]


async def has_scale(window: MainWindow, percent: int) -> None:
    await until(lambda: window.theme.scale == percent / 100)


@pytest.mark.qt_log_ignore("This plugin does not support")  # minimum sizes
async def test_keys_change_the_text_size_of_the_whole_window_and_back(window: MainWindow) -> None:
    await deliver(window.session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    widgets = window.findChildren(QWidget)
    before = measures(widgets)
    height, row = window.bar.height(), window.list.rowHeight(0)
    for text_size in (110, 125, 150, 150):
        QTest.keyClick(window, Qt.Key.Key_Plus, CTRL)
        await has_scale(window, text_size)
    assert was_shown("Text size 150 %.")
    assert window.status.font().pixelSize() == round(13 * 1.5)
    assert (window.bar.height(), window.list.rowHeight(0)) == (height * 1.5, row * 1.5)
    for text_size in (125, 110, 100, 90):
        QTest.keyClick(window, Qt.Key.Key_Minus, CTRL)
        await has_scale(window, text_size)
    QTest.keyClick(window, Qt.Key.Key_0, CTRL)
    await has_scale(window, 100)
    await until(lambda: measures(widgets) == before)
    assert window.list.rowHeight(0) == row
    assert not window.list.columns.remembered().widths, "the columns still fit the width of the list"


async def test_theme_and_density_take_effect_at_once(window: MainWindow, qapp: QApplication) -> None:
    await deliver(window.session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    preferences = window.session.preferences
    await preferences.save("theme", "dark")
    await until(lambda: window.theme.tokens is DARK)
    await preferences.save("theme", "light")
    await until(lambda: window.theme.tokens is LIGHT)
    await preferences.save("density", "compact")
    await until(lambda: window.list.rowHeight(0) == 24)
    tree = window.surveys.tree
    await until(lambda: tree.visualRect(tree.model().index(0, 0)).height() == 24)


async def test_without_the_timeline_its_place_is_the_lists(window: MainWindow) -> None:
    await deliver(window.session, an_answer())
    await until(window.strip.isVisible)
    await window.session.preferences.save("timeline", False)
    await until(lambda: not window.strip.isVisible())
    window.resize(1400, 880)
    assert not window.strip.isVisible()
