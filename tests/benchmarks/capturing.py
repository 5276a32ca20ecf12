"""Captures acknowledged after their commit: their rate, their cost, and how soon each is a line."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import IO

from tests.benchmarks import servers
from tests.benchmarks.figure import Figure, at_share
from tests.benchmarks.load import bodies
from tests.benchmarks.servers import Flood
from tests.builders import signature

SINGLE = 200
SINGLE_WARM = 20
PAUSE_S = 0.05
"""Between two single captures: nothing of the last one is left to do."""
ROW_MS = 20


def measure() -> Iterator[Figure]:
    yield from flooded()
    yield from single()


def flooded(seconds: float = servers.SECONDS) -> Iterator[Figure]:
    """`listen` and the bare server in turn, each as fast as it answers."""
    with servers.home() as in_json, servers.home() as in_text, servers.home() as alone:
        with ExitStack() as stack:
            listening = stack.enter_context(servers.listen(in_json))
            listening_in_text = stack.enter_context(servers.listen(in_text, form="text"))
            journal = stack.enter_context(servers.bare("journal", str(Path(alone, "captures.db"))))
            server = stack.enter_context(servers.bare("asyncio"))
            ours, text, least, bare = servers.flood_in_turn(
                listening, listening_in_text, journal, server, seconds=seconds
            )
        work = f"captures acknowledged after commit, `listen`, {servers.CONNECTIONS} connections"
        for lines, flood in (("JSON", ours), ("text", text)):
            yield Figure(
                work=f"{work}, lines in {lines}",
                measured=flood.rate / bare.rate,
                unit="of bare aiohttp",
                target=0.6,
                details=f"{flood.rate:,.0f}/s of {bare.rate:,.0f}/s",
            )
        yield Figure(
            work="a process with our listener that only writes the journal",
            measured=least.rate / bare.rate,
            unit="of bare aiohttp",
            details=f"{least.rate:,.0f}/s of {bare.rate:,.0f}/s; processor time"
            f" {least.own_s / least.count / (bare.own_s / bare.count):.2f} × bare",
        )
        yield from processor_time("`listen`", ours, bare, target=1.6)
        yield Figure(
            work=f"after a flood of {seconds:g} s, until every capture is evaluated",
            measured=ours.evaluated_s,
            unit="s",
            better="less",
            details=f"{ours.count:,} captures; in groups and statistics after {ours.counted_s:.2f} s",
        )
        yield _disk(Path(in_json), listening)


def processor_time(name: str, ours: Flood, bare: Flood, *, target: float | None = None) -> Iterator[Figure]:
    """Return the processor time, user and system, of a flood until all its captures are counted.

    That of the process that answers is the upper bound of its interpreter time: writing and syncing
    files and sockets is part of it.
    """
    yield Figure(
        work=f"processor time of a million captures, {name} and its child processes",
        measured=ours.all_s / ours.count * 1e6,
        unit="s",
        better="less",
        details=f"bare: {bare.all_s / bare.count * 1e6:.0f} s; {ours.count:,} captures",
    )
    own_us, bare_us = (flood.own_s / flood.count * 1e6 for flood in (ours, bare))
    yield Figure(
        work=f"processor time per capture in the process that answers, {name}",
        measured=own_us / bare_us,
        unit="× bare",
        target=target,
        better="less",
        details=f"all threads: {own_us:.0f} µs of {bare_us:.0f} µs",
    )


def _disk(home: Path, listening: servers.Server) -> Figure:
    """After a clean end; an empty capture file has a quarter of a megabyte."""
    files = [path for path in home.rglob("data/**/*") if path.is_file()]
    sizes = {path.name: path.stat().st_size for path in files}
    count, raw = listening.received, listening.received_bytes / listening.received
    per_file = ", ".join(f"{name} {size / count:.0f}" for name, size in sorted(sizes.items()) if size)
    return Figure(
        work="bytes on disk per capture after a clean end",
        measured=sum(sizes.values()) / count,
        unit="bytes",
        better="less",
        details=f"head and body: {raw:.0f}; {per_file}; {count:,} captures",
    )


def single(count: int = SINGLE) -> Iterator[Figure]:
    """One capture at a time with a pause after each, and how soon its line can be read."""
    with servers.home() as folder:
        with servers.listen_process(folder) as (server, process):
            assert process.stdout is not None
            assert "listening" in json.loads(process.stdout.readline())
            ours = sorted(_line_ms(server.port, process.stdout, count))
        with servers.bare_process("lines") as (port, process):
            assert process.stdout is not None
            bare = sorted(_line_ms(port, process.stdout, count))
    for name, ms, bare_ms in (
        ("half of them", median(ours), median(bare)),
        ("99th percentile", at_share(ours, 0.99), at_share(bare, 0.99)),
    ):
        yield Figure(
            work=f"response to line, one capture at a time, {name}",
            measured=ms,
            unit="ms",
            target=ROW_MS,
            better="less",
            details=f"bare aiohttp that prints a line after its response: {bare_ms:.2f} ms; {count} captures",
        )


def _line_ms(port: int, lines: IO[bytes], count: int) -> Iterator[float]:
    """Send deliveries, and yield for each the time from its response until its line is read.

    If the line comes before the response, this is the time of the read.
    """
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as sender:
        made = bodies(-(-(count + SINGLE_WARM) // 5))[: count + SINGLE_WARM]
        for number, body in enumerate(made):
            time.sleep(PAUSE_S)
            sender.request("POST", "/hook", body, {"x-webhook-signature": signature(body).decode()})
            response = sender.getresponse()
            response.read()
            answered = time.perf_counter()
            assert response.status == 200
            assert lines.readline()
            if number >= SINGLE_WARM:
                yield (time.perf_counter() - answered) * 1000
