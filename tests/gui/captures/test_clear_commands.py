"""Captures are cleared, restored by undo, and deleted permanently once that is confirmed."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.domain.query.scope import EVERYTHING
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver, was_shown
from tests.waiting import until

# Qt's offscreen platform warns of each window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def listed(window: MainWindow) -> list[str]:
    """The respondents in the list, from top to bottom."""
    return [window.model.line_at(row).respondent for row in range(window.model.rowCount())]


async def test_what_was_cleared_is_deleted_for_good_once_that_is_confirmed(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("nobody should find this"), an_answer("nor that"))
    await until(lambda: window.model.rowCount() == 2)
    window.actions_table["delete-permanently"].trigger()
    assert window.status.message == "There are no cleared captures to delete permanently."
    window.actions_table["clear"].trigger()
    await until(window.status.undo.isVisible)

    window.actions_table["delete-permanently"].trigger()
    [question] = window.findChildren(ConfirmDialog)
    words = "Cleared captures are overwritten in the file. This cannot be undone."
    assert [one.text() for one in question.findChildren(QLabel) if one.accessibleName()] == [words]
    assert question.focusWidget() is question.cancel
    QTest.keyClick(question.cancel, Qt.Key.Key_Return)
    await until(lambda: not window.findChildren(ConfirmDialog))
    assert window.status.undo.isVisible()

    window.actions_table["delete-permanently"].trigger()
    [question] = window.findChildren(ConfirmDialog)
    assert question.verb.text() == "Delete 2"
    QTest.mouseClick(question.verb, Qt.MouseButton.LeftButton)
    await until(lambda: was_shown("Deleted 2 captures permanently."))
    assert not window.status.undo.isVisible()
    assert b"nobody should find" not in session.database.read_bytes()
    window.actions_table["undo"].trigger()
    assert window.status.message == "There is nothing to undo."
    assert list(await session.captures.ids(EVERYTHING, "") or ()) == []


async def test_clearing_is_undone_where_it_was_told(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: window.model.rowCount() == 2)
    window.filter_row.field.setText("user:ann")  # typing has not paused: it is taken as it stands
    window.actions_table["clear"].trigger()
    await until(window.status.undo.isVisible)
    assert window.status.message == "Cleared 1 capture."
    window.filter_row.field.clear()
    await until(lambda: listed(window) == ["bob"])
    window.status.undo.click()
    await until(lambda: listed(window) == ["bob", "ann"])
    assert not window.status.undo.isVisible()


async def test_an_undo_that_fails_can_be_tried_again(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: listed(window) == ["ann"])
    window.actions_table["clear"].trigger()
    await until(window.status.undo.isVisible)
    # Not before: its evaluator can hold the file for longer.
    await session.store.write(lambda connection: connection.execute("PRAGMA busy_timeout = 50").fetchall())
    other = sqlite3.connect(session.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    window.actions_table["undo"].trigger()
    await until(lambda: was_shown("locked"))
    other.execute("ROLLBACK")
    other.close()
    window.actions_table["undo"].trigger()
    await until(lambda: listed(window) == ["ann"])


async def test_with_a_mistake_in_the_filter_nothing_is_cleared(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    window.filter_row.field.setText("user:")
    window.actions_table["clear"].trigger()
    assert window.status.message == "The filter has an error. Fix it, then clear again."
    assert session.captures.rows([1])
