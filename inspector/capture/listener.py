"""The listener on a port, which captures every request before the response."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from inspector.capture.address import url
from inspector.capture.bound_port import BoundPort
from inspector.capture.connection import RECEIVE_BYTES, SenderConnection
from inspector.capture.connection_limit import ConnectionLimit
from inspector.capture.guard import Guard
from inspector.capture.limits import Limits
from inspector.capture.probes import Probes
from inspector.capture.request_handler import RequestHandler, Take, TakeDirectly
from inspector.capture.turns import Turns
from inspector.domain.capture.capture import Capture

_CUT_SECONDS = 0.25
"""How long requests that were cut at the stop may take to be stored and responded to."""
_CLOSE_SECONDS = 0.25
"""How long senders may take to read their last response."""


class Listener:
    """An HTTP server that captures every request, or refuses it with a reason.

    `take` stores a capture and returns after the commit. Only then does the sender get a response: the usual
    one, unless `take` returns an awaitable of another. If `take` raises BusyError, the sender gets 503.
    `take_directly` is tried before `take`, and does the same for ordinary requests at a lower cost.
    `take_refused` stores refused requests. Other errors of both are logged, and the listener continues.
    A request with the nonce of one of `probes` gets its response at once, and is not stored.
    `guard` decides which requests are strays; without one, none is.
    """

    def __init__(
        self,
        *,
        port: BoundPort,
        limits: Limits,
        take: Take,
        take_directly: TakeDirectly | None = None,
        take_refused: Callable[[Capture], Awaitable[None]],
        probes: Probes | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._port = port
        self._limits = limits
        self.connections = ConnectionLimit(limits)
        self.probes = Probes() if probes is None else probes
        self.handler = RequestHandler(
            limits=limits,
            take=take,
            take_directly=take_directly,
            take_refused=take_refused,
            probes=self.probes,
            guard=guard,
        )
        self._turns = Turns()
        self._buffer = memoryview(bytearray(RECEIVE_BYTES))
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None

    async def start(self, port: int | None = None, tls: ssl.SSLContext | None = None) -> str:
        """Listen, and return the URL, `http://127.0.0.1:8787/`. Raises PortTaken or another InspectorError.

        `port` replaces the configured port, also after a stop. With `tls`, only HTTPS is accepted.
        """
        if self._server is None:
            self._tls = tls
            if port is not None:
                self._port.port = port
            self._server = await self._port.listen(self._connection)
            self.handler.is_closing = self.handler.waiting.is_closing = False
        return url(self._port.host, self._server.sockets[0].getsockname()[1], is_tls=self._tls is not None)

    async def stop(self) -> None:
        """Stop listening. Requests in flight are cut after a second. Does nothing if not listening."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        self.handler.is_closing = True
        self.connections.close_idle()
        self.handler.waiting.release()
        await self.handler.rest(self._limits.stop_seconds)
        self.connections.cut("The listener was stopped before the body was complete.")
        await self.handler.rest(_CUT_SECONDS)
        await self.handler.end()
        await self.connections.close(_CLOSE_SECONDS)

    def _connection(self) -> SenderConnection:
        return SenderConnection(
            others=self.connections,
            handler=self.handler,
            limits=self._limits,
            turns=self._turns,
            buffer=self._buffer,
            tls=self._tls,
        )
