"""The dialog that forwards new captures, where text is large and the screen small."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from inspector.gui.forwarding.forward_dialog import ForwardDialog
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.waiting import until


@pytest.fixture
def large(qapp: QApplication) -> Iterator[Theme]:
    """A theme for text nearly twice as large."""
    font = QFont(qapp.font())
    font.setPixelSize(24)
    qapp.setFont(font)
    theme = Theme(qapp)
    yield theme
    theme.deleteLater()


def cut_off(dialog: QWidget) -> list[str]:
    """Texts that have less room than their lines need."""
    labels = [label for label in dialog.findChildren(QLabel) if label.isVisible() and label.wordWrap()]
    assert labels
    return [label.text() for label in labels if label.height() < label.heightForWidth(label.width())]


async def test_an_address_needs_no_scheme(session: Session, theme: Theme, plain_window: QWidget) -> None:
    dialog = ForwardDialog(session, theme, None, plain_window)
    dialog.open()
    await until(dialog.target.hasFocus)
    QTest.keyClicks(dialog.target, "localhost:3000/hook")
    QTest.keyClick(dialog.target, Qt.Key.Key_Return)
    await until(session.forwards.rows)
    (row,) = session.forwards.rows()
    assert row.url == "http://localhost:3000/hook"


async def test_known_targets_are_suggested_and_what_is_none_is_told_below_the_field(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.targets.save(NamedTarget(name="local", url="http://localhost:4000/hook"))
    dialog = ForwardDialog(session, theme, None, plain_window)
    dialog.open()
    await until(dialog.target.hasFocus)
    QTest.keyClicks(dialog.target, "nowhere")
    QTest.keyClick(dialog.target, Qt.Key.Key_Return)
    assert (await until(lambda: dialog.to.error)).startswith("There is no target nowhere.")
    dialog.target.selectAll()
    QTest.keyClick(dialog.target, Qt.Key.Key_Down)
    assert not dialog.to.error
    assert dialog.target.text() == "local"
    QTest.keyClick(dialog.target, Qt.Key.Key_Return)
    [row] = await until(session.forwards.rows)
    assert row.url == "http://localhost:4000/hook"


async def test_no_line_is_cut_off_when_the_question_of_the_host_comes(
    session: Session, large: Theme, plain_window: QWidget
) -> None:
    dialog = ForwardDialog(session, large, None, plain_window)
    dialog.open()
    await until(dialog.isVisible)
    assert not cut_off(dialog)
    await until(dialog.target.hasFocus)
    QTest.keyClicks(dialog.target, "http://192.0.2.7:3000/")
    QTest.keyClick(dialog.target, Qt.Key.Key_Return)
    await until(dialog.question.isVisible)
    dialog.grab()  # lays it out
    assert not cut_off(dialog)
    assert dialog.frameGeometry().height() <= dialog.screen().availableGeometry().height()
    dialog.reject()
