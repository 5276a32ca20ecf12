"""The mouse wheel scrolls a page and never changes a value on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDialog, QWidget

import inspector.gui
from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.kit.controls.value_boxes import SpinBox
from inspector.gui.kit.layout import Scrolled, column
from inspector.gui.kit.layout import box as box_of
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.edit_dialog import EditDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.replay.target import TargetDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import ANSWER
from tests.gui.conftest import deliver
from tests.gui.detail.conftest import put
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Open = Callable[[Session, Theme, QWidget, int], QDialog]


def turn(widget: QWidget, notches: int) -> bool:
    """Turn the wheel over a widget; whether it used that, or left it to the page around it."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        *(middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        (lambda session, theme, window, one: ReplayDialog(session, theme, (one,), window), 8),
        (lambda session, theme, window, one: EditDialog(session, theme, one, window), 2),
        (lambda session, theme, window, _: TargetDialog(session, theme, window), 2),
        (lambda session, theme, window, _: CheckDialog(session, theme, window), 1),
    ],
)
async def test_the_wheel_changes_no_value(
    session: Session, theme: Theme, window: QWidget, kind: Open, least: int
) -> None:
    dialog = kind(session, theme, window, await put(session, ANSWER))
    dialog.show()
    boxes = [*dialog.findChildren(QComboBox), *dialog.findChildren(QAbstractSpinBox)]
    assert len(boxes) >= least

    def values() -> list[str]:
        return [box.currentText() if isinstance(box, QComboBox) else box.text() for box in boxes]

    before = values()
    for box in boxes:
        for notches in (-2, 1):
            is_used = turn(box, notches)
            assert not (is_used and box.isEnabled()), "the page would not scroll"
        assert box.focusPolicy() == Qt.FocusPolicy.StrongFocus, "the wheel would focus it"
    assert values() == before
    dialog.reject()


async def test_the_wheel_over_the_tabs_stays_in_the_tab(session: Session, window: MainWindow) -> None:
    await deliver(session, ANSWER)
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_next()
    await until(lambda: window.detail.shown is not None)
    strip = window.detail.strip
    before = strip.currentIndex()
    for notches in (-1, -1, 1):
        turn(strip, notches)
        assert strip.currentIndex() == before


def test_the_page_around_a_value_scrolls(qapp: QApplication, theme: Theme) -> None:
    boxes = [SpinBox(f"number {number}", 0, 9) for number in range(40)]
    area = Scrolled(theme, box_of(column(theme, *boxes)))
    area.resize(300, 200)
    area.show()
    qapp.processEvents()
    boxes[0].setFocus()
    place = QPointF(boxes[0].mapTo(area, boxes[0].rect().center()))
    # Qt passes only an event of the window system on to a parent.
    QTest.wheelEvent(area.windowHandle(), place, QPoint(0, -360))
    assert area.verticalScrollBar().value() > 0
    assert boxes[0].value() == 0
    area.close()


def test_no_control_of_the_window_takes_the_wheel() -> None:
    """A control of Qt's own would take the wheel in the page that it is on."""
    folder = Path(inspector.gui.__file__).parent
    kind = r"Q(ComboBox|SpinBox|DoubleSpinBox|DateTimeEdit|DateEdit|TimeEdit|Slider|Dial|TabBar|TabWidget)"
    made = re.compile(rf"(class \w+\({kind}\)|\b{kind}\(\))")
    taking = [
        file.name
        for file in folder.rglob("*.py")
        if len(made.findall(text := file.read_text("utf-8"))) > text.count("leave_wheel_to_page(self)")
    ]
    assert taking == []
