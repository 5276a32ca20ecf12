"""A public URL without a tunnel program: a gateway on this machine that may change what it passes on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Change = Callable[[bytes], bytes]


class Gateway:
    """Passes each request on to `port`. A connection is for one request."""

    def __init__(self, port: int) -> None:
        self.port = port
        """0 for a gateway that has lost its other end: it responds with 502."""
        self.url = ""
        self.answers: bytes | None = None
        """The response to every request, which is then not passed on."""
        self.request: Change = bytes
        """What it makes of a request, before it passes it on."""
        self.response: Change = bytes
        self.is_frozen = False
        """Whether it never responds."""
        self.tests = 0
        """Number of requests that arrived."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the request of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            self.tests += 1
            if self.is_frozen:
                await reader.read()
            elif self.answers is not None:
                writer.write(self.answers)
            elif not self.port:
                writer.write(status(502))
            else:
                writer.write(self.response(await self._passed_on(self.request(head + body))))
            await writer.drain()
        writer.close()

    async def _passed_on(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            writer.write_eof()
            return await reader.read()
        finally:
            writer.close()


def _length(head: bytes) -> int:
    return next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )


def status(code: int, *fields: bytes) -> bytes:
    """A response without a body."""
    return b"\r\n".join(
        (b"HTTP/1.1 %d x" % code, *fields, b"Content-Length: 0", b"Connection: close", b"", b"")
    )


@asynccontextmanager
async def a_gateway(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Gateway]:
    """A gateway on a free port that passes requests on to `port`. With `tls`, senders reach it by HTTPS."""
    gateway = Gateway(port)
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0, ssl=tls)
    start = "http://127.0.0.1" if tls is None else "https://localhost"
    gateway.url = f"{start}:{server.sockets[0].getsockname()[1]}"
    try:
        yield gateway
    finally:
        server.close()
        await server.wait_closed()
