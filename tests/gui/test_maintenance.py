"""What was cleared is deleted for good from the window, and what retention did is told in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.query.scope import EVERYTHING
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.maintenance.maintenance_dialog import MaintenanceDialog
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

# Qt's offscreen platform warns of each window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


async def test_what_was_cleared_is_deleted_for_good_once_that_is_confirmed(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("nobody should find this"), an_answer("nor that"))
    await until(lambda: window.model.rowCount() == 2)
    window.actions_table["delete-for-good"].trigger()
    assert window.status.message == "Nothing is cleared, so there is nothing to delete for good."
    window.actions_table["clear"].trigger()
    await until(window.status.undo.isVisible)

    window.actions_table["delete-for-good"].trigger()
    [question] = window.findChildren(ConfirmDialog)
    words = "All 2 cleared captures are overwritten in the file, and cannot be given back."
    assert [one.text() for one in question.findChildren(QLabel) if one.accessibleName()] == [words]
    assert question.focusWidget() is question.cancel
    QTest.keyClick(question.cancel, Qt.Key.Key_Return)
    await until(lambda: not window.findChildren(ConfirmDialog))
    assert window.status.undo.isVisible()

    window.actions_table["delete-for-good"].trigger()
    [question] = window.findChildren(ConfirmDialog)
    assert question.verb.text() == "Delete 2 for good"
    QTest.mouseClick(question.verb, Qt.MouseButton.LeftButton)
    await until(lambda: window.status.message == "2 captures deleted for good.")
    assert not window.status.undo.isVisible()
    assert b"nobody should find" not in session.database.read_bytes()
    window.actions_table["undo"].trigger()
    assert window.status.message == "There is nothing to undo."
    assert list(await session.captures.ids(EVERYTHING, "") or ()) == []


async def test_retention_is_told_in_the_status_line(window: MainWindow, session: Session) -> None:
    session.maintenance.message_posted.emit("Retention removed 3 captures older than 30 days.")
    await until(lambda: "older than 30 days" in window.status.message)


async def test_the_dialog_is_in_the_menu(window: MainWindow, session: Session) -> None:
    window.actions_table["maintenance"].trigger()
    await until(lambda: window.findChild(MaintenanceDialog))
    dialog = window.findChild(MaintenanceDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()


async def test_that_retention_is_on_stands_in_the_status_line(window: MainWindow, session: Session) -> None:
    link = window.status.retention
    assert not link.isVisible()
    await session.preferences.save("keep_count", 1000)
    await session.preferences.save("keep_days", 1)
    await until(lambda: "the last day" in link.toolTip())
    assert link.isVisible()
    assert "Kept: the newest 1,000 captures, those of the last day, and what is pinned." in link.toolTip()
    link.click()
    await until(lambda: window.findChild(SettingsDialog))
    await session.preferences.save("keep_count", None)
    await session.preferences.save("keep_days", None)
    await until(lambda: not link.isVisible())
