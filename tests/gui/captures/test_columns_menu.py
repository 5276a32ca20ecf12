"""The menu of the columns as its user has it: opened by a key, clicked with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from inspector.gui.captures.columns import COLUMNS, NUMBERS
from inspector.gui.main_window import MainWindow
from tests.gui.captures.test_list import fill
from tests.gui.conftest import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


async def open_menu(window: MainWindow) -> QMenu:
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


async def pick(window: MainWindow, text: str) -> None:
    """Click on an entry of it."""
    menu = await open_menu(window)
    [action] = [one for one in menu.actions() if one.text() == text]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    await until(lambda: QApplication.activePopupWidget() is None)


def shown(window: MainWindow) -> list[str]:
    return [column.name for number, column in enumerate(COLUMNS) if not window.list.isColumnHidden(number)]


async def test_a_click_shows_a_column_and_another_takes_it_away(window: MainWindow) -> None:
    await fill(window, b"x")
    for title, name in (("Age", "age"), ("Size", "size"), ("Status", "status"), ("Request", "request")):
        await pick(window, title)
        assert name in shown(window)
        await pick(window, title)
        assert name not in shown(window)
    await pick(window, "Event")
    assert window.list.isColumnHidden(NUMBERS["event"])
