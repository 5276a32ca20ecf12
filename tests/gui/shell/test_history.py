"""Back and forward through what was seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.kit.theme import Theme
from inspector.gui.shell import history
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import at_rest, deliver, end
from tests.waiting import PATIENCE_S, until

SURVEY = Scope(part="surveys", survey_id="s-1")


async def _fill(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(f"{number}", user=f"u{number}") for number in range(6)))
    await deliver(session, an_answer("other", survey="s-2"))
    await until(lambda: window.model.rowCount() == 7 and not session.groups.behind)
    await at_rest("list captures")


def back(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)


def forward(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)


def press(window: MainWindow, button: Qt.MouseButton) -> None:
    """Press a button over the list, as the window system sends it: to the window."""
    place = QPointF(window.list.viewport().mapTo(window, QPoint(40, 40)))
    everywhere = QPointF(window.mapToGlobal(QPoint(0, 0))) + place
    for kind, held in (
        (QEvent.Type.MouseButtonPress, button),
        (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
    ):
        event = QMouseEvent(kind, place, everywhere, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window.windowHandle(), event)


async def test_keys_lead_back_through_captures_scopes_and_pages(window: MainWindow, session: Session) -> None:
    await _fill(window, session)
    assert not window.action("back").isEnabled()
    window.list.select_capture(5)
    await until(window.action("back").isEnabled)
    window.surveys.tree.select(SURVEY)
    await until(lambda: window.history.depth == 3)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: window.history.depth == 4)

    back(window)
    assert not window.summary_stack.is_summary
    back(window)
    assert window.listing.scope == EVERYTHING
    await until(lambda: window.list.shown == 5)
    back(window)
    await until(lambda: window.list.shown is None)
    assert not window.action("back").isEnabled()
    for _ in range(3):
        forward(window)
    await until(lambda: window.summary_stack.is_summary)
    assert window.listing.scope == SURVEY
    assert not window.action("forward").isEnabled()


async def test_a_filter_comes_back_with_its_capture(window: MainWindow, session: Session) -> None:
    await _fill(window, session)
    window.filter_row.field.setText("user:u2")
    await until(lambda: window.history.depth == 2)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: window.history.depth == 3)
    window.filter_row.field.setText("user:u4")
    window.listing.current_query()  # the search begins
    window.summary_stack.refresh()  # counts change meanwhile
    await until(lambda: window.history.here.query == "user:u4")
    assert window.history.here.capture is None, "the list had no capture of the new filter yet"
    assert window.history.depth == 4
    back(window)
    await until(lambda: window.list.shown == 3)
    assert window.filter_row.field.text() == "user:u2"
    await until(window.detail.isVisible)


async def test_captures_that_were_only_passed_are_left_out(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_SEEN_S", PATIENCE_S)
    await _fill(window, session)
    for _ in range(5):
        QTest.keyClick(window.list, Qt.Key.Key_J)
        await at_rest("show a capture")
    assert window.history.depth == 2


async def test_mouse_buttons_lead_back_and_forward_from_any_place(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_SEEN_S", 0.0)
    await _fill(window, session)
    for capture in (2, 4):
        window.list.select_capture(capture)
        await until(lambda capture=capture: window.history.here.capture == capture)  # type: ignore[misc]
        await at_rest("show a capture")
    press(window, Qt.MouseButton.BackButton)
    await until(lambda: window.list.shown == 2)
    press(window, Qt.MouseButton.ForwardButton)
    await until(lambda: window.list.shown == 4)


async def test_a_capture_that_is_gone_is_passed_over(window: MainWindow, session: Session) -> None:
    await _fill(window, session)
    window.list.select_capture(5)
    await until(lambda: window.history.depth == 2)
    window.surveys.tree.select(SURVEY)
    await until(lambda: window.history.depth == 3)
    await session.captures.clear(text="id:5")
    await until(lambda: window.model.rowCount() == 5)
    back(window)
    await until(lambda: window.model.rowCount() == 6)
    assert window.list.shown is None
    back(window)
    assert window.listing.scope == EVERYTHING


async def test_the_place_of_the_last_time_is_the_first_one(
    window: MainWindow, session: Session, theme: Theme
) -> None:
    await _fill(window, session)
    window.filter_row.field.setText("user:u2")
    await until(lambda: window.model.rowCount() == 1)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: window.list.shown == 3)
    window.layout_memory.save()
    again = MainWindow(session, theme)
    await until(lambda: again.list.shown == 3)
    await at_rest("list captures", "show a capture")
    assert not again.action("back").isEnabled()
    assert again.history.here.capture == 3
    end(again)
