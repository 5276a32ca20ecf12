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
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import processor_s, processor_s_of_all
from tests.benchmarks.watch import Watch, newest_id
from tests.builders import SECRET_TEXT
from tests.ports import free_port
from tests.waiting import wait_until

PROGRAM = Path(sys.executable).with_name("webhook-inspector")
SECONDS = 4.0
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
def bare(kind: str, *arguments: str) -> Iterator[Server]:
    """A baseline (see `bare.py`)."""
    with bare_process(kind, *arguments) as (port, process):
        yield Server(port, process.pid)


@contextmanager
def bare_process(kind: str, *arguments: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port of a baseline and its process, whose output can be read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bare", kind, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(process.stdout.readline()), process
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


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
def mitmweb(command: list[str], folder: str, upstream: int) -> Iterator[Server]:
    """mitmweb as a reverse proxy for the server on the port `upstream`."""
    subprocess.run([*command, "--version"], check=True, stdout=subprocess.DEVNULL)  # install it first
    port, web_port = free_port(), free_port()
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
        yield Server(port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


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
def listen(folder: str, *options: str, database: Path | None = None, form: str = "json") -> Iterator[Server]:
    """`webhook-inspector listen` on a file, by default that of the home; its lines are read from a pipe."""
    with listen_process(folder, *options, database=database, form=form) as (server, process):
        assert process.stdout is not None
        reading = threading.Thread(target=server.read_lines, args=(process.stdout.fileno(),))
        reading.start()
        try:
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            reading.join()


@contextmanager
def listen_process(
    folder: str, *options: str, database: Path | None = None, form: str = "json"
) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """As `listen`, with its process, whose lines the caller reads."""
    database = database or Path(folder, "data", "webhook-inspector", "captures.db")
    port = free_port()
    process = subprocess.Popen(
        [
            *(str(PROGRAM), "listen", "--port", str(port), "--database", str(database), "--format", form),
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if form == "text" else None,  # the address and the names of the columns
        env=environment(folder),
    )
    assert process.stdout is not None
    try:
        _wait_for_port(process, port)
        yield Server(port, process.pid, database), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def load(
    port: int,
    *,
    seconds: float = SECONDS,
    connections: int = CONNECTIONS,
    rate: float | None = None,
    series: int = 0,
) -> Any:
    """What the sender of `load.py` measured: at a rate, or as fast as a series is answered."""
    command = [sys.executable, "-m", "tests.benchmarks.load", str(port), str(connections), str(seconds)]
    command += ["series", str(series)] if rate is None else ["rate", str(rate)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What a server did with requests that came as fast as it answered."""

    count: int
    """Requests that were answered."""
    rate: float
    """Of these per second."""
    own_s: float
    """Processor time of the process that answers, until all captures were counted."""
    all_s: float
    """That of this process and its descendants."""
    evaluated_s: float
    """From the last response until all captures were evaluated; 0 for a server that stores nothing."""
    counted_s: float
    """From the last response until groups and statistics had all of them."""


class Server:
    """A server that benchmarks send to."""

    def __init__(self, port: int, pid: int, database: Path | None = None) -> None:
        self.port = port
        self.pid = pid
        self._database = database
        """Its capture file; None if it stores nothing."""
        self._newest = 0 if database is None else newest_id(database)
        self._floods = 0
        self.received = 0
        """Requests of all floods, and the bytes of their heads and bodies."""
        self.received_bytes = 0
        self._lines: int | None = None
        """Those that were read of its output; None if nothing reads it."""

    def read_lines(self, pipe: int) -> None:
        """Read its output until it ends."""
        self._lines = 0
        while block := os.read(pipe, 2**16):
            self._lines += block.count(b"\n")

    def flood(self, seconds: float = SECONDS) -> Flood:
        """Send as fast as it answers, and wait until all captures are evaluated, counted and printed.

        So the next server of a comparison has the machine to itself.
        """
        own_s, all_s = processor_s(self.pid), processor_s_of_all(self.pid)
        with ExitStack() as stack:
            watch = None if self._database is None else stack.enter_context(Watch(self._database))
            answered = load(self.port, seconds=seconds, series=self._floods)
            self._floods += 1
            self._newest += answered["count"]
            self.received += answered["count"]
            self.received_bytes += answered["bytes"]
            evaluated_s = counted_s = 0.0
            if watch is not None:
                watch.until_counted(self._newest)
                evaluated_s, counted_s = watch.seconds_until(self._newest, after=answered["ended"])
            if self._lines is not None:
                wait_until(lambda: self._lines or 0, lambda lines: lines >= self.received)
            return Flood(
                count=answered["count"],
                rate=answered["count"] / seconds,
                own_s=processor_s(self.pid) - own_s,
                all_s=processor_s_of_all(self.pid) - all_s,
                evaluated_s=evaluated_s,
                counted_s=counted_s,
            )


def flood_in_turn(*servers: Server, seconds: float = SECONDS) -> list[Flood]:
    """Warm all of them up, then flood each while the others rest."""
    for server in servers:
        server.flood(seconds / 4)
    return [server.flood(seconds) for server in servers]
