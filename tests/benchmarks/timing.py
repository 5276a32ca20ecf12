"""How exactly a replay keeps the original timing: each arrival beside the time that it should have."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from inspector.session.options import Options
from inspector.session.session import Session
from tests.benchmarks import servers
from tests.benchmarks.figure import Figure
from tests.builders import an_answer
from tests.session.test_replays import OK, put, receiver

COUNT = 400
SECONDS = 10
BASE_MS = 1_700_000_000_000


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        late_ms = sorted(map(abs, asyncio.run(_lateness(folder))))
    yield Figure(
        work="original timing of a replay, each event beside its time",
        measured=late_ms[-1],
        unit="ms",
        target=20,
        better="less",
        details=f"half within {late_ms[len(late_ms) // 2]:.1f} ms; {COUNT} events in {SECONDS} s",
    )


async def _lateness(folder: str) -> list[float]:
    chance = Random(1)
    offsets = [0, *sorted(chance.randrange(SECONDS * 1000) for _ in range(COUNT - 1))]
    database = Path(folder) / "timing.db"
    session = Session(Options(database=database, port=0))
    await session.open()
    for number, offset in enumerate(offsets):
        await put(session, an_answer(f"<{number}>"), received_ms=BASE_MS + offset)
    await session.close()
    arrived: dict[int, float] = {}

    def answer(request: bytes) -> bytes:
        arrived[int(request.partition(b"<")[2].partition(b">")[0])] = time.perf_counter()
        return OK

    async with receiver(answer) as (url, _):
        process = await asyncio.create_subprocess_exec(
            *(str(servers.PROGRAM), "replay", "--to", url, "--database", str(database)),
            *("--original-timing", "--at-once", "16", "--format", "json"),
            stdout=asyncio.subprocess.PIPE,
            env=servers.environment(folder),
        )
        printed, _ = await process.communicate()
    assert json.loads(printed.splitlines()[-1])["succeeded"] == COUNT
    return [(arrived[n] - arrived[0]) * 1000 - offset for n, offset in enumerate(offsets)]
