"""A secret is tried on what is chosen, as it is typed; nothing is kept unless it is to be used."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.secrets.try_secret import NOTHING_SELECTED, TrySecretDialog
from inspector.session.session import Session
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT
from tests.gui.conftest import deliver
from tests.waiting import until


async def opened(session: Session, theme: Theme, plain_window: QWidget, count: int) -> TrySecretDialog:
    dialog = TrySecretDialog(session, theme, range(1, count + 1), plain_window)
    dialog.show()
    return dialog


async def test_verdicts_follow_what_is_typed(session: Session, theme: Theme, plain_window: QWidget) -> None:
    await deliver(session, ANSWER, COMPLETION, secret="mine")
    await deliver(session, ANSWER, secret="other")
    dialog = await opened(session, theme, plain_window, 3)
    assert dialog.outcome.text() == "Type a secret to try it on 3 captures."
    dialog.secret.text.setText("min")
    await until(lambda: dialog.outcome.text() == "0 of 3 valid.")
    assert not dialog.verb.is_primary
    QTest.keyClick(dialog.secret.text, Qt.Key.Key_Return)
    assert dialog.isVisible(), "a secret that verifies nothing is not used by Return"
    dialog.secret.text.setText("mine")
    assert not dialog.verb.is_primary, "nothing is known of it yet"
    await until(lambda: dialog.outcome.text() == "2 of 3 valid.")
    assert dialog.verb.is_primary
    assert dialog.tried.accessibleName().startswith("Valid: ")
    assert [row.name for row in session.secrets.names()] == ["env:BLITZ_WEBHOOK_SECRET"]
    used: list[str] = []
    dialog.used.connect(used.append)
    QTest.keyClick(dialog.secret.text, Qt.Key.Key_Return)
    assert used == ["mine"]


async def test_other_captures_may_be_chosen_meanwhile(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, ANSWER)
    dialog = await opened(session, theme, plain_window, 0)
    dialog.secret.text.setText(SECRET_TEXT)
    assert dialog.outcome.text() == NOTHING_SELECTED
    assert not dialog.isModal()
    dialog.show_selection([1])
    await until(lambda: dialog.outcome.text() == "1 of 1 valid.")
    dialog.reject()


async def test_what_looks_wrong_is_said_and_an_app_key_is_known(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, ANSWER)
    dialog = await opened(session, theme, plain_window, 1)
    dialog.secret.text.setText(' "quoted"')
    assert "It starts with whitespace" in dialog.remarks.text()
    assert "It is in quotes" in dialog.remarks.text()
    dialog.secret.text.setText("blitzllama_api_key")
    await until(lambda: "This is the app_key from the payloads" in dialog.remarks.text())
    dialog.reject()


async def test_it_is_hidden_as_it_is_typed_and_used_only_when_asked(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = await opened(session, theme, plain_window, 0)
    assert dialog.secret.text.echoMode() == QLineEdit.EchoMode.Password
    assert not dialog.verb.isEnabled()
    used: list[str] = []
    dialog.used.connect(used.append)
    dialog.secret.text.setText("mine\n")
    dialog.verb.click()
    assert used == ["mine\n"]


async def test_nothing_is_tried_once_it_is_closed(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, ANSWER)
    dialog = await opened(session, theme, plain_window, 1)
    dialog.secret.text.setText("mine")
    dialog.reject()
    assert not dialog.is_waiting
