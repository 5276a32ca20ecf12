"""Captures and reports are saved to files and read from them; what takes long can be stopped."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog, QFileSystemModel

from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT
from tests.gui.conftest import deliver, was_shown
from tests.session.conftest import wallet as wallet
from tests.waiting import until

# What Qt's offscreen platform says of things that it does not do.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def _open(window: MainWindow, kind: type[QDialog]) -> QDialog | None:
    return next((dialog for dialog in window.findChildren(kind) if dialog.isVisible()), None)


async def _chosen(window: MainWindow, capture_id: int = 1) -> None:
    await until(lambda: window.model.rowCount() >= capture_id)
    window.list.select_capture(capture_id)
    await until(lambda: window.detail.shown is not None)


async def test_what_is_listed_is_exported(window: MainWindow, session: Session, tmp_path: Path) -> None:
    await deliver(session, ANSWER, secret=SECRET_TEXT)
    await deliver(session, COMPLETION, secret="another")
    window.filter_row.field.setText("verdict:invalid")
    await until(lambda: window.model.rowCount() == 1)
    file = tmp_path / "captures.ndjson"
    file.touch(mode=0o644)
    window.actions_table["export"].trigger()
    (dialog,) = (one for one in window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    await until(lambda: was_shown("Exported 1 capture to captures.ndjson, not masked."))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    head, line = map(json.loads, file.read_text().splitlines())
    assert (head["masked"], line["id"]) == (False, 2)
    assert window.moving.isHidden()


def _locked(folder: Path) -> set[str]:
    """The files of a folder that this process has locked, by their names."""
    names = {file.stat().st_ino: file.name for file in folder.iterdir()}
    fields = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    locked = (int(field[5].rpartition(":")[2]) for field in fields if field[4] == str(os.getpid()))
    return {names[inode] for inode in locked if inode in names}


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="reads the table of locks of Linux")
async def test_a_file_dialog_on_the_folder_of_the_capture_file_leaves_its_locks(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    await deliver(session, ANSWER, secret=SECRET_TEXT)
    await until(lambda: window.model.rowCount() == 1)
    before = _locked(tmp_path)
    assert "captures.db-shm" in before
    window.actions_table["export"].trigger()
    dialog = _open(window, QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.setNameFilter("*")
    dialog.setDirectory(str(tmp_path))
    files = dialog.findChild(QFileSystemModel)
    assert isinstance(files, QFileSystemModel)
    for name in ("captures.db", "captures.db-wal", "captures.db-shm"):
        # The type is known once the file was read, if it is read at all.
        await until(lambda name=name: files.type(files.index(str(tmp_path / name))) != "")  # type: ignore[misc]
    assert _locked(tmp_path) >= {"captures.db-shm"}
    dialog.reject()


async def test_an_export_can_be_stopped_and_leaves_nothing_behind(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    await deliver(session, ANSWER, secret=SECRET_TEXT)
    window.captures.files.working.connect(window.captures.files.stop)
    window.captures.files.write_export(str(tmp_path / "captures.ndjson"))
    await until(lambda: was_shown("Stopped."))
    assert not (tmp_path / "captures.ndjson").exists()
    assert window.moving.isHidden()


async def test_a_report_is_saved_masked_and_for_its_owner_alone(
    window: MainWindow, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(session, ANSWER, secret=SECRET_TEXT + "\n")
    assert not window.actions_table["save-report"].isEnabled()
    await _chosen(window)
    told: list[str] = []  # in the status line it may make room for what arrives
    monkeypatch.setattr(window, "notify", told.append)
    window.actions_table["save-report"].trigger()
    dialog = _open(window, QFileDialog)
    assert isinstance(dialog, QFileDialog)
    file = tmp_path / "report.md"
    file.touch(mode=0o644)
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    await until(lambda: any("Saved a masked report" in one for one in told))
    text = file.read_text()
    assert "secret-whitespace" in text
    assert "user_123" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_report_that_cannot_be_written_is_told(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    await deliver(session, ANSWER)
    await _chosen(window)
    window.captures.files.save_report(1)
    window.captures.files.write_report(1, str(tmp_path / "nowhere" / "report.md"))
    await until(lambda: was_shown("Cannot write"))
