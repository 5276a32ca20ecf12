"""A replay is seen in the status line while it runs, and its outcome after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.kit.badges import BadgeLabel
from inspector.gui.secrets.secret_dialog import SecretDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from inspector.session.signature.diagnoses import DiagnosisProgress
from inspector.session.signature.verification import VerificationProgress
from tests.builders import ANSWER, an_answer
from tests.gui.conftest import deliver, was_shown
from tests.gui.detail.conftest import tab_name
from tests.session.conftest import wallet as wallet
from tests.waiting import until


class Receiver:
    """Answers one request at a time, when it is told to."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(0)
        self.url = ""
        self.served = 0
        """Connections that are open."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):  # it was stopped
            await self._answer(reader, writer)
        writer.close()
        self.served -= 1

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            while line := (await reader.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            await self.turns.acquire()
            status = b"500 No" if b"/bad" in head else b"200 OK"
            writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Receiver]:
    """A receiver at its URL."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield receiver
    server.close()
    for _ in range(100):  # whatever is still on its way is answered
        receiver.turns.release()
    await until(lambda: not receiver.served)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with serving() as receiver:
        yield receiver


async def begun(window: MainWindow, session: Session, url: str) -> None:
    await deliver(session, an_answer(user="ann"), an_answer(user="bob"), an_answer(user="eve"))
    await until(lambda: window.model.rowCount() == 3)
    session.replays.start(await session.replays.plan(url))
    await until(window.status.run.isVisible)


def texts(window: MainWindow) -> list[str]:
    return [row.text for row in window.status.run.rows]


# What Qt's offscreen platform says of things that it does not do.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


ENV = "env:BLITZ_WEBHOOK_SECRET"


async def _chosen(window: MainWindow, capture_id: int = 1) -> None:
    await until(lambda: window.model.rowCount() >= capture_id)
    window.list.select_capture(capture_id)
    await until(lambda: window.detail.shown is not None)


async def test_a_replay_is_seen_until_it_has_ended(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await begun(window, session, receiver.url)
    assert texts(window) == ["Replay 0 of 3"]
    for _ in range(3):
        receiver.turns.release()
    await until(lambda: not window.status.run.isVisible())
    await until(lambda: was_shown("Replayed 3 of 3: 3 succeeded."))


async def test_a_replay_is_stopped_from_the_status_line(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await begun(window, session, f"{receiver.url}/bad")
    window.status.run.rows[0].link.click()
    receiver.turns.release()
    await until(lambda: not window.status.run.isVisible())
    await until(lambda: was_shown("Stopped at "))


async def test_two_replays_at_once_are_both_shown_and_each_end_is_announced_once(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    said: list[str] = []
    window.status.run.ended.connect(said.append)
    async with serving() as short:
        await begun(window, session, receiver.url)  # the slow one: it waits for its receiver
        first = window.model.id_at(0)
        session.replays.start(await session.replays.plan(short.url, ids=[first]))
        await until(lambda: texts(window) == ["Replay 0 of 1", "Replay 0 of 3"])
        assert window.status.run.rows[0].link.accessibleName() == (
            f"Stop the replay to {short.url.removeprefix('http://')}"
        )
        short.turns.release()
        await until(lambda: texts(window) == ["Replay 0 of 3"])
        receiver.turns.release()  # this step would have announced the end of the short one again
        await until(lambda: texts(window) == ["Replay 1 of 3"])
        for _ in range(2):
            receiver.turns.release()
        await until(lambda: len(said) >= 2 and not window.status.run.isVisible())
    assert said == ["Replayed 1 of 1: 1 succeeded.", "Replayed 3 of 3: 3 succeeded."]


async def test_two_replays_that_start_and_end_in_one_frame_are_both_announced(
    window: MainWindow, session: Session
) -> None:
    said: list[str] = []
    window.status.run.ended.connect(said.append)
    await deliver(session, an_answer(user="ann"))
    await until(lambda: window.model.rowCount() == 1)
    plan = await session.replays.plan("http://127.0.0.1:1/")
    await asyncio.gather(session.replays.start(plan).wait(), session.replays.start(plan).wait())
    await until(lambda: len(said) == 2)
    assert said == ["Replayed 1 of 1: 0 succeeded, 1 failed."] * 2
    await until(lambda: not window.status.run.isVisible())


async def test_of_many_replays_the_newest_have_a_bar_and_the_rest_are_counted(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    await begun(window, session, receiver.url)
    for _ in range(3):
        session.replays.start(await session.replays.plan(receiver.url))
    await until(lambda: window.status.run.more == "and 2 more")
    assert texts(window) == ["Replay 0 of 3"] * 2


async def test_commands_name_the_target_while_several_replays_run(
    window: MainWindow, session: Session, receiver: Receiver
) -> None:
    stop = window.actions_table["stop-replay"]
    async with serving() as other:
        await begun(window, session, receiver.url)
        assert stop.text() == "Stop the replay"
        last = session.replays.start(await session.replays.plan(other.url))
        await until(lambda: stop.text() == f"Stop the replay to {other.url.removeprefix('http://')}")
        stop.trigger()
        await until(lambda: last.progress.state == "stopped")
        await until(lambda: stop.text() == "Stop the replay")
        assert [run.progress.state for run in session.replays.runs] == ["running"]


async def test_everything_is_checked_again_when_asked(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER)
    await session.secrets.add("another", "another secret", save=False)
    await session.secrets.set_active(ENV, False)
    window.actions_table["re-verify"].trigger()
    await until(lambda: was_shown("Re-verified 1 capture: 1 changed."))
    assert session.captures.rows([1])[1].verdict.word == "invalid"


async def test_verdicts_are_kept_when_there_is_no_secret_to_check_with(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, ANSWER)
    await session.secrets.set_active(ENV, False)
    window.actions_table["re-verify"].trigger()
    await until(lambda: was_shown("No active secret, so nothing was re-verified."))
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_checking_can_be_stopped_and_goes_on(window: MainWindow, session: Session) -> None:
    checking = window.checking
    session.verification.progress = VerificationProgress(total=12_408, done=1_200)
    checking.show_progress(session.verification.progress)
    assert checking.text == "Re-verifying 1,200 of 12,408…"
    checking.link.click()
    assert checking.text == "Stopped at 1,200 of 12,408"
    assert checking.link.text() == "Resume"
    checking.show_progress(VerificationProgress(total=11_208, done=200))
    assert checking.link.text() == "Stop"
    checking.show_progress(VerificationProgress(total=11_208, done=11_208, is_done=True))
    assert not checking.isVisible()


async def test_what_is_not_examined_yet_is_said_and_can_be_examined(
    window: MainWindow, session: Session
) -> None:
    session.diagnoses.progressed.emit(DiagnosisProgress(left=31, is_all=False))
    await until(lambda: window.diagnosing.text == "31 not diagnosed yet")
    window.filter_row.field.setText("finding:secret-whitespace")
    await until(lambda: window.listing.text == "finding:secret-whitespace")
    window.counts.show()
    assert window.filter_row.count.toolTip() == "31 captures not diagnosed yet"
    window.actions_table["diagnose-all"].trigger()
    await until(lambda: was_shown("All invalid signatures are diagnosed."))


async def test_a_fault_of_ours_is_put_right_and_everything_checked_again(
    window: MainWindow, session: Session
) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    await deliver(session, ANSWER, secret="mine")
    window.detail.show_view("Signature")
    await _chosen(window)
    signature = window.detail.signature
    await until(signature.buttons.cure.isVisible)
    QTest.mouseClick(signature.buttons.cure, Qt.MouseButton.LeftButton)
    await until(signature.note.undo.isVisible)
    assert signature.note.text.toPlainText() == "1 of 1 is valid now."
    await until(lambda: tab_name(window.detail, "Signature") == "Signature, Valid")
    badge = window.detail.header.findChild(BadgeLabel)
    assert badge is not None
    assert badge.accessibleName() == "Signature: Valid"
    assert [secret.text for secret in session.secrets.active if secret.name == "staging"] == ["mine"]
    await until(lambda: window.checking.text == "Corrected the secret staging.")
    assert window.checking.link.text() == "Undo"
    QTest.mouseClick(window.checking.link, Qt.MouseButton.LeftButton)
    await until(lambda: session.captures.rows([1])[1].verdict.word == "invalid")
    assert [secret.text for secret in session.secrets.active if secret.name == "staging"] == ["mine\n"]
    await until(signature.buttons.cure.isVisible)
    assert not signature.note.isVisible()
    assert was_shown("Undone: corrected the secret staging.")


async def test_the_cure_is_a_command_while_there_is_one(window: MainWindow, session: Session) -> None:
    cure, undo = window.action("apply-cure"), window.action("undo-secret")
    assert not cure.isEnabled()
    await session.secret_changes.add("staging", "mine\n", save=False)
    await deliver(session, ANSWER, secret="mine")
    window.detail.show_view("Signature")
    await _chosen(window)
    await until(lambda: cure.isEnabled() and window.action("copy-sender-message").isEnabled())
    assert not window.action("show-same-cause").isEnabled(), "there is no other one"
    cure.trigger()
    await until(lambda: session.captures.rows([1])[1].verdict.word == "valid" and not cure.isEnabled())
    await until(undo.isEnabled)
    undo.trigger()
    await until(lambda: session.captures.rows([1])[1].verdict.word == "invalid" and not undo.isEnabled())


async def test_all_captures_with_the_same_cause_are_listed_from_any_scope(
    window: MainWindow, session: Session
) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    await deliver(session, an_answer("a", survey="s-1"), an_answer("b", survey="s-2"), secret="mine")
    await deliver(session, an_answer("c", survey="s-1"), secret="an unknown one")
    await until(lambda: window.model.rowCount() == 3)
    window.filter_row.field.setText("survey:s-1")
    await until(lambda: window.model.rowCount() == 2)
    window.list.select_capture(1)
    window.detail.show_view("Signature")
    buttons = window.detail.signature.buttons
    await until(lambda: buttons.show_all.isVisible() and buttons.show_all.text() == "Show the 2")
    QTest.mouseClick(buttons.show_all, Qt.MouseButton.LeftButton)
    await until(lambda: [window.model.id_at(row) for row in range(window.model.rowCount())] == [2, 1])
    assert window.filter_row.field.text() == 'cause:secret-whitespace secret:"staging"'


async def test_a_secret_that_is_added_or_switched_verifies_at_once_and_is_undone(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, ANSWER, secret="mine")
    await until(lambda: session.captures.rows([1]))
    window.secret_commands.add()
    dialog = next(one for one in window.findChildren(SecretDialog) if one.isVisible())
    dialog.name.setText("staging")
    QTest.keyClicks(dialog.text, "mine")
    QTest.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    await until(lambda: session.captures.rows([1])[1].verdict.word == "valid")
    await until(lambda: window.checking.text == "Added the secret staging.")
    window.secret_commands.switch("staging", False)
    await until(lambda: session.captures.rows([1])[1].verdict.word == "invalid")
    await until(lambda: window.checking.text == "Deactivated the secret staging.")
    window.list.setFocus()
    QTest.mouseClick(window.checking.link, Qt.MouseButton.LeftButton)
    await until(lambda: session.captures.rows([1])[1].verdict.word == "valid")
    await until(lambda: not window.checking.isVisible())
    assert window.focusWidget() is window.list, "its keys work after the link is gone"


async def test_after_a_cure_a_filtered_list_has_only_what_matches_and_the_open_capture(
    window: MainWindow, session: Session
) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    await deliver(session, *(an_answer(text) for text in "abc"), secret="mine")
    await deliver(session, an_answer("d"), secret="an unknown one")
    window.filter_row.field.setText("verdict:invalid")
    await until(lambda: window.listing.text == "verdict:invalid" and not window.listing.is_searching)
    assert window.model.rowCount() == 4
    window.list.select_capture(2)
    window.detail.show_view("Signature")
    signature = window.detail.signature
    await until(lambda: signature.buttons.cure.text().endswith("re-verify 3"))
    QTest.mouseClick(signature.buttons.cure, Qt.MouseButton.LeftButton)
    await until(lambda: signature.note.text.toPlainText() == "3 of 3 are valid now.")
    await until(lambda: window.model.rowCount() == 2)
    assert [window.model.id_at(row) for row in range(2)] == [4, 2]
    assert window.filter_row.counts[:2] == (2, 4)
    assert window.detail.isVisible()
    assert window.list.shown == 2
    QTest.mouseClick(signature.note.undo, Qt.MouseButton.LeftButton)
    await until(lambda: window.model.rowCount() == 4)
    assert window.list.shown == 2
