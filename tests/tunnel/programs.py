"""Installs the fake program under the name of a real one, on a PATH that has nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAKE = Path(__file__).with_name("fake_program.py")
Line = tuple[str, str]
Pages = Mapping[str, tuple[int, Any]]


@dataclass
class FakeProgram:
    """A program on PATH, and what a run of it reports."""

    path: Path

    def plays(self, lines: Sequence[Line] = (), pages: Pages | None = None) -> None:
        """Set what it prints at its start, and the pages that it serves from now on."""
        scenario = {"lines": list(lines), "pages": dict(pages or {})}
        new = self._file("new")
        new.write_text(json.dumps(scenario))
        new.replace(self._file("json"))
        self._file("more").unlink(missing_ok=True)

    def add(self, *lines: Line) -> None:
        """Let the running program play more lines."""
        with self._file("more").open("a") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))

    def forget(self) -> None:
        """Forget what earlier runs reported."""
        self._file("report").unlink(missing_ok=True)

    @property
    def report(self) -> dict[str, Any]:
        """What the last run reported about itself so far."""
        file = self._file("report")
        return json.loads(file.read_text()) if file.exists() else {}

    def _file(self, kind: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{kind}")


def install(folder: Path, name: str) -> FakeProgram:
    """Put the fake program into `folder` as `name`."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
    path.chmod(0o755)
    program = FakeProgram(path)
    program.plays()
    return program
