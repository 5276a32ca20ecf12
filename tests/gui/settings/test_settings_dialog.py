"""The settings as a person finds, changes and resets them."""

from __future__ import annotations

import asyncio
import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget
from shiboken6 import isValid

from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.setting_row import EntriesEditor
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import at_rest, deliver
from tests.waiting import until


def opened(session: Session, theme: Theme, plain_window: QWidget) -> SettingsDialog:
    dialog = SettingsDialog(session, theme, plain_window)
    dialog.open()
    return dialog


def enter(dialog: SettingsDialog, name: str, text: str) -> None:
    """Type into a setting's field, and leave it."""
    field = dialog.rows[name].control
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


async def test_every_setting_is_there_with_its_help_and_default(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    assert set(dialog.rows) == {one.name for one in session.preferences.all()}
    row = dialog.rows["port"]
    assert row.control.accessibleDescription() == row.preference.help
    assert row.facts.text() == "Default: 8787  ·  0 to 65535"
    assert not row.reset.isVisible()


async def test_escape_empties_the_search_and_then_closes_the_settings(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    dialog.activateWindow()
    await until(dialog.field.hasFocus)
    QTest.keyClicks(dialog.field, "disk")
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert (dialog.field.text(), dialog.isVisible()) == ("", True)
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


async def test_words_narrow_it_down(session: Session, theme: Theme, plain_window: QWidget) -> None:
    dialog = opened(session, theme, plain_window)
    QTest.keyClicks(dialog.field, "free disk")
    assert [name for name, row in dialog.rows.items() if row.isVisible()] == ["disk_reserve_bytes"]
    dialog.field.setText("no such words")
    assert dialog.nothing.isVisible()
    dialog.field.setText("revoke")
    assert dialog.hosts.isVisible()
    assert not dialog.nothing.isVisible()


async def test_of_what_is_not_found_no_line_stays(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    QTest.keyClicks(dialog.field, "free disk")
    row = dialog.rows["disk_reserve_bytes"]
    lines = [one for one in dialog.area.findChildren(Hairline) if one.isVisible()]
    assert [row.isAncestorOf(line) for line in lines] == [True]
    assert lines[0].height() == 1


async def test_what_is_entered_is_saved_and_says_when_it_counts(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    enter(dialog, "connections", "99")
    row = dialog.rows["connections"]
    await until(lambda: row.state.text() == "Takes effect after a restart.")
    assert json.loads(session.preferences.file.read_text()) == {"connections": 99}
    row.reset.click()
    await until(lambda: not row.reset.isVisible())
    assert json.loads(session.preferences.file.read_text()) == {}
    control = row.control
    assert isinstance(control, QLineEdit)
    assert control.text() == "256"


async def test_a_mistake_is_told_below_and_nothing_is_saved(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    enter(dialog, "connections", "99999")
    row = dialog.rows["connections"]
    await until(lambda: row.error.isVisible())
    assert row.error.text() == "It takes a number from 1 to 10000, not 99999."
    assert not session.preferences.file.exists()


async def test_a_switch_counts_at_once(session: Session, theme: Theme, plain_window: QWidget) -> None:
    dialog = opened(session, theme, plain_window)
    switch = dialog.rows["timeline"].control
    assert isinstance(switch, QCheckBox)
    switch.click()
    await until(lambda: not session.preferences.appearance.has_timeline)
    assert not dialog.rows["timeline"].state.isVisible()


async def test_rules_and_fields_are_added_and_removed_line_by_line(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    editor = dialog.rows["saved_filters"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "on verdit:invalid")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    await until(lambda: dialog.rows["saved_filters"].error.isVisible())
    assert editor.field.text() == "on verdit:invalid", "what was typed stays"
    editor.field.setText("on verdict:invalid")
    editor.add.click()
    await until(lambda: len(session.filters.all()) == 2)
    await until(lambda: editor.field.text() == "")
    next(
        one for one in editor.findChildren(IconButton) if "on verdict:invalid" in one.accessibleName()
    ).click()
    await until(lambda: len(session.filters.all()) == 1)


async def test_an_allowed_host_is_withdrawn(session: Session, theme: Theme, plain_window: QWidget) -> None:
    await session.hosts.allow("staging.example.com")
    dialog = opened(session, theme, plain_window)
    dialog.hosts.buttons["staging.example.com"].click()
    await until(lambda: session.hosts.names == ())
    await until(lambda: dialog.hosts.none.isVisible())


def typed(dialog: SettingsDialog, name: str, text: str) -> QLineEdit:
    """Type into a setting's field, and stay in it."""
    field = dialog.rows[name].control
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    return field


async def in_front(dialog: SettingsDialog) -> None:
    """Before that no field has the focus, and none can lose it."""
    dialog.activateWindow()
    await until(dialog.isActiveWindow)


def question_of(dialog: SettingsDialog) -> ConfirmDialog | None:
    return next((one for one in dialog.findChildren(ConfirmDialog) if one.isVisible()), None)


@pytest.mark.parametrize(("name", "text"), [("keep_count", "5"), ("connections", "99"), ("port", "99999999")])
async def test_esc_gives_up_what_was_typed(
    session: Session, theme: Theme, plain_window: QWidget, name: str, text: str
) -> None:
    dialog = opened(session, theme, plain_window)
    await in_front(dialog)
    QTest.keyClick(typed(dialog, name, text), Qt.Key.Key_Escape)
    await until(lambda: not isValid(dialog))
    await at_rest(f"save setting {name}")
    assert not session.preferences.file.exists()


async def test_a_mistake_that_is_found_when_it_is_closed_is_told_to_nobody(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    enter(dialog, "port", "99999999")
    dialog.reject()
    await until(lambda: not isValid(dialog))
    await at_rest("save setting port")  # what is raised in a slot fails this test
    assert not session.preferences.file.exists()


async def test_close_saves_what_was_entered_and_stays_for_a_mistake(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    enter(dialog, "port", "99999999")
    dialog.close_button.click()
    await until(lambda: dialog.rows["port"].error.isVisible())
    enter(dialog, "port", "9000")
    dialog.close_button.click()
    await until(lambda: not isValid(dialog))
    assert session.preferences.find("port").saved == 9000


async def test_a_limit_that_would_remove_captures_asks_first(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await deliver(session, *(an_answer(str(number)) for number in range(3)))
    await until(lambda: session.captures.figures().total == 3)
    dialog = opened(session, theme, plain_window)
    enter(dialog, "keep_count", "1")
    await until(lambda: question_of(dialog))
    question = question_of(dialog)
    assert question is not None
    assert question.verb.text() == "Remove 2 captures"
    assert not session.preferences.file.exists()
    question.cancel.click()
    await until(lambda: not question_of(dialog))
    assert typed(dialog, "keep_count", "").text() == "0"
    assert session.maintenance.limits.count is None

    enter(dialog, "keep_count", "2")
    await until(lambda: question_of(dialog))
    question = question_of(dialog)
    assert question is not None
    question.verb.click()
    await until(lambda: session.maintenance.limits.count == 2)

    enter(dialog, "keep_count", "3")
    await until(lambda: session.maintenance.limits.count == 3)
    assert not question_of(dialog), "nothing goes"


async def test_an_entry_that_was_not_added_is_asked_about(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    editor = dialog.rows["saved_filters"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "on verdict:invalid")
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    question = question_of(dialog)
    assert question is not None
    question.cancel.click()
    await until(lambda: not question_of(dialog))
    assert dialog.isVisible()
    assert editor.field.text() == "on verdict:invalid"
    dialog.close_button.click()
    question = question_of(dialog)
    assert question is not None
    question.verb.click()
    await until(lambda: not isValid(dialog))


async def test_the_question_about_an_entry_enters_no_number(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    await in_front(dialog)
    editor = dialog.rows["saved_filters"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "on verdict:invalid")
    QTest.keyClick(typed(dialog, "connections", "99"), Qt.Key.Key_Escape)
    question = question_of(dialog)
    assert question is not None
    question.cancel.click()
    await until(lambda: not question_of(dialog))
    await at_rest("save setting connections")
    assert not session.preferences.file.exists()
    assert dialog.focusWidget() is editor.field


async def test_what_is_entered_while_another_value_is_saved_counts(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    dialog.rows["connections"].entered.emit("connections", "99")
    await asyncio.sleep(0)
    dialog.rows["connections"].entered.emit("connections", None)
    await until(lambda: not dialog.is_saving)
    assert session.preferences.find("connections").is_default
