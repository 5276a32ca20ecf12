"""A window in a process of its own that does what a benchmark says (see `driven_window.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import servers


class Driven:
    """A process of `driven_window.py`."""

    def __init__(self, process: subprocess.Popen[str], started: float) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self.pid = process.pid
        self.port = int(self._answer()["port"])
        self.started_s = time.perf_counter() - started
        """From the command until it listens and is drawn."""
        self.rows = int(self._answer()["rows"])
        self.loaded_s = time.perf_counter() - started
        """Until the list held everything."""

    def do(self, name: str, *arguments: object) -> Any:
        """What the window says of one doing."""
        self._stdin.write(f"{json.dumps([name, *arguments])}\n")
        self._stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        if not (line := self._stdout.readline()):
            raise RuntimeError("the window ended")
        return json.loads(line)


@contextmanager
def driven(folder: str, path: Path) -> Iterator[Driven]:
    """A window on a file, listening and drawn."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.driven_window", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=servers.environment(folder),
    )
    try:
        yield Driven(process, started)
    finally:
        process.terminate()
        process.communicate(timeout=120)
