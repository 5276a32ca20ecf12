"""Processes of the program's own code: they share nothing with it by accident, and end when it has ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inspector.base.processes import PRELOADED
from inspector.base.worker import Worker
from tests.base.test_worker import is_running
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

_PROGRAM = """
import asyncio, fcntl, json, os, signal, socket, subprocess, sys
from inspector.base.worker import Worker

{body}

asyncio.run(main())  # not guarded: to import this module again would run it again
"""

_FACTS = """
async def main():
    os.umask(0o027)
    listener = socket.create_server(("127.0.0.1", 0))
    lock = open("lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    for held in (listener, lock):
        os.set_inheritable(held.fileno(), True)
    worker = Worker()
    facts = {
        "files": await worker.run(subprocess.getoutput, "ls -l /proc/$PPID/fd"),
        "umask": await worker.run(os.umask, 0o027),
        "lock": os.path.realpath("lock"),
        "port": os.readlink(f"/proc/self/fd/{listener.fileno()}"),
    }
    worker.close()
    os.mkdir("removed")
    os.chdir("removed")
    os.rmdir("../removed")
    worker = Worker()
    facts["without a folder"] = await worker.run(max, 1, 2)
    worker.close()
    print(json.dumps(facts))
"""

_BUSY = """
async def main():
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    print(os.getpid(), flush=True)
    worker = Worker()
    first = await worker.run(os.getpid)
    print(first, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(await worker.run(os.getpid), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
"""


def _arguments(folder: Path, body: str) -> list[str]:
    file = folder / "program.py"
    file.write_text(_PROGRAM.replace("{body}", body))
    return [sys.executable, str(file)]


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = _arguments(folder, _BUSY)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        arguments, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as program:
        yield program
        program.kill()


def test_a_process_gets_only_code_of_the_program(tmp_path: Path) -> None:
    arguments = _arguments(tmp_path, _FACTS)
    folder = tmp_path / "working"
    folder.mkdir()
    for name in ("inspector", "socket", "runpy", "asyncio"):
        (folder / f"{name}.py").write_text("print('imported from the working folder')")
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()  # neither the main module nor a file of the folder ran in a process
    facts = json.loads(line)
    assert "/dev/null" in facts["files"]
    assert facts["lock"] not in facts["files"]
    assert facts["port"] not in facts["files"]
    assert facts["umask"] == 0o027
    assert facts["without a folder"] == 2


async def test_a_new_process_has_the_modules_and_nothing_of_the_window() -> None:
    worker = Worker()
    modules = await worker.run(eval, "set(__import__('sys').modules)")
    worker.close()
    assert modules.issuperset(PRELOADED)
    assert not {name for name in modules if name.startswith(("PySide6", "qasync", "aiohttp", "pytest"))}


def test_signals_to_the_whole_terminal_do_not_end_a_process(tmp_path: Path) -> None:
    with _running(tmp_path) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        os.set_blocking(program.stdout.fileno(), False)
        first = ""
        while not (first := first + program.stdout.readline()).endswith("\n"):  # it may come in parts
            assert program.poll() is None, program.stderr.read()
            for number in (signal.SIGINT, signal.SIGHUP):
                os.killpg(program.pid, number)
        os.set_blocking(program.stdout.fileno(), True)
        program.stdin.write("\n")
        program.stdin.flush()
        assert program.stdout.readline() == first
        program.stdin.close()
        program.wait(PATIENCE_S)
        assert program.stderr.read() == ""


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "Ctrl+backslash"])
async def test_no_process_is_left(tmp_path: Path, is_killed: bool) -> None:
    with _running(tmp_path) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.stdout.readline()
        pids = _group(program.pid)
        assert len(pids) == 4  # with the fork server, the worker, and Python's tracker of semaphores
        if is_killed:
            os.kill(program.pid, signal.SIGKILL)
        else:
            os.killpg(program.pid, signal.SIGQUIT)
        await until(lambda: not any(map(is_running, pids)))


def _group(leader: int) -> list[int]:
    found = []
    for one in Path("/proc").iterdir():
        try:
            if one.name.isdigit() and os.getpgid(int(one.name)) == leader:
                found.append(int(one.name))
        except ProcessLookupError:
            continue
    return found
