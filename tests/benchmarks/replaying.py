"""Replay with 16 at once and each attempt recorded, against a bare aiohttp client loop."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import time
from collections.abc import Iterator

import aiohttp

from tests.benchmarks import servers
from tests.benchmarks.figure import Figure
from tests.builders import ANSWER, signature

COUNT = 6_000
_FEW = 500
AT_ONCE = 16


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        with servers.listen(folder) as server:
            while server.received < COUNT:
                server.flood(seconds=1)
        with servers.bare("asyncio") as sink:
            _, few_s = _replay(folder, sink.port, _FEW)
            asyncio.run(_bare_client(sink.port, _FEW))
            ours, ours_s = _replay(folder, sink.port, COUNT)
            started_s = time.process_time()
            bare = asyncio.run(_bare_client(sink.port, COUNT))
            bare_us = (time.process_time() - started_s) / COUNT * 1e6
            ours_us = (ours_s - few_s) / (COUNT - _FEW) * 1e6  # without the start of the program
    yield Figure(
        work="replay, 16 at once, to a local sink, each attempt recorded",
        measured=ours / bare,
        unit="of a bare aiohttp client",
        target=0.7,
        details=f"{ours:,.0f}/s of {bare:,.0f}/s",
    )
    yield Figure(
        work="processor time of an attempt, all threads",
        measured=ours_us / bare_us,
        unit="× a bare aiohttp client",
        better="less",
        details=f"{ours_us:.0f} µs; bare: {bare_us:.0f} µs",
    )


def _replay(folder: str, port: int, count: int) -> tuple[float, float]:
    """Return attempts per second, by their own times, and the processor time of the whole program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [
            str(servers.PROGRAM), "replay", "--to", f"http://127.0.0.1:{port}/", "--limit", str(count),
            "--at-once", str(AT_ONCE), "--format", "json",
        ],
        check=True,
        stdout=subprocess.PIPE,
        env=servers.environment(folder),
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    *attempts, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert summary["succeeded"] == count, summary
    from datetime import datetime

    starts = [datetime.fromisoformat(attempt["started_at"]).timestamp() for attempt in attempts]
    ends = [start + attempt["elapsed_ms"] / 1000 for start, attempt in zip(starts, attempts, strict=True)]
    return count / (max(ends) - min(starts)), processor_s


async def _bare_client(port: int, count: int) -> float:
    headers = {"x-webhook-signature": signature(ANSWER).decode(), "Content-Type": "application/json"}
    left = count
    async with aiohttp.ClientSession() as session:

        async def lane() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                async with session.post(
                    f"http://127.0.0.1:{port}/hook", data=ANSWER, headers=headers
                ) as answer:
                    await answer.read()

        started = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - started)
