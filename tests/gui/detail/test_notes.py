"""The Notes tab: written in place, kept as it is left, and nothing that was typed is lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.domain.capture.capture import MAX_NOTE
from inspector.gui.detail.notes import NotesTab
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.gui.detail.conftest import tab_name
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
async def filled(window: MainWindow, session: Session) -> MainWindow:
    """Two captures, the first of them chosen."""
    await deliver(session, an_answer(user="ann"), an_answer(user="eve"))
    await until(lambda: window.model.rowCount() == 2)
    await look_at(window, 1)
    return window


async def look_at(window: MainWindow, number: int) -> None:
    window.list.select_capture(number)
    await until(lambda: notes(window).capture_id == number)


def notes(window: MainWindow) -> NotesTab:
    return window.detail.notes


def note(session: Session, number: int) -> str:
    """What the file has."""
    return session.captures.rows([number])[number].note


def typed(window: MainWindow) -> str:
    return notes(window).editor.toPlainText()


async def test_n_leads_to_the_note_and_letters_are_letters_there(
    filled: MainWindow, session: Session
) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    assert filled.detail.current_view.label == "Notes"
    editor = notes(filled).editor
    assert editor.hasFocus()
    QTest.keyClicks(editor, "p 1 r n: ask <b>them</b>?")
    assert filled.detail.current_view.label == "Notes"
    assert "Not saved yet" in notes(filled).state.text()
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    await until(lambda: note(session, 1) == "p 1 r n: ask <b>them</b>?")
    await until(lambda: notes(filled).state.text() == "Saved.")
    assert editor.hasFocus()
    assert tab_name(filled.detail, "Notes") == "Notes, 1"
    assert not session.captures.rows([1])[1].is_pinned


async def test_tab_and_esc_lead_out_and_what_was_typed_is_kept(filled: MainWindow, session: Session) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_6)
    editor = notes(filled).editor
    editor.setFocus()
    QTest.keyClicks(editor, "first")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert not editor.hasFocus()
    assert typed(filled) == "first"
    await until(lambda: note(session, 1) == "first")
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClicks(editor, ", second")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert filled.list.hasFocus()
    await until(lambda: note(session, 1) == "first, second")
    assert typed(filled) == "first, second"


async def test_each_capture_keeps_its_own_whatever_is_chosen_meanwhile(
    filled: MainWindow, session: Session
) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClicks(notes(filled).editor, "on ann")
    await look_at(filled, 2)  # not left by a key
    assert typed(filled) == ""
    await until(lambda: note(session, 1) == "on ann")
    await look_at(filled, 1)
    assert typed(filled) == "on ann"


async def test_what_is_typed_while_it_is_kept_stays_and_so_does_its_undo(
    filled: MainWindow, session: Session
) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    editor = notes(filled).editor
    QTest.keyClicks(editor, "one ")
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    QTest.keyClicks(editor, "two")
    await until(lambda: note(session, 1) == "one")
    await session.captures.detail(1)
    assert typed(filled) == "one two"
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    await until(lambda: notes(filled).state.text() == "Saved.")
    QTest.keyClick(editor, Qt.Key.Key_Z, CTRL)
    assert typed(filled) != "one two"
    QTest.keyClick(editor, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert typed(filled) == "one two"


async def test_a_pause_keeps_it_too(filled: MainWindow, session: Session) -> None:
    notes(filled).pause.setInterval(0)
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClicks(notes(filled).editor, "x")
    await until(lambda: note(session, 1) == "x")


async def test_a_note_by_another_process_is_shown_but_takes_nothing_that_is_typed(
    filled: MainWindow, session: Session
) -> None:
    filled.detail.show_view("Notes")
    await session.captures.put_note(1, "theirs")
    await until(lambda: typed(filled) == "theirs")
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClicks(notes(filled).editor, " and mine")
    await session.captures.put_note(1, "theirs again")
    await until(
        lambda: filled.detail.shown is not None and filled.detail.shown.exact.row.note == "theirs again"
    )
    assert typed(filled) == "theirs and mine"


async def test_too_long_a_note_is_told_and_stays(filled: MainWindow, session: Session) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    editor = notes(filled).editor
    editor.insertPlainText("x" * (MAX_NOTE + 1))
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert notes(filled).state.text() == "Not saved: the note has 2,001 characters. Shorten it to 2,000."
    await look_at(filled, 2)
    await look_at(filled, 1)
    assert len(typed(filled)) == MAX_NOTE + 1
    assert note(session, 1) == ""


async def test_a_note_on_a_capture_that_was_cleared_comes_back_with_it(
    filled: MainWindow, session: Session
) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    notes(filled).pause.setInterval(100_000)  # it is cleared before anything is kept
    QTest.keyClicks(notes(filled).editor, "kept in mind")
    said: list[str] = []
    notes(filled).message_posted.connect(said.append)
    deletion = await session.captures.delete([1])
    filled.detail.show_again()
    await until(lambda: any("Cannot save the note on capture 1" in sentence for sentence in said))
    await session.captures.undo(deletion)
    await until(lambda: filled.model.rowCount() == 2)
    filled.list.select_capture(2)
    filled.list.select_capture(1)
    await until(lambda: typed(filled) == "kept in mind")
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClick(notes(filled).editor, Qt.Key.Key_Escape)
    await until(lambda: note(session, 1) == "kept in mind")


async def test_the_end_of_the_program_keeps_it(filled: MainWindow, session: Session) -> None:
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClicks(notes(filled).editor, "last words")
    filled.end()
    await notes(filled).save_all()
    await session.close()
    again = Session(Options(database=session.database, port=0))
    await again.open()
    assert note(again, 1) == "last words"
    await again.close()


async def test_an_empty_note_is_none(filled: MainWindow, session: Session) -> None:
    await session.captures.put_note(1, "gone soon")
    await until(lambda: typed(filled) == "gone soon")
    QTest.keyClick(filled.list, Qt.Key.Key_N)
    QTest.keyClick(notes(filled).editor, Qt.Key.Key_A, CTRL)
    QTest.keyClick(notes(filled).editor, Qt.Key.Key_Delete)
    filled.detail.show_view("Answers")
    await until(lambda: note(session, 1) == "")
    await until(lambda: tab_name(filled.detail, "Notes") == "Notes")
