"""The window as a user starts it, on Qt's offscreen platform; and what happens where there is no display."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.builders import ANSWER, COMPLETION
from tests.e2e.program import (
    deliver,
    finish,
    receiving,
    records,
    running,
    wait_for_listener,
)
from tests.ports import free_port


@pytest.mark.gui
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_window_captures_and_ends_in_silence(tmp_path: Path, number: signal.Signals) -> None:
    database, port = str(tmp_path / "captures.db"), free_port()
    url = f"http://127.0.0.1:{port}/"
    with running("--database", database, "--port", str(port), QT_QPA_PLATFORM="offscreen") as program:
        wait_for_listener(url)
        deliver(url, ANSWER, COMPLETION)
        found = records("list", "--database", database, "--filter", "user:user_123 verdict:valid")
        assert [record["event"] for record in found] == ["answer", "response_group"]
        with receiving() as (receiver, target):
            assert finish("replay", "--to", target, "--database", database).returncode == 0
        assert [took[3] for took in receiver.took] == [True, True]
        assert program.end(number) == (0, "")
        assert program.rest() == []


@pytest.mark.gui
def test_the_window_starts_with_a_setting_of_a_newer_version(tmp_path: Path) -> None:
    settings, port = tmp_path / "webhook-inspector" / "settings.json", free_port()
    settings.parent.mkdir()
    settings.write_text(f'{{"future_setting": 1, "port": {port}}}')
    environment = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    with running("--database", str(tmp_path / "captures.db"), **environment) as program:
        wait_for_listener(f"http://127.0.0.1:{port}/")
        assert program.end() == (0, "")
    assert settings.read_text() == f'{{"future_setting": 1, "port": {port}}}'


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux may have no display")
def test_with_no_display_it_says_so_and_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    with running("--database", str(tmp_path / "captures.db"), "--port", "0") as program:
        assert "No display found" in program.said()
        assert "Listening on http://127.0.0.1:" in program.said()
        status, errors = program.end()
    assert status == 0
    assert errors.count("No display found") == 1
