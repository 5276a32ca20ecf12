"""From the command to the first thing that works."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from statistics import median

from tests.benchmarks import servers
from tests.benchmarks.figure import Figure


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        times = [_listen(folder) for _ in range(6)][1:]
    yield Figure(
        work="start of `listen`, until it says where",
        measured=median(times),
        unit="s",
        target=1.0,
        better="less",
    )


def _listen(folder: str) -> float:
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(servers.PROGRAM), "listen", "--port", "0", "--format", "json"],
        stdout=subprocess.PIPE,
        env=servers.environment(folder),
    )
    assert process.stdout is not None
    json.loads(process.stdout.readline())
    taken = time.perf_counter() - started
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    process.stdout.close()
    return taken
