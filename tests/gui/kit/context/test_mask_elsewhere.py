"""What the mask hides beyond list and detail: what is typed, offered, replayed, edited, found at a start."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from inspector.domain.mask.mask import DOTS
from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.replay.request_options import RequestOptions
from inspector.gui.filters.filter_dialog import FilterDialog
from inspector.gui.kit.mask_overlay import LineMask, MaskOverlay
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_dialogs import AddressDialog
from inspector.gui.replay.editor.edit_dialog import EditDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import at_rest, deliver, end, was_shown
from tests.gui.filters.test_query_suggestions import offered
from tests.gui.forwarding.test_forward_commands import a_receiver, choose, texts, the_button, the_dialog
from tests.gui.kit.context.test_mask import DIGEST, KEY, USER, filled, mask, shown
from tests.session.test_replays import OK, receiver
from tests.waiting import until

__all__ = ["filled"]  # a fixture

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def covers(top: QWidget) -> list[MaskOverlay]:
    return [one for one in top.findChildren(MaskOverlay) if one.isVisible()]


async def test_a_secret_that_is_typed_at_a_first_start_is_dots(window: MainWindow) -> None:
    page = window.first_start
    QTest.keyClicks(page.secret, "whsec_1")
    assert page.secret.displayText() == "whsec_1"
    mask(window)
    page.generate.click()
    assert page.secret.displayText() == "●" * len(page.secret.text())
    assert page.secret.echoMode() == QLineEdit.EchoMode.Password
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert page.secret.displayText() == page.secret.text()


async def test_a_request_that_is_edited_is_covered_and_keeps_what_was_typed(filled: MainWindow) -> None:
    mask(filled)
    QTest.keyClick(filled, Qt.Key.Key_E)
    await until(lambda: [one for one in filled.findChildren(EditDialog) if one.isVisible()])
    [dialog] = [one for one in filled.findChildren(EditDialog) if one.isVisible()]
    await until(lambda: dialog.wire.toPlainText())
    [cover] = covers(dialog)
    for part in (dialog.form, dialog.fields, dialog.target, dialog.wire, dialog.strip):
        assert cover.geometry().contains(part.rect().translated(part.mapTo(dialog, part.rect().topLeft())))
        assert not part.isEnabled()
    # The window beside it can still be operated: nothing that was changed is lost for looking at it again.
    filled.activateWindow()
    await until(filled.isActiveWindow)
    QTest.keyClick(filled, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert covers(dialog) == []
    dialog.fields.body.setPlainText("{}")
    filled.screen_mask.set_on(True)
    assert covers(dialog) == [cover]
    filled.screen_mask.set_on(False)
    assert dialog.fields.body_text() == "{}"
    dialog.done(0)


async def test_a_replay_names_no_respondent_and_no_key_of_a_target(
    filled: MainWindow, session: Session
) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    url = session.ingest.url
    assert url is not None
    host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /in?app_key=ak_live_SECRETKEY&token=abc HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await until(lambda: filled.model.rowCount() == 2)
    mask(filled)
    filled.list.select_capture(2)
    QTest.keyClick(filled, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    dialog = filled.findChild(ReplayDialog)
    assert isinstance(dialog, ReplayDialog)
    said = dialog.progress.sentence
    async with receiver(lambda _: OK) as (to, _received):
        QTest.keyClicks(dialog.plan.target, f"{to}hook")
        await until(lambda: "becomes /hook" in said.toPlainText())
        assert f"/in?app_key={DOTS}&token={DOTS} becomes /hook" in said.toPlainText()
        dialog.reject()
        filled.activateWindow()
        await until(filled.isActiveWindow)
        filled.list.select_capture(1)
        QTest.keyClick(filled, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
        dialog = [one for one in filled.findChildren(ReplayDialog) if one.isVisible()][-1]
        QTest.keyClicks(dialog.plan.target, to)
        await until(dialog.verb.isEnabled)
        dialog.verb.click()
        model = dialog.progress.model
        await until(lambda: model.rowCount() == 1 and "done" in dialog.progress.rate.text())
        assert model.index(0, 3).data() == DOTS
        filled.screen_mask.set_on(False)
        assert model.index(0, 3).data() == USER
        filled.screen_mask.set_on(True)
        assert model.index(0, 3).data() == DOTS
        dialog.reject()


def echo(request: bytes) -> bytes:
    """A receiver that says what it was sent, as a JSON string."""
    head, _, body = request.partition(b"\r\n\r\n")
    said = json.dumps({"echo": body.decode(), "head": head.decode()}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said


async def test_no_answer_says_what_is_hidden_in_what_was_sent(filled: MainWindow, session: Session) -> None:
    await session.preferences.save("masked_fields", ["user_id", "response"])
    async with receiver(echo) as (to, _):
        for _ in range(2):
            await session.requests.send(1, f"{to}hook?token=QTOK", RequestOptions())
    mask(filled)
    tab = filled.detail.attempts
    filled.detail.show_view("Attempts")
    await until(lambda: tab.model.rowCount() == 2 and "echo" in tab.response.text)
    texts = []
    for view in range(3):
        tab.strip.setCurrentIndex(view)
        await until(lambda: DOTS in shown(tab.views))
        texts.append(shown(filled))
    for piece in (KEY, USER, DIGEST, "QTOK"):
        assert piece not in "\n".join(texts)
    newest, before = (await session.captures.detail(1)).attempts
    told = repr(await filled.screen_mask.compared(before.id, newest.id))
    for piece in (KEY, USER, DIGEST):
        assert piece not in told
    filled.screen_mask.set_on(False)
    await until(lambda: DIGEST in tab.response.text)
    assert "?token=QTOK" in tab.sentence.toPlainText()


async def test_a_forward_shows_neither_the_key_of_its_target_nor_whom_it_takes(
    window: MainWindow, session: Session
) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    async with a_receiver() as (url, _):
        await session.forwards.add(f"{url}?token=abc", rule="user:fwd*")
        cell = window.bar.forwarding
        await until(lambda: "token=abc" in the_button(cell).accessibleName())
        mask(window)
        assert "?token=•" in the_button(cell).accessibleName()
        the_button(cell).click()
        told = shown(window) + "".join(texts(cell.menu)) + shown(cell.menu)
        assert f"Forwards trusted POSTs: {DOTS}" in texts(cell.menu)
        assert "abc" not in told
        assert "fwd" not in told
        choose(cell.menu, "Change filter…")
        cell.menu.close()
        dialog = the_dialog(window)
        assert dialog.target.displayText().strip("●") == dialog.rule.displayText().strip("●") == ""
        assert "fwd" not in "".join(label.text() for label in dialog.findChildren(QLabel))
        QTest.keyClick(dialog.rule, Qt.Key.Key_End)
        assert dialog.rule.displayText() == "user:fwd*"
        dialog.reject()
        await session.forwards.pause(session.forwards.rows()[0].id, "it loops")
        await until(lambda: was_shown(f"?token={DOTS} is paused: it loops"))
        window.screen_mask.set_on(False)
        assert "token=abc" in the_button(cell).accessibleName()
        await session.forwards.remove(session.forwards.rows()[0].id)


async def test_the_key_of_a_target_is_seen_while_that_is_edited_alone(
    filled: MainWindow, session: Session
) -> None:
    async with receiver(lambda _: OK) as (to, _received):
        await session.replays.remember_target(f"{to}hook?token=QTOK")
        mask(filled)
        QTest.keyClick(filled, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
        dialog = filled.findChild(ReplayDialog)
        assert isinstance(dialog, ReplayDialog)
        line = dialog.plan.target
        await until(lambda: "As captured" in dialog.plan.signature.currentText() and dialog.isVisible())
        [cover] = line.findChildren(LineMask)
        assert cover.isVisible()
        assert cover.text()[:12] == to[:12]
        assert cover.accessibleName() == f"{to}hook?token={DOTS}"
        assert line.displayText().strip("●") == ""
        assert line.text() == f"{to}hook?token=QTOK", "what is sent there is exact"
        dialog.activateWindow()
        await until(dialog.isActiveWindow)
        QTest.mouseClick(line, Qt.MouseButton.LeftButton)
        assert not cover.isVisible()
        assert line.displayText() == line.text()
        dialog.plan.signature.setFocus()
        await until(cover.isVisible)
        filled.screen_mask.set_on(False)
        assert not cover.isVisible()
        assert line.displayText() == line.text()
        dialog.reject()


async def test_the_answer_column_hides_a_key_of_a_form_and_of_a_target(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, b"app_key=ak_live_SECRETKEY&a=1")
    await until(lambda: window.model.rowCount() == 1)
    answer = window.model.index(0, window.model.columnCount() - 1)
    tip = Qt.ItemDataRole.ToolTipRole
    assert "ak_live_SECRETKEY" in answer.data(tip)
    await session.preferences.save("mask", "secrets")
    mask(window)
    await until(lambda: answer.data() == f"app_key={DOTS}&a=1")
    assert "ak_live" not in answer.data(tip)


async def test_no_hidden_id_is_offered_while_a_filter_is_typed(filled: MainWindow, session: Session) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    await deliver(session, an_answer(user=USER, group="g-7"))
    field = filled.filter_row.field
    field.setFocus()
    QTest.keyClicks(field, "user:")
    await until(lambda: offered(filled) == [f"user:{USER}"])
    field.clear()
    mask(filled)
    QTest.keyClicks(field, "user:s")
    QTest.keyClicks(field, " group:")
    await until(lambda: "group:g-7" in offered(filled))
    field.clear()
    QTest.keyClicks(field, "user:")
    await at_rest("suggest completions")
    assert not filled.captures.suggestions.isVisible()
    field.suggestions_requested.emit()
    await at_rest("suggest completions")
    assert offered(filled) == []


async def test_a_masked_screen_is_masked_at_the_next_start(
    filled: MainWindow, session: Session, theme: Theme
) -> None:
    await session.preferences.save("masked_fields", ["user_id"])
    mask(filled)
    filled.layout_memory.save()
    again = MainWindow(session, theme)
    again.show()
    assert again.screen_mask.is_on
    assert again.actions_table["mask"].isChecked()
    await until(lambda: again.model.rowCount() == 1)
    assert again.model.line_at(0).respondent == DOTS
    reminders = [one for one in again.status.findChildren(QWidget) if one.accessibleName() == "Masked"]
    assert reminders[0].isVisible()
    again.actions_table["mask"].trigger()
    again.layout_memory.save()
    last = MainWindow(session, theme)
    assert not last.screen_mask.is_on
    for one in (again, last):
        end(one)


async def test_a_filter_for_a_person_is_covered_until_it_is_edited(filled: MainWindow) -> None:
    field = filled.filter_row.field
    field.setText(f"verdict:valid user:{USER}")
    filled.list.setFocus()
    mask(filled)
    assert USER not in shown(filled.filter_row).replace(field.text(), "")
    assert field.displayText() == "●" * len(f"user:{USER}")
    [cover] = field.findChildren(LineMask)
    assert cover.text() == DOTS
    assert all(not cover.geometry().intersects(chip.geometry()) for chip in field.chips)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert not cover.isVisible()
    assert field.text() == f"verdict:valid user:{USER}"[:-1]


async def test_the_public_address_is_neither_shown_nor_told_when_it_is_copied(
    window: MainWindow, session: Session
) -> None:
    await session.address.set("https://quiet-river.example.com/in/k3v9q2m8")
    mask(window)
    await until(lambda: "quiet-river" not in shown(window))
    window.actions_table["copy-public"].trigger()
    assert QGuiApplication.clipboard().text() == "https://quiet-river.example.com/in/k3v9q2m8"
    window.actions_table["set-address"].trigger()
    [dialog] = [one for one in window.findChildren(AddressDialog) if one.isVisible()]
    assert dialog.field.displayText().strip("●") == ""
    assert "quiet-river" not in window.status.message
    dialog.reject()
    window.settings_commands.open_settings()
    [settings] = [one for one in window.findChildren(SettingsDialog) if one.isVisible()]
    settings.show_page("Public address")
    assert DOTS in shown(settings)
    assert "quiet-river" not in shown(settings)
    settings.reject()


async def test_a_saved_filter_for_a_person_names_it_nowhere(filled: MainWindow, session: Session) -> None:
    # The names are those that are suggested when a filter is saved.
    queries = (f"user:{USER}", f"$.responses[*].response:{USER}", f"note:{USER}", f'"{USER}"', f"A {USER}")
    for query in queries:
        one = SavedFilter(name="", query=query)
        await session.filters.add(replace(one, name=one.suggested_name))
    await until(lambda: f"user {USER}" in shown(filled.surveys))
    mask(filled)
    await until(lambda: USER not in shown(filled.surveys))
    assert f"user {DOTS}" in shown(filled.surveys), "the rest of the name stays"

    QTest.keyClick(filled, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = filled.palette_commands.palette
    QTest.keyClicks(palette.field, "user")
    await until(lambda: f"user {DOTS}" in shown(palette))
    assert USER not in shown(palette)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)

    await session.filters.toggle_bell(f"user {USER}")
    await deliver(session, an_answer("A", user=USER))
    await until(lambda: was_shown(f"user {DOTS}: "))
    assert not was_shown(USER)

    filled.settings_commands.open_setting("saved_filters")
    [settings] = filled.findChildren(SettingsDialog)
    assert f"user {DOTS}" in shown(settings)
    assert USER not in shown(settings)
    settings.filters.edits[f"user {USER}"].click()
    [dialog] = settings.findChildren(FilterDialog)
    assert USER not in dialog.windowTitle()
    assert {field.echoMode() for field in (dialog.name, dialog.query)} == {QLineEdit.EchoMode.Password}
    dialog.reject()
    settings.reject()
