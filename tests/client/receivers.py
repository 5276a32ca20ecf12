"""Receivers of replays on real sockets, and builders with boring defaults."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from inspector.client.connect import is_loopback
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.send import Sender
from inspector.client.target import Target
from inspector.client.wire import WireRequest, compose
from inspector.domain.capture.capture import Capture

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HASTY = ResponseLimits(connect_s=0.3, whole_s=0.3)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def a_capture(**changes: Any) -> Capture:
    values: dict[str, Any] = {
        "kind": "captured",
        "received_ms": 1_764_028_800_000,
        "method": "POST",
        "target": b"/hook",
        "headers": ((b"Host", b"hooks.example"), (b"Content-Length", b"2")),
        "body": b"{}",
    }
    return Capture(**(values | changes))


def a_request(to: Target, /, **changes: Any) -> WireRequest:
    return compose(a_capture(**changes), to)


class Receiver:
    """A server whose every connection is a `talk`; counts connections and keeps what arrived."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self._talks: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.target = Target.parse("http://127.0.0.1:9")

    async def start(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._connected, host, 0, ssl=tls, limit=2**26)
        port = self._server.sockets[0].getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        self.target = Target.parse(f"{'https' if tls else 'http'}://{name}:{port}")

    async def stop(self) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        try:
            await self.talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(task)
            writer.transport.abort()


@asynccontextmanager
async def receiving(talk: Talk, **options: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(talk)
    await receiver.start(**options)
    try:
        yield receiver
    finally:
        await receiver.stop()


async def read_raw(reader: asyncio.StreamReader) -> bytes:
    """One request as the very bytes that arrived."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *(\d+)\r$", head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def answers(answer: bytes, arrived: list[bytes] | None = None) -> Talk:
    """Read request after request, answer each with the same bytes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            raw = await read_raw(reader)
            if arrived is not None:
                arrived.append(raw)
            writer.write(answer)
            await writer.drain()

    return talk


def answers_and_closes(answer: bytes) -> Talk:
    """Read one request, answer it and close the connection in an orderly way."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return talk


def redirect(status: int, location: str) -> bytes:
    """An answer that says where to go on."""
    return b"HTTP/1.1 %d Go on\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, location.encode())


def routed(routes: Mapping[str, bytes], arrived: list[bytes] | None = None) -> Talk:
    """Answer each request by its target; what is not named with OK."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            raw = await read_raw(reader)
            if arrived is not None:
                arrived.append(raw)
            writer.write(routes.get(raw.split(b" ")[1].decode(), OK))
            await writer.drain()

    return talk


def own_address() -> str | None:
    """An address of this machine that is not loopback; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if is_loopback(address) else address


async def send(
    request: WireRequest,
    target: Target,
    limits: ResponseLimits | None = None,
    *,
    require_local: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Outcome:
    """Send one request over its own connection, as `Sender.send` does."""
    async with Sender(target, limits=limits, require_local=require_local, tls=tls) as sender:
        return await sender.send(request)
