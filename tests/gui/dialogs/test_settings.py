"""The settings as a person finds, changes and resets them."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from inspector.gui.dialogs.entries_editor import EntriesEditor
from inspector.gui.dialogs.settings import SettingsDialog
from inspector.gui.labels import Hairline
from inspector.gui.theme import Theme
from inspector.session.session import Session
from tests.gui.conftest import until


def opened(session: Session, theme: Theme, window: QWidget) -> SettingsDialog:
    dialog = SettingsDialog(session, theme, window)
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
    session: Session, theme: Theme, window: QWidget
) -> None:
    dialog = opened(session, theme, window)
    assert set(dialog.rows) == {one.name for one in session.preferences.all()}
    row = dialog.rows["port"]
    assert row.control.accessibleDescription() == row.preference.help
    assert row._facts.text() == "Default 8787  ·  0 to 65535"
    assert not row._reset.isVisible()


async def test_words_narrow_it_down(session: Session, theme: Theme, window: QWidget) -> None:
    dialog = opened(session, theme, window)
    QTest.keyClicks(dialog.field, "free disk")
    assert [name for name, row in dialog.rows.items() if row.isVisible()] == ["disk_reserve_bytes"]
    dialog.field.setText("no such words")
    assert dialog._nothing.isVisible()
    dialog.field.setText("withdraw")
    assert dialog.hosts.isVisible()
    assert not dialog._nothing.isVisible()


async def test_of_what_is_not_found_no_line_stays(session: Session, theme: Theme, window: QWidget) -> None:
    dialog = opened(session, theme, window)
    QTest.keyClicks(dialog.field, "free disk")
    row = dialog.rows["disk_reserve_bytes"]
    lines = [one for one in dialog.area.findChildren(Hairline) if one.isVisible()]
    assert [row.isAncestorOf(line) for line in lines] == [True]
    assert lines[0].height() == 1


async def test_what_is_entered_is_saved_and_says_when_it_counts(
    session: Session, theme: Theme, window: QWidget
) -> None:
    dialog = opened(session, theme, window)
    enter(dialog, "connections", "99")
    row = dialog.rows["connections"]
    await until(lambda: row._state.text() == "Counts from the next start on.")
    assert json.loads(session.preferences.file.read_text()) == {"connections": 99}
    row._reset.click()
    await until(lambda: not row._reset.isVisible())
    assert json.loads(session.preferences.file.read_text()) == {}
    control = row.control
    assert isinstance(control, QLineEdit)
    assert control.text() == "256"


async def test_a_mistake_is_told_below_and_nothing_is_saved(
    session: Session, theme: Theme, window: QWidget
) -> None:
    dialog = opened(session, theme, window)
    enter(dialog, "connections", "99999")
    row = dialog.rows["connections"]
    await until(lambda: row.trouble.isVisible())
    assert row.trouble.text() == "It takes a number from 1 to 10000, not 99999."
    assert not session.preferences.file.exists()


async def test_a_switch_counts_at_once(session: Session, theme: Theme, window: QWidget) -> None:
    dialog = opened(session, theme, window)
    switch = dialog.rows["alert_first_invalid"].control
    assert isinstance(switch, QCheckBox)
    switch.click()
    await until(lambda: not session.preferences.alerts_of_invalid)
    assert not dialog.rows["alert_first_invalid"]._state.isVisible()


async def test_rules_and_fields_are_added_and_removed_line_by_line(
    session: Session, theme: Theme, window: QWidget
) -> None:
    dialog = opened(session, theme, window)
    editor = dialog.rows["alert_rules"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "on verdit:invalid")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    await until(lambda: dialog.rows["alert_rules"].trouble.isVisible())
    assert editor.field.text() == "on verdit:invalid", "what was typed stays"
    editor.field.setText("on verdict:invalid")
    editor.add.click()
    await until(lambda: session.preferences.alert_rules)
    await until(lambda: editor.field.text() == "")
    editor._remove("on verdict:invalid")
    await until(lambda: session.preferences.alert_rules == ())


async def test_an_allowed_host_is_withdrawn(session: Session, theme: Theme, window: QWidget) -> None:
    await session.replays.allow_host("staging.example.com")
    dialog = opened(session, theme, window)
    dialog.hosts.buttons["staging.example.com"].click()
    await until(lambda: session.replays.allowed_hosts == ())
    await until(lambda: dialog.hosts._none.isVisible())
