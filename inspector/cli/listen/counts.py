"""Counts of what a listener did not capture, reported on standard error as they grow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from inspector.cli.output.streams import Output

LOOK_S = 0.5
QUIET_S = 10.0
"""Pause after a message about counts: a flood of requests must not flood the terminal, too."""


class CountReporter:
    """Reports refused requests, closed connections and disconnected senders on standard error."""

    def __init__(self, out: Output, counts: Callable[[], Mapping[str, int]]) -> None:
        """`counts` returns the current number of each thing."""
        self._out = out
        self._counts = counts
        self._told = counts()

    async def report_as_it_happens(self) -> None:
        """Report new counts until cancelled."""
        while True:
            if self._counts() == self._told:
                await asyncio.sleep(LOOK_S)
                continue
            self._tell("so far")
            await asyncio.sleep(QUIET_S)

    def report_total(self) -> None:
        """Report the totals, if there are any."""
        self._tell("in all")

    def _tell(self, when: str) -> None:
        self._told = self._counts()
        for what, count in self._told.items():
            if count:
                self._out.say(f"{what}, {when}: {count:,}.")
