"""Start what is measured as a user starts it, and load it from other processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
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


def mitmweb_command() -> list[str] | None:
    """The command for mitmweb with this Python: run by uv (the extra `bench`) in an environment of its own,
    because mitmproxy pins another h11 than we need. None without uv."""
    uv = PROGRAM.with_name("uv")
    if not uv.exists():
        return None
    return [
        str(uv),
        "tool",
        "run",
        "--quiet",
        "--python",
        sys.executable,
        "--from",
        "mitmproxy>=11",
        "mitmweb",
    ]


@contextmanager
def mitmweb(command: list[str], folder: str, upstream: int) -> Iterator[int]:
    """The port of mitmweb as a reverse proxy for the server on `upstream`."""
    subprocess.run([*command, "--version"], check=True, stdout=subprocess.DEVNULL)  # install it first
    port, web_port = _free_port(), _free_port()
    options = {
        "confdir": folder,
        "listen_host": "127.0.0.1",
        "web_port": str(web_port),
        "web_open_browser": "false",
        "termlog_verbosity": "error",
    }
    process = subprocess.Popen(
        [
            *command,
            *("--mode", f"reverse:http://127.0.0.1:{upstream}@{port}"),
            *(f"--set={name}={value}" for name, value in options.items()),
        ],
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # uv starts mitmweb as a child: both get the signal
    )
    try:
        _wait_for_port(process, port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


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


def compared(ours: int, *baselines: int) -> list[tuple[float, str]]:
    """For each baseline the median ratio of our rate to its rate, and both rates in words.

    All are measured in turn, in each of `ROUNDS` rounds, after a warm-up.
    """
    ports = (ours, *baselines)
    for port in ports:
        load(port, seconds=1)
    rounds = [[rate_of(port) for port in ports] for _ in range(ROUNDS)]
    mine, *others = (median(rates) for rates in zip(*rounds, strict=True))
    return [
        (median(rates[0] / rates[index] for rates in rounds), f"{mine:,.0f}/s of {other:,.0f}/s")
        for index, other in enumerate(others, start=1)
    ]
