"""A shared inbox: what an edge publishes, and how a machine catches up that was away, on real servers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import servers
from tests.benchmarks.driven import driven
from tests.benchmarks.figure import Figure
from tests.benchmarks.load import bodies
from tests.benchmarks.processes import processor_s, processor_s_of_all
from tests.benchmarks.watch import Watch
from tests.inbox.publishing import stream_on
from tests.inbox.servers import NatsServer, nats_cluster, nats_server

COUNT = int(os.environ.get("BENCHMARK_INBOX", 20_000))
"""Messages that wait for a machine that was away."""
DOWN_S = float(os.environ.get("BENCHMARK_INBOX_DOWN_S", 15))
SECONDS = 4.0
CONNECTIONS = 256
"""Of the sender. As many messages are in flight."""
CATCHING_UP = 3_000
_AFTER = 500
"""Messages that are published after the server was away."""
_MARGIN_S = 2.0


def measure() -> Iterator[Figure]:
    try:
        with servers.home() as folder, nats_server(Path(folder)) as server:
            yield from _edge(folder, [server], 1)
        with servers.home() as folder, nats_cluster(Path(folder)) as cluster:
            yield from _edge(folder, cluster.servers, 3)
        with servers.home() as folder, nats_server(Path(folder), sync=None) as server:
            yield _filled(folder, server)
            yield from _terminal(folder, server)
            yield from _window(folder, server)
    except pytest.skip.Exception as reason:
        yield Figure(work="a shared inbox", measured=float("nan"), unit="", details=str(reason))


# ---- an edge


def _edge(folder: str, nodes: tuple[NatsServer, ...] | list[NatsServer], replicas: int) -> Iterator[Figure]:
    """The rate of an edge, beside publishing alone."""
    asyncio.run(_create(nodes[0], discard="new", num_replicas=replicas))
    with _listening(folder, nodes[0]) as edge:
        _flood(edge, 0, SECONDS / 4)
        bare = _bare(nodes[0], SECONDS)
        ours = _flood(edge, 1, SECONDS)
        server_s, before = sum(processor_s(node.pid) for node in nodes), processor_s(edge.pid)
        ours = _flood(edge, 2, SECONDS)
        own_us = (processor_s(edge.pid) - before) / ours * 1e6
        server_us = (sum(processor_s(node.pid) for node in nodes) - server_s) / ours * 1e6
    name = "one server, `sync_interval: always`" if replicas == 1 else "three servers, `replicas: 3`"
    yield Figure(
        work=f"captures acknowledged by an edge, {name}",
        measured=ours / bare["count"],
        unit="of bare publishing",
        details=f"{ours / SECONDS:,.0f}/s of {bare['count'] / SECONDS:,.0f}/s",
    )
    bare_us = bare["processor_s"] / bare["count"] * 1e6
    yield Figure(
        work="processor time per capture in the edge",
        measured=own_us / bare_us,
        unit="× bare publishing",
        better="less",
        details=f"all threads: {own_us:.0f} µs of {bare_us:.0f} µs; in the servers {server_us:.0f} µs",
    )


@contextmanager
def _listening(folder: str, server: NatsServer) -> Iterator[servers.Server]:
    process = subprocess.Popen(
        [
            *(str(servers.PROGRAM), "listen", "--port", "0", "--format", "json"),
            *("--inbox", server.address(), "--inbox-monitor", server.monitor),
            *("--set", f"connections={2 * CONNECTIONS}"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=servers.environment(folder),
    )
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["listening"]
    edge = servers.Server(int(url.rstrip("/").rpartition(":")[2]), process.pid)
    reading = threading.Thread(target=edge.read_lines, args=(process.stdout.fileno(),))
    reading.start()
    try:
        yield edge
    finally:
        process.send_signal(signal.SIGTERM)
        reading.join()
        process.wait(60)
        process.stdout.close()


def _flood(edge: servers.Server, series: int, seconds: float) -> int:
    found = servers.load(edge.port, seconds=seconds, connections=CONNECTIONS, series=series)
    return int(found["count"])


def _bare(server: NatsServer, seconds: float) -> Any:
    command = [sys.executable, "-m", "tests.benchmarks.bare_publishing", server.url, str(seconds)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


# ---- a machine that was away


def _filled(folder: str, server: NatsServer) -> Figure:
    """Let captures wait in the stream, and return what they take there."""
    asyncio.run(_create(server, discard="new"))
    asyncio.run(_put(server, COUNT))
    stored = sum(file.stat().st_size for file in Path(folder, server.name).rglob("*.blk"))
    sample = bodies(1)
    return Figure(
        work="bytes per capture in the stream",
        measured=stored / COUNT,
        unit="bytes",
        better="less",
        details=f"body: {sum(map(len, sample)) / len(sample):.0f}; {COUNT:,} captures",
    )


def _terminal(folder: str, server: NatsServer) -> Iterator[Figure]:
    path = Path(folder, "terminal.db")
    with servers.listen(folder, "--from-inbox", server.address(), database=path) as listening:
        used = _Used(listening.pid)
        with Watch(path) as watch:
            watch.until_counted(COUNT)
        rate = watch.rate()
        yield Figure(
            work="catching up, `listen --from-inbox`: stored, verified and counted",
            measured=rate,
            unit="captures/s",
            target=CATCHING_UP,
            details=f"{COUNT:,} captures; {used}",
        )


class _Used:
    """The processor time per capture of the inbox that a process and its children use from now on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._own_s, self._all_s = processor_s(pid), processor_s_of_all(pid)

    def __str__(self) -> str:
        own_us = (processor_s(self._pid) - self._own_s) / COUNT * 1e6
        all_us = (processor_s_of_all(self._pid) - self._all_s) / COUNT * 1e6
        return f"processor time per capture: {own_us:.0f} µs, and {all_us - own_us:.0f} µs in child processes"


def _window(folder: str, server: NatsServer) -> Iterator[Figure]:
    with driven(folder, Path(folder, "window.db")) as window:
        window.do("rest", _MARGIN_S)
        used = _Used(window.pid)
        done = window.do("inbox", COUNT, server.address())
        yield Figure(
            work="catching up with the window open: stored, verified and counted",
            measured=COUNT / done["seconds"],
            unit="captures/s",
            target=CATCHING_UP,
            details=f"received at {COUNT / done['received_s']:,.0f}/s; {used}",
        )
        yield from _stalls("the window while it catches up", done)
        moments = (
            threading.Timer(_MARGIN_S, server.kill),
            threading.Timer(_MARGIN_S + DOWN_S, server.start),
        )
        for one in moments:
            one.start()
        done = window.do("rest", 2 * _MARGIN_S + DOWN_S)
        for one in moments:
            one.join()
        yield from _stalls(f"the window while the server is away for {DOWN_S:.0f} s", done)
        asyncio.run(_put(server, _AFTER))
        started = time.perf_counter()
        window.do("inbox", COUNT + _AFTER)
        yield Figure(
            work="after that, until what was published then is counted",
            measured=time.perf_counter() - started,
            unit="s",
            better="less",
            details=f"{_AFTER:,} captures",
        )


def _stalls(work: str, done: Any) -> Iterator[Figure]:
    yield Figure(
        work=f"stalls of {work}, 99th percentile",
        measured=done["usual_stall_ms"],
        unit="ms",
        target=16,
        better="less",
        details=f"of the loop's own work {done['usual_busy_ms']:.1f} ms",
    )
    yield Figure(
        work="the same, worst",
        measured=done["worst_stall_ms"],
        unit="ms",
        target=50,
        better="less",
        details=f"of the loop's own work {done['worst_busy_ms']:.1f} ms",
    )


async def _create(server: NatsServer, **settings: object) -> None:
    async with stream_on(server) as stream:
        await stream.create(**settings)


async def _put(server: NatsServer, count: int) -> None:
    """Publish captures as an edge does, and return once the stream has them all."""
    async with stream_on(server) as stream:
        await stream.put_many(bodies(-(-count // 5))[:count])
