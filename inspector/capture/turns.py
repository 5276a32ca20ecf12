"""Long work of many connections in short slices, so that none of it holds up the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

SLICE_SECONDS = 0.002


class TakesTurns(Protocol):
    """Has work that is done in small steps."""

    def take_turn(self) -> None:
        """Do a step of under a millisecond, and queue again if there is more."""


class Turns:
    """Runs one step of each waiting worker in turn, for 2 ms per round of the loop."""

    def __init__(self) -> None:
        self._waiting: deque[TakesTurns] = deque()
        self._handle: asyncio.Handle | None = None

    def queue(self, worker: TakesTurns) -> None:
        """Give `worker` a turn after those that already wait."""
        self._waiting.append(worker)
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE_SECONDS
        while self._waiting and loop.time() < end:
            self._waiting.popleft().take_turn()
        self._handle = loop.call_soon(self._run) if self._waiting else None
