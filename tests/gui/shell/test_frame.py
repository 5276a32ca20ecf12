"""The layout of the window: what opens, closes and keeps its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver, end
from tests.waiting import until


async def _with_captures(window: MainWindow, session: Session, count: int = 40) -> None:
    await deliver(session, *(an_answer(f"answer {number}") for number in range(count)))
    await until(lambda: window.model.rowCount() == count)


def drag(widget: QWidget, by: int) -> None:
    """Drag a widget sideways, as the mouse does."""
    middle = QPointF(widget.rect().center())
    start = QPointF(widget.mapToGlobal(middle))
    for kind, x in (
        (QEvent.Type.MouseButtonPress, 0),
        (QEvent.Type.MouseMove, by),
        (QEvent.Type.MouseButtonRelease, by),
    ):
        button = Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        place = start + QPointF(x, 0)
        event = QMouseEvent(
            kind, widget.mapFromGlobal(place), place, button, held, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(widget, event)


async def test_an_arrival_opens_nothing_and_the_list_has_the_full_width(
    window: MainWindow, session: Session
) -> None:
    await _with_captures(window, session)
    await deliver(session, an_answer("one more"))
    await until(lambda: window.model.rowCount() == 41)
    assert not window.detail.isVisible()
    assert not window.list.selected_ids()
    assert window.list.width() == window.summary_stack.width()


async def test_a_key_opens_the_detail_and_esc_closes_it(window: MainWindow, session: Session) -> None:
    await _with_captures(window, session)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(window.detail.isVisible)
    assert window.detail.width() == 528
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    assert not window.detail.isVisible()
    assert not window.list.selected_ids()
    assert window.list.is_following, "it was at the top"


async def test_esc_and_the_button_close_it_from_within_and_the_list_gets_the_focus(
    window: MainWindow, session: Session
) -> None:
    await _with_captures(window, session)
    for close in (
        lambda: QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape),
        lambda: QTest.mouseClick(window.detail.header.close_button, Qt.MouseButton.LeftButton),
    ):
        QTest.keyClick(window.list, Qt.Key.Key_J)
        await until(lambda: window.detail.shown is not None)
        window.detail.strip.setFocus()
        close()
        assert not window.detail.isVisible()
        assert window.focusWidget() is window.list
        assert window.list.selected_ids() == ()


async def test_esc_first_closes_what_is_open_inside_the_detail(window: MainWindow, session: Session) -> None:
    await _with_captures(window, session)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: window.detail.shown is not None)
    window.action("find-body").trigger()
    await until(window.detail.body.find_bar.isVisible)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not window.detail.body.find_bar.isVisible()
    assert window.detail.isVisible()


async def test_the_list_keeps_its_place_and_the_selected_row_stays_in_sight(
    window: MainWindow, session: Session
) -> None:
    await _with_captures(window, session, 120)
    bar = window.list.verticalScrollBar()
    bar.setValue(700)
    last = window.list.rowAt(window.list.viewport().height() - 2)
    before = bar.value()
    place = window.list.visualRect(window.model.index(last - 1, 1)).center()
    QTest.mouseClick(window.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    await until(window.detail.isVisible)
    assert bar.value() == before
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    assert bar.value() == before
    assert not window.list.is_following, "it was not at the top"


async def test_a_width_that_its_user_chose_is_kept_while_it_is_closed(
    window: MainWindow, session: Session
) -> None:
    await _with_captures(window, session)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: window.frame.splitters[1].handle(1).isVisible())
    panes = window.frame.splitters[1]
    drag(panes.handle(1), -80)
    wide = panes.sizes()[1]
    assert wide > 528
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    assert panes.sizes()[1] == wide


async def test_a_filter_keeps_the_detail_open_for_a_capture_that_it_matches(
    window: MainWindow, session: Session
) -> None:
    await _with_captures(window, session)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: window.detail.shown is not None)
    closed: list[bool] = []
    window.list.selected.connect(lambda one: closed.append(not window.detail.isVisible()))
    window.filter_row.field.setText("39")
    await until(lambda: window.model.rowCount() == 1)
    assert window.detail.isVisible()
    assert not any(closed)
    window.filter_row.field.setText("answer 12")
    await until(lambda: window.model.rowCount() == 1 and window.model.id_at(0) == 13)
    await until(lambda: not window.detail.isVisible())


async def test_the_widths_come_back_with_the_next_window(
    window: MainWindow, session: Session, theme: Theme
) -> None:
    await _with_captures(window, session)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: window.frame.splitters[1].handle(1).isVisible())
    drag(window.frame.splitters[1].handle(1), -60)
    drag(window.frame.splitters[0].handle(1), 50)
    detail, tree = window.detail.width(), window.surveys.width()
    assert (detail, tree) != (528, 248)
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    window.layout_memory.save()
    again = MainWindow(session, theme)
    again.resize(1440, 900)
    again.show()
    await until(lambda: again.model.rowCount() == 40)
    QTest.keyClick(again.list, Qt.Key.Key_J)
    await until(lambda: again.detail.width() == detail)
    assert again.surveys.width() == tree
    end(again)
