"""The settings as a person finds, changes and resets them."""

from __future__ import annotations

import asyncio
import json

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QWidget
from shiboken6 import isValid

from inspector.gui.filters.filter_dialog import FilterDialog
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.theme import Theme
from inspector.gui.secrets.secret_dialog import SecretDialog
from inspector.gui.settings.setting_controls import EntriesEditor
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.settings.theme_cards import ThemeCards
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import at_rest, deliver
from tests.waiting import until


def opened(session: Session, theme: Theme, plain_window: QWidget) -> SettingsDialog:
    actions = Actions(theme, plain_window)
    dialog = SettingsDialog(session, theme, actions.__getitem__, Mask(session, plain_window), plain_window)
    dialog.open()
    return dialog


def enter(dialog: SettingsDialog, name: str, text: str) -> None:
    """Type into a setting's field, and leave it."""
    dialog.show_page(dialog.rows[name].preference.part)
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
    assert {*dialog.rows, "saved_filters"} == {one.name for one in session.preferences.all()}
    row = dialog.rows["port"]
    assert row.control.accessibleDescription() == row.preference.help
    assert row.facts.text() == "Default: 8787"
    assert row.control.toolTip() == "0 to 65535"
    assert not row.reset.isVisible()


async def test_escape_closes_the_settings_also_from_a_search(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    dialog.activateWindow()
    await until(dialog.field.hasFocus)
    QTest.keyClicks(dialog.field, "disk")
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
    assert control.text() == "256 connections"


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
    dialog.show_page("Privacy")
    editor = dialog.rows["masked_fields"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "two words")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    await until(lambda: dialog.rows["masked_fields"].error.isVisible())
    assert editor.field.text() == "two words", "what was typed stays"
    editor.field.setText("user_id")
    editor.add.click()
    await until(lambda: session.preferences.masked_fields)
    await until(lambda: editor.field.text() == "")
    next(one for one in editor.findChildren(IconButton) if "user_id" in one.accessibleName()).click()
    await until(lambda: session.preferences.masked_fields == ())


async def test_saved_filters_are_rows_with_a_bell(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    dialog.show_page("Alerts")
    rows = dialog.filters
    assert rows.bells["Invalid today"].accessibleName() == "Mute the alerts of Invalid today"
    rows.bells["Invalid today"].click()
    await until(lambda: session.filters.find("Invalid today").bell == "muted")
    await until(lambda: "again" in rows.bells["Invalid today"].accessibleName())
    rows.add_silence.click()
    form = next(one for one in dialog.findChildren(FilterDialog) if one.isVisible())
    form.silence.setText("soon")
    form.verb.click()
    await until(form.error.isVisible)
    assert "“soon” is not a silence" in form.error.text()
    form.silence.setText("30m")
    form.name.setText("Half an hour")
    form.verb.click()
    await until(lambda: "Half an hour" in rows.bells)
    assert session.filters.find("Half an hour").silence_s == 1800
    rows.removals["Half an hour"].click()
    await until(lambda: list(rows.bells) == ["Invalid today", "Detractors"])


async def test_an_allowed_host_is_withdrawn(session: Session, theme: Theme, plain_window: QWidget) -> None:
    await session.hosts.allow("staging.example.com")
    dialog = opened(session, theme, plain_window)
    dialog.show_page("Replay")
    dialog.hosts.buttons["staging.example.com"].click()
    await until(lambda: session.hosts.names == ())
    await until(lambda: dialog.hosts.none.isVisible())


def typed(dialog: SettingsDialog, name: str, text: str) -> QLineEdit:
    """Type into a setting's field, and stay in it."""
    dialog.show_page(dialog.rows[name].preference.part)
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
    assert typed(dialog, "keep_count", "").text() == "no limit"
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
    editor = dialog.rows["masked_fields"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "user_id")
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    question = question_of(dialog)
    assert question is not None
    question.cancel.click()
    await until(lambda: not question_of(dialog))
    assert dialog.isVisible()
    assert editor.field.text() == "user_id"
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
    editor = dialog.rows["masked_fields"].control
    assert isinstance(editor, EntriesEditor)
    QTest.keyClicks(editor.field, "user_id")
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


def visible_rows(dialog: SettingsDialog) -> list[str]:
    return [name for name, row in dialog.rows.items() if row.isVisible()]


async def test_a_search_finds_rows_of_every_page_and_a_page_ends_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    assert visible_rows(dialog)[0] == "theme"
    QTest.keyClicks(dialog.field, "retr")
    assert visible_rows(dialog) == ["forward_tries", "forward_first_seconds", "forward_longest_seconds"]
    assert dialog.pages.currentRow() == -1
    QTest.keyClick(dialog.field, Qt.Key.Key_Down)
    await until(lambda: dialog.pages.hasFocus() or not dialog.isActiveWindow())
    dialog.pages.select("Forwarding")
    assert dialog.field.text() == ""
    assert "relay_seconds" in visible_rows(dialog)
    assert "forward_first_seconds" not in visible_rows(dialog)


async def test_every_row_is_found_by_its_name_and_by_its_sentence(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    for name, row in dialog.rows.items():
        for text in (name, row.preference.title, row.preference.help):
            dialog.field.setText(text)
            assert name in visible_rows(dialog), text


async def test_a_number_is_entered_with_its_unit(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    enter(dialog, "keep_days", "2 weeks")
    await until(lambda: session.preferences.find("keep_days").in_force == 14)
    control = dialog.rows["keep_days"].control
    assert isinstance(control, QLineEdit)
    await until(lambda: control.text() == "14 days")
    enter(dialog, "keep_days", "no limit")
    await until(lambda: session.maintenance.limits.days is None)


async def test_an_error_vanishes_once_the_value_is_right(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    enter(dialog, "port", "99999")
    error = dialog.rows["port"].error
    await until(error.isVisible)
    field = typed(dialog, "port", "9")
    assert not error.isVisible(), "9 is a port"
    QTest.keyClick(field, Qt.Key.Key_Return)
    await until(lambda: session.preferences.find("port").saved == 9)


async def test_choices_are_made_with_the_keyboard(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    await in_front(dialog)
    cards = dialog.rows["theme"].control
    assert isinstance(cards, ThemeCards)
    cards.setFocus()
    QTest.keyClick(cards.card("system"), Qt.Key.Key_Right)
    QTest.keyClick(cards.card("light"), Qt.Key.Key_Right)
    await until(lambda: session.preferences.appearance.is_dark is True)
    density = dialog.rows["density"].control
    assert isinstance(density, SegmentedControl)
    density.setFocus()
    QTest.keyClick(density.button(1), Qt.Key.Key_Left)
    await until(lambda: session.preferences.appearance.is_compact)
    switch = dialog.rows["timeline"].control
    QTest.keyClick(switch, Qt.Key.Key_Space)
    await until(lambda: not session.preferences.appearance.has_timeline)


async def test_a_page_is_reset_as_a_whole(session: Session, theme: Theme, plain_window: QWidget) -> None:
    await session.preferences.save("density", "compact")
    await session.preferences.save("timeline", False)
    await session.preferences.save("port", 9000)
    dialog = opened(session, theme, plain_window)
    dialog.sections["Appearance"].reset.click()
    await until(lambda: not dialog.is_saving)
    assert json.loads(session.preferences.file.read_text()) == {"port": 9000}


async def test_the_wheel_changes_nothing(session: Session, theme: Theme, plain_window: QWidget) -> None:
    dialog = opened(session, theme, plain_window)
    for row in dialog.rows.values():
        dialog.show_page(row.preference.part)
        turn_wheel(row.control)
    await at_rest()
    assert not dialog.is_saving
    assert not session.preferences.file.exists()


def turn_wheel(widget: QWidget) -> None:
    """Turn the wheel one step over the middle of a widget."""
    middle = widget.rect().center()
    event = QWheelEvent(
        QPointF(middle),
        QPointF(widget.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


@pytest.mark.qt_log_ignore("This plugin does not support")  # minimum sizes
async def test_what_is_set_up_elsewhere_is_opened_from_its_page(window: MainWindow) -> None:
    window.settings_commands.open_settings()
    [dialog] = window.findChildren(SettingsDialog)
    dialog.show_page("Secrets")
    button = next(one for one in dialog.findChildren(Button) if one.text() == "Add a secret…")
    button.click()
    await until(lambda: [one for one in window.findChildren(SecretDialog) if one.isVisible()])
    assert not isValid(dialog) or not dialog.isVisible()


async def test_a_value_that_is_saved_elsewhere_is_shown(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    sizes = dialog.rows["text_size"].control
    assert isinstance(sizes, SegmentedControl)
    await session.preferences.save("text_size", 125)
    await until(lambda: sizes.current == 3)


async def test_in_a_narrow_dialog_controls_are_below_their_words(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = opened(session, theme, plain_window)
    row = dialog.rows["text_size"]
    assert row.control.y() < row.height() / 3
    dialog.resize(560, 640)
    await until(lambda: row.control.y() > row.height() / 3)
    right = row.control.mapTo(dialog.area.viewport(), row.control.rect().topRight()).x()
    assert right < dialog.area.viewport().width()
