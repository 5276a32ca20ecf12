"""The same with the window open: rate, stalls, and how soon a capture stands in the list."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.benchmarks import servers
from tests.benchmarks.figure import Figure

STEADY_RATE = 500
STEADY_S = 15.0
_MITMWEB = 10.0


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        yield from _rate(folder)
        yield from _steady(folder)


def _rate(folder: str) -> Iterator[Figure]:
    command = servers.mitmweb_command()
    with ExitStack() as stack:
        ours = stack.enter_context(_window(folder, "rate.db"))
        bare = stack.enter_context(_bare(folder))
        ports = [bare.port]
        if command is not None:
            ports.append(stack.enter_context(servers.mitmweb(command, folder, bare.port)))
        (ratio, rates), *others = servers.compared(ours.port, *ports)
    yield Figure(
        work="captures acknowledged with the window open and following",
        measured=ratio,
        unit="of bare aiohttp on the qasync loop",
        target=0.6,
        details=rates,
    )
    work = "the same, compared with mitmweb in front of the bare server"
    if command is None:
        print(f"| {work} | not measured | ≥ {_MITMWEB:g} | | needs `pip install '.[bench]'` |", flush=True)
    for ratio, rates in others:
        yield Figure(work=work, measured=ratio, unit="× mitmweb", target=_MITMWEB, details=rates)


def _steady(folder: str) -> Iterator[Figure]:
    late: dict[str, list[float]] = {}
    with _bare(folder) as bare:
        late["bare"] = bare.under(STEADY_RATE)["late_ms"]
    with _window(folder, "steady.db") as ours:
        measured = ours.under(STEADY_RATE)
    yield Figure(
        work=f"event-loop stalls at {STEADY_RATE} captures/s, 99th percentile",
        measured=_at(measured["late_ms"], 0.99),
        unit="ms",
        target=16,
        better="less",
        details=f"bare aiohttp on the same loop: {_at(late['bare'], 0.99):.1f} ms",
    )
    yield Figure(
        work="the same, worst",
        measured=measured["late_ms"][-1],
        unit="ms",
        target=50,
        better="less",
        details=f"bare: {late['bare'][-1]:.1f} ms",
    )
    yield Figure(
        work="arrival to row, 99th percentile",
        measured=_at(measured["row_ms"], 0.99),
        unit="ms",
        target=100,
        better="less",
        details=f"{len(measured['row_ms']):,} rows",
    )


class _Probed:
    """A process of `probed_window.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self.port = int(json.loads(self._stdout.readline())["port"])

    def under(self, rate: float) -> Any:
        """What its probe says of a steady load, after two seconds of it."""
        servers.load(self.port, seconds=2, rate=rate)
        self._say("reset")
        servers.load(self.port, seconds=STEADY_S, rate=rate)
        self._say("report")
        return json.loads(self._stdout.readline())

    def _say(self, word: str) -> None:
        self._stdin.write(f"{word}\n")
        self._stdin.flush()


@contextmanager
def _window(folder: str, database: str) -> Iterator[_Probed]:
    with _probed(folder, f"{folder}/{database}") as probed:
        yield probed


@contextmanager
def _bare(folder: str) -> Iterator[_Probed]:
    with _probed(folder, "--bare") as probed:
        yield probed


@contextmanager
def _probed(folder: str, argument: str) -> Iterator[_Probed]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.probed_window", argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=servers.environment(folder),
    )
    try:
        yield _Probed(process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
