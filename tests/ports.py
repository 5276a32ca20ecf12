"""The one way in which tests choose ports: neither a client nor another process of the tests gets them."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

_FIRST, _END = 12_000, 32_000
"""Below the ports that the kernel gives to clients: from 32,768."""
_SHARES = 8
"""Processes of pytest-xdist that have ports of their own."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free, and that this process has not returned before."""
    return next(_free)


def free_ports(count: int) -> list[int]:
    """Return `count` such ports."""
    return [next(_free) for _ in range(count)]


def _each_free_port() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = list(range(_FIRST + worker % _SHARES, _END, _SHARES))
    random.Random().shuffle(ports)  # `random` itself is seeded alike in parallel runs
    yield from filter(_is_free, ports)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


_free = _each_free_port()
