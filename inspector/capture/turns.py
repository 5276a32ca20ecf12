"""Turns of the connections that have much to decode, so that none of them blocks the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from inspector.base.tasks import SLICE_S

CHUNKS_AT_ONCE, CHUNKS_PER_TURN = 64, 256
"""Chunks that are decoded on arrival, which is enough for most senders, and in each further turn."""


class Waiting(Protocol):
    """A connection that waits for its turn."""

    def take_turn(self) -> None:
        """Decode for a moment, and queue again if there is more."""


class Turns:
    """Runs one step of each waiting connection in turn, for `SLICE_S` per round of the loop.

    Otherwise many connections that send bodies in many chunks would block the loop.
    """

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._handle: asyncio.Handle | None = None

    def queue(self, connection: Waiting) -> None:
        """Call `take_turn` of the connection after those that already wait."""
        self._waiting.append(connection)
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE_S
        while self._waiting and loop.time() < end:
            self._waiting.popleft().take_turn()
        self._handle = loop.call_soon(self._run) if self._waiting else None
