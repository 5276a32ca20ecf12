"""Several processes on one file: one captures, others look on, replay, mark and clear."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import ANSWER, COMPLETION
from tests.e2e.program import (
    deliver,
    finish,
    listening,
    receiving,
    records,
    running,
    wait_for_listener,
)
from tests.ports import free_port
from tests.waiting import PATIENCE_S


def test_a_second_listener_names_the_first_and_leaves_its_file_private(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, _):
        done = finish("listen", "--port", "0", "--database", str(database))
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
        assert f"webhook-inspector listen (process {program.process.pid})" in done.stderr.decode()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        assert set(modes.values()) == {0o600}, modes
        assert program.end() == (0, "")


def test_a_link_to_the_file_is_the_same_file(tmp_path: Path) -> None:
    database, link = tmp_path / "captures.db", tmp_path / "link.db"
    link.symlink_to(database)
    with listening(database) as (program, url):
        deliver(url, ANSWER)
        assert finish("listen", "--port", "0", "--database", str(link)).returncode == 3
        assert len(records("list", "--database", str(link))) == 1
        assert program.end() == (0, "")


def test_a_killed_listener_leaves_its_place_free(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        deliver(url, ANSWER)
        program.record()
        program.process.kill()
        program.ended()
        with listening(database) as (second, url):
            deliver(url, ANSWER)
            assert second.record()["id"] == 2
            assert second.end() == (0, "")


@pytest.mark.gui
def test_replays_pins_and_notes_are_made_beside_a_window_that_captures(tmp_path: Path) -> None:
    database, port = str(tmp_path / "captures.db"), free_port()
    with running("--database", database, "--port", str(port), QT_QPA_PLATFORM="offscreen") as program:
        url = f"http://127.0.0.1:{port}/"
        wait_for_listener(url)
        deliver(url, ANSWER, COMPLETION)
        with receiving() as (receiver, target):
            assert finish("replay", "--to", target, "--database", database).returncode == 0
        assert len(receiver.took) == 2
        assert finish("pin", "1", "--database", database).returncode == 0
        assert finish("note", "2", "look here", "--database", database).returncode == 0
        deliver(url, ANSWER)
        found = records("list", "--database", database, "--filter", "is:pinned OR note:look")
        assert [record["id"] for record in found] == [1, 2]
        assert len(records("list", "--database", database)) == 3
        assert program.end() == (0, "")


@pytest.mark.gui
def test_a_second_window_raises_the_first_and_ends(tmp_path: Path) -> None:
    database, port = str(tmp_path / "captures.db"), free_port()
    arguments = ("--database", database, "--port", str(port))
    with running(*arguments, QT_QPA_PLATFORM="offscreen") as program:
        wait_for_listener(f"http://127.0.0.1:{port}/")
        second = finish(*arguments, QT_QPA_PLATFORM="offscreen")
        assert (second.returncode, second.stdout, second.stderr.count(b"\n")) == (0, b"", 1)
        assert f"A window for {database} is already open".encode() in second.stderr
        deliver(f"http://127.0.0.1:{port}/", ANSWER)  # it is none the worse for it
        assert program.end() == (0, "")
    with running(*arguments, QT_QPA_PLATFORM="offscreen") as third:
        wait_for_listener(f"http://127.0.0.1:{port}/")
        assert third.end() == (0, "")


def test_a_frozen_build_hands_the_start_of_its_worker_over_before_anything_else() -> None:
    script = """
import multiprocessing, sys
sys.frozen, sys.argv = True, ["webhook-inspector", "--multiprocessing-fork", "pipe_handle=5"]
multiprocessing.freeze_support = lambda: sys.exit("the worker runs here")  # as PyInstaller's hook has it
from inspector.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"the worker runs here\n")
