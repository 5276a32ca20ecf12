"""Saved filters in the tree: applied, counted, saved, edited, moved and removed, by keys and the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from inspector.domain.query.saved_filter import SavedFilter
from inspector.gui.filters.filter_dialog import FilterDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.surveys.node import Node
from inspector.session import filter_counts
from inspector.session.filters import Filters
from inspector.session.preferences import Preferences
from inspector.session.session import Session
from inspector.settings.settings import Settings
from tests.builders import a_completion
from tests.gui.conftest import deliver, was_shown
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def rows(window: MainWindow) -> list[Node]:
    """The rows of saved filters in the tree, from top to bottom."""
    model = window.survey_model
    every = [model.node(model.index(place, 0)) for place in range(model.rowCount())]
    return [node for node in every if node.saved is not None]


def names(window: MainWindow) -> list[str]:
    return [node.text for node in rows(window)]


def counts(window: MainWindow) -> list[int | None]:
    return [node.count for node in rows(window)]


def place_of(window: MainWindow, name: str) -> QRect:
    return window.surveys.tree.visualRect(window.survey_model.filter_index(name))


def click(window: MainWindow, name: str, x: int) -> None:
    place = place_of(window, name)
    QTest.mouseClick(
        window.surveys.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, place.center().y())
    )


def dialog(window: MainWindow) -> FilterDialog:
    return next(one for one in window.findChildren(FilterDialog) if one.isVisible())


async def filled(window: MainWindow, session: Session) -> None:
    """A valid and an invalid capture in the list, and two more filters."""
    await deliver(session, a_completion(user="ann"))
    await deliver(session, a_completion(user="eve"), secret="wrong")
    await session.filters.remove("Detractors")
    await session.filters.add(SavedFilter(name="Ann", query="user:ann"))
    await session.filters.add(SavedFilter(name="Quiet", silence_s=900, bell="on"))
    await until(lambda: window.model.rowCount() == 2)
    await until(lambda: names(window) == ["Invalid today", "Ann", "Quiet"])


async def test_a_click_applies_a_filter_and_another_row_takes_it_back(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    field = window.filter_row.field
    click(window, "Invalid today", 100)
    assert field.text() == "verdict:invalid since:today"
    await until(lambda: window.model.rowCount() == 1)
    click(window, "Ann", 100)
    assert field.text() == "user:ann"
    QTest.keyClick(window.surveys.tree, Qt.Key.Key_Home)
    assert field.text() == ""
    await until(lambda: window.model.rowCount() == 2)


async def test_an_edited_filter_stays_when_its_row_is_left(window: MainWindow, session: Session) -> None:
    await filled(window, session)
    click(window, "Ann", 100)
    window.filter_row.field.setText("user:ann event:answer")
    QTest.keyClick(window.surveys.tree, Qt.Key.Key_Home)
    assert window.filter_row.field.text() == "user:ann event:answer"


async def test_a_second_click_applies_a_filter_again_and_clearing_leaves_it(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    field, tree = window.filter_row.field, window.surveys.tree
    click(window, "Ann", 100)
    field.setText("user:ann event:answer")
    click(window, "Ann", 100)
    assert field.text() == "user:ann"
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert window.survey_model.node(tree.currentIndex()).kind == "all"
    click(window, "Quiet", 100)
    assert window.survey_model.node(tree.currentIndex()).text == "Quiet"


async def test_counts_follow_arrivals_late_verdicts_and_clearing(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    await until(lambda: counts(window) == [1, 1, 0])
    await deliver(session, a_completion(user="ann"))
    await deliver(session, b'{"user_id":"ann","fill":"%b"}' % (b"x" * 100_000), secret="wrong")
    await until(lambda: counts(window) == [2, 3, 0])
    deletion = await session.captures.clear(text="user:ann")
    await until(lambda: counts(window) == [1, 0, 0])
    await session.captures.undo(deletion)
    await until(lambda: counts(window) == [2, 3, 0])


async def test_old_captures_are_counted_once_and_only_the_latest_again(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(window, session)
    await until(lambda: counts(window) == [1, 1, 0])
    monkeypatch.setattr(filter_counts, "RECENT", 2)
    for number in range(2, 10):
        await deliver(session, a_completion(user="ann"))
        await until(lambda wanted=number: counts(window)[1] == wanted)  # type: ignore[misc]
    await session.filters.add(SavedFilter(name="All", query="event:completion"))
    await until(lambda: counts(window) == [1, 9, 0, 10])


async def test_the_icon_switches_the_bell_and_does_not_apply_the_filter(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    click(window, "Ann", 24)
    await until(lambda: session.filters.find("Ann").bell == "on")
    await until(lambda: rows(window)[1].saved == session.filters.find("Ann"))
    assert window.filter_row.field.text() == ""
    assert "alerts you" in window.survey_model.data(
        window.survey_model.filter_index("Ann"), Qt.ItemDataRole.AccessibleTextRole
    )
    await until(lambda: was_shown("Ann: New matches alert you."))
    window.surveys.tree.setCurrentIndex(window.survey_model.filter_index("Ann"))
    QTest.keyClick(window.surveys.tree, Qt.Key.Key_Space)
    await until(lambda: session.filters.find("Ann").bell == "muted")


async def test_ctrl_s_saves_the_filter_under_a_name_and_selects_it(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    field = window.filter_row.field
    assert not window.action("save-filter").isEnabled()
    field.setFocus()
    QTest.keyClicks(field, "verdict:invalid user:eve")
    QTest.keyClick(field, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    form = dialog(window)
    assert form.query.text() == "verdict:invalid user:eve"
    assert form.name.selectedText() == "verdict invalid user eve"
    QTest.keyClicks(form.name, "Eve: fails")
    form.alert.click()
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    await until(form.error.isVisible)
    assert form.error.text() == "A name cannot contain a colon. Remove it."
    form.name.clear()
    QTest.keyClicks(form.name, "Eve fails")
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    await until(lambda: "Eve fails" in names(window))
    assert session.filters.find("Eve fails").bell == "on"
    await until(lambda: window.survey_model.node(window.surveys.tree.currentIndex()).text == "Eve fails")
    assert field.text() == "verdict:invalid user:eve"


async def test_f2_edits_a_filter_and_the_query_is_checked_at_its_field(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    window.surveys.tree.setFocus()
    window.surveys.tree.setCurrentIndex(window.survey_model.filter_index("Ann"))
    QTest.keyClick(window.surveys.tree, Qt.Key.Key_F2)
    form = dialog(window)
    form.query.setText("user:ann verdit:invalid")
    form.verb.click()
    await until(form.error.isVisible)
    assert form.query.selectedText() == "verdit:"
    form.query.setText("user:ann verdict:valid")
    form.name.setText("Ann, valid")
    form.verb.click()
    await until(lambda: names(window) == ["Invalid today", "Ann, valid", "Quiet"])
    await until(lambda: window.filter_row.field.text() == "verdict:valid user:ann")


async def test_alt_arrows_move_a_filter_and_it_stays_selected(window: MainWindow, session: Session) -> None:
    await filled(window, session)
    tree = window.surveys.tree
    tree.setCurrentIndex(window.survey_model.filter_index("Ann"))
    QTest.keyClick(tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    await until(lambda: names(window) == ["Ann", "Invalid today", "Quiet"])
    assert window.survey_model.node(tree.currentIndex()).text == "Ann"
    assert [one.name for one in session.filters.all()] == ["Ann", "Invalid today", "Quiet"]


async def test_the_pointer_moves_a_filter(window: MainWindow, session: Session) -> None:
    await filled(window, session)
    viewport = window.surveys.tree.viewport()
    start, end = place_of(window, "Quiet").center(), place_of(window, "Invalid today").center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(viewport, end)
    await until(lambda: names(window) == ["Quiet", "Invalid today", "Ann"])
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


async def test_del_removes_a_filter_and_ctrl_shift_z_restores_it_in_its_place(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    tree = window.surveys.tree
    tree.setFocus()
    tree.setCurrentIndex(window.survey_model.filter_index("Ann"))
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    await until(lambda: names(window) == ["Invalid today", "Quiet"])
    await until(lambda: was_shown("Removed the filter “Ann”. Ctrl+Shift+Z restores it."))
    assert window.filter_row.field.text() == ""
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(tree, Qt.Key.Key_Z, both)
    await until(lambda: names(window) == ["Invalid today", "Ann", "Quiet"])


async def test_a_filter_of_the_terminal_is_there_when_the_user_comes_back_and_is_not_lost(
    window: MainWindow, session: Session
) -> None:
    await filled(window, session)
    other = Filters(Preferences(Settings(file=session.preferences.file)))
    await other.add(SavedFilter(name="Terminal", query="user:eve"))
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    await until(lambda: "Terminal" in names(window))
    await other.add(SavedFilter(name="Second", query="user:eve"))
    await session.filters.add(SavedFilter(name="Window", query="user:ann"))
    assert names(window)[-1] != "Second"
    await until(lambda: names(window)[-3:] == ["Terminal", "Second", "Window"])


async def test_the_plus_asks_for_a_silence_too(window: MainWindow, session: Session) -> None:
    await filled(window, session)
    tree, model = window.surveys.tree, window.survey_model
    caption = next(
        index
        for place in range(model.rowCount())
        if model.node(index := model.index(place, 0)).kind == "filters"
    )
    rect = tree.visualRect(caption)
    QTest.mouseClick(
        tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.right() - 14, rect.center().y())
    )
    form = dialog(window)
    QTest.keyClicks(form.name, "Night")
    assert form.query.isVisible()
    assert not form.silence.isVisible()
    height = form.height()
    QTest.mouseClick(form.kind.button(1), Qt.MouseButton.LeftButton)
    assert form.silence.isVisible()
    assert (form.query.isVisible(), form.height()) == (False, height), "it takes the same place"
    form.silence.setText("2h")
    form.alert.click()
    form.verb.click()
    await until(lambda: "Night" in names(window))
    assert session.filters.find("Night") == SavedFilter(name="Night", silence_s=7200, bell="on")


async def test_a_masked_screen_hides_what_a_filter_searches_for(window: MainWindow, session: Session) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    await filled(window, session)
    index = window.survey_model.filter_index("Ann")
    assert "user:ann" in window.survey_model.data(index, Qt.ItemDataRole.ToolTipRole)
    window.action("mask").trigger()
    await until(lambda: "ann" not in rows(window)[1].tip.removeprefix("Ann"))
