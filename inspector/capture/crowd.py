"""The connections that are open at once: how many there may be, and one timer for all of their times."""

from __future__ import annotations

import asyncio

from inspector.capture.bounds import Bounds
from inspector.capture.connection import Connection


class Crowd:
    """All open connections of one listener.

    A timer for each request would live on in Qt's loop until its time even where it is cancelled, so
    one sweep looks at all of them, and only while there are any.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.turned_away = 0
        """Connections that were closed at once, as there were too many."""
        self._bounds = bounds
        self._inside: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def enter(self, connection: Connection) -> bool:
        """Count `connection` in; false where there are too many."""
        if len(self._inside) >= self._bounds.connections:
            self.turned_away += 1
            return False
        self._inside.add(connection)
        if self._sweep is None:
            self._sweep_later()
        return True

    def leave(self, connection: Connection) -> None:
        """Count `connection` out."""
        self._inside.discard(connection)

    def close_idle(self) -> None:
        """Close the connections with no request in hand."""
        for connection in tuple(self._inside):
            if connection.is_idle:
                connection.force_close()

    def cut(self, reason: str) -> None:
        """Give up every body that is still being read."""
        for connection in tuple(self._inside):
            connection.cut(reason)

    def end(self) -> None:
        """Look at no times any more."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(self._bounds.sweep_seconds, self._look)

    def _look(self) -> None:
        self._sweep = None
        now = asyncio.get_running_loop().time()
        for connection in tuple(self._inside):
            connection.look_at_time(now)
        if self._inside:
            self._sweep_later()
