"""Memory while captures arrive for long: a minute, or `BENCHMARK_SOAK_S` seconds; 600 for the whole of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import servers
from tests.benchmarks.driven import driven
from tests.benchmarks.figure import Figure
from tests.benchmarks.processes import resident_mb, resident_mb_of_all

RATE = 500
SECONDS = float(os.environ.get("BENCHMARK_SOAK_S", 60))
MOST = 1.1
"""Of the memory after a quarter, when every cache is full; of a capture the window keeps its id."""


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        with servers.listen(folder) as server:
            yield _figure("`listen`", server.port, server.pid)
        with driven(folder, Path(folder, "soak.db")) as window:
            yield _figure("the window", window.port, window.pid)


def _figure(name: str, port: int, pid: int) -> Figure:
    memory, count = [resident_mb_of_all(pid)], 0
    for _ in range(4):
        count += servers.load(port, seconds=SECONDS / 4, rate=RATE)["count"]
        memory.append(resident_mb_of_all(pid))
    start, quarter, half, _, end = memory
    return Figure(
        work=f"memory of {name} and its child processes after {SECONDS:.0f} s of {RATE} captures/s",
        measured=end / quarter,
        unit="of that after a quarter",
        target=MOST,
        better="less",
        details=f"at the start {start:.0f} MB, after 1/4 {quarter:.0f}, 1/2 {half:.0f}, the end {end:.0f};"
        f" {count:,} captures; of them {resident_mb(pid):.0f} MB in the process that answers",
    )
