"""The Headers tab says what each known field means, and gives its value whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.gui.detail.pane import DetailPane
from inspector.gui.kit.table import TIP_ROLE
from inspector.session.session import Session
from tests.builders import ANSWER
from tests.gui.detail.conftest import put
from tests.waiting import until


async def test_each_known_header_has_its_sentence(pane: DetailPane, session: Session) -> None:
    pane.show_capture(await put(session, ANSWER, headers=((b"X-Mine", b"<b>1"),)))
    pane.show_view("Headers")
    tab = pane.headers
    await until(lambda: tab.model.rowCount() == 5)
    assert "HMAC-SHA256" in tab.model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tab.table.rowHeight(3) > tab.table.rowHeight(4), "of an unknown one there is none"
    assert tab.table.selectionModel().selectedRows() == [], "no row is shaded before one is selected"
    assert not tab.selected_field.isVisible()
    tab.table.selectRow(4)
    assert tab.meaning.toPlainText() == "No description available."


async def test_a_sentence_is_repeated_below_only_if_its_row_cuts_it(
    pane: DetailPane, session: Session
) -> None:
    pane.show_capture(await put(session, ANSWER, headers=((b"X-Mine", b"1"),)))
    pane.show_view("Headers")
    tab = pane.headers
    await until(lambda: tab.model.rowCount() == 5)
    for row in range(4):
        tab.table.selectRow(row)
        sentence = tab.model.index(row, 0).data(TIP_ROLE)
        is_cut = tab.table.fontMetrics().horizontalAdvance(sentence) * 11 / 12 > tab.table.width()
        assert sentence in tab.meaning.toPlainText()
        assert tab.meaning.isVisible() == is_cut
    assert {bool(tab.table.has_room_for("short")), tab.table.has_room_for("long " * 99)} == {True, False}


async def test_the_selected_header_stays_selected_in_the_next_capture(
    pane: DetailPane, session: Session
) -> None:
    first = await put(session, ANSWER, headers=((b"X-Mine", b"first"),))
    second = await put(session, ANSWER, headers=((b"Accept", b"*/*"), (b"x-mine", b"second")))
    third = await put(session, ANSWER)
    pane.show_capture(first)
    pane.show_view("Headers")
    tab = pane.headers
    await until(lambda: tab.model.rowCount() == 5)
    tab.table.selectRow(4)
    assert tab.value.toPlainText() == "first"
    pane.show_capture(second)
    await until(lambda: tab.value.toPlainText() == "second")
    assert tab.table.selectionModel().selectedRows()[0].row() == 5
    pane.show_capture(third)
    await until(lambda: not tab.selected_field.isVisible())


async def test_a_value_is_copied_whole_alone_or_with_its_name(pane: DetailPane, session: Session) -> None:
    long = b"v" * 5_000
    pane.show_capture(await put(session, ANSWER, headers=((b"X-Mine", long),)))
    pane.show_view("Headers")
    await until(lambda: pane.headers.model.rowCount() == 5)
    pane.headers.table.selectRow(4)
    QTest.keyClick(pane.headers.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == long.decode()
    pane.headers.copy_both_action.trigger()
    assert QGuiApplication.clipboard().text() == f"X-Mine: {long.decode()}"
