"""A port that is bound before anything is created, and listened on later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from inspector.capture.address import cannot_listen


class BoundPort:
    """A port that this process has bound and may not listen on yet."""

    def __init__(self, host: str, port: int) -> None:
        # 'localhost' can be two addresses, and port 0 would be a different port on each.
        self.host = "127.0.0.1" if host == "localhost" else host
        self.port = port
        self._server: asyncio.Server | None = None
        self._connection: Callable[[], asyncio.BaseProtocol] | None = None

    async def bind(self) -> None:
        """Bind the port. Raises PortTaken or another InspectorError."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            try:
                self._server = await loop.create_server(
                    self._connected, self.host or None, self.port, start_serving=False
                )
            except (OSError, OverflowError) as error:
                raise cannot_listen(error, self.host, self.port) from error

    async def listen(self, connection: Callable[[], asyncio.BaseProtocol]) -> asyncio.Server:
        """Listen on the port, bound first if necessary. Return the server, which the caller must close."""
        await self.bind()
        assert self._server is not None
        server, self._server = self._server, None
        self._connection = connection
        try:
            await server.start_serving()
        except OSError as error:  # another process listened first
            server.close()
            raise cannot_listen(error, self.host, self.port) from error
        return server

    def close(self) -> None:
        """Release the port unless a server listens on it. Does nothing if it is not bound."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _connected(self) -> asyncio.BaseProtocol:
        assert self._connection is not None
        return self._connection()
