"""Ctrl+C at any moment: the right exit status and not a word."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inspector.cli.early import INTERRUPTED, interrupted_status
from inspector.cli.main import VERBS
from tests.e2e.program import PATIENCE_S, listening

_START = "import atexit, os, signal, sys; from inspector.__main__ import main;"
# Presses Ctrl+C in the moment in which a module is looked for.
_DURING_IMPORT = (
    _START
    + """
class Presser:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Presser())
sys.exit(main())
"""
)
_AT_THE_END = (
    _START
    + "atexit.register(lambda: os.kill(os.getpid(), signal.{name}) or list(range(10000))); sys.exit(main())"
)
# Looked for from the first on to the last, before there is anything to close.
_MODULES = ("pathlib", "argparse", "asyncio", "inspector.cli.main", "inspector.cli.verb")


def _run(code: str, *arguments: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, timeout=PATIENCE_S, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_only_the_window_and_endless_verbs_end_with_0() -> None:
    assert interrupted_status([]) == interrupted_status(["--port", "0"]) == 0
    statuses = {verb.name: interrupted_status([verb.name]) for verb in VERBS}
    assert {statuses.pop(verb.name) for verb in VERBS if verb.is_endless} == {0}
    assert set(statuses.values()) == {INTERRUPTED}
    assert interrupted_status(["--database", "listen", "list"]) == INTERRUPTED
    assert interrupted_status(["--database=x", "--set", "a=b", "listen"]) == 0
    assert interrupted_status(["--database", "list"]) == 0, "the window with a file of this name"


@pytest.mark.parametrize("module", _MODULES)
def test_ctrl_c_while_the_program_is_imported_ends_it_in_silence(tmp_path: Path, module: str) -> None:
    code = _DURING_IMPORT.format(module=module)
    database = str(tmp_path / "captures.db")
    assert _run(code, "list", "--database", database) == (INTERRUPTED, b"", b"")
    assert _run(code, "listen", "--port", "0", "--database", database)[::2] == (0, b"")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_python_itself_ends_changes_nothing(tmp_path: Path, name: str) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(b"{}")
    status, text, said = _run(_AT_THE_END.format(name=name), "verify", str(file), "--secret-env", "HOME")
    assert (status, said) == (1, b"Give the signature with --signature.\n")
    assert b"Unsigned" in text


@pytest.mark.parametrize("pause_ms", [0, 3, 10, 20, 30])
def test_a_second_ctrl_c_ends_it_with_the_status_of_the_first(tmp_path: Path, pause_ms: int) -> None:
    with listening(tmp_path / "captures.db") as (program, _):
        program.process.send_signal(signal.SIGINT)
        time.sleep(pause_ms / 1000)  # whatever it does by then
        assert program.end() == (0, "")
