"""What keeps the program from starting is told in a box too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from inspector.base.errors import InspectorError
from inspector.gui.shell import app
from inspector.gui.shell.app import GarbageCollector, StartErrorBox, is_seen
from inspector.session.options import Options
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one

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
    quit_asked = asyncio.Event()
    box = StartErrorBox(SENTENCE)
    reading = asyncio.create_task(box.read(quit_asked))
    await until(box.isVisible)
    quit_asked.set()
    await reading
    assert not shiboken6.isValid(box) or not box.isVisible()


async def test_where_nobody_sees_a_box_none_is_waited_for(started: QApplication, tmp_path: Path) -> None:
    """On the offscreen platform; the sentence still goes to standard error, with exit status 3."""
    assert not is_seen(started)
    with pytest.raises(InspectorError) as told:
        await app._main(started, Options(database=tmp_path, port=0))  # a folder
    assert told.value.exit_status == 3


async def test_where_somebody_sees_it_the_box_comes_before_the_end(
    started: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "is_seen", lambda _: True)  # as on a desktop
    starting = asyncio.create_task(app._main(started, Options(database=tmp_path, port=0)))
    boxes: list[QMessageBox] = []

    def is_shown() -> bool:
        boxes[:] = [one for one in started.topLevelWidgets() if isinstance(one, StartErrorBox)]
        return bool(boxes) and boxes[0].isVisible()

    await until(is_shown)
    assert str(tmp_path) in boxes[0].text()
    boxes[0].close()
    with pytest.raises(InspectorError):
        await starting
