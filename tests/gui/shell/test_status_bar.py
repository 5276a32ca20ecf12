"""What stands at the bottom: numbers that agree with each other."""

from __future__ import annotations

import multiprocessing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from inspector.base.errors import InspectorError
from inspector.domain.capture.rows import VerdictTotals
from inspector.gui.kit.theme import Theme
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.shell.status_bar import StatusBar
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver, was_shown
from tests.session.conftest import send, stopped_evaluator
from tests.session.failing_evaluators import dies_while_told
from tests.waiting import evaluated, until

# Qt's offscreen platform warns of each window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (VerdictTotals(total=30, valid=27, rewritten=1, invalid=2), "30 captures  ·  93.3 % valid"),
        (VerdictTotals(total=1, valid=1), "1 capture  ·  100 % valid"),
        # 2,999 of 3,000 are not all.
        (VerdictTotals(total=3000, valid=2999, invalid=1), "3,000 captures  ·  99.9 % valid"),
        # Samples are listed, and count in no share.
        (
            VerdictTotals(total=33, samples=13, valid=19, invalid=1),
            "33 captures, including 13 samples  ·  95.0 % of 20 valid",
        ),
        (
            VerdictTotals(total=2, samples=1, valid=1),
            "2 captures, including 1 sample  ·  100 % of 1 valid",
        ),
        (VerdictTotals(total=9, samples=9), "9 captures, all samples"),
    ],
)
def test_the_share_of_valid_ones_is_of_what_is_named(theme: Theme, figures: VerdictTotals, said: str) -> None:
    line = StatusBar(theme)
    line.show_totals(figures, backlog=(0, 0))
    assert line.counts.text() == f"{said}  ·  0 bytes"
    line.deleteLater()


async def test_captures_that_wait_for_their_evaluation_are_counted(
    window: MainWindow, session: Session
) -> None:
    assert session.ingest.url is not None
    await evaluated(session)
    with stopped_evaluator():
        for number in range(3):
            assert await send(session.ingest.url, an_answer(str(number))) == 200
        await until(window.status.counts.text, lambda said: said == "0 captures  ·  evaluating 3")
    await until(window.status.counts.text, lambda said: "3 captures" in said and "evaluating" not in said)


async def test_a_stopped_evaluation_is_shown_until_it_works(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await evaluated(session)
    flag = session.database.with_name("die")
    flag.touch()
    monkeypatch.setattr(session.ingest.evaluator, "_run", dies_while_told)
    for process in multiprocessing.active_children():
        if process.name == "evaluator":
            process.kill()
    sentence = "Evaluation stopped; captures are safe and waiting"
    await until(window.status.counts.text, lambda said: said == f"0 captures  ·  {sentence}")
    await until(lambda: window.banner.sentence.startswith(f"{sentence}. "))
    assert session.ingest.url is not None
    assert await send(session.ingest.url, an_answer()) == 200
    flag.unlink()
    session.ingest.evaluator.retry()
    await until(window.status.counts.text, lambda said: said.startswith("1 capture") and sentence not in said)
    await until(lambda: not window.banner.sentence)
    caplog.clear()


async def test_details_stand_beside_what_there_is_more_of_and_go_with_it(window: MainWindow) -> None:
    details = window.maintenance_commands.details
    assert details.isHidden()

    async def fails() -> None:
        raise InspectorError("The report cannot be written.") from OSError("no room")

    window.runner.run(fails(), "write a report")
    await until(lambda: not details.isHidden())
    assert window.status.message == "The report cannot be written."
    window.status.notify("Pinned 1 capture.")
    assert details.isHidden()


async def test_the_newest_is_named_while_nothing_is_selected(window: MainWindow, session: Session) -> None:
    hint = window.status.hint
    assert hint is not None
    await deliver(session, an_answer())
    await until(lambda: window.model.rowCount() == 1)
    assert not hint.isVisible(), "there is no target yet"
    await session.replays.remember_target("localhost:3000/hook")
    QTest.keyClick(window.list, Qt.Key.Key_J)
    assert not hint.isVisible()
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    window.status.clear_message()
    assert hint.isVisible()
    assert hint.accessibleName() == "R: replays the newest to localhost:3000/hook"
    window.status.notify("A message.")
    assert not hint.isVisible()


async def test_retention_is_told_in_the_status_line(window: MainWindow, session: Session) -> None:
    session.maintenance.message_posted.emit("Retention removed 3 captures older than 30 days.")
    await until(lambda: was_shown("older than 30 days"))


async def test_that_retention_is_on_stands_in_the_status_line(window: MainWindow, session: Session) -> None:
    link = window.status.retention
    assert not link.isVisible()
    await session.preferences.save("keep_count", 1000)
    await session.preferences.save("keep_days", 1)
    await until(lambda: "the last day" in link.toolTip())
    assert link.isVisible()
    assert (
        "Retention keeps the newest 1,000 captures, the captures of the last day and pinned captures."
        in link.toolTip()
    )
    link.click()
    await until(lambda: window.findChild(SettingsDialog))
    await session.preferences.save("keep_count", None)
    await session.preferences.save("keep_days", None)
    await until(lambda: not link.isVisible())


async def test_an_open_capture_that_retention_removes_says_so_where_it_was(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, an_answer("old"), an_answer("new"))
    await until(lambda: window.model.rowCount() == 2)
    window.list.select_capture(1)
    await until(lambda: window.detail.shown is not None)
    await session.preferences.save("keep_count", 1)
    await session.maintenance.retain()
    await until(lambda: window.model.rowCount() == 1)
    await until(window.detail.no_capture.isVisible)
    words = [label.text() for label in window.detail.no_capture.findChildren(QLabel)]
    assert words[0] == "This capture no longer exists"
    assert words[1].startswith("There is no capture 1.")
    await until(lambda: was_shown("Retention removed 1 capture beyond the newest 1."))
    QTest.keyClick(window.list, Qt.Key.Key_Escape)
    assert not window.detail.isVisible()
    window.list.select_capture(2)
    await until(lambda: window.detail.shown is not None)
    await session.captures.delete([2])
    await until(lambda: not window.detail.isVisible())
