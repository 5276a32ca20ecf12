"""The dialog *Responses* by keys and clicks: each change is what the next delivery gets."""

from __future__ import annotations

import asyncio
import json
import shlex
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from inspector.domain.mask.mask import DOTS
from inspector.domain.response.rule import ResponseRule
from inspector.gui.captures.columns import NUMBERS
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.responses.responses_dialog import ResponsesDialog
from inspector.gui.responses.rule_editor import RuleEditor
from inspector.gui.responses.rule_list import RuleLine
from inspector.gui.shell.main_window import MainWindow
from inspector.session.responses import RELAY_ID
from inspector.session.session import Session
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier


RULE_WITH_PEOPLE = """503 for user:alice
    header 'Authorization: Bearer abc' header 'Set-Cookie: a=b' header 'Retry-After: 30'
    body '{"user_id": "alice"}'"""


def nps(user: str) -> bytes:
    """Return the body of an answer to the survey nps."""
    return json.dumps({"survey_id": "nps", "user_id": user, "survey_name": "NPS"}).encode()


@pytest.fixture
async def dialog(window: MainWindow) -> ResponsesDialog:
    """The dialog, opened by its shortcut."""
    QTest.keyClick(window, Qt.Key.Key_R, CTRL)
    await until(lambda: window.findChildren(ResponsesDialog))
    [dialog] = window.findChildren(ResponsesDialog)
    dialog.activateWindow()
    await until(dialog.isActiveWindow)
    return dialog


def lines(dialog: ResponsesDialog) -> list[RuleLine]:
    return list(dialog.rules.rules.lines)


def rules(session: Session) -> list[str]:
    return [rule.text for rule in session.responses.rules]


def write(field: QWidget, text: str) -> None:
    """Replace the text of a field by key presses."""
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)


def select_relay(editor: RuleEditor) -> None:
    """Select Relay as what a sender gets, as a user does."""
    editor.respond.setCurrentIndex(editor.respond.findData("relay"))
    editor.respond.activated.emit(editor.respond.currentIndex())


def port_of(session: Session) -> int:
    assert session.ingest.url is not None
    return int(session.ingest.url.rstrip("/").rpartition(":")[2])


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


async def test_a_new_rule_is_edited_in_place_and_saved_while_it_is_typed(
    session: Session, dialog: ResponsesDialog
) -> None:
    assert [line.sentence for line in lines(dialog)] == ["Everything else: 200 OK"]
    click(dialog.add_button)
    await until(lambda: rules(session) == ["503 first 1"])
    await until(dialog.editor.query.hasFocus)
    QTest.keyClicks(dialog.editor.query, "survey:nps")
    write(dialog.editor.number, "3")
    write(dialog.editor.headers.fields[0], "Retry-After: 30")
    write(dialog.editor.body, "busy")
    write(dialog.editor.after, "0.5")
    await until(
        lambda: rules(session) == ["503 after 0.5s for survey:nps first 3 header 'Retry-After: 30' body busy"]
    )
    await until(lambda: lines(dialog)[0].sentence == "Wait 0.5 s, then 503, for the first 3")
    assert lines(dialog)[0].note == "survey:nps"
    assert dialog.pane.title.text() == "Rule 1"
    assert dialog.editor.query.accessibleName() == "Deliveries"
    await until(lambda: dialog.pane.left.text() == "3 of 3 left")


async def test_an_error_is_below_its_field_until_the_value_is_right(
    session: Session, dialog: ResponsesDialog
) -> None:
    await session.responses.add("503 for survey:nps first 3")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    editor = dialog.editor
    write(editor.number, "0")
    write(editor.headers.fields[0], "Content-Length: 9")
    write(editor.query, "nosuch:x")
    await until(editor.which_row.error.isVisible)
    assert editor.which_row.error.text() == "“first” takes a number from 1 to 1,000,000, not 0."
    assert "Content-Length is written by this program" in editor.headers_row.error.text()
    assert "nosuch: is not a filter field" in editor.query_row.error.text()
    write(editor.number, "2")
    assert editor.which_row.error.isHidden()
    assert editor.headers_row.error.isVisible()
    assert rules(session) == ["503 for survey:nps first 3"]  # the last valid version goes on
    write(editor.headers.fields[0], "")
    write(editor.query, "survey:csat")
    assert editor.headers_row.error.isHidden()
    assert editor.query_row.error.isHidden()
    await until(lambda: rules(session) == ["503 for survey:csat first 2"])


@pytest.mark.parametrize(
    ("choice", "text"),
    [("204 No Content", "204"), ("Close without a response", "close"), ("Never respond", "never"),
     ("Reset the connection", "reset")],
)  # fmt: skip
async def test_a_response_is_selected_from_the_list(
    session: Session, dialog: ResponsesDialog, choice: str, text: str
) -> None:
    await session.responses.add("503 for survey:nps")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    respond = dialog.editor.respond
    respond.setFocus()
    while respond.currentText() != choice:
        before = respond.currentIndex()
        QTest.keyClick(respond, Qt.Key.Key_Down if choice != "204 No Content" else Qt.Key.Key_Up)
        assert respond.currentIndex() != before
    await until(lambda: rules(session) == [f"{text} for survey:nps"])
    assert dialog.editor.headers_row.isVisible() == text.isdigit()


async def test_keys_switch_move_and_remove_rules_and_undo_brings_one_back(
    session: Session, dialog: ResponsesDialog
) -> None:
    for text in ("503 first 3", "close every 10", "204 for survey:nps"):
        await session.responses.add(text)
    await until(lambda: len(lines(dialog)) == 4)
    dialog.rules.select(1)
    dialog.rules.setFocus()
    QTest.keyClick(dialog.rules, Qt.Key.Key_Space)
    await until(lambda: not session.responses.rules[0].is_on)
    await until(lambda: lines(dialog)[0].number == "off")
    QTest.keyClick(dialog.rules, Qt.Key.Key_Down, ALT)
    await until(lambda: rules(session) == ["close every 10", "503 first 3", "204 for survey:nps"])
    await until(lambda: dialog.rules.currentIndex().row() == 1)
    assert dialog.rules.selected == 1
    QTest.keyClick(dialog.rules, Qt.Key.Key_Delete)
    await until(lambda: rules(session) == ["close every 10", "204 for survey:nps"])
    await until(lambda: dialog.note.text() == "Removed rule 1.")
    await until(lambda: len(lines(dialog)) == 3)
    click(dialog.undo)
    await until(lambda: rules(session) == ["close every 10", "503 first 3", "204 for survey:nps"])
    assert not session.responses.rules[1].is_on


async def test_a_dragged_rule_is_tried_first(session: Session, dialog: ResponsesDialog) -> None:
    for text in ("503 first 3", "204"):
        await session.responses.add(text)
    await until(lambda: len(lines(dialog)) == 3)
    port, left = dialog.rules.viewport(), Qt.MouseButton.LeftButton
    start, end = (dialog.rules.visualRect(dialog.rules.model().index(place, 0)).center() for place in (1, 0))
    QTest.mousePress(port, left, pos=start)
    QTest.mouseMove(port, end - QPoint(0, 10))
    QTest.mouseMove(port, end - QPoint(0, 20))
    QTest.mouseRelease(port, left, pos=end - QPoint(0, 20))
    await until(lambda: rules(session) == ["204", "503 first 3"])
    # As the terminal, the preview and captures name them, wherever they are.
    await until(lambda: [line.name for line in lines(dialog)] == ["rule 2", "rule 1", ""])
    assert lines(dialog)[0].spoken.startswith("rule 2, 204")


async def test_the_preview_answers_stored_captures_in_order(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    await deliver(session, *(nps(f"user_{number}") for number in range(4)), b'{"survey_id": "csat"}')
    await session.responses.add("503 for survey:nps first 3")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    await until(lambda: dialog.preview.about.text().startswith("4 of 5 stored captures match."))
    await until(lambda: len(dialog.preview.rows) == 4)
    assert [(row.line.respondent, row.response, row.rule) for row in dialog.preview.rows] == [
        ("user_0", "503", "rule 1"),
        ("user_1", "503", "rule 1"),
        ("user_2", "503", "rule 1"),
        ("user_3", "200", "everything else"),
    ]
    await until(lambda: [line.number for line in lines(dialog)] == ["4 match", "1"])
    write(dialog.editor.query, "survey:csat")
    await until(lambda: [row.response for row in dialog.preview.rows] == ["503"])
    await until(lambda: dialog.preview.about.text().startswith("1 of 5 stored captures matches."))
    await until(lambda: [line.number for line in lines(dialog)] == ["1 match", "4"])
    click(dialog.preview.show_link)
    await until(lambda: window.filter_row.field.text() == "survey:csat")
    await until(lambda: not window.findChildren(ResponsesDialog))
    await until(lambda: rules(session) == ["503 for survey:csat first 3"])  # nothing typed is lost


async def test_a_rule_is_duplicated_and_copied_as_options(session: Session, dialog: ResponsesDialog) -> None:
    await session.responses.add("503 for survey:nps first 3 header 'Retry-After: 30'")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    click(dialog.pane.duplicate)
    await until(lambda: len(rules(session)) == 2)
    await until(lambda: dialog.rules.selected == 2)
    click(dialog.copy)
    copied = QGuiApplication.clipboard().text()
    assert copied.count("--answer ") == 2
    text = copied.partition("--answer ")[2].partition(" --answer")[0]
    assert ResponseRule.parse(shlex.split(text)[0]).text == rules(session)[0]


async def test_esc_closes_from_the_query_and_keeps_it(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    await session.responses.add("503 for survey:nps first 3")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    dialog.editor.query.setFocus()
    QTest.keyClick(dialog.editor.query, Qt.Key.Key_Escape)
    await until(lambda: not window.findChildren(ResponsesDialog))
    assert rules(session) == ["503 for survey:nps first 3"]


async def test_a_relay_is_a_forward_and_is_not_added_letter_by_letter(
    session: Session, dialog: ResponsesDialog
) -> None:
    await session.responses.add("503 for survey:nps first 3")  # a relay is for all of them
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    editor = dialog.editor
    select_relay(editor)
    await until(editor.target.hasFocus)
    assert editor.which_row.isHidden()
    QTest.keyClicks(editor.target, "127.0.0.1:9/hook")
    assert not session.forwards.rows()
    QTest.keyClick(editor.target, Qt.Key.Key_Return)
    await until(lambda: rules(session) == ["relay http://127.0.0.1:9/hook for survey:nps"])
    [forward] = session.forwards.rows()
    assert (forward.relays, forward.rule) == (True, "survey:nps")
    await until(lambda: lines(dialog)[0].sentence == "Relay the response of 127.0.0.1:9/hook")
    await until(lambda: dialog.pane.title.text() == "Relay")
    assert dialog.isVisible()
    await until(editor.target.hasFocus)  # and not on Add rule, which Return would press


async def test_the_matches_of_a_relay_are_those_that_it_can_respond_to(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    await deliver(session, nps("alice"))
    await deliver(session, nps("bob"), secret=None)
    await session.responses.add("relay 127.0.0.1:9/hook for survey:nps")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(RELAY_ID)
    await until(lambda: dialog.preview.about.text().startswith("1 of 2 stored captures matches."))
    click(dialog.preview.show_link)
    query = "verdict:valid is:trusted method:POST -is:sample (survey:nps)"
    await until(lambda: window.filter_row.field.text() == query)


async def test_the_connection_bar_shows_and_switches_the_rules(session: Session, window: MainWindow) -> None:
    button = window.bar.response_button
    assert button.text() == "200 OK"
    await session.responses.add("503 for survey:nps first 3")
    await until(lambda: button.text() == "503 for the next 3")
    await session.responses.add("close every 10")
    await until(lambda: button.text() == "2 rules, then 200")
    click(button)
    menu = window.response_commands.menu
    await until(menu.isVisible)
    assert [one.text() for one in menu.actions() if one.isCheckable()] == [
        "503 for the first 3: survey:nps",
        "Close without a response, every 10th",
    ]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[1]).center())
    await until(lambda: not session.responses.rules[1].is_on)
    await until(lambda: button.text() == "503 for the next 3")


async def test_a_relay_leaves_both_addresses_their_room(session: Session, window: MainWindow) -> None:
    await session.address.set("https://quiet-river-hatch.trycloudflare.com/in/k3v9q2m8abcdef")
    await session.responses.add("relay http://localhost:3999/hook")
    await until(lambda: window.bar.response_button.text() == "the target’s response")
    window.resize(1440, 900)
    await until(lambda: window.bar.width() == 1440)
    await until(lambda: window.bar.forwarding.button.text().startswith("localhost:3999"))
    layout = window.bar.layout()
    assert layout is not None
    layout.activate()
    assert window.bar.public.address.width() > 120
    window.resize(1024, 700)
    await until(lambda: window.bar.width() <= 1024)
    await asyncio.sleep(0)
    assert not window.bar.url.is_elided


async def test_a_capture_says_which_rule_responded(session: Session, window: MainWindow) -> None:
    await session.responses.add("503 for survey:nps first 1")
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(session))
    body = nps("user_1")
    writer.write(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503 ")
    writer.close()
    await deliver(session, nps("user_2"))
    await until(lambda: window.model.rowCount() == 2)
    window.list.select_capture(1)

    def facts() -> str:
        return next(
            one.text() for one in window.detail.header.findChildren(QLabel) if "responded" in one.text()
        )

    await until(lambda: window.detail.header.hints.sentences)
    assert facts().split("  ·  ")[1] == "responded 503 (rule 1)", "it is not cut off"
    assert window.detail.header.hints.sentences == (
        "The response was decided by rule 1: 503 for the first one (survey:nps).",
    )
    first, second = (
        window.model.index(row, NUMBERS["time"]).data(Qt.ItemDataRole.ToolTipRole) for row in (1, 0)
    )
    assert "Responded 503: rule 1" in first
    assert "Responded" not in second
    window.list.select_capture(2)
    await until(lambda: "responded 200" in facts())
    assert "rule" not in facts()


async def test_a_relay_to_another_host_asks_first(session: Session, dialog: ResponsesDialog) -> None:
    await session.responses.add("503 for survey:nps")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    editor = dialog.editor
    select_relay(editor)
    QTest.keyClicks(editor.target, "http://192.0.2.7:3000/hook")
    QTest.keyClick(editor.target, Qt.Key.Key_Return)
    await until(dialog.pane.question.isVisible)
    assert "192.0.2.7 is not localhost." in dialog.pane.question.text.text()
    await session.responses.add("204")  # a change elsewhere does not undo what is typed
    await until(lambda: len(lines(dialog)) == 3)
    assert editor.target.text() == "http://192.0.2.7:3000/hook"
    assert not session.forwards.rows()
    click(dialog.pane.question.allow)
    await until(lambda: [row.place for row in session.forwards.rows()] == ["192.0.2.7:3000/hook"])


async def test_a_target_or_a_file_that_is_not_there_is_said_at_its_field(
    session: Session, dialog: ResponsesDialog, tmp_path: Path
) -> None:
    await session.responses.add("503 for survey:nps")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    editor = dialog.editor
    editor.use_file(str(tmp_path / "gone.json"))
    await until(editor.body_row.error.isVisible)
    assert "gone.json: No such file or directory" in editor.body_row.error.text()
    (tmp_path / "here.json").write_text('{"ok": true}')
    editor.use_file(str(tmp_path / "here.json"))
    await until(lambda: "here.json" in rules(session)[0])
    assert editor.body_row.error.isHidden()
    click(editor.from_file)  # removes it
    await until(lambda: rules(session) == ["503 for survey:nps"])
    select_relay(editor)
    QTest.keyClicks(editor.target, "no such place")
    QTest.keyClick(editor.target, Qt.Key.Key_Return)
    await until(editor.respond_row.error.isVisible)
    assert "no such place" in editor.respond_row.error.text()


async def test_changes_that_are_not_saved_are_reported_after_another_rule_is_selected(
    session: Session, dialog: ResponsesDialog, tmp_path: Path
) -> None:
    file = tmp_path / "body.json"
    file.write_text("{}")
    await session.responses.add(f"503 for survey:nps body @{file}")
    await session.responses.add("500 for survey:csat")
    await until(lambda: len(lines(dialog)) == 3)
    dialog.rules.select(1)
    file.unlink()
    write(dialog.editor.query, "survey:returns")
    dialog.rules.setFocus()
    QTest.keyClick(dialog.rules, Qt.Key.Key_Down)
    await until(lambda: dialog.note.text().startswith("The changes of rule 1 were not saved."))
    assert "body.json: No such file or directory" in dialog.note.text()
    assert lines(dialog)[0].note == "survey:nps"


async def test_deliveries_use_up_rules_and_move_nothing_in_the_bar(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    for text in ("200 for survey:nps first 1", "200 first 1 header 'X-Late: 1'"):
        await session.responses.add(text)
    button, place = window.bar.response_button, window.bar.forwarding.pos
    await until(lambda: button.text() == "2 rules, then 200")
    before = await until(lambda: place() if not window.bar.forwarding.isHidden() else None)
    await deliver(session, nps("user_1"))
    await until(lambda: button.text() == "200 for the next one")
    await until(lambda: lines(dialog)[0].number == "0 left")
    assert place() == before
    await deliver(session, nps("user_2"))
    await until(lambda: button.text() == "200 OK")
    assert place() == before
    dialog.rules.select(1)
    click(dialog.pane.reset)
    await until(lambda: button.text() == "200 for the next one")
    await until(lambda: dialog.pane.left.text() == "1 of 1 left")


async def test_esc_leaves_a_half_typed_relay_and_saves_everything_else(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    await session.responses.add("503 for survey:nps")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    editor = dialog.editor
    select_relay(editor)
    QTest.keyClicks(editor.target, "127.0.0.1:9/ho")
    QTest.keyClick(editor.target, Qt.Key.Key_Escape)
    await until(lambda: not window.findChildren(ResponsesDialog))
    window.action("responses").trigger()
    [again] = window.findChildren(ResponsesDialog)
    await until(lambda: again.editor.rule.text == "503 for survey:nps")
    write(again.editor.body, "soon")
    QTest.keyClick(again.editor.body, Qt.Key.Key_Escape)
    await until(lambda: rules(session) == ["503 for survey:nps body soon"])
    assert not session.forwards.rows()


async def test_tab_goes_through_the_dialog_as_one_reads(session: Session, dialog: ResponsesDialog) -> None:
    await session.responses.add("503 for survey:nps first 3 header 'A: 1'")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    click(dialog.editor.headers.add)  # its line is made last
    dialog.rules.setFocus()
    editor, pane, headers = dialog.editor, dialog.pane, dialog.editor.headers
    await until(lambda: headers.height() > 2 * headers.fields[0].height())  # it is laid out
    for expected in (
        *(pane.reset, pane.duplicate, pane.more, editor.query, editor.which, editor.number),
        *(editor.respond, editor.after, editor.drip, headers.fields[0], headers.add, headers.fields[1]),
    ):
        focus = dialog.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        assert dialog.focusWidget() is expected, expected.accessibleName()
        assert expected.accessibleName()


async def test_many_headers_scroll_and_the_dialog_stays_on_the_screen(
    session: Session, dialog: ResponsesDialog
) -> None:
    headers = " ".join(f"header 'X-{number}: {number}'" for number in range(20))
    await session.responses.add(f"503 {headers}")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    await until(lambda: len(dialog.editor.headers.fields) == 20)
    dialog.resize(1024, 640)
    await until(lambda: dialog.height() <= 640)
    last = dialog.editor.headers.fields[-1]
    await until(lambda: last.mapTo(dialog, QPoint()).y() > dialog.height())  # it is laid out
    dialog.editor.headers.fields[-2].setFocus()
    for _ in range(2):  # its button comes first
        focus = dialog.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert last.hasFocus()
    await until(lambda: dialog.rect().contains(last.mapTo(dialog, last.rect().center())))
    write(last, "X-19: other")
    await until(lambda: "header 'X-19: other'" in rules(session)[0])


async def test_a_shared_screen_hides_people_in_rules_and_preview(
    session: Session, window: MainWindow, dialog: ResponsesDialog
) -> None:
    await session.preferences.save("mask", "people")
    await deliver(session, nps("alice"))
    await session.responses.add("503 for user:alice")
    await until(lambda: len(lines(dialog)) == 2)
    dialog.rules.select(1)
    await until(lambda: [row.line.respondent for row in dialog.preview.rows] == ["alice"])
    window.action("mask").trigger()
    await until(lambda: lines(dialog)[0].note == DOTS)
    await until(lambda: [row.line.respondent for row in dialog.preview.rows] == [DOTS])
    assert dialog.editor.query.echoMode() == QLineEdit.EchoMode.Password  # covered, also for screen readers
    assert rules(session) == ["503 for user:alice"]
    await session.responses.change(1, RULE_WITH_PEOPLE)
    editor = dialog.editor
    await until(lambda: [field.text() for field in editor.headers.fields], lambda texts: len(texts) == 3)
    headers = [field.findChild(LineMask) for field in editor.headers.fields]
    assert [cover and cover.accessibleName() for cover in headers] == [
        f"Authorization: {DOTS}",
        f"Set-Cookie: {DOTS}",
        "",
    ]
    body = editor.body.findChild(LineMask)
    assert body is not None
    assert body.accessibleName() == f'{{"user_id": "{DOTS}"}}'
    assert [editor.body.echoMode(), editor.headers.fields[2].echoMode()] == [
        QLineEdit.EchoMode.Password,
        QLineEdit.EchoMode.Normal,
    ]
    window.action("mask").trigger()
    await until(lambda: lines(dialog)[0].note == "user:alice")


async def test_a_rule_of_this_run_is_shown_and_says_why_it_cannot_be_changed(
    session: Session, window: MainWindow
) -> None:
    session.responses.add_for_run(["204 for survey:nps"])
    await session.responses.add("503 first 3")
    window.action("responses").trigger()
    [dialog] = window.findChildren(ResponsesDialog)
    await until(lambda: len(lines(dialog)) == 3)
    assert dialog.pane.title.text() == "Rule 1 of this run"
    assert not dialog.editor.isEnabled()
    dialog.rules.setFocus()
    QTest.keyClick(dialog.rules, Qt.Key.Key_Delete)
    await until(lambda: "was given by --answer" in dialog.note.text())
    assert dialog.undo.isHidden()
    assert rules(session) == ["204 for survey:nps", "503 first 3"]
    dialog.rules.select(1)
    QTest.keyClick(dialog.rules, Qt.Key.Key_Up, ALT)  # rules of this run stay before those of the file
    assert rules(session) == ["204 for survey:nps", "503 first 3"]
