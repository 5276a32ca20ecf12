"""The open connections of a listener: their maximum number, and one timer for all their timeouts."""

from __future__ import annotations

import asyncio

from inspector.capture.connection import SenderConnection
from inspector.capture.limits import Limits

_CROWDED = "Too many connections were open, and this body arrived the most slowly."


class ConnectionLimit:
    """All open connections of one listener.

    In Qt's loop, a cancelled timer exists until it is due. Therefore one timer checks all connections, and
    only while there are any.
    """

    def __init__(self, limits: Limits) -> None:
        self.turned_away = 0
        """Number of connections that were closed because too many were open."""
        self._limits = limits
        self._open: set[SenderConnection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._all_closed: asyncio.Event | None = None

    @property
    def count(self) -> int:
        """Number of open connections."""
        return len(self._open)

    def enter(self, connection: SenderConnection) -> bool:
        """Add a connection. If there are too many, it replaces the least useful one, or the slowest body.

        That body is captured as far as it arrived. Return False if none can be replaced: each has a request
        in hand or one that began just now, or is one of the tunnel's.
        """
        if len(self._open) >= self._limits.connections:
            self.turned_away += 1
            least = min(self._replaceable(), key=SenderConnection.usefulness, default=None)
            if least is not None:
                self._open.discard(least)
                least.reset()
            elif (slowest := self._slowest()) is not None:
                slowest.cut(_CROWDED)  # its place is free after its response, a moment later
            else:
                return False
        self._open.add(connection)
        if self._sweep is None:
            self._sweep_later()
        return True

    def leave(self, connection: SenderConnection) -> None:
        """Remove a connection."""
        self._open.discard(connection)
        if self._all_closed is not None and not self._open:
            self._all_closed.set()

    def close_idle(self) -> None:
        """Close the connections without a request."""
        for connection in tuple(self._open):
            if connection.is_replaceable:
                connection.close()

    def cut(self, reason: str) -> None:
        """Cut every body that is still arriving."""
        for connection in tuple(self._open):
            connection.cut(reason)

    async def close(self, seconds: float) -> None:
        """Close all connections, and reset those whose responses are not read in time."""
        for connection in tuple(self._open):
            connection.close()
        self._all_closed = asyncio.Event()
        if self._open:
            try:
                async with asyncio.timeout(seconds):
                    await self._all_closed.wait()
            except TimeoutError:
                for connection in tuple(self._open):
                    connection.reset()
        self._all_closed = None
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

    def _replaceable(self) -> list[SenderConnection]:
        """Return the connections that can make room.

        The tunnel's are among them only if most connections are its own: strangers cannot achieve that.
        """
        replaceable = [one for one in self._open if one.is_replaceable]
        others = [one for one in replaceable if not one.is_from_tunnel]
        if others or 2 * sum(one.is_from_tunnel for one in self._open) <= self._limits.connections:
            return others
        return replaceable

    def _slowest(self) -> SenderConnection | None:
        """Return the connection whose body arrives the most slowly, except the tunnel's."""
        now = asyncio.get_running_loop().time()
        paces = {one: one.pace(now) for one in self._open if not one.is_from_tunnel}
        slow = [(pace, id(one), one) for one, pace in paces.items() if pace is not None]
        return min(slow)[2] if slow else None

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(self._limits.sweep_seconds, self._look)

    def _look(self) -> None:
        self._sweep = None
        now = asyncio.get_running_loop().time()
        for connection in tuple(self._open):
            connection.look_at_time(now)
        if self._open:
            self._sweep_later()
