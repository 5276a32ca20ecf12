"""Messages of other programs that no client of NATS sends: each is skipped, and the others are read."""

from __future__ import annotations

import asyncio

import pytest

from tests.builders import a_capture
from tests.inbox.publishing import SUBJECT, Stream
from tests.inbox.servers import NatsServer
from tests.session.conftest import Start
from tests.session.inbox.test_desk import Sentences, stored

NOT_TEXT = b"\xff\xfe"
HEADS = (
    b"NATS",
    b"NATS/1.0",
    b"NATS/1.0 " + NOT_TEXT + b"\r\n\r\n",
    b"NATS/1.0 503 " + NOT_TEXT + b"\r\n\r\n",
    b"NATS/1.0 500 Bad\r\n\r\n",
    b"NATS/1.0\r\nA: " + NOT_TEXT + b"\x00\r\n: x\r\n\r\n",
    b"NATS/1.0\r\nStatus: 500\r\n\r\n",
    b"NATS/1.0\r\nStatus: 503\r\n\r\n",
    b"NATS/1.0\r\nNats-Sequence: x\r\nNats-Time-Stamp: x\r\n\r\n",
)


async def put_bytes(server: NatsServer, head: bytes, subject: bytes = SUBJECT.encode()) -> None:
    """Publish an empty message whose headers or subject a client would not send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n')
    command = b"HPUB %s %d %d" % (subject, len(head), len(head)) if head else b"PUB %s 0" % subject
    writer.write(command + b"\r\n" + head + b"\r\nPING\r\n")
    while await reader.readline() != b"PONG\r\n":
        pass
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("head", HEADS)
async def test_headers_that_are_not_text_or_look_like_a_status(
    start: Start, server: NatsServer, stream: Stream, head: bytes
) -> None:
    await put_bytes(server, head)
    await stream.put_capture(a_capture(b"body"), parts=[1])
    await stream.put(b"after")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    assert await stored(session, 1) == [b"after"]
    assert said == [
        "Message 1 was not published by Webhook Inspector and is skipped.",
        "Message 2 is skipped because its parts are those of another message.",
    ]


@pytest.mark.parametrize("name", [NOT_TEXT, b"a\x0bb", b"\x0c1"])
async def test_a_subject_that_is_not_text(
    start: Start, server: NatsServer, stream: Stream, name: bytes
) -> None:
    await put_bytes(server, b"", b"HOOKS." + name)
    await stream.put_capture(a_capture(b"body"), parts=[1])
    await stream.put(b"after")
    session = await start()
    await session.desk.start(server.address())
    assert await stored(session, 1) == [b"after"]
    assert session.desk.state.skipped == 2
