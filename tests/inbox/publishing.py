"""An edge's messages, published with a plain client of NATS."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import nats
from nats.aio.client import Client

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.inbox_message import dump_message, dump_part
from tests.builders import a_capture, an_answer
from tests.inbox.servers import STREAM, NatsServer
from tests.waiting import PATIENCE_S, until

EDGE = "eu-1"
SUBJECT = f"{STREAM}.captures"
_FLUSHED = 200
"""Messages that are sent without waiting for the server."""


class Stream:
    """The stream of a running server, for one who may do everything."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.jetstream = client.jetstream()
        self._start = secrets.token_hex(4)  # other ids than those of another connection
        self._published = 0

    async def create(self, **settings: object) -> None:
        """Create the stream. `settings` are those of its configuration."""
        config = {"name": STREAM, "subjects": [f"{STREAM}.>"], "allow_direct": True, **settings}
        text = json.dumps(config).encode()
        reply = await self.client.request(f"$JS.API.STREAM.CREATE.{STREAM}", text, timeout=PATIENCE_S)
        assert "error" not in json.loads(reply.data), reply.data

    async def put(self, *bodies: bytes, edge: str = EDGE) -> list[int]:
        """Publish captures with these bodies. Return their sequences."""
        return [await self.put_capture(a_capture(body), edge=edge) for body in bodies]

    async def put_capture(self, capture: Capture, *, edge: str = EDGE, parts: Sequence[int] = ()) -> int:
        """Publish one capture, whose body is in `parts` if there are any."""
        self._published += 1
        headers, payload = dump_message(capture, edge, f"{edge}.{self._start}.{self._published}", parts)
        return await self.put_raw(payload, headers)

    async def put_parts(self, capture: Capture, size: int) -> tuple[int, list[int]]:
        """Publish one capture, its body in parts of `size`. Return its sequence and those of the parts."""
        message_id = f"{EDGE}.{self._start}.{self._published + 1}"
        starts = range(0, len(capture.body), size)
        parts = [
            await self.put_raw(capture.body[start : start + size], dump_part(message_id, number))
            for number, start in enumerate(starts)
        ]
        return await self.put_capture(capture, parts=parts), parts

    async def put_raw(self, payload: bytes, headers: Mapping[str, str] | None = None) -> int:
        """Publish any message. Return its sequence."""
        found = await self.jetstream.publish(SUBJECT, payload, headers=dict(headers) if headers else None)
        return found.seq

    async def put_many(self, bodies: Sequence[bytes], edge: str = EDGE) -> None:
        """Publish many captures, and return once the stream has them all."""
        before = await self.last()
        for number, body in enumerate(bodies, 1):
            self._published += 1
            headers, payload = dump_message(a_capture(body), edge, f"{edge}.{self._start}.{self._published}")
            await self.client.publish(SUBJECT, payload, headers=headers)
            if number % _FLUSHED == 0:
                await self.client.flush(60)
        await until(self.last, lambda last: last == before + len(bodies))

    async def last(self) -> int:
        """Return the sequence of the last message."""
        return (await self.jetstream.stream_info(STREAM)).state.last_seq

    async def consumers(self) -> dict[str, int]:
        """Return the names of the consumers, each with what it has acknowledged."""
        found = await self.jetstream.consumers_info(STREAM)
        return {one.name: one.ack_floor.stream_seq if one.ack_floor else 0 for one in found}


@asynccontextmanager
async def stream_on(server: NatsServer, **login: str) -> AsyncIterator[Stream]:
    """Connect to a server as a plain client."""
    client = await nats.connect(server.url, error_cb=_ignore, **login)  # type: ignore[arg-type]
    try:
        yield Stream(client)
    finally:
        await client.close()


async def _ignore(error: Exception) -> None:
    """The server ends while clients are connected, which their library would log."""


def bodies(count: int, name: str = "n") -> list[bytes]:
    """Return different bodies of small events."""
    return [an_answer(f"{name}-{number}", user=f"u-{number % 7}") for number in range(count)]


class Gate:
    """A TCP port in front of a server, whose connections can be cut at any moment."""

    def __init__(self, server: NatsServer) -> None:
        self._server = server
        self._connections: set[asyncio.StreamWriter] = set()
        self._ends = AsyncExitStack()
        self.passed = 0
        """Bytes of the server that were passed on."""
        self.port = 0

    async def __aenter__(self) -> Gate:
        listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        self._ends.callback(listener.close)
        self._ends.callback(self.cut)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._ends.aclose()

    @property
    def address(self) -> str:
        """The address of the inbox behind it."""
        return f"nats://127.0.0.1:{self.port}/{STREAM}"

    def cut(self) -> None:
        """End all connections, in the middle of what is being sent."""
        for one in self._connections:
            one.transport.abort()
        self._connections.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            theirs, ours = await asyncio.open_connection("127.0.0.1", self._server.port)
            self._connections |= {writer, ours}
            await asyncio.gather(self._pass(reader, ours, False), self._pass(theirs, writer, True))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_counted: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                self.passed += len(data) * is_counted
                writer.write(data)
                await writer.drain()
        writer.close()
