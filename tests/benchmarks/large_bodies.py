"""Memory while large bodies arrive at once, and after them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks import servers
from tests.benchmarks.driven import driven
from tests.benchmarks.figure import Figure
from tests.benchmarks.processes import peak_mb, resident_mb, resident_mb_of_all

IN_FLIGHT = 250 * 2**20
"""Bytes of all bodies of a burst, just below the limit of the listener."""
LARGEST = 50 * 2**20
COUNTS = (2, 3, 5, 8, 16, 32)
QUIET_S = 5.0
SILENCE_S = 10.0
_PROBE = """
import json, select, socket, sys, time
waits_ms = []
while not select.select([sys.stdin], [], [], 0.005)[0]:
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sender:
        sender.sendall(b"nonsense\\r\\n\\r\\n")
        assert sender.recv(4096).startswith(b"HTTP/1.1 400")
    waits_ms.append((time.perf_counter() - began) * 1000)
print(json.dumps(waits_ms))
"""


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        options = ("untrusted_bytes=100000000000", "refused_per_second=0")
        settings = (word for option in options for word in ("--set", option))
        with servers.listen(folder, *settings) as server:
            yield from _memory("`listen`", server.port, server.pid)
            yield _stall(server.port)
        with driven(folder, Path(folder, "large.db")) as window:
            yield from _memory("the window", window.port, window.pid)


def _memory(name: str, port: int, pid: int) -> Iterator[Figure]:
    start = resident_mb(pid)
    most = _bursts(port) / 1e6
    peak = peak_mb(pid)
    time.sleep(SILENCE_S)
    counts = ", ".join(map(str, COUNTS))
    details = f"{counts} unsigned bodies at once, {most:.0f} MB in flight; {start:.0f} MB before"
    yield Figure(
        work=f"peak memory of {name} while large bodies arrive",
        measured=peak,
        unit="MB",
        target=2.5 * most + 100,
        better="less",
        details=details,
    )
    yield Figure(
        work=f"memory of {name} {SILENCE_S:.0f} s after them",
        measured=resident_mb(pid),
        unit="MB",
        target=150,
        better="less",
        details=f"with its child processes {resident_mb_of_all(pid):.0f} MB",
    )


def _stall(port: int) -> Figure:
    """Measure with requests that are refused and not stored, so that only the loop handles them."""
    with _probe(port) as usual_ms:
        time.sleep(QUIET_S)
    with _probe(port) as waits_ms:
        _bursts(port)
    return Figure(
        work="longest wait for the loop of `listen` while large bodies arrive",
        measured=max(waits_ms),
        unit="ms",
        target=50,
        better="less",
        details=f"{len(waits_ms)} requests, half within {median(waits_ms):.1f} ms; without large bodies"
        f" {max(usual_ms):.1f} ms",
    )


@contextmanager
def _probe(port: int) -> Iterator[list[float]]:
    """Let another process send refused requests, one at a time; the list then has the time of each."""
    command = [sys.executable, "-c", _PROBE, str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    waits_ms: list[float] = []
    yield waits_ms
    waits_ms += json.loads(process.communicate()[0])


def _bursts(port: int) -> int:
    """Send all bursts, and return the bytes of the largest."""
    return max(burst(port, count, min(LARGEST, IN_FLIGHT // count)) for count in COUNTS)


def burst(port: int, count: int, size: int) -> int:
    """Send `count` bodies whose last bytes come at the same moment; return their bytes together."""
    body = os.urandom(size - 1)
    together = threading.Barrier(count)

    def send() -> None:
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % size)
            sender.sendall(body)
            together.wait()
            sender.sendall(b"x")
            assert sender.recv(4096).startswith(b"HTTP/1.1 200")

    senders = [threading.Thread(target=send) for _ in range(count)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return count * size
