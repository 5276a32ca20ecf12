"""What the program is, as its user asks for it in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

import inspector
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.shell.program_commands import AboutDialog
from inspector.session.receiver.verifiers import VERIFIERS, verifier_text
from inspector.session.session import Session
from tests.gui.conftest import was_shown
from tests.session.conftest import wallet as wallet
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
async def test_it_says_what_this_is_and_where_it_keeps_things(
    window: MainWindow, session: Session, key: Qt.Key
) -> None:
    window.actions_table["about"].trigger()
    [dialog] = window.findChildren(AboutDialog)
    said = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert f"Version {inspector.__version__}" in said
    assert str(session.database) in said
    assert dialog.windowTitle() == "About Webhook Inspector"
    assert dialog.focusWidget() is dialog.verb
    assert dialog.verb.text() == "Close"
    assert not dialog.cancel.isVisible()
    QTest.keyClick(dialog.verb, key)
    await until(lambda: not window.findChildren(AboutDialog))


async def test_v_copies_a_verifier_with_no_capture_shown(window: MainWindow) -> None:
    window.actions_table["copy-verifier"].trigger()
    assert QApplication.clipboard().text() == verifier_text(VERIFIERS["express"])
    await until(lambda: was_shown("Copied "))
