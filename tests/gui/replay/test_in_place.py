"""A capture is replayed by one key, and the response is read below its header."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from inspector.gui.replay.panel import ReplayPanel
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.pictures_of_strip import JsonReceiver, answering
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
async def receiver() -> AsyncIterator[JsonReceiver]:
    """It answers with JSON, and everything with 500 while it is broken."""
    async with answering() as receiver:
        receiver.is_broken = False
        yield receiver


@pytest.fixture
async def panel(window: MainWindow, session: Session) -> ReplayPanel:
    """The strip of a window with three captures, of which none is selected."""
    await deliver(session, *(an_answer(user=user) for user in ("ann", "bob", "eve")))
    await until(lambda: window.model.rowCount() == 3)
    window.list.setFocus()
    return window.replay_commands.panel_of(window.detail)


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
    """A key where the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifiers or Qt.KeyboardModifier.NoModifier)


async def entered(panel: ReplayPanel, to: str) -> None:
    """Type a target into the strip, which has asked for one."""
    await until(panel.strip.field.hasFocus)
    QTest.keyClicks(panel.strip.field, to)
    QTest.keyClick(panel.strip.field, Qt.Key.Key_Return)


async def test_one_key_sends_the_newest_to_the_last_target_and_shows_the_response(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(receiver.url)
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.startswith("200 in "))
    assert window.list.shown == 3, "the newest"
    assert panel.line.text.endswith("·  First attempt")
    await until(lambda: '"stored": "r-20414"' in panel.response.text)
    assert panel.response.isVisible()
    assert panel.response.facts.text() == "application/json, 47 bytes"
    assert panel.response.note.text().endswith("First attempt here")
    assert not window.findChildren(ReplayDialog)
    assert window.list.hasFocus()


async def test_the_first_time_a_line_asks_for_the_target(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    press(window, Qt.Key.Key_R)
    await entered(panel, "nowhere")
    await until(lambda: panel.strip.error.isVisible())
    assert panel.strip.error.text().startswith("There is no target nowhere.")
    QTest.keyClick(panel.strip.field, Qt.Key.Key_Backspace)
    assert not panel.strip.error.isVisible(), "the error was about another text"
    panel.strip.field.clear()
    await entered(panel, receiver.url.removeprefix("http://"))
    await until(lambda: panel.line.text.startswith("200 in "))
    await until(window.list.hasFocus)
    assert session.replays.last_target == receiver.url


async def test_the_question_about_the_target_ends_by_esc_and_nothing_is_sent(
    window: MainWindow, session: Session, panel: ReplayPanel
) -> None:
    press(window, Qt.Key.Key_R)
    await until(panel.strip.field.hasFocus)
    press(window, Qt.Key.Key_Escape)
    await until(panel.line.isVisible)
    await until(window.list.hasFocus)
    assert panel.line.text == "Not replayed yet"
    assert window.detail.isVisible(), "only the question is closed"


async def test_a_response_stays_open_while_walking_and_shows_what_changed(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(receiver.url)
    receiver.is_broken = True
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.startswith("500 in "))
    receiver.is_broken = False
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.endswith("·  Fixed"))
    await until(lambda: "was 500 in " in panel.response.note.text())
    height = panel.height()
    panel.response.compare.click()
    await until(lambda: "− status: 500 Internal Server Error" in panel.response.text)
    press(window, Qt.Key.Key_J)
    await until(lambda: panel.line.text == "Not replayed yet")
    await until(lambda: "has not been sent to localhost" in panel.response.text)
    assert panel.height() == height, "the tabs below it stay where they are"
    press(window, Qt.Key.Key_K)
    await until(lambda: panel.line.text.endswith("·  Fixed"))
    await until(lambda: '"ok": true' in panel.response.text)
    press(window, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert not panel.response.isVisible()
    window.detail.show_view("Headers")
    assert panel.line.isVisible(), "on every tab"


async def test_what_nobody_answers_is_said_in_the_strip_and_can_be_cancelled(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target("http://127.0.0.1:9/hook")
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text == "No response: nothing is listening at 127.0.0.1:9.")
    await session.replays.remember_target(receiver.url)
    receiver.is_silent = True
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.startswith("Sending… "))
    await until(lambda: receiver.requests == 1)
    press(window, Qt.Key.Key_R)  # it is in flight already
    QTest.mouseClick(panel.line.cancel, Qt.MouseButton.LeftButton)
    await until(lambda: panel.line.text.startswith("It was stopped before the response arrived."))
    await until(lambda: len(window.detail.shown.exact.attempts) == 2)  # type: ignore[union-attr]


async def test_a_remote_host_is_asked_about_in_the_strip(
    window: MainWindow, session: Session, panel: ReplayPanel
) -> None:
    await session.replays.remember_target("http://192.0.2.7:3000/")
    press(window, Qt.Key.Key_R)
    await until(panel.strip.allow.hasFocus)
    assert panel.strip.question.text() == "Send 1 capture to 192.0.2.7?"
    press(window, Qt.Key.Key_Escape)
    await until(panel.line.isVisible)
    assert session.hosts.stored == ()
    press(window, Qt.Key.Key_R)
    await until(panel.strip.allow.hasFocus)
    press(window, Qt.Key.Key_Return)
    await until(lambda: panel.line.text.startswith("Sending… "))
    assert session.hosts.stored == ("192.0.2.7",)
    panel.line.cancel.click()
    await until(lambda: not panel.line.text.startswith("Sending"))


async def test_the_menu_of_targets_changes_where_r_sends_to(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(f"{receiver.url}/old")
    await session.replays.remember_target(receiver.url)
    window.list.select_capture(2)
    await until(panel.line.isVisible)
    targets = window.replay_commands.button.targets
    window.replay_commands.button.arrow.click()
    texts = [action.text() for action in targets.actions() if action.isCheckable()]
    place = receiver.url.removeprefix("http://")
    assert texts == [place, f"{place}/old"]
    targets.actions()[1].trigger()
    targets.close()
    await until(lambda: session.replays.last_target == f"{receiver.url}/old")
    await until(lambda: panel.line.target.accessibleName() == f"Target: {place}/old")
    await asyncio.sleep(0)
    assert panel.line.text == "Not replayed yet", "nothing was sent"
