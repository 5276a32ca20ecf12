"""Many samples are sent from a dialog; the status bar shows the run and stops it."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.kit.controls.value_boxes import SeveralBox
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.shell.many_samples import ManySamplesDialog
from inspector.session.session import Session
from tests.gui.conftest import was_shown
from tests.waiting import evaluated, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


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
    await check(dialog.types, "nps_feedback", "star_feedback")
    await check(dialog.languages, "ja")
    assert (dialog.types.currentText(), dialog.languages.currentText()) == ("NPS, stars", "Japanese")
    dialog.shares["unsigned"].setValue(50)
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: was_shown("Sent 60 samples: 60 × 200"))
    await until(lambda: session.captures.figures().samples == 60)
    words = [row.verdict.word for row in session.captures.rows(range(1, 61)).values()]
    assert words.count("unsigned") == pytest.approx(30, abs=2)
    body = (await session.captures.detail(1)).capture.body
    assert b'"platform":"web"' in body
    bodies = [(await session.captures.detail(id_)).capture.body for id_ in range(1, 61)]
    found = {kind for body in bodies for kind in re.findall(rb'"question_type":"(\w+)"', body)}
    assert found == {b"nps_feedback", b"star_feedback"}
    assert not window.listener_commands.many.status.isVisible()
    assert window.actions_table["sample-many"].isEnabled()


async def check(box: SeveralBox, *values: str) -> None:
    """Switch these values in the menu of a box, with the mouse."""
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    await until(box.choices.isVisible)
    for entry in box.choices.actions():
        if entry.data() in values:
            place = box.choices.actionGeometry(entry).center()
            QTest.mouseClick(box.choices, Qt.MouseButton.LeftButton, pos=place)
    assert box.choices.isVisible(), "it stays open for the next value"
    QTest.keyClick(box.choices, Qt.Key.Key_Escape)
    assert box.values == tuple(entry.data() for entry in box.choices.actions() if entry.data() in values)


async def test_space_switches_one_value_after_the_other(window: MainWindow) -> None:
    window.actions_table["sample-many"].trigger()
    [dialog] = await until(lambda: window.findChildren(ManySamplesDialog))
    box = dialog.languages
    QTest.keyClick(box, Qt.Key.Key_Space)
    await until(box.choices.isVisible)
    for _ in range(3):
        QTest.keyClick(box.choices, Qt.Key.Key_Down)
        QTest.keyClick(box.choices, Qt.Key.Key_Space)
    QTest.keyClick(box.choices, Qt.Key.Key_Escape)
    assert box.values == ("en", "de", "es")
    assert (box.accessibleName(), box.currentText()) == ("Languages", "3 of 10")
    dialog.close()


async def test_a_saved_sample_is_sent_many_times(window: MainWindow, session: Session) -> None:
    await session.samples.save("promoter", b'{"user_id": "u", "survey_id": "s"}')
    window.actions_table["sample-many"].trigger()
    [dialog] = await until(lambda: window.findChildren(ManySamplesDialog))
    dialog.shares["duplicates"].setValue(50)
    dialog.sample.setCurrentIndex(dialog.sample.findText("promoter"))
    assert not dialog.languages.isEnabled()
    assert not dialog.shares["duplicates"].isEnabled()
    dialog.count.setValue(20)
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: was_shown("Sent 20 samples: 20 × 200"))
    await evaluated(session)
    bodies = {(await session.captures.detail(id_)).capture.body for id_ in range(1, 21)}
    assert bodies == {b'{"user_id": "u", "survey_id": "s"}'}


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
