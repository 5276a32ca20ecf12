"""Listen on a port, and hand on every request before it is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler
from yarl import URL

from inspector.capture.address import cannot_listen, url
from inspector.capture.answer import Answer
from inspector.capture.bounds import Bounds
from inspector.capture.connection import Connection
from inspector.capture.crowd import Crowd
from inspector.capture.reception import Reception, Take
from inspector.domain.capture import Capture

_CUT_SECONDS = 0.25  # what a request that was cut at the stop has to be stored and answered
_FORCE_SECONDS = 0.05  # aiohttp waits twice for this before it cancels

_NO_URL = URL("/")

server_log = logging.getLogger("inspector.capture.aiohttp")


class Listener:
    """An HTTP server for which every request is a capture, or refused with its reason.

    `take` stores a capture and returns after the commit; only then is the sender answered, with the usual
    answer unless `take` gives another to wait for. Where it raises BusyError the sender is told to come
    back. `take_refused` stores what never became a capture. Any other failure of theirs is logged, and the
    listener goes on.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        bounds: Bounds,
        take: Take,
        take_refused: Callable[[Capture], Awaitable[None]],
    ) -> None:
        # 'localhost' may be two addresses, and port 0 would get a port for each.
        self._host = "127.0.0.1" if host == "localhost" else host
        self._port = port
        self._bounds = bounds
        self._crowd = Crowd(bounds)
        self._reception = Reception(bounds=bounds, take=take, take_refused=take_refused)
        self._runner: web.ServerRunner | None = None

    async def start(self) -> str:
        """Listen, and say where: `http://127.0.0.1:8787/`. Raises PortTaken or another InspectorError."""
        if self._runner is None:
            server = _Server(self._crowd, self._reception, self._bounds)
            runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=_FORCE_SECONDS)
            await runner.setup()
            try:
                await web.TCPSite(runner, self._host or None, self._port).start()
            except (OSError, OverflowError) as error:
                await runner.cleanup()
                raise cannot_listen(error, self._host, self._port) from error
            self._runner = runner
            self._reception.is_closing = False
        return url(self._host, self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Listen no more; what is in flight may finish within a second and is cut then. Harmless twice."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in runner.sites:
            await site.stop()
        self._reception.is_closing = True
        self._crowd.close_idle()
        await self._reception.rest(self._bounds.stop_seconds)
        self._crowd.cut("The listener was stopped before the body was complete.")
        await self._reception.rest(_CUT_SECONDS)
        await runner.cleanup()
        await self._reception.end()
        self._crowd.end()

    @property
    def answer(self) -> Answer:
        """What a capture is answered with; may be changed while it listens."""
        return self._reception.answer

    @answer.setter
    def answer(self, answer: Answer) -> None:
        self._reception.answer = answer

    @property
    def requests_in_flight(self) -> int:
        """Requests that have not been answered yet."""
        return self._reception.requests

    @property
    def bytes_in_flight(self) -> int:
        """Bytes of bodies that are not stored yet."""
        return self._reception.in_flight.bytes

    @property
    def refused_not_stored(self) -> int:
        """Refused requests that were only counted, as too many came in a second."""
        return self._reception.refused_not_stored

    @property
    def turned_away(self) -> int:
        """Connections closed at once, as too many were open."""
        return self._crowd.turned_away


class _Server(web.Server):
    """Makes our connections.

    There is no Application: its router answers CONNECT, `OPTIONS *` and an unknown Expect by itself.
    """

    def __init__(self, crowd: Crowd, reception: Reception, bounds: Bounds) -> None:
        super().__init__(reception.receive)
        self.request_factory = self._request
        self._crowd = crowd
        self._reception = reception
        self._bounds = bounds

    def __call__(self) -> Connection:
        return Connection(
            self,
            loop=asyncio.get_running_loop(),
            crowd=self._crowd,
            reception=self._reception,
            bounds=self._bounds,
            logger=server_log,
        )

    def _request(
        self,
        message: RawRequestMessage,
        content: StreamReader,
        connection: RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        path = message.path or ""  # garbage can make the parser give a request without one
        if path[:1] != "/":
            # WORKAROUND(aiohttp 3.14): it takes an absolute target apart, which may raise; we never use it.
            message = message._replace(url=_NO_URL, path=path)
        return web.BaseRequest(message, content, connection, writer, task, asyncio.get_running_loop())
