"""Print without ever holding up the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from queue import SimpleQueue

from inspector.cli.output import Output


class Printer:
    """Writes in a thread of its own, which may be left behind at the end if nobody reads.

    Not the loop's executor: Python waits for its threads before it ends.
    """

    def __init__(self, out: Output) -> None:
        self._out = out
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[tuple[Sequence[str], asyncio.Future[None]]] = SimpleQueue()
        threading.Thread(target=self._work, name="printer", daemon=True).start()

    async def lines(self, lines: Sequence[str]) -> None:
        """Write lines; returns once the reader has taken them."""
        if lines:
            written: asyncio.Future[None] = self._loop.create_future()
            self._queue.put((lines, written))
            await written

    def _work(self) -> None:
        while True:
            lines, written = self._queue.get()
            self._out.lines(lines)
            try:
                self._loop.call_soon_threadsafe(_done, written)
            except RuntimeError:  # the loop has ended meanwhile
                return


def _done(written: asyncio.Future[None]) -> None:
    if not written.done():
        written.set_result(None)
