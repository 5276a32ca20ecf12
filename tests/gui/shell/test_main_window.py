"""The window shows one dialog at a time, folds on a small screen, and ends without a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from inspector.domain.replay.address_text import short_address
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.edit_dialog import EditDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.conftest import at_rest, deliver, end
from tests.gui.shell.test_work_status import Receiver, serving
from tests.waiting import until

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Answers one request at a time, when it is told to."""
    async with serving() as receiver:
        yield receiver


def dialogs(window: MainWindow) -> list[type[QDialog]]:
    """The kinds of the dialogs that are open, those over another included."""
    return [type(one) for one in window.findChildren(QDialog) if one.isVisible()]


async def with_a_capture(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(window.model.id_at(0))
    await until(window.actions_table["edit-replay"].isEnabled)


async def pressed(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """A key on the list of the main window, which was brought to the front."""
    window.activateWindow()
    window.list.setFocus()
    await until(window.isActiveWindow)
    QTest.keyClick(window.list, key, modifiers)


async def edited(window: MainWindow) -> EditDialog:
    await pressed(window, Qt.Key.Key_E)
    [dialog] = await until(lambda: window.findChildren(EditDialog))
    await until(dialog.fields.method.text)
    return dialog


async def test_replay_takes_the_place_of_edit(window: MainWindow, session: Session) -> None:
    await with_a_capture(window, session)
    await edited(window)
    await pressed(window, Qt.Key.Key_R, SHIFT)
    assert await until(lambda: dialogs(window)) == [ReplayDialog]
    window.actions_table["settings"].trigger()
    assert dialogs(window) == [SettingsDialog]
    window.findChildren(SettingsDialog)[-1].reject()


async def test_unsent_changes_are_asked_about_before_another_dialog_opens(
    window: MainWindow, session: Session
) -> None:
    await with_a_capture(window, session)
    dialog = await edited(window)
    dialog.fields.body.setPlainText("{}")
    await pressed(window, Qt.Key.Key_R, SHIFT)
    assert dialogs(window) == [EditDialog, ConfirmDialog]
    [question] = dialog.findChildren(ConfirmDialog)
    QTest.keyClick(question, Qt.Key.Key_Escape)
    assert dialogs(window) == [EditDialog]
    assert dialog.fields.body_text() == "{}"
    dialog.reject()
    dialog.findChildren(ConfirmDialog)[-1].verb.click()
    await until(lambda: not dialogs(window))


async def test_a_replay_goes_on_when_another_dialog_takes_its_place(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await with_a_capture(window, session)
    await pressed(window, Qt.Key.Key_R, SHIFT)
    [dialog] = await until(lambda: window.findChildren(ReplayDialog))
    await until(lambda: dialog.verb.text() == "Replay 1")
    dialog.plan.target.setText(receiver.url)
    dialog.verb.click()
    [run] = await until(lambda: session.replays.runs)
    await edited(window)
    assert dialogs(window) == [EditDialog]
    assert run.progress.state == "running"
    receiver.turns.release()
    assert (await run.wait()).succeeded == 1
    window.findChildren(EditDialog)[-1].reject()


async def test_a_start_says_nothing_that_is_not_known_yet(session: Session, theme: Theme) -> None:
    await deliver(session, an_answer())
    url = session.ingest.url
    await session.ingest.stop()
    window = MainWindow(session, theme)
    said: set[str] = set()
    first_steps: set[str] = set()

    def look() -> bool:
        first_steps.add(window.first_start.where.text())
        said.update((window.list.message, window.strip.bars.message, window.bar.url.text()))
        is_empty = not window.model.rowCount() or not window.strip.bars.shown.buckets
        return not is_empty and window.bar.url.text() == short_address(session.ingest.url or "none")

    window.show()
    look()
    window.listener_commands.listen()
    await until(look)
    addresses = {short_address(one) for one in (session.ingest.url, url) if one is not None}
    assert said <= {"", "Counting…", *addresses}
    assert not [text for text in first_steps if text.startswith("Nothing is listening")]
    window.filter_row.field.setText("user:nobody")
    await until(lambda: window.list.message == "No captures match.")
    end(window)


async def test_the_path_of_a_shown_answer_gets_the_name_that_a_completion_brings(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("fine", survey="s-9"))
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    survey = window.detail.header.survey
    await until(lambda: survey.accessibleName() == "s-9")
    await deliver(session, a_completion("fine", survey="s-9"))
    await until(lambda: survey.accessibleName() == "Survey one")


async def test_a_small_window_folds_the_tree(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.resize(1024, 700)
    assert not window.surveys.isVisible()
    assert not window.bar.sample.isVisible(), "it is in the menu"
    width = window.list.width()
    window.filter_row.surveys.click()
    assert window.surveys.isVisible()
    assert window.list.width() == width, "the tree covers the list"
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not window.surveys.isVisible()
    assert window.focusWidget() is window.list
    window.filter_row.surveys.click()
    window.resize(1440, 900)
    assert not window.filter_row.surveys.isVisible()
    assert window.surveys.isVisible()


async def test_closing_asks_to_quit_and_stays_until_all_is_closed(window: MainWindow) -> None:
    asked: list[bool] = []
    window.quit_requested.connect(lambda: asked.append(True))
    window.close()
    assert asked == [True]
    assert window.isVisible()


async def test_light_and_dark_repaint_without_a_restart(window: MainWindow, theme: Theme) -> None:
    def lightness() -> int:
        return window.grab().toImage().pixelColor(5, 400).lightness()

    assert lightness() > 200
    theme.force(True)
    await until(lambda: lightness() < 60)
    theme.force(False)
    await until(lambda: lightness() > 200)


async def test_the_end_reads_nothing_of_a_closed_file(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.counts.start(interval_ms=0)
    window.end()
    session.captures.captured.emit((1,))
    session.groups.changed.emit(None)
    await session.close()
    await at_rest()  # an exception in Qt's loop fails the test
