"""A view is one class and one entry of a table."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget

from inspector.gui.detail import pane as detail_pane
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.detail.conftest import put, tab_name
from tests.waiting import until


class SizeView(DetailView, QLabel):
    """The size of a JSON body."""

    label = "Size"

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)

    @staticmethod
    def mark(shown: ShownCapture) -> int:
        return shown.exact.row.size

    def show_capture(self, shown: ShownCapture) -> None:
        self.setText(f"{shown.masked.row.size} bytes")


async def test_another_entry_is_another_tab_which_stays_chosen_while_walking(
    session: Session, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_pane, "VIEWS", (*detail_pane.VIEWS, SizeView))
    window = QWidget()
    pane = detail_pane.DetailPane(session, theme, Actions(theme, window), window)
    body = an_answer()
    pane.show_capture(await put(session, body))
    await until(lambda: pane.shown is not None)
    pane.show_view("Size")
    assert isinstance(pane.current_view, SizeView)
    assert pane.current_view.text() == f"{len(body)} bytes"
    assert tab_name(pane, "Size") == f"Size, {len(body)}"
    pane.show_capture(await put(session, b"not JSON"))
    await until(lambda: tab_name(pane, "Size") == "Size, 8")
    assert pane.current_view.text() == "8 bytes"
    for timer in pane.findChildren(QTimer):
        timer.stop()  # as the main window does at its end
    window.deleteLater()
    await session.close()
