"""The Headers tab says what each known field means, and gives its value whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from inspector.gui.detail.pane import HEADERS, DetailPane
from inspector.session.session import Session
from tests.builders import ANSWER
from tests.gui.detail.conftest import put
from tests.waiting import until


async def test_each_known_header_has_its_sentence(pane: DetailPane, session: Session) -> None:
    pane.show_capture(await put(session, ANSWER, headers=((b"X-Mine", b"<b>1"),)))
    pane.show_tab(HEADERS)
    tab = pane.headers
    await until(lambda: tab._model.rowCount() == 5)
    assert "HMAC-SHA256" in tab._model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tab._table.rowHeight(3) > tab._table.rowHeight(4), "of an unknown one there is none"
    tab._table.selectRow(3)
    assert "HMAC-SHA256" in tab._meaning.toPlainText()
    tab._table.selectRow(4)
    assert tab._meaning.toPlainText() == "Nothing is known of this one here."


async def test_a_value_is_copied_whole_alone_or_with_its_name(pane: DetailPane, session: Session) -> None:
    long = b"v" * 5_000
    pane.show_capture(await put(session, ANSWER, headers=((b"X-Mine", long),)))
    pane.show_tab(HEADERS)
    await until(lambda: pane.headers._model.rowCount() == 5)
    pane.headers._table.selectRow(4)
    QTest.keyClick(pane.headers._table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == long.decode()
    pane.headers._copy_both()
    assert QGuiApplication.clipboard().text() == f"X-Mine: {long.decode()}"
