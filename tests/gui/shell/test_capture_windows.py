"""A capture in a window of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from inspector.gui.kit.theme import Theme
from inspector.gui.shell.capture_windows import CaptureWindow
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import ANSWER, an_answer
from tests.gui.conftest import deliver
from tests.gui.detail.conftest import tab_name
from tests.session.test_replays import receiver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(autouse=True)
def _patient(qapp: QApplication) -> Iterator[None]:
    """A busy machine takes longer between two clicks than the usual 0.4 s."""
    interval_ms = QApplication.doubleClickInterval()
    QApplication.setDoubleClickInterval(60_000)
    yield
    QApplication.setDoubleClickInterval(interval_ms)


async def _fill(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(f"{number}", user=f"user-{number}") for number in range(1, 6)))
    await until(lambda: window.model.rowCount() == 5)


def click(window: MainWindow, place: QPoint, *kinds: QEvent.Type) -> None:
    """Send events of the left button, as the window system does: to the window."""
    for kind in kinds:
        held = (
            Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        )
        event = QMouseEvent(
            kind,
            QPointF(place),
            QPointF(window.mapToGlobal(place)),
            Qt.MouseButton.LeftButton,
            held,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(window.windowHandle(), event)


def double_click(window: MainWindow, capture: int, x: int) -> None:
    """Double-click the row of a capture at this x of the list."""
    view = window.list
    row = window.model.row_of(capture)
    assert row is not None
    y = view.visualRect(window.model.index(row, 1)).center().y()
    place = view.viewport().mapTo(window, QPoint(x, y))
    click(window, place, QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
    window.grab()  # the detail opens, and is laid out
    press, twice, release = (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseButtonRelease,
    )
    click(window, place, press, twice, release)


def opened(window: MainWindow) -> list[CaptureWindow]:
    return [one for one in window.findChildren(CaptureWindow) if one.isVisible()]


@pytest.mark.parametrize("x", [60, 1000])
async def test_a_double_click_opens_it_wherever_the_row_is_clicked(
    window: MainWindow, session: Session, x: int
) -> None:
    await _fill(window, session)
    double_click(window, 3, x)
    [one] = opened(window)
    await until(lambda: one.pane.header.user.text() == "user-3")
    assert one.windowTitle() == "Capture 3"
    assert window.list.selected_ids() == (3,), "the first click selects it"
    window.list.select_capture(5)
    await until(lambda: window.detail.header.user.text() == "user-5")
    assert one.pane.header.user.text() == "user-3", "it stays"


async def test_several_are_open_and_the_same_one_only_once(window: MainWindow, session: Session) -> None:
    await _fill(window, session)
    for capture in (2, 4, 2):
        window.list.select_capture(capture)
        QTest.keyClick(window.list, Qt.Key.Key_O)
    assert sorted(one.capture_id for one in opened(window)) == [2, 4]


async def test_esc_closes_it_and_the_keys_act_on_its_capture(window: MainWindow, session: Session) -> None:
    await _fill(window, session)
    window.list.select_capture(2)
    QTest.keyClick(window.list, Qt.Key.Key_O)
    [one] = opened(window)
    window.list.select_capture(5)
    await until(lambda: one.pane.shown is not None)
    await until(one.isActiveWindow)
    QTest.keyClick(one.pane.strip, Qt.Key.Key_2)
    assert one.pane.current_view is one.pane.body
    assert window.detail.current_view is not window.detail.body
    QTest.keyClick(one.pane.strip, Qt.Key.Key_P)
    await until(lambda: session.captures.rows([2])[2].is_pinned)
    assert not session.captures.rows([5])[5].is_pinned
    async with receiver() as (url, received):
        await session.replays.remember_target(url)
        QTest.keyClick(one.pane.strip, Qt.Key.Key_R)
        await until(lambda: len(received) == 1)
    await until(lambda: [row.capture_id for row in one.pane.shown.exact.attempts] == [2])  # type: ignore[union-attr]
    QTest.keyClick(one.pane.strip, Qt.Key.Key_Escape)
    assert not one.isVisible()


async def test_it_follows_the_mask_and_the_theme(window: MainWindow, session: Session, theme: Theme) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    await _fill(window, session)
    one = window.capture_windows.open(2)
    await until(lambda: one.pane.header.user.text() == "user-2")
    window.action("mask").trigger()
    await until(lambda: "user-2" not in one.pane.header.user.text() and one.pane.shown is not None)
    theme.force(True)
    await until(lambda: one.palette().base().color() == theme.color("base"))
    window.action("mask").trigger()
    await until(lambda: one.pane.header.user.text() == "user-2")


async def test_a_typed_note_is_saved_with_the_window(window: MainWindow, session: Session) -> None:
    await _fill(window, session)
    one = window.capture_windows.open(2)
    await until(lambda: one.pane.shown is not None)
    one.pane.show_view("Notes")
    QTest.keyClicks(one.pane.notes.editor, "keep me")
    one.close()
    await until(lambda: session.captures.rows([2])[2].note, lambda note: note == "keep me")


async def test_a_cause_is_cured_in_its_window_and_the_list_follows(
    window: MainWindow, session: Session
) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    await deliver(session, ANSWER, secret="mine")
    await until(lambda: window.model.rowCount() == 1)
    opened = window.capture_windows.open(1)
    opened.pane.show_view("Signature")
    buttons = opened.pane.signature.buttons
    await until(buttons.cure.isVisible)
    QTest.mouseClick(buttons.cure, Qt.MouseButton.LeftButton)
    await until(opened.pane.signature.note.undo.isVisible)
    await until(lambda: tab_name(opened.pane, "Signature") == "Signature, Valid")
    QTest.mouseClick(opened.pane.signature.note.undo, Qt.MouseButton.LeftButton)
    await until(lambda: session.captures.rows([1])[1].verdict.word == "invalid")
    opened.actions_table["try-secret"].trigger()
    await until(lambda: window.secret_commands.trying is not None)
