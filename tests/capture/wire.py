"""A listener that keeps what it is given in a list, and senders that speak to it in raw bytes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from inspector.capture.bound_port import BoundPort
from inspector.capture.guard import Guard
from inspector.capture.limits import Limits
from inspector.capture.listener import Listener
from inspector.capture.request_handler import AfterCommit, TakeDirectly
from inspector.domain.capture.capture import Capture, Kind
from inspector.domain.capture.stray import Stray
from tests.waiting import PATIENCE_S, until

HOST = "127.0.0.1"


class Desk:
    """A running listener with what it took."""

    def __init__(self) -> None:
        self.taken: list[Capture] = []
        self.strays: list[Stray] = []
        self.listener: Listener
        self.port = 0
        self.url = ""
        self.tls: ssl.SSLContext | None = None
        self.senders: list[Sender] = []
        self._more = asyncio.Event()

    async def take(self, capture: Capture) -> None:
        """Keep `capture`, and wake who waits for it."""
        self.taken.append(capture)
        self._more.set()

    def take_directly(self, capture: Capture, stored: AfterCommit) -> bool:
        """Keep an ordinary `capture`, and have it answered in the next round of the loop."""
        self.taken.append(capture)
        self._more.set()
        asyncio.get_running_loop().call_soon(stored, None)
        return True

    async def first(self, count: int = 1) -> list[Capture]:
        """The first `count` captures, as soon as they are there."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.taken) < count:
                self._more.clear()
                await self._more.wait()
        return self.taken

    async def take_stray(self, stray: Stray) -> None:
        """Keep `stray`."""
        self.strays.append(stray)

    def kinds(self) -> list[Kind]:
        """The kinds of what was taken, in order."""
        return [capture.kind for capture in self.taken]

    async def sender(self) -> Sender:
        """A new connection to the listener."""
        sender = Sender(*await asyncio.open_connection(HOST, self.port))
        self.senders.append(sender)
        return sender

    async def exchange(self, data: bytes, *, ends: bool = True) -> bytes:
        """Send `data`, with `ends` say that it is all, and return what is answered until the close."""
        sender = await self.sender()
        await sender.send(data)
        if ends:
            sender.end()
        return await sender.all()

    async def begun(self, data: bytes) -> Sender:
        """A sender of a request, of which `data` is a part, that the listener has begun to read."""
        sender = await self.sender()
        await sender.send(a_request(b"before") + data)
        assert await sender.answer() == (200, b"")  # the rest came with it, and is read at once
        return sender

    async def comes_to(self, data: bytes, expected: list[int]) -> None:
        """Send `data` until it is answered like that: on a busy machine the short times of a desk may be over
        before it has read what was sent. It never lacks room for it."""

        async def answered() -> list[int]:
            got = statuses(await self.exchange(data))
            assert 503 not in got
            return got

        await until(answered, lambda got: got == expected)

    async def start(self) -> None:
        """Start the listener, and note its port."""
        self.url = await self.listener.start(tls=self.tls)
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    async def restart(self) -> None:
        """Stop the listener, which ends all that is in flight, and start it again."""
        await self.listener.stop()
        await self.start()

    async def holds_nothing(self, in_flight_bytes: int) -> None:
        """Prove that no byte of a body is in flight: with one more than these the second gets 503."""
        part = a_request(fields=b"Content-Length: %d\r\n" % in_flight_bytes) + b"x" * (in_flight_bytes - 1)
        await self.comes_to(a_request() + part, [200, 408])


class Sender:
    """One connection, seen from the other side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Write `data`, as far as it is still taken."""
        if self.writer.is_closing():
            return
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    def end(self) -> None:
        """Say that nothing more comes, and go on reading."""
        with suppress(OSError):
            self.writer.write_eof()

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            return int(head[9:12]), await self.reader.readexactly(int(fields.get(b"Content-Length", 0)))

    async def all(self) -> bytes:
        """Everything until the connection is closed."""
        received = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while data := await self.reader.read(65536):
                    received += data
        self.writer.close()
        return received

    def drop(self) -> None:
        """Break the connection off with a reset, as a killed process does."""
        with suppress(OSError, AttributeError):  # a TLS transport that has ended has no socket
            sock = self.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def a_desk(
    take: Callable[[Capture], Awaitable[None]] | None = None,
    take_directly: TakeDirectly | None = None,
    *,
    host: str = HOST,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    path: str | None = None,
    **limits: Any,
) -> AsyncIterator[Desk]:
    """A listener, with 0 on a free port, with the usual limits but for `limits`; stopped at the end.

    Requests past `path`, if it is given, are strays. `take` takes each request with a task of its own, and
    `take_directly` ordinary ones without, as happens if neither is given.
    """
    desk = Desk()
    desk.tls = tls
    limits.setdefault("refused_per_second", 1_000_000)
    bounds = Limits(**limits)
    guard = Guard(limits=bounds, path=lambda: path, take=desk.take_stray, is_ours=lambda *_: False)
    desk.listener = Listener(
        port=BoundPort(host, port),
        limits=bounds,
        take=take or desk.take,
        take_directly=take_directly or (None if take else desk.take_directly),
        take_refused=desk.take,
        guard=guard,
    )
    await desk.start()
    try:
        yield desk
    finally:
        await desk.listener.stop()
        for sender in desk.senders:
            sender.drop()
        await asyncio.sleep(0)  # asyncio closes a dropped connection in its next round


def a_request(
    body: bytes = b"",
    *,
    method: bytes = b"POST",
    target: bytes = b"/",
    fields: bytes = b"",
    version: bytes = b"HTTP/1.1",
) -> bytes:
    """A request in raw bytes; `fields` are whole lines that come before its Content-Length."""
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return b"%s %s %s\r\nHost: here\r\n%s%s\r\n%s" % (method, target, version, fields, length, body)


def statuses(received: bytes) -> list[int]:
    """The statuses of all answers in `received`."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
