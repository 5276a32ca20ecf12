"""Secrets are added from an env file, tried, named and removed from the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.secrets.secret_dialog import DotenvDialog, SecretDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER
from tests.gui.conftest import deliver
from tests.session.conftest import Wallet
from tests.session.conftest import wallet as wallet
from tests.waiting import until

# What Qt's offscreen platform says of things that it does not do.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def _open(window: MainWindow, kind: type[QDialog]) -> QDialog | None:
    return next((dialog for dialog in window.findChildren(kind) if dialog.isVisible()), None)


async def _chosen(window: MainWindow, capture_id: int = 1) -> None:
    await until(lambda: window.model.rowCount() >= capture_id)
    window.list.select_capture(capture_id)
    await until(lambda: window.detail.shown is not None)


async def test_a_variable_of_an_env_file_becomes_a_secret(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=3000\nWEBHOOK_SECRET=from the file\n")
    window.secret_commands.read_file(str(file))
    await until(lambda: _open(window, DotenvDialog))
    dialog = _open(window, DotenvDialog)
    assert isinstance(dialog, DotenvDialog)
    assert dialog.list.currentItem().text() == "WEBHOOK_SECRET"  # the likeliest one
    dialog.verb.click()
    asked = _open(window, SecretDialog)
    assert isinstance(asked, SecretDialog)
    assert (asked.name.text(), asked.text.text()) == ("WEBHOOK_SECRET", "from the file")
    asked.verb.click()
    await until(lambda: any(secret.text == "from the file" for secret in session.secrets.active))


async def test_an_env_file_without_anything_is_told(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# nothing\n")
    window.secret_commands.read_file(str(tmp_path / ".env"))
    await until(lambda: "No variable in .env has a value" in window.status.message)


async def test_a_tried_secret_goes_on_to_be_named(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER, secret="mine")
    await _chosen(window)
    window.actions_table["try-secret"].trigger()
    dialog = window.secret_commands.trying
    assert dialog is not None
    dialog.secret.text.setText("mine")
    await until(lambda: dialog.outcome.text() == "1 of 1 valid.")
    dialog.verb.click()
    asked = _open(window, SecretDialog)
    assert isinstance(asked, SecretDialog)
    assert asked.text.text() == "mine"
    assert window.secret_commands.trying is None


async def test_a_secret_is_removed_from_its_menu(window: MainWindow, session: Session) -> None:
    window.bar.secret_button.click()
    menu = window.bar.secrets_menu
    menu.close()
    menu.removals.actions()[0].trigger()
    [before] = session.secrets.active
    await until(lambda: not session.secrets.names())
    assert not window.findChildren(ConfirmDialog)
    await until(window.action("undo-secret").isEnabled)
    window.action("undo-secret").trigger()
    await until(lambda: session.secrets.active == (before,))
    await until(lambda: window.status.message == f"Undone: removed the secret {before.name}.")


async def test_a_saved_secret_is_removed_only_after_a_question(
    wallet: Wallet, theme: Theme, tmp_path: Path
) -> None:
    session = Session(Options(database=tmp_path / "captures.db", port=0, use_saved_secrets=True))
    await session.open()
    await session.load_secrets()
    window = MainWindow(session, theme)
    window.show()
    await session.secrets.add("production", "saved", save=True)
    window.secret_commands.remove("production")
    [question] = window.findChildren(ConfirmDialog)
    assert question.windowTitle() == "Remove the secret “production”?"
    QTest.keyClick(question.focusWidget(), Qt.Key.Key_Return)
    await until(lambda: not window.findChildren(ConfirmDialog))
    assert wallet.kept
    window.secret_commands.remove("production")
    [question] = window.findChildren(ConfirmDialog)
    question.verb.click()
    await until(lambda: not wallet.kept)
    await until(lambda: window.status.message == "Removed the secret production.")
    await until(window.action("undo-secret").isEnabled)
    window.action("undo-secret").trigger()
    await until(lambda: "saved" in [one.text for one in session.secrets.active])
    assert wallet.kept
    window.end()
    await session.close()
    window.deleteLater()
