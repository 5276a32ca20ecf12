"""The Replay window while its run is on its way: led by keys, told in sentences, and saved as a page."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QSpinBox, QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.detail.conftest import put
from tests.gui.shell.test_work_status import Receiver, serving
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Answers one request at a time, when it is told to."""
    async with serving() as receiver:
        yield receiver


@pytest.fixture
async def dialog(session: Session, theme: Theme, plain_window: QWidget, receiver: Receiver) -> ReplayDialog:
    """A replay of five that was just begun by Return; none is answered yet."""
    ids = [await put(session, an_answer("my words", user=f"user-{number}")) for number in range(5)]
    dialog = ReplayDialog(session, theme, tuple(ids), plain_window)
    dialog.plan.at_once.setValue(2)
    dialog.show()
    dialog.activateWindow()
    await until(lambda: dialog.isActiveWindow() and dialog.verb.text() == "Replay 5")
    dialog.plan.target.setText(f"{receiver.url}/hook?token=abc")
    await until(dialog.verb.isEnabled)
    QTest.keyClick(dialog.plan.target, Qt.Key.Key_Return)
    await until(lambda: session.replays.runs)
    await until(dialog.report.isEnabled)
    return dialog


def pressed_space() -> None:
    """Where the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Space)


async def ended(dialog: ReplayDialog, receiver: Receiver) -> None:
    for _ in range(5):
        receiver.turns.release()
    await until(lambda: "done" in dialog.progress.rate.text() and dialog.verb.isEnabled())


async def test_space_pauses_and_goes_on_from_the_start_and_from_the_table(
    dialog: ReplayDialog, receiver: Receiver, session: Session
) -> None:
    progress = dialog.progress
    assert progress.pause.hasFocus()
    pressed_space()
    assert session.replays.runs[0].progress.state == "paused"
    assert progress.pause.text() == "Resume"
    pressed_space()
    assert session.replays.runs[0].progress.state == "running"
    progress.table.setFocus()
    pressed_space()
    assert progress.pause.text() == "Resume"
    progress.pause.click()
    await ended(dialog, receiver)
    dialog.reject()


async def test_the_focus_stays_in_sight_when_it_is_over(dialog: ReplayDialog, receiver: Receiver) -> None:
    await ended(dialog, receiver)
    assert dialog.report.hasFocus()
    dialog.reject()


async def test_the_plan_stands_there_in_sentences_while_it_runs(
    dialog: ReplayDialog, receiver: Receiver
) -> None:
    fields = (QComboBox, QCheckBox, QSpinBox)
    assert not [one for kind in fields for one in dialog.plan.findChildren(kind) if one.isVisible()]
    assert dialog.plan.sentences.text.split("\n") == [
        *("Captures", "5 captures, selected"),
        *("To", f"{receiver.url}/hook?token=abc"),
        *("Requests", "As captured, with the original signature."),
        *("Order", "By arrival time"),
        *("Pace", "As fast as responses arrive"),
        *("Concurrent", "2, order is not preserved"),
        *("On failure", "Continue"),
        *("Deliberate faults", "None"),
    ]
    await ended(dialog, receiver)
    assert dialog.plan.target.isVisible(), "another can be planned"
    assert not dialog.plan.sentences.isVisible()
    dialog.reject()


async def test_the_times_of_the_answers_are_numbers_beside_their_histogram(
    dialog: ReplayDialog, receiver: Receiver
) -> None:
    await ended(dialog, receiver)
    await until(lambda: dialog.progress.times.numbers.text())
    words = dialog.progress.times.numbers.text().split()
    assert [words[0], *words[2:6]] == ["median", "ms,", "95", "%", "under"]
    dialog.reject()


async def test_what_came_of_it_is_saved_as_a_masked_page(
    dialog: ReplayDialog, receiver: Receiver, tmp_path: Path
) -> None:
    await ended(dialog, receiver)
    pressed_space()
    asked = dialog.findChild(QFileDialog)
    assert isinstance(asked, QFileDialog)
    file = tmp_path / "replay.md"
    asked.fileSelected.emit(str(file))
    asked.reject()
    await until(lambda: dialog.note.text() == "Saved a masked report as replay.md.")
    page = file.read_text()
    assert "| status 200 | 5 |" in page
    assert "| First attempt | 5 |" in page
    assert f"| To | `{receiver.url}` |" in page
    assert not [private for private in ("abc", "hook", "user-", "words") if private in page]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    dialog.reject()
