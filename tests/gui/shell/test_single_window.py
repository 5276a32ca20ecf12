"""A second window of a file brings the first to the front."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from inspector.gui.shell.single_window import AlreadyOpen, SingleWindow, _address
from tests.waiting import PATIENCE_S

ASK = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from inspector.gui.shell.single_window import AlreadyOpen, SingleWindow
app = QCoreApplication([])
try:
    SingleWindow(Path(sys.argv[1]))
except AlreadyOpen as error:
    print(error)
"""


@pytest.fixture
def place(qapp: object, tmp_path: Path) -> Iterator[SingleWindow]:
    place = SingleWindow(tmp_path / "captures.db")
    yield place
    place.leave()


@pytest.mark.qt_log_ignore("This plugin does not support raise")  # the offscreen one
@pytest.mark.parametrize("is_closed", [False, True])
def test_the_first_comes_to_the_front_even_from_the_tray(
    qtbot: QtBot, place: SingleWindow, tmp_path: Path, is_closed: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    place.give(window)
    window.showMinimized()
    if is_closed:
        window.hide()
    (tmp_path / "another name").symlink_to(tmp_path / "captures.db")
    second = subprocess.Popen(
        [sys.executable, "-c", ASK, str(tmp_path / "another name")], stdout=subprocess.PIPE
    )
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=int(PATIENCE_S * 1000))
    assert b"is already open" in second.communicate()[0]
    assert window.isVisible()
    assert not window.isMinimized()


def test_another_file_has_a_place_of_its_own(place: SingleWindow, tmp_path: Path) -> None:
    other = SingleWindow(tmp_path / "other.db")
    other.leave()


def test_a_place_that_was_left_is_free(place: SingleWindow, tmp_path: Path) -> None:
    place.leave()
    SingleWindow(tmp_path / "captures.db").leave()


def test_only_its_user_can_ask(place: SingleWindow, tmp_path: Path) -> None:
    name = _address(tmp_path / "captures.db")
    assert name is not None
    if sys.platform != "win32":
        assert stat.S_IMODE(Path(name).parent.stat().st_mode) == 0o700
        assert not Path(name).stat().st_mode & 0o077


def test_a_window_that_was_killed_leaves_no_place_taken(qapp: object, tmp_path: Path) -> None:
    keep = ASK.replace("SingleWindow(Path", "place = SingleWindow(Path") + "import os; os._exit(0)\n"
    subprocess.run([sys.executable, "-c", keep, str(tmp_path / "captures.db")], check=True)
    SingleWindow(tmp_path / "captures.db").leave()


def test_it_ends_with_success_and_a_sentence() -> None:
    assert AlreadyOpen("A window is open already.").exit_status == 0


def test_a_stranger_at_the_place_is_no_window(qapp: object, tmp_path: Path) -> None:
    """Who asks nothing is told nothing more than that somebody is there."""
    place = SingleWindow(tmp_path / "captures.db")
    socket = QLocalSocket()
    name = _address(tmp_path / "captures.db")
    assert name is not None
    socket.connectToServer(name)
    assert socket.waitForConnected(1000)
    socket.abort()
    place.leave()
