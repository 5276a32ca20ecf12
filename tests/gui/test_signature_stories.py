"""What the window does about signatures, from its menus to its status line, on a real session."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.secrets.secret_dialog import DotenvDialog, SecretDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.diagnoses import DiagnosisProgress
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.session.verification import VerificationProgress
from inspector.session.verifiers import VERIFIERS, verifier_text
from tests.builders import ANSWER, SECRET_TEXT
from tests.gui.conftest import deliver
from tests.session.conftest import Wallet
from tests.session.conftest import wallet as wallet
from tests.waiting import until

# What Qt's offscreen platform says of things that it does not do.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

ENV = "env:BLITZ_WEBHOOK_SECRET"


def _open(window: MainWindow, kind: type[QDialog]) -> QDialog | None:
    return next((dialog for dialog in window.findChildren(kind) if dialog.isVisible()), None)


async def _chosen(window: MainWindow, capture_id: int = 1) -> None:
    await until(lambda: window.model.rowCount() >= capture_id)
    window.list.select_capture(capture_id)
    await until(lambda: window.detail.shown is not None)


async def test_v_copies_a_verifier_with_no_capture_shown(window: MainWindow) -> None:
    window.actions_table["copy-verifier"].trigger()
    assert QApplication.clipboard().text() == verifier_text(VERIFIERS["express"])
    await until(lambda: "Copied " in window.status.message)


async def test_a_report_is_saved_masked_and_for_its_owner_alone(
    window: MainWindow, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(session, ANSWER, secret=SECRET_TEXT + "\n")
    assert not window.actions_table["save-report"].isEnabled()
    await _chosen(window)
    told: list[str] = []  # in the status line it may make room for what arrives
    monkeypatch.setattr(window, "notify", told.append)
    window.actions_table["save-report"].trigger()
    dialog = _open(window, QFileDialog)
    assert isinstance(dialog, QFileDialog)
    file = tmp_path / "report.md"
    file.touch(mode=0o644)
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    await until(lambda: any("Saved a masked report" in one for one in told))
    text = file.read_text()
    assert "secret-whitespace" in text
    assert "user_123" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_report_that_cannot_be_written_is_told(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    await deliver(session, ANSWER)
    await _chosen(window)
    window.captures.files.save_report(1)
    window.captures.files.write_report(1, str(tmp_path / "nowhere" / "report.md"))
    await until(lambda: "Cannot write" in window.status.message)


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
    await until(lambda: "no variable with a value" in window.status.message)


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
    await until(lambda: not session.secrets.names())
    assert not window.findChildren(ConfirmDialog)


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
    window.end()
    await session.close()
    window.deleteLater()


async def test_everything_is_checked_again_when_asked(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER)
    await session.secrets.set_active(ENV, False)
    window.actions_table["check-again"].trigger()
    await until(lambda: window.status.message == "Checked 1 capture again: 1 changed.")
    assert session.captures.rows([1])[1].verdict.word == "unchecked"


async def test_checking_can_be_stopped_and_goes_on(window: MainWindow, session: Session) -> None:
    checking = window.checking
    session.verification.progress = VerificationProgress(total=12_408, done=1_200)
    checking.show_progress(session.verification.progress)
    assert checking.text == "Checking 1,200 of 12,408"
    checking.link.click()
    assert checking.text == "Stopped checking at 1,200 of 12,408"
    assert checking.link.text() == "Resume"
    checking.show_progress(VerificationProgress(total=11_208, done=200))
    assert checking.link.text() == "Stop"
    checking.show_progress(VerificationProgress(total=11_208, done=11_208, is_done=True))
    assert not checking.isVisible()


async def test_what_is_not_examined_yet_is_said_and_can_be_examined(
    window: MainWindow, session: Session
) -> None:
    session.diagnoses.progressed.emit(DiagnosisProgress(left=31, is_all=False))
    await until(lambda: window.diagnosing.text == "31 not examined yet")
    window.filter_row.field.setText("finding:secret-whitespace")
    await until(lambda: window.listing.text == "finding:secret-whitespace")
    window.counts.show()
    assert "31 not examined yet" in window.filter_row.count.text()
    window.actions_table["diagnose-all"].trigger()
    await until(lambda: "Every invalid signature was examined." in window.status.message)


async def test_a_fault_of_ours_is_put_right_and_everything_checked_again(
    window: MainWindow, session: Session
) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    await deliver(session, ANSWER, secret="mine")
    window.detail.show_view("Signature")
    await _chosen(window)
    await until(lambda: window.detail.signature.cards)
    card = window.detail.signature.cards[0]
    await until(card.remedy.isVisible)
    card.remedy.click()
    await until(lambda: session.captures.rows([1])[1].verdict.word == "valid")
    assert [secret.text for secret in session.secrets.active if secret.name == "staging"] == ["mine"]
