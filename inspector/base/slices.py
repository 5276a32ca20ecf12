"""Long work on the loop in slices, between which the loop runs everything else."""

from __future__ import annotations

import asyncio

SLICE_S = 0.002
"""How long the loop is used at a time."""


class Slices:
    """The time slices of one piece of work, the first of which begins now."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + SLICE_S

    async def pause(self) -> None:
        """Let the loop run if the slice is over."""
        if self._loop.time() > self._until:
            await asyncio.sleep(0)
            self._until = self._loop.time() + SLICE_S
