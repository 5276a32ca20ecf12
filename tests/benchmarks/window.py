"""The same with the window open: rate, stalls, and how soon a capture stands in the list."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import capturing, servers
from tests.benchmarks.figure import Figure, at_share

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
        window = stack.enter_context(_window(folder, "rate.db")).server
        server = stack.enter_context(_bare(folder)).server
        proxies = [] if command is None else [servers.mitmweb(command, folder, server.port)]
        ours, bare, *others = servers.flood_in_turn(window, server, *map(stack.enter_context, proxies))
    yield Figure(
        work="captures acknowledged with the window open and following",
        measured=ours.rate / bare.rate,
        unit="of bare aiohttp on the qasync loop",
        target=0.6,
        details=f"{ours.rate:,.0f}/s of {bare.rate:,.0f}/s",
    )
    rate = others[0].rate if others else math.nan
    yield Figure(
        work="the same, compared with mitmweb in front of the bare server",
        measured=ours.rate / rate,
        unit="× mitmweb",
        target=_MITMWEB,
        details=f"{ours.rate:,.0f}/s of {rate:,.0f}/s" if others else "needs `pip install '.[bench]'`",
    )
    yield from capturing.processor_time("the window", ours, bare)


def _steady(folder: str) -> Iterator[Figure]:
    with _bare(folder) as server:
        bare_ms = server.under(STEADY_RATE)["late_ms"]
    with _window(folder, "steady.db") as ours:
        measured = ours.under(STEADY_RATE)
    busy_ms = measured["busy_ms"]
    yield Figure(
        work=f"event-loop stalls at {STEADY_RATE} captures/s, 99th percentile",
        measured=at_share(measured["late_ms"], 0.99),
        unit="ms",
        target=16,
        better="less",
        details=f"of the loop's own work {at_share(busy_ms, 0.99):.1f} ms;"
        f" bare aiohttp on the same loop: {at_share(bare_ms, 0.99):.1f} ms",
    )
    yield Figure(
        work="the same, worst",
        measured=measured["late_ms"][-1],
        unit="ms",
        target=50,
        better="less",
        details=f"of the loop's own work {busy_ms[-1]:.1f} ms; bare: {bare_ms[-1]:.1f} ms",
    )
    yield Figure(
        work="arrival to row, 99th percentile",
        measured=at_share(measured["row_ms"], 0.99),
        unit="ms",
        target=100,
        better="less",
        details=f"{len(measured['row_ms']):,} rows",
    )


class _Probed:
    """A process of `probed_window.py`."""

    def __init__(self, process: subprocess.Popen[str], database: Path | None) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        port = int(json.loads(self._stdout.readline())["port"])
        self.server = servers.Server(port, process.pid, database)

    def under(self, rate: float) -> Any:
        """What its probe says of a steady load, after two seconds of it."""
        servers.load(self.server.port, seconds=2, rate=rate)
        self._say("reset")
        servers.load(self.server.port, seconds=STEADY_S, rate=rate)
        self._say("report")
        return json.loads(self._stdout.readline())

    def _say(self, word: str) -> None:
        self._stdin.write(f"{word}\n")
        self._stdin.flush()


@contextmanager
def _window(folder: str, database: str) -> Iterator[_Probed]:
    with _probed(folder, Path(folder, database)) as probed:
        yield probed


@contextmanager
def _bare(folder: str) -> Iterator[_Probed]:
    with _probed(folder, None) as probed:
        yield probed


@contextmanager
def _probed(folder: str, database: Path | None) -> Iterator[_Probed]:
    """A window on a file, or the bare server without one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.probed_window", str(database or "--bare")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=servers.environment(folder),
    )
    try:
        yield _Probed(process, database)
    finally:
        process.terminate()
        process.communicate(timeout=30)
