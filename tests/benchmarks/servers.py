"""Start what is measured as a user starts it, and load it from other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tests.builders import SECRET_TEXT

PROGRAM = Path(sys.executable).with_name("webhook-inspector")
SECONDS = 4.0
ROUNDS = 3
CONNECTIONS = 32


def environment(home: str) -> dict[str, str]:
    """That of a user whose folders are all below `home`, with the samples' secret and no screen."""
    return {
        **os.environ,
        "HOME": home,
        "XDG_DATA_HOME": f"{home}/data",
        "XDG_CONFIG_HOME": f"{home}/config",
        "BLITZ_WEBHOOK_SECRET": SECRET_TEXT,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


@contextmanager
def home() -> Iterator[str]:
    """A temporary folder on a disk file system: /tmp may be in memory, where a sync costs nothing."""
    root = os.environ.get("BENCHMARK_FOLDER") or ("/var/tmp" if Path("/var/tmp").is_dir() else None)
    with tempfile.TemporaryDirectory(prefix="inspector-benchmark-", dir=root) as folder:
        yield folder


@contextmanager
def bare(kind: str) -> Iterator[int]:
    """The port of a baseline (see `bare.py`)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bare", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield int(process.stdout.readline())
    process.stdin.close()
    process.wait(10)


def start_s(folder: str, *options: str) -> float:
    """From the command `listen` until it says where it listens."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(PROGRAM), "listen", "--port", "0", "--format", "json", *options],
        stdout=subprocess.PIPE,
        env=environment(folder),
    )
    assert process.stdout is not None
    json.loads(process.stdout.readline())
    taken = time.perf_counter() - started
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    process.stdout.close()
    return taken


@contextmanager
def listen(folder: str, *options: str, lines_to: str = "lines.json") -> Iterator[int]:
    """The port of `webhook-inspector listen`, whose lines go to a file, as into a pipe."""
    with listener(folder, *options, lines_to=lines_to) as (port, _):
        yield port


@contextmanager
def listener(folder: str, *options: str, lines_to: str = "lines.json") -> Iterator[tuple[int, int]]:
    """As `listen`, with the number of its process."""
    with open(f"{folder}/{lines_to}", "w+") as lines:
        process = subprocess.Popen(
            [str(PROGRAM), "listen", "--port", "0", "--format", "json", *options],
            stdout=lines,
            env=environment(folder),
        )
        try:
            yield _port(process, Path(lines.name)), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _port(process: subprocess.Popen[bytes], lines: Path) -> int:
    while process.poll() is None:
        first = lines.read_text().partition("\n")
        if first[1]:
            return int(json.loads(first[0])["listening"].rstrip("/").rpartition(":")[2])
    raise RuntimeError(f"it ended with {process.returncode}")


def load(
    port: int, *, seconds: float = SECONDS, connections: int = CONNECTIONS, rate: float | None = None
) -> Any:
    """What the sender of `load.py` measured."""
    command = [sys.executable, "-m", "tests.benchmarks.load", str(port), str(connections), str(seconds)]
    if rate is not None:
        command.append(str(rate))
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def rate_of(port: int) -> float:
    """Requests answered in a second under a flood."""
    measured = load(port)
    return float(measured["count"] / measured["seconds"])


def compared(ours: int, baseline: int) -> tuple[float, str]:
    """The median ratio of rates over rounds in turn, after a warm-up, and the rates in words."""
    load(ours, seconds=1)
    load(baseline, seconds=1)
    pairs = [(rate_of(ours), rate_of(baseline)) for _ in range(ROUNDS)]
    ratio = median(mine / bare for mine, bare in pairs)
    rates = median(mine for mine, _ in pairs), median(bare for _, bare in pairs)
    return ratio, f"{rates[0]:,.0f}/s of {rates[1]:,.0f}/s"
