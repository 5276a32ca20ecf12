"""Captures acknowledged after their commit, against a catch-all that stores nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import servers
from tests.benchmarks.figure import Figure


def measure() -> Iterator[Figure]:
    with servers.home() as folder, servers.listen(folder) as ours, servers.bare("asyncio") as bare:
        ((ratio, rates),) = servers.compared(ours, bare)
    yield Figure(
        work="captures acknowledged after commit, `listen`, 32 connections",
        measured=ratio,
        unit="of bare aiohttp",
        target=0.6,
        details=rates,
    )
