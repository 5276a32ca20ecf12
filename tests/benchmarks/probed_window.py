"""The window as a user has it, with a probe beside it: `python -m tests.benchmarks.probed_window`.

Prints its start-up time and port, then at the end one JSON object: how late the loop was, every 5 ms,
and how long after its arrival each capture stood in the list. `--bare` measures a bare aiohttp server
on the same kind of loop instead.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

TICK_S = 0.005
started = time.perf_counter()


class Probe:
    """Measures the loop that it runs on."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.busy_ms: list[float] = []
        """The time of a processor that the loop's thread took between two ticks: also on a busy machine,
        where a loop is late because of others."""
        self.shown: list[tuple[int, int]] = []
        """Ids, and when they stood in the list."""

    async def tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before, busy = loop.time(), time.thread_time()
            await asyncio.sleep(TICK_S)
            self.busy_ms.append((time.thread_time() - busy) * 1000)
            self.late_ms.append(max(0.0, (loop.time() - before - TICK_S) * 1000))

    def watch(self, window: Any, session: Any) -> None:
        from inspector.base.clock import now_ms

        model = window.model

        def inserted(_: Any, first: int, last: int) -> None:
            # When they arrived is read at the end: a query more for each arrival would be measured too.
            now = now_ms()
            self.shown.extend((model.id_at(row), now) for row in range(first, last + 1))

        model.rowsInserted.connect(inserted)
        self._session = session

    def report(self) -> None:
        late_ms = sorted(self.late_ms)
        row_ms = sorted(arrival_to_row_ms(self._session, self.shown)) if self.shown else []
        measured = {"late_ms": late_ms, "busy_ms": sorted(self.busy_ms), "row_ms": row_ms}
        print(json.dumps(measured), flush=True)


def arrival_to_row_ms(session: Any, shown: Sequence[tuple[int, int]]) -> Iterator[int]:
    """How long after its arrival each capture stood in the list, given ids and times."""
    for first in range(0, len(shown), 200):
        some = dict(shown[first : first + 200])
        for row in session.captures.rows(list(some)).values():
            yield some[row.id] - row.received_ms


async def commands(probe: Probe) -> None:
    """Obey the benchmark: `reset` forgets what was measured, `report` prints it."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line == "reset\n":
            probe.late_ms.clear()
            probe.busy_ms.clear()
            probe.shown.clear()
        elif line == "report\n":
            probe.report()


def window() -> None:
    from pathlib import Path

    from inspector.gui.shell import app, main_window
    from inspector.session.options import Options

    probe = Probe()
    original = app._start

    async def start(window: main_window.MainWindow, session: Any) -> None:
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def told(address: str | None) -> None:
            if not url.done() and address is not None:
                url.set_result(address)

        session.ingest.listening.connect(told)
        window.resize(1440, 900)  # the screen of the offscreen platform is smaller
        await original(window, session)
        port = (await url).rstrip("/").rpartition(":")[2]
        print(json.dumps({"port": int(port), "started_s": time.perf_counter() - started}), flush=True)
        probe.watch(window, session)
        session.tasks.spawn(probe.tick(), "probe")
        session.tasks.spawn(commands(probe), "obey the benchmark")

    app._start = start
    app.run(Options(database=Path(sys.argv[1]), port=0))


def bare() -> None:
    from aiohttp import web
    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop

    async def serve() -> None:
        async def handler(request: web.Request) -> web.Response:
            await request.read()
            return web.Response()

        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(json.dumps({"port": runner.addresses[0][1], "started_s": 0}), flush=True)
        probe = Probe()
        ticking = asyncio.create_task(probe.tick())
        await commands(probe)
        ticking.cancel()
        await runner.cleanup()

    application = QApplication([])
    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        runner.run(serve())


if __name__ == "__main__":
    bare() if sys.argv[1] == "--bare" else window()
