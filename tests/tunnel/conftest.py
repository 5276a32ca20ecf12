"""Fixtures of tunnels: programs on a PATH of their own, and runs that are stopped at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.tunnel.kinds import Launch, kind
from inspector.tunnel.process import TunnelProcess
from tests.tunnel.programs import FakeProgram, install


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], FakeProgram]:
    """Install the fake program under a name. PATH has only such programs."""
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", str(folder))
    return lambda name: install(folder, name)


class Runs:
    """Starts runs, and collects their lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._all: list[TunnelProcess] = []
        self.lines: list[tuple[str, str]] = []

    async def start(self, name: str, **launch: Any) -> TunnelProcess:
        """Start the program of a kind, for a listener on port 8787."""
        wanted = Launch(**{"port": 8787, "scratch": self.folder, **launch})
        process = TunnelProcess(kind(name), wanted, lambda *line: self.lines.append(line))
        self._all.append(process)
        await process.start()
        return process

    @property
    def text(self) -> str:
        """All lines so far."""
        return "\n".join(line for _, line in self.lines)

    async def stop(self) -> None:
        """Stop all."""
        for process in self._all:
            await process.stop()


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    """Runs of tunnel programs. Nothing of them is left afterwards."""
    runs = Runs(tmp_path / "scratch")
    yield runs
    await runs.stop()
    assert not list((tmp_path / "scratch").glob("*")), "a folder of a run is left"
