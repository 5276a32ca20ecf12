"""The palette as its user meets it: opened by a key, typed into, run, and gone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from inspector.domain.query.scope import Scope
from inspector.domain.replay.plan_options import PlanOptions
from inspector.gui.kit.controls.key_hint import KeyHint
from inspector.gui.maintenance.log import LogDialog
from inspector.gui.palette.palette import CommandPalette
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import deliver, end
from tests.pictures_of_strip import answering
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CONTROL = Qt.KeyboardModifier.ControlModifier


def opened(window: MainWindow) -> CommandPalette:
    """The palette, after its keys were pressed."""
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = window.palette_commands.palette
    assert palette.isVisible()
    assert palette.field.hasFocus()
    return palette


def chosen(palette: CommandPalette) -> str:
    hit = palette.model.hit_at(palette.list.currentIndex().row())
    return hit.entry.title if hit else ""


def reasons(palette: CommandPalette) -> dict[str, str]:
    hits = [palette.model.hit_at(row) for row in range(palette.model.rowCount())]
    return {hit.entry.title: hit.entry.reason for hit in hits if hit}


async def test_escape_gives_the_focus_back(window: MainWindow) -> None:
    window.surveys.field.setFocus()
    palette = opened(window)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is window.surveys.field


async def test_the_keys_close_it_as_well_and_so_does_a_click_elsewhere(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClick(palette.field, Qt.Key.Key_K, CONTROL)
    assert not palette.isVisible()
    opened(window)
    window.surveys.field.setFocus()
    assert not palette.isVisible()


async def test_return_runs_what_is_chosen_and_arrows_choose(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    palette = opened(window)
    QTest.keyClicks(palette.field, "show the b")
    assert chosen(palette) == "Show the body"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.detail.strip.currentIndex() == 1)
    opened(window)
    QTest.keyClicks(palette.field, "show the")
    first = chosen(palette)
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert chosen(palette) != first
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert chosen(palette) == first


async def test_what_cannot_run_stays_with_its_reason(window: MainWindow) -> None:
    await until(lambda: not window.actions_table["replay-listed"].isEnabled())
    palette = opened(window)
    QTest.keyClicks(palette.field, "replay")
    said = reasons(palette)
    assert said["Replay"] == "no captures listed"
    assert said["Replay all listed captures…"] == "no captures listed"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.findChildren(QDialog) == []


async def test_it_has_one_size_and_begins_with_what_can_run(window: MainWindow) -> None:
    palette = opened(window)
    size, why = palette.size(), list(reasons(palette).values())
    assert palette.count.text() == ""
    assert not why[0]
    assert why[-1]
    assert why == sorted(why, key=bool), "what cannot run comes last"
    captions = [palette.model.index(row).data() for row in range(palette.model.rowCount())]
    assert captions[-1 - sum(map(bool, why))] == "Not available now"
    for typed in ("settings", "no such words", ">", "@ann", "#1", "re"):
        palette.field.setText(typed)
        assert palette.size() == size
        hits = map(palette.model.hit_at, range(palette.model.rowCount()))
        shown = sum(hit is not None and not hit.entry.reason for hit in hits)
        assert palette.count.text() in (f"{shown:,} matches", f"{shown:,} match", "")
    palette.field.setText("no such words")
    assert palette.is_empty
    assert palette.list.height() > size.height() // 2, "the keys below keep their place"


async def test_a_request_is_copied_for_a_client_by_its_name(window: MainWindow, session: Session) -> None:
    opened(window)
    QTest.keyClicks(window.palette_commands.palette.field, "copy as")
    assert reasons(window.palette_commands.palette)["Copy as cURL"] == "no capture selected"
    QTest.keyClick(window.palette_commands.palette.field, Qt.Key.Key_Escape)
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    QTest.keyClick(window, Qt.Key.Key_J)
    await until(window.actions_table["copy-as-curl"].isEnabled)
    palette = opened(window)
    QTest.keyClicks(palette.field, "copy as curl")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: "\ncurl --disable" in QGuiApplication.clipboard().text())


async def test_find_in_the_body_shows_the_body_and_waits_for_words(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    QTest.keyClick(window, Qt.Key.Key_J)
    await until(window.actions_table["find-body"].isEnabled)
    palette = opened(window)
    QTest.keyClicks(palette.field, "find body")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    find = window.detail.body.find_bar
    await until(find.field.hasFocus)
    assert window.detail.strip.currentIndex() == 1
    QTest.keyClicks(find.field, "ann")
    await until(lambda: find.count.text() == "1 of 1")


async def test_a_summary_is_saved_and_told_to_include_what_is_not_verified(
    window: MainWindow, session: Session
) -> None:
    scope = Scope(part="surveys", survey_id="s-1")
    await deliver(session, a_completion(survey="s-1", user="ann"))
    await deliver(session, a_completion(survey="s-1", user="eve"), secret=None)
    await until(lambda: window.survey_model.index_of(scope).isValid() and not session.groups.behind)
    window.surveys.tree.select(scope)
    palette = opened(window)
    QTest.keyClicks(palette.field, "summary as")
    assert reasons(palette)["Save the summary as CSV…"] == "no summary shown"
    palette.field.setText("untrusted")
    assert reasons(palette)["Include untrusted captures"] == "the summary includes all captures"
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_U)
    await until(window.actions_table["include-others"].isEnabled)
    opened(window)
    QTest.keyClicks(palette.field, "include untrusted")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(window.summary_stack.bar.others.isChecked)
    opened(window)
    QTest.keyClicks(palette.field, "save summary csv")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.summary_stack.findChildren(QFileDialog))
    window.summary_stack.findChildren(QFileDialog)[0].reject()


async def test_only_partial_is_a_button_and_a_command(window: MainWindow) -> None:
    button, action = window.surveys.only_partial, window.actions_table["only-partial"]
    palette = opened(window)
    QTest.keyClicks(palette.field, "only partial")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(button.isChecked)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not action.isChecked()


async def test_every_action_of_the_table_is_in_it(window: MainWindow) -> None:
    palette = opened(window)
    listed = set(reasons(palette))
    for action in window.actions_table:
        if action.isVisible() and action.objectName() != "palette":
            assert action.text() in listed


async def test_recent_surveys_and_captures_are_gone_to(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(survey="s-1", user="ann"), a_completion(survey="s-2", user="bob"))
    await until(lambda: window.survey_model.index_of(Scope(part="surveys", survey_id="s-2")).isValid())
    window.list.select_capture(1)
    window.list.select_capture(2)
    palette = opened(window)
    QTest.keyClicks(palette.field, "capture 1")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.list.selected_ids() == (1,))


async def test_a_number_leads_to_a_capture_that_the_filter_leaves_out(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"))
    await until(lambda: window.model.rowCount() == 2)
    window.filter_row.field.setText("user:bob")
    await until(lambda: window.model.rowCount() == 1)
    palette = opened(window)
    QTest.keyClicks(palette.field, "#9")
    assert reasons(palette) == {"Go to capture 9": "no capture with this number"}
    palette.field.setText("#1")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.list.selected_ids() == (1,))
    assert window.filter_row.field.text() == ""


async def test_a_setting_opens_at_its_place(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.field, ">answer bytes")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.findChildren(SettingsDialog))
    dialog = window.findChildren(SettingsDialog)[0]
    await until(lambda: dialog.rows["answer_bytes"].control.hasFocus())


async def test_settings_are_found_by_what_they_are_about(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.field, ">ret")
    assert {"Retention by age", "Retention by count", "Retention by size"} <= set(reasons(palette))


async def test_it_fits_a_small_window(window: MainWindow) -> None:
    window.resize(1024, 700)
    palette = opened(window)
    assert window.rect().contains(palette.geometry())
    window.resize(900, 560)
    assert window.rect().contains(palette.geometry())


async def test_a_screen_reader_hears_what_is_chosen(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.field, "sample")
    assert "Send sample" in palette.field.accessibleDescription()
    palette.field.setText("qzx jvq")
    assert palette.field.accessibleDescription() == "No matches"


async def test_the_page_of_shortcuts_names_every_key(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_Question)
    await until(lambda: window.findChildren(SettingsDialog))
    dialog = window.findChildren(SettingsDialog)[0]
    names = {one.accessibleName() for one in dialog.findChildren(KeyHint) if one.isVisible()}
    for action in window.actions_table:
        if not action.shortcut().isEmpty():
            keys = window.actions_table.caps(action.objectName())
            assert "+".join(keys) in names, action.text()
    assert "Ctrl+F" in names


def run(palette: CommandPalette, typed: str) -> None:
    """Type into the open palette, and press Return."""
    QTest.keyClicks(palette.field, typed)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)


async def test_what_was_run_last_comes_first_also_after_a_restart(
    window: MainWindow, session: Session
) -> None:
    run(opened(window), "show the log")
    await until(lambda: window.findChildren(LogDialog))
    for dialog in window.findChildren(LogDialog):
        dialog.reject()
    palette = opened(window)
    assert palette.model.index(0).data() == "Recent"
    assert chosen(palette) == "Show the log"
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    window.layout_memory.save()
    again = MainWindow(session, window.theme)
    again.show()
    again.palette_commands.open_palette()
    assert chosen(again.palette_commands.palette) == "Show the log"
    end(again)


async def test_theme_dark_takes_effect_at_once(window: MainWindow) -> None:
    run(opened(window), "theme dark")
    await until(lambda: window.theme.is_dark)
    run(opened(window), "theme light")
    await until(lambda: not window.theme.is_dark)
    run(opened(window), "timeline off")
    await until(lambda: not window.session.preferences.appearance.has_timeline)


async def test_a_setting_shows_its_value(window: MainWindow) -> None:
    await window.session.preferences.save("keep_days", 30)
    palette = opened(window)
    QTest.keyClicks(palette.field, "retention")
    hits = [palette.model.hit_at(row) for row in range(palette.model.rowCount())]
    hints = {hit.entry.title: hit.entry.hint for hit in hits if hit}
    assert hints["Retention by age"] == "keep captures for 30 days"


async def test_a_respondent_is_found_and_shown(window: MainWindow, session: Session) -> None:
    await deliver(
        session,
        a_completion(survey="s-1", user="greta.lindqvist@example.se"),
        a_completion(survey="s-2", user="bob"),
    )
    await until(lambda: not session.groups.behind and session.groups.surveys().rows)
    palette = opened(window)
    QTest.keyClicks(palette.field, "@")
    await until(lambda: set(reasons(palette)) == {"greta.lindqvist@example.se", "bob"})
    QTest.keyClicks(palette.field, "gre")
    await until(lambda: list(reasons(palette)) == ["greta.lindqvist@example.se"])
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.listing.scope.user_id == "greta.lindqvist@example.se")
    palette = opened(window)
    assert chosen(palette) == "greta.lindqvist@example.se", "it is recent now"


async def test_results_that_arrive_leave_the_selection_where_it_is(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(survey="s-1", user="theme"))
    await until(lambda: not session.groups.behind and session.groups.surveys().rows)
    palette = opened(window)
    QTest.keyClicks(palette.field, "theme")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    before = chosen(palette)
    await until(lambda: "theme" in reasons(palette))
    assert chosen(palette) == before


async def test_results_for_another_text_are_dropped(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(survey="s-1", user="greta"))
    await until(lambda: not session.groups.behind and session.groups.surveys().rows)
    palette = opened(window)
    QTest.keyClicks(palette.field, "@gre")
    await until(lambda: "greta" in reasons(palette))
    palette.field.setText("@bob")
    assert "greta" not in reasons(palette)
    await until(lambda: palette.is_empty)


async def test_a_target_says_when_it_asks_first(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    await session.replays.remember_target("http://localhost:3000/hook")
    await session.replays.remember_target("https://staging.example.com/")
    palette = opened(window)
    QTest.keyClicks(palette.field, "replay to")
    hits = [palette.model.hit_at(row) for row in range(palette.model.rowCount())]
    hints = {hit.entry.title: hit.entry.hint for hit in hits if hit and hit.entry.kind == "target"}
    assert hints == {
        "Replay to https://staging.example.com/…": "asks before the first delivery",
        "Replay to localhost:3000/hook": "",
    }


async def test_the_mask_hides_respondents(window: MainWindow, session: Session) -> None:
    await deliver(session, a_completion(survey="s-1", user="greta"))
    await until(lambda: not session.groups.behind and session.groups.surveys().rows)
    await session.preferences.save("masked_fields", ["user_id"])
    window.action("mask").trigger()
    palette = opened(window)
    QTest.keyClicks(palette.field, "@greta")
    await until(lambda: not palette.is_searching)
    assert "greta" not in reasons(palette)


async def test_a_saved_filter_is_applied(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await deliver(session, an_answer(user="eve"), secret="wrong")
    await until(lambda: window.model.rowCount() == 2)
    palette = window.palette_commands.palette
    palette.open("invalid tod")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: window.filter_row.field.text() == "verdict:invalid since:today")
    await until(lambda: window.model.rowCount() == 1)


async def test_replay_to_a_target_sends_at_once(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    async with answering() as receiver:
        receiver.is_broken = False
        await session.replays.remember_target(receiver.url)
        place = receiver.url.removeprefix("http://").rstrip("/")
        run(opened(window), f"replay to {place}")
        panel = window.replay_commands.panel_of(window.detail)
        await until(lambda: panel.line.text.startswith("200 in "))
    palette = opened(window)
    assert chosen(palette) == f"Replay to {place}", "it is recent now"


async def test_a_new_target_is_not_taken_for_a_recent_command_with_another_port(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="eve"))
    await until(lambda: window.model.rowCount() == 2)
    course = PlanOptions(is_stopping_on_failure=True)
    plan = await session.replays.plan("http://127.0.0.1:1/4004/28", ids=[1, 2], course=course)
    await session.replays.start(plan).wait()
    await until(lambda: window.actions_table["cancel-plan"].isEnabled())
    window.palette_commands.use_recent(["command:cancel-plan"])
    palette = opened(window)
    QTest.keyClicks(palette.field, "replay to 4002")
    assert chosen(palette) == "Replay to localhost:4002"


async def test_replay_to_takes_a_target_that_was_never_used(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    async with answering() as receiver:
        receiver.is_broken = False
        place = receiver.url.removeprefix("http://").rstrip("/")
        palette = opened(window)
        QTest.keyClicks(palette.field, f"replay to {place}")
        assert chosen(palette) == f"Replay to {place}"
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        panel = window.replay_commands.panel_of(window.detail)
        await until(lambda: panel.line.text.startswith("200 in "))
        assert receiver.requests == 1
    palette = opened(window)
    QTest.keyClicks(palette.field, f"replay to {place}")
    assert list(reasons(palette)) == [f"Replay to {place}"], "it is known now, and listed once"


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("replay to 4000", "Replay to localhost:4000"),
        ("Replay to http://localhost:4000/hook", "Replay to localhost:4000/hook"),
        ("replay to staging.example.com/hook", "Replay to staging.example.com/hook…"),
        ("replay to nowhere", ""),
    ],
)
async def test_a_new_target_is_listed_if_it_is_an_address(
    window: MainWindow, session: Session, typed: str, title: str
) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    palette = opened(window)
    QTest.keyClicks(palette.field, typed)
    assert chosen(palette) == title


async def test_right_to_left_names_keep_the_order_of_their_words_and_of_what_is_said_about_them(
    window: MainWindow, session: Session
) -> None:
    name = "أحمد الخطيب 5"
    body = a_completion(survey="s-1", name="استبيان رضا العملاء", user=name)
    await deliver(session, body)
    await until(lambda: window.model.rowCount() == 1 and not session.groups.behind)
    palette = opened(window)
    palette.field.setText("@أحمد")
    await until(lambda: name in reasons(palette))
    hit = palette.model.hit_at(palette.list.currentIndex().row())
    assert hit is not None
    assert hit.entry.title == name
    assert hit.entry.hint.startswith("respondent, \u2068استبيان رضا العملاء\u2069, ")
    last = _last_letter(palette)
    palette.field.setText("@")
    await until(lambda: name in reasons(palette) and chosen(palette) == name)
    assert last == _last_letter(palette), "the typed word is at the right end, the last one at the left"


def _last_letter(palette: CommandPalette) -> QImage:
    """The left end of the name in the current row."""
    row = palette.list.visualRect(palette.list.currentIndex())
    return palette.list.viewport().grab(row.adjusted(40, 0, 56 - row.width(), 0)).toImage()
