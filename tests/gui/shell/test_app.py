"""The program starts and ends in order: why it cannot start is shown, garbage is collected, copies stay."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from inspector.base import next_step
from inspector.base.errors import InspectorError
from inspector.gui.shell import app
from inspector.gui.shell.app import GarbageCollector, StartErrorBox, is_seen
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one


_COPIES = """
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QApplication
from inspector.gui.shell.app import release_clipboard

app = QApplication([])
data = QMimeData()
data.setData("application/octet-stream", b"{}")
data.setText("{}")
QApplication.clipboard().setMimeData(data)
release_clipboard()
assert QApplication.clipboard().text() == "{}"
"""


def test_what_was_copied_is_left_as_text_and_the_program_ends_in_order() -> None:
    program = [sys.executable, "-c", _COPIES]
    done = subprocess.run(program, capture_output=True, check=False, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (0, b"")


SENTENCE = "Cannot open <b>captures.db</b>: it is a folder."


@pytest.fixture
def started(qapp: QApplication) -> Iterator[QApplication]:
    """An application from which is taken again what a start leaves on it."""
    yield qapp
    for collector in qapp.findChildren(GarbageCollector):
        collector.end()
        collector.deleteLater()


async def test_the_box_shows_the_sentence_and_waits_to_be_closed() -> None:
    box = StartErrorBox(SENTENCE)
    reading = asyncio.create_task(box.read(asyncio.Event()))
    await until(box.isVisible)
    assert box.text() == SENTENCE
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert not reading.done()
    box.button(QMessageBox.StandardButton.Close).click()
    await reading


async def test_a_signal_ends_it_as_it_ends_the_window() -> None:
    quit_requested = asyncio.Event()
    box = StartErrorBox(SENTENCE)
    reading = asyncio.create_task(box.read(quit_requested))
    await until(box.isVisible)
    quit_requested.set()
    await reading
    assert not shiboken6.isValid(box) or not box.isVisible()


async def test_where_nobody_sees_a_box_none_is_waited_for(started: QApplication, tmp_path: Path) -> None:
    """On the offscreen platform; the sentence still goes to standard error, with exit status 3."""
    assert not is_seen(started)
    with pytest.raises(InspectorError) as told:
        await app.main(started, Options(database=tmp_path, port=0))  # a folder
    assert told.value.exit_status == 3


async def test_where_somebody_sees_it_the_box_comes_before_the_end(
    started: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "is_seen", lambda _: True)  # as on a desktop
    starting = asyncio.create_task(app.main(started, Options(database=tmp_path, port=0)))
    boxes: list[QMessageBox] = []

    def is_shown() -> bool:
        boxes[:] = [one for one in started.topLevelWidgets() if isinstance(one, StartErrorBox)]
        return bool(boxes) and boxes[0].isVisible()

    await until(is_shown)
    assert str(tmp_path) in boxes[0].text()
    boxes[0].close()
    with pytest.raises(InspectorError):
        await starting


async def test_another_file_is_opened_instead_of_one_that_cannot_be(
    started: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "is_seen", lambda _: True)
    monkeypatch.setattr(next_step, "_is_window", True)
    wrong = tmp_path / "notes.db"
    wrong.write_text("not a database, but a list of things to do")
    starting = asyncio.create_task(app.main(started, Options(database=wrong, port=0)))

    def shown(kind: type[QWidget]) -> list[QWidget]:
        return [one for one in started.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]

    [box] = await until(lambda: shown(StartErrorBox))
    assert isinstance(box, StartErrorBox)
    assert box.text() == f"{wrong} is not a capture file. Select another file."
    QTest.mouseClick(box.another, Qt.MouseButton.LeftButton)
    [choice] = await until(lambda: shown(QFileDialog))
    QTest.keyClick(choice, Qt.Key.Key_Escape)
    await until(lambda: shown(StartErrorBox))
    QTest.mouseClick(box.another, Qt.MouseButton.LeftButton)
    [choice] = await until(lambda: shown(QFileDialog))
    assert isinstance(choice, QFileDialog)
    choice.fileSelected.emit(str(tmp_path / "new.db"))
    [window] = await until(lambda: shown(MainWindow))
    assert not shown(StartErrorBox)
    window.close()
    assert await starting == 0
    window.deleteLater()  # the program ends here; otherwise it would count captures during other tests


class Cycle(QTimer):
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


@pytest.fixture
def collector() -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    yield collector
    collector.end()


def make_garbage() -> None:
    """What would make Python collect many times over in the thread that does it."""
    for _ in range(20):
        assert [[number] for number in range(2_000)]


async def test_another_thread_never_collects(collector: GarbageCollector) -> None:
    died_in: list[threading.Thread] = []
    weakref.finalize(Cycle(), lambda: died_in.append(threading.current_thread()))
    thread = threading.Thread(target=make_garbage)
    thread.start()
    thread.join()
    assert died_in == []
    collector.start(interval_ms=1)
    await until(lambda: died_in)
    assert died_in == [threading.main_thread()]


async def test_what_is_imported_later_is_not_scanned_each_minute(
    collector: GarbageCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.start(interval_ms=1)
    await until(gc.get_freeze_count)
    frozen = gc.get_freeze_count()
    imported = [ModuleType(f"late{number}") for number in range(100)]
    for module in imported:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    await until(lambda: gc.get_freeze_count() >= frozen + len(imported))


_loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []


@pytest.mark.parametrize("turn", ["one", "the other"])
async def test_a_loop_is_gone_before_the_next_test(session: Session, turn: str) -> None:
    """Its timers are Qt's: where a thread of another test collected it, the process crashed."""
    assert [loop for loop in _loops if loop() is not None] == [], f"at the start of {turn}"
    _loops.append(weakref.ref(asyncio.get_running_loop()))
