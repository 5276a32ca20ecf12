"""Many samples are sent from a dialog; the status bar shows the run and stops it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.shell.main_window import MainWindow
from inspector.gui.shell.many_samples import ManySamplesDialog
from inspector.session.session import Session
from tests.gui.conftest import was_shown
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


async def test_many_samples_are_sent_from_a_dialog_and_counted_in_the_status_bar(
    window: MainWindow, session: Session
) -> None:
    await until(lambda: window.actions_table["sample-many"].isEnabled())
    window.actions_table["sample-many"].trigger()
    [dialog] = await until(lambda: window.findChildren(ManySamplesDialog))
    dialog.count.setValue(60)
    dialog.shares["unsigned"].setValue(70)
    dialog.shares["wrong_secret"].setValue(70)
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: "add up to more than 1" in dialog.error.text())
    dialog.shares["wrong_secret"].setValue(0)
    dialog.value.setText("platform")
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: "such as $.platform=ios" in dialog.error.text())
    dialog.value.setText("$.platform=web")
    dialog.type.setCurrentIndex(dialog.type.findData("nps_feedback"))
    dialog.shares["unsigned"].setValue(50)
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: was_shown("Sent 60 samples: 60 × 200"))
    await until(lambda: session.captures.figures().samples == 60)
    words = [row.verdict.word for row in session.captures.rows(range(1, 61)).values()]
    assert words.count("unsigned") == pytest.approx(30, abs=2)
    body = (await session.captures.detail(1)).capture.body
    assert b'"platform":"web"' in body
    assert b'"question_type":"nps_feedback"' in body
    assert not window.listener_commands.many.status.isVisible()
    assert window.actions_table["sample-many"].isEnabled()


async def test_many_samples_are_stopped_in_the_status_bar_and_a_remote_host_is_asked_about(
    window: MainWindow, session: Session
) -> None:
    window.actions_table["sample-many"].trigger()
    [dialog] = await until(lambda: window.findChildren(ManySamplesDialog))
    own = dialog.to.text()
    dialog.to.setText("http://192.0.2.1/")
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: "192.0.2.1 is not localhost." in dialog.error.text())
    assert dialog.verb.text() == "Allow 192.0.2.1 and send"
    dialog.to.setText(own)
    assert dialog.verb.text() == "Send"
    dialog.count.setValue(1_000_000)
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    status = window.listener_commands.many.status
    await until(lambda: status.isVisible() and " of 1,000,000" in status.text)
    assert not window.actions_table["sample-many"].isEnabled()
    status.link.clicked.emit()
    await until(lambda: was_shown("Stopped after "))
    assert not status.isVisible()
