"""Learning the sender's retries in the window: waiting, retries on a line, the report, and cancelling."""

from __future__ import annotations

import asyncio
import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.gui.responses.responses_dialog import ResponsesDialog
from inspector.gui.responses.study_panel import StudyReport
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import COMPLETION, signature
from tests.schemas import valid
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


async def sent(session: Session, body: bytes = COMPLETION) -> int:
    """Send a signed delivery, and return the status that its sender gets."""
    assert session.ingest.url is not None
    port = int(session.ingest.url.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\nX-Webhook-Signature: %b\r\n\r\n"
    writer.write(head % (len(body), signature(body)) + body)
    status = int((await reader.readuntil(b"\r\n\r\n")).split()[1])
    writer.close()
    return status


@pytest.fixture
async def dialog(window: MainWindow) -> ResponsesDialog:
    """The dialog, opened by the command that begins to learn."""
    window.action("learn-retries").trigger()
    [dialog] = window.findChildren(ResponsesDialog)
    await until(lambda: dialog.study.isVisible())
    return dialog


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


async def test_the_next_delivery_gets_503_and_its_retries_are_dots(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    study = dialog.study
    assert study.sentence.text() == "Waiting for the next delivery. It gets 503."
    await until(lambda: window.bar.response_button.text() == "learning retries")
    for status in (503, 503, 503, 200):
        assert await sent(session) == status
    await until(lambda: len(study.line.dots) == 4)
    assert [(dot.status, dot.is_refused, dot.note) for dot in study.line.dots] == [
        ("503", True, "first delivery"),
        ("503", True, "same bytes"),
        ("503", True, "same bytes"),
        ("200", False, "same bytes"),
    ]
    assert study.line.dots[1].when.startswith("+")
    assert study.sentence.text() == "3 retries so far, all with the same bytes and signature."
    assert study.title.text() == "Learning the sender’s retries"
    click(study.stop)
    await until(lambda: dialog.findChildren(StudyReport))
    [report] = dialog.findChildren(StudyReport)
    assert "3 retries, all with the same bytes and signature" in report.text.toPlainText()
    click(report.copy)
    assert QGuiApplication.clipboard().text() == report.text.toPlainText()
    click(report.copy_json)
    record = json.loads(QGuiApplication.clipboard().text())
    valid("retry-study", record)
    assert record["retries"] == 3
    report.reject()
    assert study.title.text() == "The sender’s retries"
    await until(lambda: window.bar.response_button.text() == "200 OK")
    click(study.close_button)
    await until(lambda: not study.isVisible())


async def test_the_user_selects_what_the_delivery_gets(session: Session, dialog: ResponsesDialog) -> None:
    response = dialog.study.response
    response.setFocus()
    QTest.keyClick(response, Qt.Key.Key_Down)
    await until(
        lambda: dialog.study.sentence.text() == "Waiting for the next delivery. It waits 31 s, then gets 200."
    )
    assert response.currentText() == "Wait 31 s, then 200"
    assert response.isVisible()
    assert session.responses.learning is not None
    assert session.responses.learning.rule.respond.after_s == 31


async def test_cancelling_before_a_delivery_leaves_nothing_behind(
    session: Session, dialog: ResponsesDialog
) -> None:
    assert dialog.study.stop.text() == "Cancel"
    click(dialog.study.stop)
    await until(lambda: not dialog.study.isVisible())
    assert session.responses.learning is None
    assert await sent(session) == 200


async def test_learning_goes_on_while_the_dialog_is_closed(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    assert await sent(session) == 503
    dialog.reject()
    await until(lambda: not window.findChildren(ResponsesDialog))
    assert await sent(session) == 503
    window.action("learn-retries").trigger()  # it shows the running study, and begins no other
    [again] = window.findChildren(ResponsesDialog)
    await until(lambda: len(again.study.line.dots) == 2)
