"""Systems without a parent-death signal: what a killed process leaves is ended at the next start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from inspector.tunnel import leftovers
from tests.tunnel.conftest import Runs
from tests.tunnel.programs import FakeProgram
from tests.tunnel.test_process import OWNER, is_alive
from tests.waiting import wait_until

Install = Callable[[str], FakeProgram]
ELSEWHERE = OWNER.replace(
    "async def main", "import inspector.tunnel.process as module\nmodule._IS_LINUX = False\n\nasync def main"
)


@pytest.fixture
def survivor(program: Install, tmp_path: Path) -> Iterator[FakeProgram]:
    """A tunnel program whose owner was killed."""
    fake = program("victim")
    fake.plays([("ignore", ""), ("fork", ""), ("stdout", "https://a.example.com")])
    with subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path / "scratch")],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"https://a.example.com\n"
        owner.kill()
        owner.wait()
    pids = [fake.report["pid"], fake.report["forked"]]
    yield fake
    for pid in pids:
        if is_alive(pid):
            psutil.Process(pid).kill()


def of(survivor: FakeProgram) -> list[int]:
    """The processes of the program."""
    return [survivor.report["pid"], survivor.report["forked"]]


async def test_the_next_start_ends_what_a_killed_owner_has_left(
    survivor: FakeProgram, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.tunnel.process._IS_LINUX", False)
    left = of(survivor)
    assert all(map(is_alive, left))
    survivor.plays([("ignore", ""), ("fork", ""), ("stdout", "https://b.example.com")])
    process = await runs.start("command", command="victim")
    assert await process.url() == "https://b.example.com"
    assert not any(map(is_alive, left))
    now = of(survivor)
    assert all(map(is_alive, now))
    leftovers.sweep(runs.folder)  # as another window does, while this one runs
    assert all(map(is_alive, now))
    await process.stop()
    assert not any(map(is_alive, now))


@pytest.mark.parametrize(
    "change",
    [
        {"started": 1.0},
        {"command": ["another", "program"]},
        {"pid": os.getpid()},
        {"pid": -1},
        {"pid": "1"},
        {"pid": 2**70},
        {"more": 1},
    ],
)
def test_a_process_that_is_another_one_is_never_ended(
    survivor: FakeProgram, tmp_path: Path, change: dict[str, Any]
) -> None:
    (file,) = (tmp_path / "scratch").glob("*/process.json")
    record = json.loads(file.read_text())
    record["program"].update(change)
    file.write_text(json.dumps(record))
    leftovers.sweep(tmp_path / "scratch")
    assert all(map(is_alive, of(survivor)))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b"[" * 60_000, b'{"owner": 5, "program": 5}']
)
def test_a_damaged_note_does_no_harm(survivor: FakeProgram, tmp_path: Path, content: bytes) -> None:
    (file,) = (tmp_path / "scratch").glob("*/process.json")
    file.write_bytes(content)
    leftovers.sweep(tmp_path / "scratch")
    assert all(map(is_alive, of(survivor)))


def test_a_program_that_has_ended_leaves_only_a_folder_to_remove(
    survivor: FakeProgram, tmp_path: Path
) -> None:
    for pid in of(survivor):
        psutil.Process(pid).kill()
    wait_until(lambda: not any(map(is_alive, of(survivor))))
    leftovers.sweep(tmp_path / "scratch")
    assert not list((tmp_path / "scratch").iterdir())
