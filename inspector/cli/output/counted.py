"""Counts of a listener: requests refused or not stored, connections closed, and senders gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from inspector.cli.output.streams import Output

if TYPE_CHECKING:
    from inspector.session.ingest import Ingest

LOOK_S = 0.5
QUIET_S = 10.0
"""After something was told, nothing is for so long: a flood must not flood the terminal too."""


class Counted:
    """Tells of it on standard error while it happens, and in all at the end."""

    def __init__(self, out: Output, ingest: Ingest) -> None:
        self._out = out
        self._ingest = ingest
        self._told = (0, 0, 0, 0)

    async def tell_as_it_happens(self) -> None:
        """Runs until it is cancelled."""
        while True:
            if self._now() == self._told:
                await asyncio.sleep(LOOK_S)
                continue
            self._tell("so far")
            await asyncio.sleep(QUIET_S)

    def tell_total(self) -> None:
        """Say how many there were, where there were any."""
        self._tell("in all")

    def _tell(self, when: str) -> None:
        self._told = refused, turned_away, gone, untrusted = self._now()
        if refused:
            self._out.say(f"Refused requests that were counted and not stored, {when}: {refused:,}.")
        if turned_away:
            self._out.say(f"Connections closed because too many were open, {when}: {turned_away:,}.")
        if gone:
            self._out.say(f"Senders that disconnected before their response, {when}: {gone:,}.")
        if untrusted:
            self._out.say(f"Captures not trusted that were counted and not stored, {when}: {untrusted:,}.")

    def _now(self) -> tuple[int, int, int, int]:
        ingest = self._ingest
        return (
            ingest.refused_not_stored,
            ingest.turned_away,
            ingest.senders_gone,
            ingest.untrusted_not_stored,
        )
