"""The list follows new captures until the user moves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.captures.view import CaptureView
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until


def listed(window: MainWindow) -> list[str]:
    """The respondents in the list, from top to bottom."""
    return [window.model.line_at(row).respondent for row in range(window.model.rowCount())]


async def test_what_arrives_stands_on_top_of_the_list(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: listed(window) == ["bob", "ann"])
    assert window.list.isVisible()
    assert window.model.line_at(0).badge is not None
    await until(lambda: window.filter_row.count.text() == "2 captures")


async def test_it_follows_until_its_user_moves(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u{number}") for number in range(60)))
    await until(lambda: window.model.rowCount() == 60)
    assert window.filter_row.follow.text() == "Following"
    QTest.keyClick(window, Qt.Key.Key_J)
    assert window.list.selected_ids() == (60,)
    assert window.filter_row.follow.text() == "Newest"
    window.list.verticalScrollBar().setValue(280)
    row_on_top = window.list.rowAt(0)
    capture_on_top = window.model.id_at(row_on_top)
    await deliver(session, an_answer(user="new"), an_answer(user="newer"))
    await until(lambda: window.filter_row.follow.text() == "2 new")
    assert window.model.id_at(window.list.rowAt(0)) == capture_on_top
    assert window.list.selected_ids() == (60,)
    QTest.keyClick(window, Qt.Key.Key_F)
    assert window.filter_row.follow.text() == "Following"
    assert window.list.verticalScrollBar().value() == 0
    assert window.list.selected_ids() == ()


async def test_arrivals_leave_a_selection_alone_and_announce_it_no_second_time(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, *(an_answer(user=f"u{number}") for number in range(9)))
    await until(lambda: window.model.rowCount() == 9)
    view, announced = window.list, list[tuple[int, ...]]()
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selected_ids() == (9, 8, 7, 6, 5, 4, 3, 2, 1)
    click(view, 3, Qt.KeyboardModifier.ControlModifier)  # away with it: two spans are left
    assert view.selected_ids() == (9, 8, 7, 5, 4, 3, 2, 1)
    view.selection_changed.connect(announced.append)
    await deliver(session, an_answer(user="new"))
    await until(lambda: window.model.rowCount() == 10)
    assert view.selected_ids() == (9, 8, 7, 5, 4, 3, 2, 1)
    assert announced == []  # the selection can have a million captures
    click(view, 0, Qt.KeyboardModifier.ControlModifier)
    assert announced == [(10, 9, 8, 7, 5, 4, 3, 2, 1)]


def click(view: CaptureView, row: int, modifiers: Qt.KeyboardModifier) -> None:
    place = view.visualRect(view.model().index(row, 1)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


async def test_keys_walk_through_the_list(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u{number}") for number in range(3)))
    await until(lambda: window.model.rowCount() == 3)
    chosen: list[int | None] = []
    window.list.selected.connect(chosen.append)
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K):
        QTest.keyClick(window, key)
    assert chosen == [3, 2, 1, 2]
