"""A capture is replayed by one key, and the response is read below its header."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.panel import ReplayPanel
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.replay.several import SeveralCaptures
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import an_answer
from tests.gui.conftest import deliver, end, was_shown
from tests.gui.palette.test_palette import opened
from tests.gui.shell.test_work_status import serving
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
    assert panel.line.text.endswith("·  First attempt here")
    await until(lambda: '"stored": "r-20414"' in panel.response.text)
    assert panel.response.isVisible()
    assert panel.response.facts.text() == "application/json, 47 bytes"
    assert panel.response.note.text().endswith("First attempt here")
    assert not window.findChildren(ReplayDialog)
    assert window.list.hasFocus()


async def test_a_window_can_become_low_after_a_response_made_room_for_nothing(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    window.resize(1440, 900)
    await session.replays.remember_target(receiver.url)
    press(window, Qt.Key.Key_R)
    await until(lambda: '"stored": "r-20414"' in panel.response.text)
    press(window, Qt.Key.Key_J)  # to a capture without a response
    await until(lambda: panel.line.text == "Not replayed yet")
    window.resize(1024, 700)
    press(window, Qt.Key.Key_R)
    await until(lambda: '"stored": ' in panel.response.text)
    assert "\n" not in panel.response.text


async def test_a_narrow_strip_shows_the_whole_target_before_the_word_next_to_its_arrow(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(receiver.url)
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.startswith("200 in "))
    toggle, target = panel.line.toggle, panel.line.choice.button
    for wide in range(700, 200, -4):
        is_last = _is_without_word(panel, wide)
        assert target.fitted()[0] == target.text() != "", f"the target is cut at a width of {wide}"
        if is_last:
            break
    assert target.text() in receiver.url
    assert toggle.accessibleName() == "Hide the response"
    assert "Alt+R" in toggle.toolTip()


def _is_without_word(panel: ReplayPanel, width: int) -> bool:
    panel.line.setFixedWidth(width)
    QApplication.sendPostedEvents()
    panel.line.grab()  # lays it out
    return not panel.line.toggle.text()


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
    assert panel.line.result.palette().windowText().color() == window.theme.color("invalid")
    receiver.is_broken = False
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.endswith("·  Fixed"))
    assert panel.line.result.palette().windowText().color() == window.theme.color("text")
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


async def test_the_height_of_a_response_is_changed_by_its_edge_and_comes_back_in_the_next_window(
    window: MainWindow, session: Session, theme: Theme, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(receiver.url)
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.response.isVisible())
    before = panel.grip.parentWidget().height()
    place = panel.grip.rect().center()
    QTest.mousePress(panel.grip, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseMove(panel.grip, place + QPoint(0, 40))
    QTest.mouseRelease(panel.grip, Qt.MouseButton.LeftButton, pos=place)
    panel.grip.setFocus()
    press(window, Qt.Key.Key_Down)
    changed = panel.grip.parentWidget().height()
    assert changed >= before + 16
    window.layout_memory.save()
    other = MainWindow(session, theme)
    other.resize(1440, 900)
    other.show()
    other.list.setFocus()
    await until(lambda: other.model.rowCount() == 3)
    other.list.select_capture(3)
    again = other.replay_commands.panel_of(other.detail)
    await until(again.response.isVisible)
    assert again.grip.parentWidget().height() == changed
    end(other)


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
    await until(lambda: panel.line.text == "Stopped. The target may have received the request.")
    await until(lambda: len(window.detail.shown.exact.attempts) == 2)  # type: ignore[union-attr]
    assert window.list.hasFocus(), "the button is hidden, and R can be pressed again"


async def test_a_named_target_stays_the_last_one_with_its_own_limits(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.targets.save(NamedTarget(name="staging", url=receiver.url, answer_s=1))
    await session.replays.remember_target("staging")
    receiver.is_silent = True
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text == "No response within 1 s.")
    assert session.replays.last_target == "staging", "not only its URL"
    assert panel.line.choice.button.accessibleName() == "Target: staging"


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
    await until(lambda: panel.line.choice.button.accessibleName() == f"Target: {place}/old")
    await asyncio.sleep(0)
    assert panel.line.text == "Not replayed yet", "nothing was sent"


async def test_the_palette_sends_the_newest_to_another_target(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(receiver.url)
    await session.replays.remember_target("http://127.0.0.1:9/")
    place = receiver.url.removeprefix("http://")
    palette = opened(window)
    QTest.keyClicks(palette.field, f"replay to {place}")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    await until(lambda: panel.line.text.startswith("200 in "))
    assert window.list.shown == 3
    assert session.replays.last_target == receiver.url


async def test_several_are_sent_in_order_with_a_row_each_and_and_stopped(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await session.replays.remember_target(receiver.url)
    receiver.is_broken = True
    press(window, Qt.Key.Key_R)
    await until(lambda: panel.line.text.startswith("500 in "))
    receiver.is_broken, receiver.most = False, 2
    window.list.selectAll()
    page = window.replay_commands.several_of(window.detail)
    await until(lambda: page.model.rowCount() == 3 and page.isVisible())
    assert page.header.title.text() == "3 captures selected"
    assert window.replay_commands.button.text() == "Replay 3"
    await until(lambda: column(page, 2), lambda texts: texts == ["–", "–", "500"])
    press(window, Qt.Key.Key_R)
    await until(lambda: page.line.title.text() == "2 of 3")
    await until(lambda: column(page, 3), lambda texts: texts == ["200", "200", "sending…"])
    assert column(page, 5) == ["First attempt", "First attempt", ""]
    QTest.mouseClick(page.line.stop, Qt.MouseButton.LeftButton)
    await until(lambda: column(page, 3), lambda texts: texts == ["200", "200", "unknown"])
    await until(lambda: page.line.choice.isVisible() and not session.replays.runs)


async def test_the_outcomes_of_several_filter_and_a_failed_one_leads_to_the_check_of_its_receiver(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await deliver(session, b'{"question": 2, "response": ["image upload","crash issues"]}')
    await until(lambda: window.model.rowCount() == 4)
    await session.replays.remember_target(receiver.url)
    window.list.selectAll()
    page = window.replay_commands.several_of(window.detail)
    await until(lambda: page.model.rowCount() == 4)
    press(window, Qt.Key.Key_R)
    await until(lambda: page.line.title.text() == "4 of 4")
    assert page.line.counts.text == "3 succeeded, 1 failed"
    assert column(page, 3) == ["200", "200", "200", "422"]
    await until(lambda: "unknown option" in page.response.text)
    assert page.response.status.text() == "422 Unprocessable Entity"
    QTest.mouseClick(page.line.counts.buttons["failed"], Qt.MouseButton.LeftButton)
    assert column(page, 3) == ["422"]
    QTest.mouseClick(page.line.counts.buttons["failed"], Qt.MouseButton.LeftButton)
    assert len(column(page, 3)) == 4
    QTest.mouseClick(page.response.why, Qt.MouseButton.LeftButton)
    [dialog] = await until(lambda: window.findChildren(CheckDialog))
    assert dialog.fields.target.line.text() == receiver.url
    assert dialog.fields.tests.currentText() == f"Why was #{window.model.id_at(0)} rejected?"
    dialog.reject()


async def test_strip_and_status_bar_count_the_same_outcomes(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    await deliver(session, b'{"question": 2, "response": ["image upload","crash issues"]}')
    await deliver(session, an_answer("no", user="eve"), secret="wrong")
    await until(lambda: window.model.rowCount() == 5)
    await session.replays.remember_target(receiver.url)
    window.list.selectAll()
    page = window.replay_commands.several_of(window.detail)
    await until(lambda: page.model.rowCount() == 5)
    press(window, Qt.Key.Key_R)
    await until(lambda: page.line.title.text() == "5 of 5")
    counts = "3 succeeded, 1 wrongly accepted, 1 failed"
    await until(lambda: was_shown(f"Replayed 5 of 5: {counts}."))
    names = [one.accessibleName() for one in page.line.counts.buttons.values() if one.isVisible()]
    assert ", ".join(names) == counts
    QTest.mouseClick(page.line.counts.buttons["accepted"], Qt.MouseButton.LeftButton)
    assert column(page, 3) == ["200"]


async def test_a_narrow_strip_of_several_cuts_no_word(
    window: MainWindow, session: Session, panel: ReplayPanel, receiver: JsonReceiver
) -> None:
    window.resize(1024, 700)
    await deliver(session, an_answer("no", user="eve"), secret="wrong")
    await deliver(session, an_answer("one", user="eve"), an_answer("two", user="eve"))
    await until(lambda: window.model.rowCount() == 6)
    await session.replays.remember_target(receiver.url)
    window.list.selectAll()
    receiver.most = 4
    page = window.replay_commands.several_of(window.detail)
    await until(lambda: page.model.rowCount() == 6)
    press(window, Qt.Key.Key_R)
    await until(lambda: page.line.title.text() == "4 of 6" and receiver.requests == 5)
    QTest.mouseClick(page.line.stop, Qt.MouseButton.LeftButton)
    await until(lambda: page.line.title.text() == "Stopped at 5 of 6.")
    line = page.line
    shown = [line.title, *line.counts.buttons.values(), line.resume, line.choice]
    await until(
        lambda: [one for one in shown if one.isVisible() and one.width() < one.sizeHint().width()] == []
    )
    assert line.counts.text == "1 accepted, 1 failed", "what went as expected is left out first"


async def test_resume_sends_only_the_rest(window: MainWindow, session: Session, panel: ReplayPanel) -> None:
    async with serving() as slow:
        await session.replays.remember_target(slow.url)
        window.list.selectAll()
        page = window.replay_commands.several_of(window.detail)
        await until(lambda: page.model.rowCount() == 3)
        press(window, Qt.Key.Key_R)
        slow.turns.release()
        await until(lambda: page.line.title.text() == "1 of 3")
        QTest.mouseClick(page.line.stop, Qt.MouseButton.LeftButton)
        await until(page.line.resume.isVisible)
        assert window.list.hasFocus()
        assert page.line.resume.is_primary
        left = int(page.line.resume.text().removeprefix("Resume "))
        assert page.line.title.text() == f"Stopped at {3 - left} of 3."
        for _ in range(left + 1):  # the request that was stopped takes one, too
            slow.turns.release()
        QTest.mouseClick(page.line.resume, Qt.MouseButton.LeftButton)
        await until(lambda: page.line.title.text() == "3 of 3")
        assert column(page, 3)[0] == "200"
        assert column(page, 3)[-1] == "200"


def column(page: SeveralCaptures, number: int) -> list[str]:
    """The texts of one column of the rows."""
    return [page.model.index(row, number).data() for row in range(page.model.rowCount())]
