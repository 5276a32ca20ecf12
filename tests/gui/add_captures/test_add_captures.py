"""Dropped files and pasted texts are shown first, added on Enter, and removed by Ctrl+Z."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget

from inspector.domain.capture.native import ExportedCapture, dump_line, head_line
from inspector.domain.query.scope import EVERYTHING
from inspector.gui.add_captures.add_dialog import AddDialog
from inspector.gui.captures.drag import dragged
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import ANSWER, COMPLETION, a_capture, an_answer, signature
from tests.gui.conftest import deliver, was_shown
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
KEYS = Qt.KeyboardModifier
CURL = "curl -d @- -H 'x-webhook-signature: {}' http://127.0.0.1:8787/in <<'END'\n{}END\n"


def a_curl_command() -> str:
    """A command that drops the newlines that were signed."""
    body = ANSWER.replace(b",", b",\n", 1) + b"\n"
    return CURL.format(signature(body).decode(), body.decode())


async def shown(window: MainWindow) -> AddDialog:
    """The dialog, once it has read everything."""
    dialogs = await until(lambda: [one for one in window.findChildren(AddDialog) if one.isVisible()])
    await until(lambda: all(card.preview is not None for card in dialogs[0].cards))
    return dialogs[0]


async def pasted(window: MainWindow, text: str) -> AddDialog:
    QGuiApplication.clipboard().setText(text)
    window.list.setFocus()
    QTest.keyClick(window.list, Qt.Key.Key_V, KEYS.ControlModifier)
    return await shown(window)


def drop(widget: QWidget, data: QMimeData, source: QWidget | None = None) -> bool:
    """Drop data on a widget, as Qt does for another program, and return whether it was taken."""
    where, buttons = QPointF(5, 5), Qt.MouseButton.LeftButton
    action = Qt.DropAction.CopyAction
    entered = QDragEnterEvent(where.toPoint(), action, data, buttons, KEYS.NoModifier)
    dropped = QDropEvent(where, action, data, buttons, KEYS.NoModifier)
    QApplication.sendEvent(widget, entered)
    QApplication.sendEvent(widget, dropped)
    return entered.isAccepted() and dropped.isAccepted()


def of_files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


async def ids(session: Session) -> list[int]:
    return list(await session.captures.ids(EVERYTHING, "", newest_first=False))


async def test_a_pasted_command_is_cured_added_by_enter_and_removed_by_undo(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, COMPLETION)
    await until(lambda: was_shown("First delivery received."))
    dialog = await pasted(window, a_curl_command())
    (card,) = dialog.cards
    assert card.cure.text == (
        "--data drops newlines: 361 bytes become 359. With --data-binary the signature is valid."
    )
    assert card.badge.accessibleName() == "Signature: Invalid"
    QTest.mouseClick(card.cure.link, Qt.MouseButton.LeftButton)
    await until(lambda: card.badge.accessibleName() == "Signature: Bytes only")
    assert dialog.verb.text() == "Add 1 capture"
    assert await ids(session) == [1]

    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: was_shown("Added 1 capture."))
    assert await ids(session) == [1, 2]
    row = session.captures.rows([2])[2]
    assert (row.kind, row.target, row.verdict.word) == ("imported", b"/in", "valid")
    assert window.status.undo.isVisible()
    window.activateWindow()
    await until(window.isActiveWindow)

    QTest.keyClick(window.list, Qt.Key.Key_Z, KEYS.ControlModifier)
    await until(lambda: was_shown("Removed 1 added capture."))
    assert await ids(session) == [1]
    await until(lambda: window.model.rowCount() == 1)


async def test_enter_adds_where_the_focus_is_when_the_dialog_opens(
    window: MainWindow, session: Session
) -> None:
    dialog = await pasted(window, ANSWER.decode())
    await until(lambda: dialog.verb.isEnabled() and dialog.isActiveWindow())
    focus = dialog.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Return)
    await until(lambda: window.model.rowCount() == 1)
    assert await ids(session) == [1]


async def test_escape_adds_nothing(window: MainWindow, session: Session) -> None:
    dialog = await pasted(window, ANSWER.decode())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert await ids(session) == []


async def test_the_dialog_grows_around_its_centre_and_stays_on_the_screen(
    window: MainWindow, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.json" for name in "abc"]
    for file in files:
        file.write_bytes(COMPLETION)
    assert drop(window, of_files(*files))
    (dialog,) = await until(lambda: [one for one in window.findChildren(AddDialog) if one.isVisible()])
    centre, height = dialog.geometry().center().y(), dialog.height()
    await shown(window)
    await until(lambda: dialog.height() > height)
    assert abs(dialog.geometry().center().y() - centre) <= 2
    assert dialog.geometry().bottom() <= dialog.screen().availableGeometry().bottom()


async def test_the_capture_file_itself_is_not_read(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    await deliver(session, COMPLETION)
    (tmp_path / "copy.ndjson").hardlink_to(tmp_path / "captures.db")
    paths = [tmp_path / name for name in ("captures.db", "captures.db-shm", "copy.ndjson")]
    assert drop(window, of_files(*paths))
    dialog = await shown(window)
    for card, path in zip(dialog.cards, paths, strict=True):
        reason = f"{path.name} is the capture file in use. Its captures are listed already."
        assert card.preview is not None
        assert card.preview.reason == reason
        assert not card.box.isEnabled()


async def test_dropped_files_have_a_card_each_and_only_ticked_ones_are_added(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    await deliver(session, COMPLETION)
    known = [line async for part in session.import_export.exported([1]) for line in part.lines][1]
    other = dump_line(2, ExportedCapture(capture=a_capture(ANSWER)))
    export, request, notes = (tmp_path / name for name in ("e.ndjson", "one.http", "notes.docx"))
    export.write_text("\n".join((head_line(), known, other)))
    request.write_bytes(b"POST /in HTTP/1.1\n\n{}")
    notes.write_bytes(b"PK\x03\x04")
    assert drop(window, of_files(export, request, notes))
    dialog = await shown(window)
    first, second, third = dialog.cards

    assert first.box.accessibleName().startswith("Add e.ndjson, dropped file, ")
    assert first.note.text == (
        "1 capture of 1 survey, 14 Nov 2023. 1 more is in this file already and is skipped."
    )
    assert first.numbers.accessibleName() == "1 valid"
    assert third.note.text == "Not a capture: no HTTP request, curl command, NDJSON export or JSON in it."
    assert not third.box.isEnabled()
    assert not third.box.isChecked()
    assert dialog.verb.text() == "Add 2 captures"
    second.box.setFocus()
    QTest.keyClick(second.box, Qt.Key.Key_Space)
    assert dialog.verb.text() == "Add 1 capture"
    QTest.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    await until(lambda: was_shown("Added 1 capture."))
    assert [row.size for row in session.captures.rows(await ids(session)).values()] == [645, 359]


async def test_a_body_is_signed_with_a_secret_on_request(window: MainWindow, session: Session) -> None:
    dialog = await pasted(window, ANSWER.decode())
    (card,) = dialog.cards
    assert card.badge.accessibleName() == "Signature: Unsigned"
    card.secret.setFocus()
    QTest.keyClick(card.secret, Qt.Key.Key_Down)
    await until(lambda: card.badge.accessibleName() == "Signature: Valid")
    dialog.verb.click()
    await until(lambda: was_shown("Added 1 capture."))
    assert session.captures.verdict(1).word == "valid"


async def test_the_first_captures_of_an_export_are_listed_on_request(
    window: MainWindow, tmp_path: Path
) -> None:
    export = tmp_path / "e.ndjson"
    lines = [dump_line(one, ExportedCapture(capture=a_capture(received_ms=one))) for one in range(1, 31)]
    export.write_text("\n".join((head_line(), *lines)))
    assert drop(window, of_files(export))
    dialog = await shown(window)
    (card,) = dialog.cards
    assert card.note.link.text() == "Show the first 20"
    before = dialog.height()
    QTest.mouseClick(card.note.link, Qt.MouseButton.LeftButton)
    await until(lambda: dialog.height() > before)
    assert card.note.link.text() == "Hide the captures"
    dialog.reject()


async def test_a_file_dropped_on_a_text_field_is_no_text(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "body.json").write_bytes(ANSWER)
    assert drop(window.filter_row.field, of_files(tmp_path / "body.json"))
    dialog = await shown(window)
    assert window.filter_row.field.text() == ""
    dialog.reject()


async def test_a_folder_is_its_files(window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "respondent"
    folder.mkdir()
    for name in ("b.json", "a.json", ".hidden"):
        (folder / name).write_bytes(ANSWER)
    assert drop(window, of_files(folder))
    dialog = await shown(window)
    assert [card.item.source.name for card in dialog.cards] == ["a.json", "b.json"]
    dialog.reject()


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
async def test_a_pipe_is_not_read_and_does_not_keep_the_other_files_waiting(
    window: MainWindow, tmp_path: Path
) -> None:
    pipe, body = tmp_path / "pipe", tmp_path / "body.json"
    os.mkfifo(pipe)
    body.write_bytes(ANSWER)
    assert drop(window, of_files(pipe, body))
    dialog = await shown(window)
    assert dialog.cards[0].note.text == (
        "pipe is a pipe or a device, not a regular file. Save its content to a file, then add that."
    )
    assert dialog.verb.text() == "Add 1 capture"
    dialog.reject()


async def test_of_very_many_files_the_first_fifty_are_added(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    folder = tmp_path / "bodies"
    folder.mkdir()
    for number in range(53):
        (folder / f"{number:02}.json").write_bytes(an_answer(f"{number}"))
    assert drop(window, of_files(folder))
    dialog = await shown(window)
    await until(lambda: dialog.verb.isEnabled() and dialog.verb.text() == "Add 50 captures")
    assert [card.item.source.name for card in dialog.cards] == [f"{number:02}.json" for number in range(50)]
    assert "3 more files are left out. Add them in a second step." in [
        label.text() for label in dialog.findChildren(QLabel)
    ]
    QTest.keyClick(dialog.verb, Qt.Key.Key_Return)
    await until(lambda: was_shown("Added 50 captures."))
    assert len(await ids(session)) == 50


async def test_rows_dragged_to_a_folder_come_in_again(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER, COMPLETION)
    data = dragged(session, [1, 2])
    assert drop(window, data)
    dialog = await shown(window)
    assert dialog.cards[0].note.text.endswith("Capture 1 has the same body, with its own headers.")
    dialog.verb.click()
    await until(lambda: was_shown("Added 2 captures."))
    bodies = session.captures.bodies(await ids(session))
    assert (bodies[3], bodies[4]) == (ANSWER, COMPLETION)


async def test_an_empty_clipboard_is_told(window: MainWindow) -> None:
    QGuiApplication.clipboard().clear()
    window.list.setFocus()
    QTest.keyClick(window.list, Qt.Key.Key_V, KEYS.ControlModifier)
    await until(lambda: was_shown("The clipboard has no text and no files."))


async def test_text_fields_keep_their_own_paste(window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("verdict:invalid")
    window.filter_row.field.setFocus()
    QTest.keyClick(window.filter_row.field, Qt.Key.Key_V, KEYS.ControlModifier)
    assert window.filter_row.field.text() == "verdict:invalid"
    assert not window.findChildren(AddDialog)


async def test_a_chosen_file_is_previewed_too(window: MainWindow, tmp_path: Path) -> None:
    window.actions_table["import"].trigger()
    (chooser,) = (one for one in window.findChildren(QFileDialog) if one.isVisible())
    chooser.fileSelected.emit(str(tmp_path / "nowhere"))
    chooser.reject()
    dialog = await shown(window)
    assert dialog.cards[0].note.text.startswith("Cannot read ")
    assert not dialog.verb.isEnabled()
    dialog.reject()


async def test_an_added_capture_is_no_first_delivery(window: MainWindow, session: Session) -> None:
    text = f"curl -H 'x-webhook-signature: {signature(ANSWER).decode()}' --data-raw '{ANSWER.decode()}' h/in"
    dialog = await pasted(window, text)
    dialog.verb.click()
    await until(lambda: was_shown("Added 1 capture."))
    await until(lambda: session.captures.figures().valid == 1)
    window.counts.show()
    assert not was_shown("First delivery received.")
    await deliver(session, COMPLETION)
    await until(
        lambda: was_shown("First delivery received. Its signature is valid: Blitzllama is connected.")
    )


async def test_undo_leaves_the_selected_capture_open(window: MainWindow, session: Session) -> None:
    await deliver(session, *(ANSWER,) * 40)
    await until(lambda: window.model.rowCount() == 40)
    window.list.select_capture(40)
    await until(lambda: window.detail.shown is not None)
    dialog = await pasted(window, COMPLETION.decode())
    dialog.verb.click()
    await until(lambda: window.model.rowCount() == 41)
    await until(lambda: was_shown("Added 1 capture."))  # only then it can be undone
    window.actions_table["undo"].trigger()
    await until(lambda: was_shown("Removed 1 added capture."))
    await until(lambda: window.model.rowCount() == 40)
    assert window.list.selected_ids() == (40,)
    assert window.list.shown == 40
    assert not window.list.is_following
