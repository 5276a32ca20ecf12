"""Memory while large bodies arrive at once, and after them."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import servers
from tests.benchmarks.driven import driven
from tests.benchmarks.figure import Figure
from tests.benchmarks.memory import peak_mb, resident_mb

IN_FLIGHT = 250 * 2**20
"""Bytes of all bodies of a burst together, just below what the listener takes."""
LARGEST = 50 * 2**20
COUNTS = (2, 3, 5, 8, 16, 32)
SILENCE_S = 10.0


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        with servers.listener(folder, "--set", "untrusted_bytes=100000000000") as (port, pid):
            yield from _figures("`listen`", port, pid)
        with driven(folder, Path(folder, "large.db")) as window:
            yield from _figures("the window", window.port, window.pid)


def _figures(name: str, port: int, pid: int) -> Iterator[Figure]:
    start = resident_mb(pid)
    most = max(burst(port, count, min(LARGEST, IN_FLIGHT // count)) for count in COUNTS) / 1e6
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
    )


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
