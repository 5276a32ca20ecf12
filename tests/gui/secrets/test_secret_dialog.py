"""The dialog for a secret takes it exactly as typed, says what looks odd, and never shows it unasked."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.secrets.secret_dialog import SecretDialog
from inspector.session.session import Session
from tests.waiting import until


async def test_a_secret_is_used_exactly_as_typed(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = SecretDialog(session, theme, plain_window)
    dialog.open()
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    dialog.name.setText("staging")
    dialog.text.setText(" with space ")
    assert "whitespace" in dialog.remarks.text()
    dialog.verb.click()
    await until(lambda: closed)
    assert [secret.text for secret in session.secrets.active if secret.name == "staging"] == [" with space "]


async def test_without_a_keyring_it_says_how_long_it_holds(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = SecretDialog(session, theme, plain_window)
    dialog.open()
    assert not dialog.keep.isVisible()
    assert dialog.not_kept.isVisible()
    dialog.reject()


async def test_the_text_is_hidden_until_it_is_asked_for(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = SecretDialog(session, theme, plain_window)
    assert dialog.text.echoMode() == QLineEdit.EchoMode.Password
    dialog.eye.click()
    assert dialog.text.echoMode() == QLineEdit.EchoMode.Normal
    assert dialog.eye.accessibleName() == "Hide the secret"
    dialog.reject()


async def test_a_name_that_is_taken_is_told(session: Session, theme: Theme, plain_window: QWidget) -> None:
    await session.secrets.add("production", "one", save=False)
    dialog = SecretDialog(session, theme, plain_window)
    dialog.open()
    assert dialog.name.text() == "production 2"
    dialog.name.setText("production")
    dialog.text.setText("two")
    dialog.verb.click()
    await until(dialog.error.isVisible)
    assert "already" in dialog.error.text()
    dialog.reject()
