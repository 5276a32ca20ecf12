"""From the command to the first thing that works."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from tests.benchmarks import servers
from tests.benchmarks.figure import Figure


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        times = [servers.start_s(folder) for _ in range(6)][1:]
    yield Figure(
        work="start of `listen`, until it says where",
        measured=median(times),
        unit="s",
        target=1.0,
        better="less",
    )
