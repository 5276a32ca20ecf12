"""How the window comes to check a receiver: an action that says why it cannot, one dialog, nothing secret."""

from __future__ import annotations

import base64
import hmac

import pytest
from aiohttp import web
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.domain.replay.request_options import RequestOptions
from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.kit.context.command_table import MENU
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import SECRET_TEXT, an_answer
from tests.cli.verbs.check.test_check import good, receiver
from tests.gui.check.test_check_dialog import unparsed
from tests.gui.conftest import deliver
from tests.gui.kit.context.test_mask import mask, shown
from tests.gui.palette.test_palette import chosen, opened, reasons
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

TITLE = "Check my receiver…"


def dialogs(window: MainWindow) -> list[CheckDialog]:
    return [one for one in window.findChildren(CheckDialog) if one.isVisible()]


async def test_it_is_found_among_all_commands_and_opens_once(window: MainWindow) -> None:
    assert "check-receiver" in MENU
    palette = opened(window)
    QTest.keyClicks(palette.field, "receiver")
    assert chosen(palette) == TITLE
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: dialogs(window))
    window.actions_table["check-receiver"].trigger()
    [dialog] = dialogs(window)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: not dialogs(window))
    window.actions_table["check-receiver"].trigger()
    assert len(dialogs(window)) == 1
    dialogs(window)[0].close()


async def test_the_last_report_is_shown_again(window: MainWindow) -> None:
    window.actions_table["check-receiver"].trigger()
    [dialog] = dialogs(window)
    async with receiver(good) as url:
        dialog.fields.target.line.setText(url)
        dialog.fields.verb.click()
        await until(lambda: not dialog.is_checking)
    seen = dialog.verdict.headline.toPlainText()
    assert "Checked at" not in dialog.verdict.about.toPlainText()
    dialog.reject()
    await until(lambda: not dialogs(window))
    window.actions_table["check-receiver"].trigger()
    [dialog] = dialogs(window)
    assert dialog.verdict.headline.toPlainText() == seen
    assert "Checked at " in dialog.verdict.about.toPlainText()
    assert dialog.save.isEnabled()
    dialog.reject()


async def test_without_a_secret_it_says_why_it_cannot(window: MainWindow, session: Session) -> None:
    action = window.actions_table["check-receiver"]
    assert action.isEnabled()
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await until(lambda: not action.isEnabled())
    palette = opened(window)
    QTest.keyClicks(palette.field, "receiver")
    assert reasons(palette)[TITLE] == "no active secret"
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    await session.secrets.add("dashboard", "another", save=False)
    await until(action.isEnabled)


async def test_a_failed_attempt_leads_to_why_its_capture_was_rejected(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    number = window.model.id_at(0)
    window.list.select_capture(number)
    async with receiver(unparsed) as url:
        await session.targets.save(NamedTarget(name="old server", url=url))
        await session.requests.send(number, "old server", RequestOptions())
        window.detail.show_view("Attempts")
        why = window.detail.attempts.response.why
        await until(why.isVisible)
        QTest.mouseClick(why, Qt.MouseButton.LeftButton)
        [dialog] = dialogs(window)
        assert dialog.fields.target.line.text() == "old server"
        assert dialog.fields.tests.currentText() == f"Why was #{number} rejected?"
        await until(lambda: not dialog.is_checking)
    assert dialog.verdict.headline.toPlainText() == (
        f"Your receiver rejects capture {number}: it verifies {{}} instead of the body."
    )
    assert dialog.card.code.text() == "body-empty"
    assert dialog.results.selected_title == f"Capture {number} as captured"
    assert dialog.exchange.variant.text().endswith("signed over {}, got 200.")
    assert window.model.rowCount() == 1, "nothing is captured"
    assert window.detail.attempts.model.rowCount() == 1, "nothing is stored"
    dialog.close()


async def test_nothing_secret_is_seen_of_it_on_a_masked_screen(window: MainWindow) -> None:
    mask(window)
    window.actions_table["check-receiver"].trigger()
    [dialog] = dialogs(window)
    async with receiver(good) as url:
        dialog.fields.target.line.setText(url)
        dialog.fields.verb.click()
        await until(lambda: "Your receiver is correct" in dialog.verdict.headline.toPlainText())
        dialog.results.expandAll()
        dialog.results.select("No signature")
        await until(lambda: "401 Unauthorized" in shown(dialog))
    seen = shown(dialog)
    assert SECRET_TEXT not in seen
    dialog.close()


async def test_a_signature_that_the_receiver_repeats_is_not_seen_on_a_masked_screen(
    window: MainWindow,
) -> None:
    expected: set[str] = set()

    async def repeats(request: web.Request) -> web.Response:
        digest = hmac.digest(SECRET_TEXT.encode(), await request.read(), "sha256")
        texts = [digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode()]
        expected.update(texts)
        headers = {"Location": f"/{texts[0]}?key={SECRET_TEXT}", "X-Expected": texts[0]}
        return web.Response(
            status=302, headers=headers, text=" ".join([*texts, SECRET_TEXT, "\x1b[31m\u202e"])
        )

    mask(window)
    window.actions_table["check-receiver"].trigger()
    [dialog] = dialogs(window)
    async with receiver(repeats) as url:
        dialog.fields.target.line.setText(url)
        dialog.fields.verb.click()
        await until(lambda: not dialog.is_checking)
    dialog.results.expandAll()
    await until(lambda: r"\x1b[31m\u202e" in shown(dialog))
    seen = shown(dialog)
    assert "X-Expected: ••••••••" in seen
    assert not [text for text in (SECRET_TEXT, "\x1b", "\u202e", *expected) if text in seen]
    dialog.close()
