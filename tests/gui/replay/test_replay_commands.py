"""Replays as they are reached from the whole window: paused, stopped, resumed, and asked about at its end."""

from __future__ import annotations

import multiprocessing
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.kit.dialog import ConfirmDialog
from inspector.gui.replay.replay_commands import QuitDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver, was_shown
from tests.gui.palette.test_palette import opened, reasons
from tests.gui.shell.test_work_status import Receiver, begun, serving, texts
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Answers one request at a time, when it is told to."""
    async with serving() as receiver:
        yield receiver


def run(window: MainWindow, typed: str) -> None:
    """Run the best command for what is typed into the palette."""
    palette = opened(window)
    QTest.keyClicks(palette.field, typed)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)


async def stopped(window: MainWindow, session: Session, receiver: Receiver) -> None:
    """A replay of three of which one was answered."""
    await begun(window, session, receiver.url)
    receiver.turns.release()
    await until(lambda: session.replays.runs[0].progress.sent == 1)
    window.actions_table["stop-replay"].trigger()
    await until(lambda: window.actions_table["resume"].isEnabled())


async def test_the_worker_is_started_before_the_first_edit(window: MainWindow, session: Session) -> None:
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    before = multiprocessing.active_children()
    QTest.keyClick(window.list, Qt.Key.Key_J)
    await until(lambda: set(multiprocessing.active_children()) > set(before))


async def test_a_running_replay_is_paused_goes_on_and_is_stopped_by_commands(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.field, "the replay")
    listed = reasons(palette)
    assert [listed[f"{verb} the replay"] for verb in ("Pause", "Stop")] == ["no replay is running"] * 2
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    await begun(window, session, receiver.url)
    [one] = session.replays.runs
    run(window, "pause the replay")
    await until(lambda: one.progress.state == "paused")
    await until(lambda: window.actions_table["pause-replay"].text() == "Resume the paused replay")
    await until(lambda: texts(window) == ["Replay 0 of 3, paused"])
    run(window, "resume")
    await until(lambda: one.progress.state == "running")
    run(window, "stop the replay")
    await until(lambda: one.progress.state == "stopped")


async def test_what_was_stopped_is_resumed_by_a_command_that_says_what_it_was(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.field, "resume")
    assert reasons(palette)["Resume a replay…"] == "nothing to resume"
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    await stopped(window, session, receiver)
    place = receiver.url.removeprefix("http://")
    await until(lambda: window.actions_table["resume"].text() == f"Resume the replay to {place}, 1 left…")
    run(window, "resume")
    await until(lambda: window.findChildren(ReplayDialog))
    [dialog] = window.findChildren(ReplayDialog)
    assert dialog.windowTitle() == "Resume replay 1"
    assert "1 of 3 deliveries left, started at " in dialog.plan.sentences.text
    assert f"\n{receiver.url}/\n" in dialog.plan.sentences.text
    assert not dialog.plan.target.isVisible(), "it cannot be changed any more"
    await until(dialog.verb.hasFocus)
    receiver.turns.release()
    receiver.turns.release()
    QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
    await until(lambda: "done" in dialog.progress.rate.text())
    assert dialog.progress.title == "1 of 1"
    await until(lambda: not window.actions_table["resume"].isEnabled())
    await until(lambda: dialog.note.text().startswith("Sent 1."))
    dialog.reject()


async def test_a_stopped_replay_is_cancelled_after_a_question_and_can_then_not_be_resumed(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await stopped(window, session, receiver)
    place = receiver.url.removeprefix("http://")
    cancel = window.actions_table["cancel-plan"]
    await until(lambda: cancel.text() == f"Cancel the stopped replay to {place}, 1 left…")
    run(window, "cancel the stopped")
    [question] = await until(lambda: window.findChildren(ConfirmDialog))
    QTest.keyClick(question, Qt.Key.Key_Escape)
    assert cancel.isEnabled(), "nothing was agreed to"
    await until(lambda: not window.findChildren(ConfirmDialog))
    window.actions_table["resume"].trigger()
    [dialog] = await until(lambda: window.findChildren(ReplayDialog))
    QTest.mouseClick(dialog.cancel_plan, Qt.MouseButton.LeftButton)
    [question] = await until(lambda: window.findChildren(ConfirmDialog))
    assert question.verb.text() == "Cancel 1"
    QTest.mouseClick(question.verb, Qt.MouseButton.LeftButton)
    await until(lambda: was_shown("Cancelled replay 1: 1 will not be sent."))
    await until(lambda: not window.actions_table["resume"].isEnabled() and not cancel.isEnabled())
    assert (await session.replays.find(1)).state == "done"


async def test_the_program_ends_at_once_where_no_replay_runs(window: MainWindow) -> None:
    asked: list[None] = []
    window.quit_requested.connect(lambda: asked.append(None))
    QTest.keyClick(window, Qt.Key.Key_Q, CONTROL)
    window.close()
    assert len(asked) == 2
    assert not window.findChildren(QuitDialog)


async def test_the_key_to_quit_acts_in_the_replay_window_too(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    asked: list[None] = []
    window.quit_requested.connect(lambda: asked.append(None))
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    QTest.keyClick(window.list, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    await until(lambda: [one for one in window.findChildren(ReplayDialog) if one.isActiveWindow()])
    [dialog] = window.findChildren(ReplayDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Q, CONTROL)
    assert len(asked) == 1
    dialog.reject()


@pytest.mark.parametrize("by", ["key", "close"])
async def test_a_running_replay_is_asked_about_before_the_program_ends(
    window: MainWindow, session: Session, receiver: Receiver, by: str
) -> None:
    asked: list[None] = []
    window.quit_requested.connect(lambda: asked.append(None))
    await begun(window, session, receiver.url)
    receiver.turns.release()
    await until(lambda: session.replays.runs[0].progress.sent == 1)

    def ends() -> QuitDialog:
        if by == "key":
            QTest.keyClick(window, Qt.Key.Key_Q, CONTROL)
        else:
            window.close()
        [dialog] = [one for one in window.findChildren(QuitDialog) if one.isVisible()]
        return dialog

    dialog = ends()
    assert dialog.sentence.text() == "1 of 3 done. You can resume it later."
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not asked
    assert session.replays.runs[0].progress.state == "running"
    await until(lambda: not window.findChildren(QuitDialog))
    window.activateWindow()
    await until(window.isActiveWindow)  # before that no shortcut works
    QTest.keyClick(ends(), Qt.Key.Key_Return)
    assert len(asked) == 1
