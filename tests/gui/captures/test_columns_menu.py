"""The menu of the columns as its user has it: opened by a key, clicked with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from inspector.domain.query.scope import EVERYTHING, scope_of
from inspector.gui.captures.column_widths import SCROLLED_ANSWER
from inspector.gui.captures.columns import COLUMNS, NUMBERS
from inspector.gui.captures.columns_menu import ColumnPathDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.settings.window_state import Arrangement
from tests.builders import COMPLETION, an_answer
from tests.gui.captures.test_capture_list import fill
from tests.waiting import until

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


async def test_a_column_from_the_body_leaves_the_others_of_use(window: MainWindow) -> None:
    await fill(window, an_answer(user="user_0412"))
    window.resize(1700, 900)
    for path in ("$.created_at", "$.survey_id"):
        window.captures.columns_menu.add_path(path)
    assert {"survey", "respondent", "path-1", "path-2"} <= set(shown(window))
    respondent = NUMBERS["respondent"]
    needed = window.theme.metrics(13).horizontalAdvance("user_0412")
    assert window.list.columnWidth(respondent) >= needed + 8
    answer = len(COLUMNS) - 1
    assert window.list.columnWidth(answer) >= SCROLLED_ANSWER
    window.list.select_next()  # which opens the detail
    window.resize(1024, 700)
    await until(lambda: window.list.horizontalScrollBar().maximum() > 0)  # to what finds no room


async def test_the_usual_columns_are_the_usual_ones_in_width_and_place_too(window: MainWindow) -> None:
    await fill(window, b'{"n":1}')
    header, usual = window.list.horizontalHeader(), shown(window)
    width = window.list.columnWidth(NUMBERS["verdict"])
    window.captures.columns_menu.add_path("$.n")
    header.resizeSection(NUMBERS["verdict"], 222)  # as drags do
    header.moveSection(header.visualIndex(NUMBERS["verdict"]), 5)
    await pick(window, "Restore default columns")
    assert shown(window) == usual
    assert window.list.columnWidth(NUMBERS["verdict"]) == width
    assert header.visualIndex(NUMBERS["verdict"]) == NUMBERS["verdict"]
    await pick(window, "$.n")
    assert "path-1" in shown(window), "what stood there before is a click away"


async def test_of_a_column_without_room_the_menu_says_so(window: MainWindow) -> None:
    await fill(window, an_answer())
    window.list.select_next()  # which opens the detail
    window.resize(1024, 700)
    await until(lambda: "survey" not in shown(window))
    menu = await open_menu(window)
    assert "Survey – does not fit now" in [action.text() for action in menu.actions()]
    menu.close()
    window.resize(2000, 900)
    await until(lambda: "survey" in shown(window))
    menu = await open_menu(window)
    assert "Survey" in [action.text() for action in menu.actions()]
    menu.close()


async def test_in_the_scope_of_a_survey_no_column_repeats_its_name(window: MainWindow) -> None:
    await fill(window, an_answer(user="user_0412"))
    await until(lambda: not window.session.groups.behind)
    window.resize(2000, 900)
    await until(lambda: "survey" in shown(window))
    row = window.session.captures.rows([window.model.id_at(0)])[window.model.id_at(0)]
    window.show_scope(scope_of(row, depth=1))
    await until(lambda: "survey" not in shown(window))
    assert "respondent" in shown(window)
    menu = await open_menu(window)
    assert "Survey – the same for all listed captures" in [action.text() for action in menu.actions()]
    menu.close()
    window.show_scope(scope_of(row))
    await until(lambda: "respondent" not in shown(window))
    window.show_scope(EVERYTHING)
    await until(lambda: {"survey", "respondent"} <= set(shown(window)))


async def test_tags_have_a_column_once_a_listed_capture_has_one(window: MainWindow) -> None:
    await fill(window, an_answer(user="another"), an_answer(user="user_0412"))
    window.resize(2000, 900)
    await until(lambda: "survey" in shown(window))
    assert "tags" not in shown(window)
    await window.session.captures.put_note(window.model.id_at(0), "Look here")
    await until(lambda: window.model.line_at(0).tags == ("note",))
    assert "tags" not in shown(window), "the list moves at a key or a click only"
    other = window.model.id_at(1)
    await window.session.captures.delete([other])  # as retention does
    await until(lambda: window.model.rowCount() == 1)
    assert "tags" not in shown(window)
    window.filter_row.field.setText("user:user_0412")
    await until(lambda: "tags" in shown(window))
    window.list.columns.use_usual()
    assert "tags" in shown(window)


async def test_an_arrangement_from_before_there_was_a_column_of_tags_has_one(window: MainWindow) -> None:
    await fill(window, an_answer(user="user_0412"))
    order = ("gutter", "time", "answer", "verdict")
    window.list.columns.arrange(Arrangement(order=order, chosen=("verdict",)))
    assert "tags" in window.list.columns.selected
    header = window.list.horizontalHeader()
    assert header.visualIndex(NUMBERS["tags"]) < header.visualIndex(NUMBERS["answer"])


async def test_completion_is_never_cut_light_or_dark(window: MainWindow, theme: Theme) -> None:
    await fill(window, COMPLETION)
    for is_dark in (False, True):
        theme.force(is_dark)
        needed = theme.metrics(13, theme.loud_weight()).horizontalAdvance("Completion")
        assert window.list.columnWidth(NUMBERS["event"]) - 8 >= needed


async def test_a_path_is_asked_for_and_what_is_none_is_told_where_it_is_typed(window: MainWindow) -> None:
    await fill(window, COMPLETION)
    await pick(window, "Add a column from the body…")
    [dialog] = window.findChildren(ColumnPathDialog)
    assert dialog.field.accessibleName() == "JSON path"
    await until(dialog.field.hasFocus)
    assert not dialog.verb.isEnabled(), "nothing is named yet"
    QTest.keyClicks(dialog.field, "$.responses[")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert "A path continues with" in dialog.error.text()
    assert dialog.isVisible()
    QTest.keyClicks(dialog.field, "0].response")
    assert not dialog.error.isVisible()
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: not window.findChildren(ColumnPathDialog))
    assert window.model.paths == ("$.responses[0].response",)
    assert "path-1" in shown(window)


async def test_asking_for_a_path_is_given_up_by_a_key(window: MainWindow) -> None:
    await pick(window, "Add a column from the body…")
    [dialog] = window.findChildren(ColumnPathDialog)
    QTest.keyClicks(dialog.field, "$.user_id")
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    await until(lambda: not window.findChildren(ColumnPathDialog))
    assert window.model.paths == ()


async def test_tags_are_shown_once_whether_they_have_a_column_or_not(window: MainWindow) -> None:
    await fill(window, an_answer(user="user_0412"))
    window.resize(2000, 900)
    columns = window.list.columns
    assert columns.has_inline_tags
    await window.session.captures.put_note(window.model.id_at(0), "Look here")
    await until(lambda: window.model.line_at(0).tags == ("note",))
    columns.use_usual()
    assert "tags" in shown(window)
    assert not columns.has_inline_tags
    window.list.horizontalHeader().resizeSection(NUMBERS["survey"], 222)  # as a drag does
    columns.fit()
    assert "tags" in shown(window)
    assert not columns.has_inline_tags
    await pick(window, "Tags")
    assert "tags" not in shown(window)
    assert not columns.has_inline_tags, "the user does not want to see them"
