"""What is sought in a body is found in each of its views, counted, and walked through by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.gui.detail.body.tab import HEX, PRETTY, RAW, TREE, BodyTab
from inspector.gui.detail.pane import DetailPane
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.gui.conftest import at_rest, deliver
from tests.gui.detail.conftest import put
from tests.waiting import until

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BODY_TEXT = '{"user_id": "Llama", "question_id": "q", "response": ["no 🦙 llama", "x", {"LLAMA": 1.50}]}'


async def opened(pane: DetailPane, session: Session, view: int, body: bytes = BODY_TEXT.encode()) -> BodyTab:
    """The Body tab with one view in sight and the find bar open."""
    pane.show_capture(await put(session, body))
    tab = pane.body
    await until(lambda: pane.shown is not None and pane.shown.exact.capture.body == body)
    pane.show_view("Body")
    await until(lambda: tab.is_ready)
    tab.choice.button(view).click()
    await until(lambda: tab.is_ready)
    await at_rest("show a body")
    tab.open_find()
    return tab


@pytest.mark.parametrize("view", [TREE, PRETTY, RAW, HEX])
async def test_it_is_found_whatever_its_case_and_walked_through(
    view: int, pane: DetailPane, session: Session
) -> None:
    tab = await opened(pane, session, view)
    QTest.keyClicks(tab.find_bar.field, "llama")
    await until(lambda: tab.find_bar.count.text() == "1 of 3")
    QTest.keyClick(tab.find_bar.field, Qt.Key.Key_Return)
    QTest.keyClick(tab.find_bar.field, Qt.Key.Key_Return)
    assert tab.find_bar.count.text() == "3 of 3"
    QTest.keyClick(tab.find_bar.field, Qt.Key.Key_Return)
    assert tab.find_bar.count.text() == "1 of 3", "after the last comes the first"
    QTest.keyClick(tab.find_bar.field, Qt.Key.Key_Return, SHIFT)
    assert tab.find_bar.count.text() == "3 of 3"
    pane.grab()  # what is marked can be drawn
    QTest.keyClicks(tab.find_bar.field, "x")
    await until(lambda: tab.find_bar.count.text() == "Not found")


@pytest.mark.parametrize("view", [PRETTY, RAW])
async def test_what_is_found_behind_an_emoji_is_chosen_exactly(
    view: int, pane: DetailPane, session: Session
) -> None:
    tab = await opened(pane, session, view)
    QTest.keyClicks(tab.find_bar.field, "LLAMA")
    await until(lambda: tab.find_bar.count.text() == "1 of 3")
    tab.find_bar.find_next()
    cursor = tab.views[view].textCursor()  # type: ignore[union-attr]
    assert cursor.selectedText() == "llama"


async def test_bytes_are_found_by_their_digits(pane: DetailPane, session: Session) -> None:
    tab = await opened(pane, session, HEX)
    QTest.keyClicks(tab.find_bar.field, "0xf09fa699")
    await until(lambda: tab.find_bar.count.text() == "1 of 1")
    assert tab.hex.offset == BODY_TEXT.encode().index("🦙".encode())


async def test_what_is_found_is_in_sight_though_the_rows_become_others(
    pane: DetailPane, session: Session
) -> None:
    body = b'{"question_id": "' + b"x" * 3_000 + b'needle"}'
    tab = await opened(pane, session, HEX, body)
    tab.find_bar.field.setText("needle")
    await until(lambda: tab.find_bar.count.text() == "1 of 1")
    pane.window().resize(360, 760)
    pane.resize(360, 760)
    await until(lambda: tab.hex.hex.width == 8)
    row = body.index(b"needle") // tab.hex.hex.width
    view = tab.hex
    await until(lambda: view.viewport().rect().contains(view.visualRect(view.hex.index(row, 0)).center()))


@pytest.mark.parametrize("view", [PRETTY, pytest.param(RAW, marks=pytest.mark.slow)])
async def test_where_only_the_beginning_is_shown_nothing_is_said_of_the_rest(
    view: int, pane: DetailPane, session: Session
) -> None:
    body = b'{"question_id": "first", "pad": ["' + b'x", "' * 220_000 + b'last"]}'
    tab = await opened(pane, session, view, body)
    tab.find_bar.field.setText("last")
    await until(lambda: tab.find_bar.count.text() == "Not found in this part")
    tab.find_bar.field.setText("first")
    await until(lambda: tab.find_bar.count.text() == "1 of 1+")
    tab.find_bar.field.setText("last")
    tab.show_all.click()
    await until(lambda: tab.find_bar.count.text() == "1 of 1")


async def test_a_fold_hides_nothing(pane: DetailPane, session: Session) -> None:
    long = b'{"question_id": "' + b"x" * 975 + b"needle" + b'"}'
    tab = await opened(pane, session, RAW, long)
    QTest.keyClicks(tab.find_bar.field, "needle")
    await until(lambda: tab.find_bar.count.text() == "1 of 1")
    assert tab.raw.createMimeDataFromSelection().text() == "needle"


async def test_the_view_that_is_chosen_next_is_searched_too(pane: DetailPane, session: Session) -> None:
    tab = await opened(pane, session, TREE)
    QTest.keyClicks(tab.find_bar.field, "llama")
    await until(lambda: tab.find_bar.count.text() == "1 of 3")
    tab.choice.button(PRETTY).click()
    await until(lambda: tab.pretty.extraSelections())
    assert not tab.tree._delegate.found
    QTest.keyClick(tab.find_bar.field, Qt.Key.Key_Escape)
    assert not tab.find_bar.isVisible()
    assert not tab.pretty.extraSelections()


async def test_the_next_capture_is_searched_from_its_beginning(pane: DetailPane, session: Session) -> None:
    tab = await opened(pane, session, PRETTY)
    tab.find_bar.field.setText("llama")
    await until(lambda: tab.find_bar.count.text() == "1 of 3")
    tab.find_bar.find_previous()
    assert tab.find_bar.count.text() == "3 of 3"
    pane.show_capture(await put(session, BODY_TEXT.encode()))
    await until(lambda: tab.find_bar.count.text() == "1 of 3")


@pytest.mark.slow
async def test_50_mib_are_searched_to_their_end(pane: DetailPane, session: Session) -> None:
    body = b'{"question_id": "q", "response": [' + b'"abcdefgh",' * (50 * 2**20 // 11 - 8) + b'"needle"]}'
    tab = await opened(pane, session, HEX, body)
    tab.find_bar.field.setText("needle")
    await until(lambda: tab.find_bar.count.text() == "1 of 1")
    tab.find_bar.field.setText("abc")
    await until(lambda: tab.find_bar.count.text().endswith("of 10,000+"))


async def test_ctrl_f_is_find_in_the_body_and_the_filter_elsewhere(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, BODY_TEXT.encode())
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    window.detail.show_view("Body")
    tab = window.detail.body
    await until(lambda: tab.tree.json.rowCount())
    tab.tree.setFocus()
    QTest.keyClick(tab.tree, Qt.Key.Key_F, CTRL)
    assert tab.find_bar.field.hasFocus()
    QTest.keyClick(tab.find_bar.field, Qt.Key.Key_Escape)
    assert tab.tree.hasFocus()
    window.list.setFocus()
    QTest.keyClick(window.list, Qt.Key.Key_F, CTRL)
    assert window.filter_row.field.hasFocus()


@pytest.mark.parametrize("view", [TREE, PRETTY, RAW, HEX])
async def test_the_value_and_its_path_are_copied_from_where_one_stands(
    view: int, pane: DetailPane, session: Session
) -> None:
    tab = await opened(pane, session, view)
    told: list[str] = []
    tab.message_posted.connect(told.append)
    QTest.keyClicks(tab.find_bar.field, "1.50")
    await until(lambda: tab.find_bar.count.text() == "1 of 1")
    actions = {action.text(): action for action in tab.views[view].actions()}
    assert actions["Copy path"].shortcut().toString() == "Ctrl+Shift+C"
    actions["Copy path"].trigger()
    await until(lambda: told)
    assert QGuiApplication.clipboard().text() == "$.response[2].LLAMA"
    actions["Copy value" if view == TREE else "Copy value at cursor"].trigger()
    await until(lambda: len(told) == 2)
    assert QGuiApplication.clipboard().text() == "1.50", "no digit is changed"
