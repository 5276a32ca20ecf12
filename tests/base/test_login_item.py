"""The entry that starts the program at login."""

from __future__ import annotations

import configparser
import plistlib
import sys
from pathlib import Path

import pytest

from inspector.base import login_item
from inspector.base.errors import InspectorError
from inspector.base.login_item import login_command, login_file, start_at_login


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="the file of an XDG desktop")
def test_it_is_an_autostart_entry_that_runs_this_installation(folder: Path) -> None:
    start_at_login(True)
    file = folder / "autostart" / "webhook-inspector.desktop"
    entry = configparser.RawConfigParser()
    entry.read(file)
    assert entry["Desktop Entry"]["Type"] == "Application"
    assert entry["Desktop Entry"]["Exec"] == f'"{sys.executable}" "-m" "inspector"'
    start_at_login(False)
    assert not file.exists()
    start_at_login(False)


@pytest.mark.skipif(sys.platform != "linux", reason="the file of an XDG desktop")
def test_odd_characters_of_a_path_are_quoted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_item, "login_command", lambda: ('/a b/$HOME"%f\\x', "-m"))
    start_at_login(True)
    [line] = [one for one in login_file().read_text().splitlines() if one.startswith("Exec=")]
    assert line == 'Exec="/a b/\\\\$HOME\\\\"%%f\\\\\\\\x" "-m"'


def test_a_launch_agent_runs_it_at_load(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(folder))
    start_at_login(True)
    agent = plistlib.loads(login_file().read_bytes())
    assert agent["ProgramArguments"] == list(login_command())
    assert agent["RunAtLoad"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="the file of an XDG desktop")
def test_a_folder_that_cannot_be_made_is_named_with_the_next_step(folder: Path) -> None:
    (folder / "autostart").write_text("a file")
    with pytest.raises(InspectorError, match="Add it to the startup programs of your desktop"):
        start_at_login(True)
