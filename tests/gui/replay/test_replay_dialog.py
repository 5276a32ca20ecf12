"""The Replay window: asks where to, once for each host, and shows what became of every capture."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.domain.capture import line_diff
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.redirect import FOLLOWED
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.replay.target import TargetDialog
from inspector.outbox.run import Run
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import an_answer
from tests.client.receivers import redirect
from tests.gui.detail.conftest import put
from tests.gui.shell.test_work_status import serving
from tests.session.test_replays import OK, receiver
from tests.session.test_replays import put as put_all
from tests.waiting import until


@pytest.fixture
async def ids(session: Session, plain_window: QWidget) -> tuple[int, ...]:
    """Five captures that can be sent, and one that cannot."""
    whole = [await put(session, an_answer(user=f"u-{number}")) for number in range(5)]
    return (*whole, await put(session, b"half", kind="cut"))


async def test_a_selection_is_sent_and_every_outcome_is_told(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    failing = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
    async with receiver(lambda request: failing if b"u-3" in request else OK) as (url, received):
        dialog = ReplayDialog(session, theme, ids, plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 6")
        assert not dialog.verb.isEnabled()
        dialog.plan.target.setText(url)
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        assert dialog.progress.counts == "4 succeeded, 1 failed, 1 skipped"
        assert "It was cut" in dialog.progress.skipped.toPlainText()
        assert len(received) == 5
        model = dialog.progress.model
        assert [model.index(row, 3).data() for row in range(model.rowCount())] == [
            "u-4",
            "u-3",
            "u-2",
            "u-1",
            "u-0",
        ]
        assert model.index(1, 5).data() == "500"
        assert model.index(1, 7).data() == "First attempt"
        dialog.progress.table.selectRow(1)
        assert dialog.progress.sentence.toPlainText() == "Responded with 500."
        await until(lambda: dialog.verb.isEnabled())
        assert dialog.note.text() == "Sent 5. Each attempt is stored with its capture."
        dialog.reject()
        assert ReplayDialog(session, theme, ids, plain_window).plan.target.text() == url, (
            "the last target stands there"
        )


async def test_an_address_needs_no_scheme(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    async with receiver(lambda request: OK) as (url, received):
        dialog = ReplayDialog(session, theme, ids, plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 6")
        dialog.plan.target.setText(url.removeprefix("http://"))
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        assert len(received) == 5
        dialog.reject()


async def test_everything_a_filter_matches_is_counted_before_it_is_sent(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, (EVERYTHING, "user:u-2"), plain_window)
    dialog.show()
    await until(lambda: dialog.windowTitle() == "Replay 1 capture")
    assert dialog.plan.what.text() == "1 capture, matching user:u-2"
    dialog.reject()


async def test_captures_are_counted_once_the_dialog_is_visible(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, (EVERYTHING, ""), plain_window)
    counting = _Counting(dialog)
    dialog.installEventFilter(counting)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 6")
    assert counting.at_first_paint == [False]
    other = ReplayDialog(session, theme, ids[:3], plain_window)
    assert other.verb.text() == "Replay 3", "these need no counting"
    for one in (dialog, other):  # they still read the file
        one.reject()


class _Counting(QObject):
    """Whether captures were being counted when a dialog was painted for the first time."""

    def __init__(self, dialog: ReplayDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self.at_first_paint: list[bool] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and watched is self._dialog and not self.at_first_paint:
            names = {task.get_name() for task in asyncio.all_tasks()}
            self.at_first_paint.append("count captures to replay" in names)
        return super().eventFilter(watched, event)


async def test_a_host_that_is_not_this_machine_is_asked_about_before_anything_is_sent(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids, plain_window)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 6")
    dialog.plan.target.setText("http://192.0.2.10/hook")
    dialog.verb.click()
    await until(dialog.plan.question.isVisible)
    assert "192.0.2.10 is not localhost" in dialog.plan.question.text.text()
    assert not session.replays.runs
    dialog.plan.question.allow.click()
    await until(lambda: session.replays.runs)
    assert session.hosts.names == ("192.0.2.10",)
    dialog.progress.stop.click()
    await until(lambda: not session.replays.runs)
    await until(lambda: "stopped" in dialog.progress.rate.text())
    dialog.reject()


async def test_a_host_that_was_allowed_on_another_machine_is_asked_about_again(
    session: Session,
    theme: Theme,
    plain_window: QWidget,
    ids: tuple[int, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await session.hosts.allow("192.0.2.10")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    dialog = ReplayDialog(session, theme, ids, plain_window)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 6")
    dialog.plan.target.setText("http://192.0.2.10/hook")
    dialog.verb.click()
    await until(lambda: dialog.plan.question.isVisible() or session.replays.runs)
    assert not session.replays.runs
    assert "192.0.2.10 is not localhost" in dialog.plan.question.text.text()
    dialog.reject()


async def test_what_is_no_url_is_told_and_can_be_mended(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids, plain_window)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 6")
    dialog.plan.target.setText("nowhere")
    dialog.verb.click()
    assert (await until(lambda: dialog.plan.to.error)).startswith("There is no target nowhere.")
    assert dialog.verb.isEnabled()
    QTest.keyClicks(dialog.plan.target, ":3000")
    assert not dialog.plan.to.error, "it is right now"
    dialog.reject()


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_a_new_target_under_the_name_of_another_is_refused(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    await session.targets.save(NamedTarget(name="local", url="http://127.0.0.1:1/"))
    before = session.targets.names()
    dialog = ReplayDialog(session, theme, ids, plain_window)
    dialog.show()
    dialog.plan.target.setText("127.0.0.1:2/other")
    QTest.mouseClick(dialog.plan.to.more, Qt.MouseButton.LeftButton)
    menu = dialog.plan.to.menu
    await until(menu.isVisible)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())
    target = next(one for one in dialog.findChildren(TargetDialog) if one.isVisible())
    assert target.url.text() == "http://127.0.0.1:2/other"
    QTest.keyClicks(target.name, "local")
    target.verb.click()
    await until(target.error.isVisible)
    assert "There is already a target local." in target.error.text()
    assert session.targets.names() == before
    QTest.keyClicks(target.name, "-2")
    assert not target.error.isVisible(), "it is right now"
    target.verb.click()
    await until(lambda: dialog.plan.target.text() == "local-2")
    assert [one.name for one in session.targets.names()] == ["local", "local-2"]
    dialog.reject()


async def test_what_kept_a_plan_from_starting_goes_with_the_next_edit(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids, plain_window)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 6")
    dialog.plan.target.setText("localhost:3000")
    dialog.plan.signature.setCurrentIndex(1)
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await session.captures.delete(ids)
    dialog.verb.click()
    await until(dialog.progress.error.isVisible)
    dialog.plan.marker.click()
    assert not dialog.progress.error.isVisible()
    dialog.reject()


async def test_where_everything_was_skipped_it_does_not_say_that_anything_was_sent(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids[-1:], plain_window)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 1")
    dialog.plan.target.setText("http://127.0.0.1:9/hook")
    dialog.verb.click()
    await until(lambda: "done" in dialog.progress.rate.text())
    await until(lambda: dialog.verb.isEnabled())
    assert dialog.note.text() == "Nothing sent."
    dialog.reject()


async def test_it_runs_on_when_its_window_is_closed(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    async with receiver() as (url, received):
        dialog = ReplayDialog(session, theme, ids, plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 6")
        gone = asyncio.Event()
        dialog.destroyed.connect(gone.set)
        dialog.plan.target.setText(url)
        runs: list[Run] = []
        session.replays.started.connect(runs.append)
        dialog.verb.click()
        await until(lambda: runs)
        dialog.close()
        await gone.wait()
        progress = await runs[0].wait()
        assert (progress.succeeded, len(received)) == (5, 5)


async def test_pace_faults_and_signing_are_sent_as_they_stand_there(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    async with receiver() as (url, received):
        dialog = ReplayDialog(session, theme, ids[:5], plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 5")
        dialog.plan.target.setText(url)
        dialog.plan.pace.pace.setCurrentIndex(1)
        dialog.plan.pace.rate.setValue(200)
        faults = dialog.plan.faults
        dialog.resize(dialog.width(), 400)
        QTest.mouseClick(faults.button, Qt.MouseButton.LeftButton)
        await until(lambda: not faults.boxes["twice"].visibleRegion().isEmpty())  # scrolled into view
        faults.boxes["twice"].setChecked(True)
        faults.every["twice"].setValue(5)
        dialog.plan.signature.setCurrentIndex(1)
        dialog.plan.marker.setChecked(True)
        await until(lambda: "5 captures, 6 deliveries, over" in dialog.progress.sentence.toPlainText())
        assert "The signature is new" in dialog.progress.sentence.toPlainText()
        assert "marks it as a replay" in dialog.progress.sentence.toPlainText()
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        await until(lambda: dialog.verb.isEnabled())
        assert len(received) == 6
        assert all(b"x-webhook-inspector-replay: " in request for request in received)
        await until(dialog.progress.histogram.isVisible)
        await until(lambda: "1 delivered twice: 1 × status 200." in dialog.progress.sentence.toPlainText())
        dialog.reject()
    detail = await session.captures.detail(ids[0])
    assert detail.attempts[0].signature == "resigned"


async def test_the_time_left_follows_a_target_that_is_slower_than_the_pace(session: Session) -> None:
    await put_all(session, *[an_answer(f"a{number}") for number in range(1_000)])
    left = [0.0]

    def longest_left() -> float:
        slow.turns.release()
        return max(left)

    async with serving() as slow:
        run = session.replays.start(await session.replays.plan(slow.url, course=PlanOptions(rate=1_000)))
        run.progressed.connect(lambda progress: left.append(progress.seconds_left or 0.0))
        await until(longest_left, lambda longest: longest > 1)  # the whole plan, if the pace were kept
        run.stop()
        await run.wait()


async def test_a_run_is_paused_and_goes_on(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids[:5], plain_window)

    def answer(request: bytes) -> bytes:
        if b"u-1" in request and dialog.progress.pause.text() == "Pause":
            dialog.progress.pause.click()
        return OK

    async with receiver(answer) as (url, received):
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 5")
        dialog.plan.target.setText(url)
        dialog.verb.click()
        await until(lambda: dialog.progress.pause.text() == "Resume")
        await until(lambda: "paused" in dialog.progress.rate.text())
        assert len(received) < 5
        dialog.progress.pause.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        assert len(received) == 5
        await until(lambda: dialog.verb.isEnabled())
    dialog.reject()


async def test_a_stopped_replay_is_offered_to_be_resumed_and_sends_the_rest_once(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids[:5], plain_window)

    def answer(request: bytes) -> bytes:
        if b"u-1" in request:
            dialog.progress.stop.click()
        return OK

    async with receiver(answer) as (url, received):
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 5")
        assert not dialog.resume_button.isVisible()
        dialog.plan.target.setText(url)
        dialog.verb.click()
        await until(lambda: "stopped" in dialog.progress.rate.text())
        await until(dialog.resume_button.isVisible)
        assert dialog.resume_button.text() == f"Resume {5 - len(received)}"
        assert (dialog.resume_button.is_primary, dialog.verb.is_primary) == (True, False)
        dialog.plan.target.setFocus()
        QTest.keyClick(dialog.plan.target, Qt.Key.Key_Return)
        await until(lambda: "done" in dialog.progress.rate.text())
        assert [sum(b"u-%d" % number in one for one in received) for number in range(5)] == [1] * 5
        await until(lambda: dialog.verb.isEnabled())
        assert not dialog.resume_button.isVisible()
    dialog.reject()


async def stop_after_one(session: Session, url: str, ids: tuple[int, ...]) -> None:
    """Leave behind a replay that was stopped at its first attempt."""
    course = PlanOptions(rate=2)  # on a busy machine, the stop comes late
    run = session.replays.start(await session.replays.plan(url, ids=ids, course=course))
    run.attempted.connect(lambda _: run.stop())
    await run.wait()


async def test_the_rest_of_another_plan_is_not_suggested_in_a_new_one(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    async with receiver(lambda _: OK) as (url, _):
        await stop_after_one(session, url, ids[:5])
        dialog = ReplayDialog(session, theme, ids[:2], plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 2")
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        await until(lambda: dialog.verb.isEnabled() and not session.replays.runs)
        assert await session.replays.rest() is not None
        assert not dialog.resume_button.isVisible()
        assert dialog.verb.is_primary
    dialog.reject()


async def test_a_second_click_on_resume_sends_nothing_twice(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    async with receiver(lambda _: OK) as (url, received):
        await stop_after_one(session, url, ids[:5])
        rest = await session.replays.rest()
        assert rest is not None
        dialog = ReplayDialog(session, theme, rest, plain_window)
        dialog.show()
        assert dialog.verb.text() == f"Resume {rest.left}"
        dialog.verb.click()
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        await until(lambda: not session.replays.runs)
        assert [sum(b"u-%d" % number in one for one in received) for number in range(5)] == [1] * 5
    dialog.reject()


async def test_an_edited_plan_is_sent_from_its_start_though_the_last_was_stopped(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    await session.hosts.allow("192.0.2.1")
    dialog = ReplayDialog(session, theme, ids[:3], plain_window)
    dialog.show()
    await until(lambda: dialog.verb.text() == "Replay 3")
    dialog.plan.target.setText("http://192.0.2.1:9/")
    dialog.plan.pace.pace.setCurrentIndex(1)
    dialog.plan.pace.rate.setValue(0.01)
    dialog.verb.click()
    await until(lambda: session.replays.runs)
    dialog.progress.stop.click()
    await until(dialog.resume_button.isVisible)
    await session.hosts.revoke("192.0.2.1")
    dialog.resume_button.click()
    await until(dialog.plan.question.isVisible)
    async with receiver(lambda _: OK) as (url, received):
        dialog.plan.target.setText(url)
        assert dialog.verb.is_primary
        dialog.plan.pace.pace.setCurrentIndex(0)
        QTest.keyClick(dialog.plan.target, Qt.Key.Key_Return)
        await until(lambda: "done" in dialog.progress.rate.text())
        assert len(received) == 3
    dialog.reject()


async def test_what_may_have_arrived_is_asked_about_and_sent_again_on_request_alone(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    dialog = ReplayDialog(session, theme, ids[:3], plain_window)
    is_silent = True

    def answer(request: bytes) -> bytes:
        if is_silent and b"u-1" in request:
            asyncio.get_running_loop().call_later(0.05, dialog.progress.stop.click)
            return b""
        return OK

    async with receiver(answer) as (url, received):
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 3")
        dialog.plan.target.setText(url)
        dialog.verb.click()
        await until(dialog.plan.unknown.isVisible)
        assert "1 capture may have arrived" in dialog.plan.unknown.text.text()
        is_silent = False
        dialog.resume_button.click()
        await until(lambda: len(received) == 3)
        await until(dialog.plan.unknown.isVisible)
        assert [sum(b"u-%d" % number in one for one in received) for number in range(3)] == [1, 1, 1]
        dialog.plan.unknown.allow.click()
        await until(lambda: len(received) == 4)
        assert b"u-1" in received[3]
        await until(lambda: dialog.verb.isEnabled())
        assert not dialog.plan.unknown.isVisible()
    dialog.reject()


async def test_each_count_filters_the_table_and_the_chosen_row_shows_both_answers(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    answers = iter([OK] * 5 + [OK, b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", OK, OK, OK])
    async with receiver(lambda _: next(answers)) as (url, _):
        await session.replays.start(await session.replays.plan(url, ids=ids[:5])).wait()
        dialog = ReplayDialog(session, theme, ids[:5], plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 5")
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        await until(lambda: dialog.verb.isEnabled())
    progress = dialog.progress
    shown = [since for since, button in progress.since.buttons.items() if not button.isHidden()]
    assert shown == ["regressed", "still-passing"]
    progress.since.buttons["regressed"].click()
    assert progress.model.rowCount() == 1
    assert [progress.model.index(0, column).data() for column in (3, 4, 5, 7)] == [
        "u-1",
        "200",
        "500",
        "Regressed",
    ]
    progress.table.selectRow(0)
    await until(lambda: "+ status: 500 Internal Server Error" in progress.response)
    progress.since.buttons["regressed"].click()
    assert progress.model.rowCount() == 5
    dialog.reject()


async def test_the_response_of_a_first_attempt_is_shown_and_the_failed_ones_are_listed_alone(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    head = b"HTTP/1.1 500 Oops\r\nX-Trace: 17\r\nContent-Length: 25\r\n\r\n"

    def answer(request: bytes) -> bytes:
        is_failing = b"u-1" in request or b"u-3" in request
        return head + b"Traceback\n  line 12: oops" if is_failing else OK

    async with receiver(answer) as (url, _):
        dialog = ReplayDialog(session, theme, ids, plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 6")
        dialog.plan.target.setText(url)
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
    progress = dialog.progress
    assert progress.counts == "3 succeeded, 2 failed, 1 skipped"
    QTest.mouseClick(progress.outcomes.buttons["failed"], Qt.MouseButton.LeftButton)
    assert progress.listed(3) == ["u-3", "u-1"]
    progress.table.selectRow(0)
    await until(lambda: progress.response == "Traceback\n  line 12: oops")
    view = progress.response_view
    assert view.status.text() == "500 Internal Server Error"
    assert view.headers.toPlainText() == "X-Trace: 17\nContent-Length: 25"
    progress.since.buttons["first"].click()
    assert progress.outcomes.key is None, "one filter at a time"
    assert len(progress.listed(3)) == 5
    [selected] = progress.table.selectionModel().selectedRows()
    assert progress.listed(3)[selected.row()] == "u-3", "the row of the response stays selected"
    QTest.mouseClick(progress.outcomes.buttons["succeeded"], Qt.MouseButton.LeftButton)
    assert not progress.table.selectionModel().hasSelection()
    assert not progress.response_view.isVisible(), "its row is not listed"
    dialog.reject()


async def test_a_single_replay_shows_its_response_at_once(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    async with receiver(lambda _: b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno") as (url, _):
        dialog = ReplayDialog(session, theme, ids[:1], plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 1")
        dialog.plan.target.setText(url)
        dialog.verb.click()
        await until(lambda: dialog.progress.response == "no")
    await until(lambda: dialog.verb.isEnabled())
    dialog.reject()


async def test_long_responses_are_not_compared_by_the_process_that_listens(
    session: Session,
    theme: Theme,
    plain_window: QWidget,
    ids: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def compared_here(*_: object, **__: object) -> None:
        raise AssertionError("this would have stalled the listener")

    monkeypatch.setattr(line_diff, "SequenceMatcher", compared_here)
    bodies = iter([b"one\ntwo\n" * 1_000, b"two\none\n" * 1_000])

    def long(_: bytes) -> bytes:
        body = next(bodies)
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    async with receiver(long) as (url, _):
        for number in range(2):
            dialog = ReplayDialog(session, theme, ids[:1], plain_window)
            dialog.show()
            await until(lambda dialog=dialog: dialog.verb.text() == "Replay 1")
            dialog.plan.target.setText(url)
            dialog.verb.click()
            await until(lambda dialog=dialog: dialog.progress.response)
            await until(lambda dialog=dialog: dialog.verb.isEnabled())
            if number:
                await until(lambda dialog=dialog: dialog.progress.response.endswith("too long to compare."))
            dialog.reject()


async def test_redirects_are_followed_once_the_box_is_ticked_and_the_plan_says_how(
    session: Session, theme: Theme, plain_window: QWidget, ids: tuple[int, ...]
) -> None:
    def answer(request: bytes) -> bytes:
        return redirect(307, "/new") if request.startswith(b"POST /hook ") else OK

    async with receiver(answer) as (url, received):
        dialog = ReplayDialog(session, theme, ids[:1], plain_window)
        dialog.show()
        await until(lambda: dialog.verb.text() == "Replay 1")
        dialog.plan.target.setText(f"{url}hook")
        box = dialog.plan.redirects
        assert not box.isChecked()
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.height() // 2, box.height() // 2))
        assert box.isChecked()
        await until(lambda: FOLLOWED in dialog.progress.sentence.toPlainText())
        dialog.verb.click()
        await until(lambda: "done" in dialog.progress.rate.text())
        assert dialog.progress.counts == "1 succeeded"
        assert [raw.split(b" ")[1] for raw in received] == [b"/hook", b"/new"]
        await until(lambda: dialog.verb.isEnabled())
        dialog.reject()
    [attempt] = (await session.captures.detail(ids[0])).attempts
    assert [one.url for one in attempt.redirects] == [f"{url}new"]
