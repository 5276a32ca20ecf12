"""What a publisher reports as published is in the stream exactly once, whatever happens to the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from inspector.base.errors import BusyError, InspectorError
from inspector.domain.capture.inbox_message import InboxCapture, load_message
from inspector.domain.capture.native import ImportLimits
from inspector.inbox import publisher as publishing
from inspector.inbox.address import InboxAddress
from inspector.inbox.connection import InboxConnection
from inspector.inbox.login import InboxLogin
from inspector.inbox.publisher import MARGIN_BYTES, MessageTooLarge, Publisher
from tests.builders import a_capture
from tests.inbox.publishing import EDGE, SUBJECT, Stream, bodies, stream_on
from tests.inbox.servers import STREAM, USERS, NatsServer, nats_server
from tests.waiting import until

LIMITS = ImportLimits(body_bytes=50 * 2**20, head_bytes=64 * 1024, head_fields=100)


@asynccontextmanager
async def a_publisher(
    server: NatsServer, user: str | None = None, *, chunks: bool = False
) -> AsyncIterator[Publisher]:
    login = InboxLogin(secret=user and f"{user}:{user}-word")
    connection = InboxConnection(InboxAddress.parse(server.address()), login, "test")
    try:
        await connection.open()
        yield Publisher(connection, EDGE, chunks=chunks)
    finally:
        await connection.close()


async def result(publishing: Awaitable[int]) -> int | Exception:
    """The sequence of a capture, or why it was not published."""
    (found,) = await asyncio.gather(publishing, return_exceptions=True)
    assert isinstance(found, int | Exception)
    return found


def is_full(found: int | Exception) -> bool:
    return isinstance(found, BusyError) and "is full" in str(found)


async def a_message(stream: Stream, sequence: int) -> InboxCapture | None:
    message = await stream.jetstream.get_msg(STREAM, sequence)
    return load_message(message.headers or {}, message.data or b"", LIMITS)


async def test_a_capture_is_in_the_stream_byte_for_byte(tmp_path: Path) -> None:
    capture = a_capture(
        b"\x00\xff\r\nNATS/1.0\n\n", target=b"/a%2Fb?\xe9", headers=((b"X-\xe9", b"caf\xe9"),)
    )
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create()
            sequence = await publisher.publish(capture)
            found = await a_message(stream, sequence)
    assert found is not None
    assert (found.capture, found.edge, found.parts) == (capture, EDGE, ())


async def test_a_message_without_acknowledgement_is_published_again_and_stored_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create()
            await publisher.publish(a_capture())
            client = publisher._connection.client
            monkeypatch.setattr(publishing, "PUBLISH_S", 0.2)
            sent = client.stats["out_msgs"]
            server.freeze()
            waiting = asyncio.ensure_future(publisher.publish(a_capture(b"{}")))
            await asyncio.sleep(0)
            assert client.stats["out_msgs"] == sent + 1
            monkeypatch.setattr(publishing, "PUBLISH_S", 60.0)  # before the first limit can end
            await until(lambda: client.stats["out_msgs"] >= sent + 2)
            server.thaw()
            assert await waiting == 2
            assert await publisher.publish(a_capture()) == 3
            assert (await stream.jetstream.stream_info(STREAM)).state.messages == 3


async def test_captures_in_flight_while_the_server_is_killed_are_stored_once(tmp_path: Path) -> None:
    wanted = bodies(400)
    with nats_server(tmp_path) as server:
        async with a_publisher(server) as publisher:
            async with stream_on(server) as stream:
                await stream.create()
            publishing = [asyncio.ensure_future(publisher.publish(a_capture(body))) for body in wanted]
            await until(lambda: any(one.done() for one in publishing))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            sequences = await asyncio.gather(*publishing, return_exceptions=True)
        async with stream_on(server) as stream:
            last = await stream.last()
            stored = {number: await a_message(stream, number) for number in range(1, last + 1)}
    found = [one.capture.body for one in stored.values() if one is not None]
    assert len(found) == len(set(found))
    for sequence, body in zip(sequences, wanted, strict=True):
        if isinstance(sequence, int):
            one = stored[sequence]
            assert one is not None
            assert one.capture.body == body
        else:  # the sender gets 503, and sends it again
            assert isinstance(sequence, BusyError)


async def test_nothing_waits_for_a_server_that_is_away(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with a_publisher(server) as publisher:
            await asyncio.to_thread(server.stop)
            await until(lambda: "No server responds" in (publisher._connection.problem or ""))
            for _ in range(1_000):  # each would take seconds
                with pytest.raises(BusyError, match="No server responds"):
                    await publisher.publish(a_capture())


async def test_a_full_stream_is_a_problem_until_it_has_space(tmp_path: Path) -> None:
    problems: list[str | None] = []
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create(discard="new", max_bytes=8_000)
            publisher.changed.connect(problems.append)
            await until(lambda: result(publisher.publish(a_capture())), is_full)
            assert publisher.problem is not None
            await stream.jetstream.purge_stream(STREAM)
            await publisher.publish(a_capture())
            assert publisher.problem is None
    assert problems == [
        f"The stream at {server.address()} is full, so senders get 503. Raise its limits with `nats stream"
        " edit`, or remove old messages.",
        None,
    ]


async def test_a_message_over_the_limit_is_never_sent(tmp_path: Path) -> None:
    with nats_server(tmp_path, config="max_payload: 64KB\n") as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create()
            client = publisher._connection.client
            largest = 0
            for size in range(64 * 1024 - MARGIN_BYTES - 1_200, 64 * 1024, 100):
                last = await result(publisher.publish(a_capture(b"x" * size)))
                largest = last if isinstance(last, int) else largest
            assert isinstance(last, MessageTooLarge)
            assert "or use --inbox-chunks" in str(last)
            assert largest == await stream.last() > 0
            assert publisher._connection.client is client  # the server would have ended it


async def test_the_limit_is_that_of_the_server_after_a_restart(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with a_publisher(server) as publisher:
            async with stream_on(server) as stream:
                await stream.create()
            await publisher.publish(a_capture(b"x" * 100_000))
            server.config = "max_payload: 64KB\n"
            before = publisher._connection.client
            await asyncio.to_thread(server.restart)
            await until(
                lambda: publisher._connection._client is not before and publisher._connection.is_connected
            )
            with pytest.raises(MessageTooLarge):
                await publisher.publish(a_capture(b"x" * 100_000))
            assert await publisher.publish(a_capture()) == 2


async def test_a_limit_that_is_lowered_while_connected_refuses_one_capture(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create()
            server.config = "max_payload: 64KB\n"
            await asyncio.to_thread(server.reload)
            # The server does not announce it, and ends the connection.
            assert isinstance(await result(publisher.publish(a_capture(b"x" * 100_000))), MessageTooLarge)
            assert await publisher.publish(a_capture()) == 1


async def test_a_deleted_stream_is_a_problem_until_it_is_created_again(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create()
            assert await publisher.publish(a_capture()) == 1
            await stream.jetstream.delete_stream(STREAM)
            with pytest.raises(BusyError, match="No stream at"):
                await publisher.publish(a_capture())
            assert publisher.problem is not None
            await stream.create()
            assert await publisher.publish(a_capture()) == 1
            assert publisher.problem is None


async def test_a_permission_that_is_revoked_is_a_problem_until_it_is_granted_again(tmp_path: Path) -> None:
    with nats_server(tmp_path, config=USERS) as server:
        async with (
            stream_on(server, user="admin", password="admin-word") as stream,
            a_publisher(server, "edge") as publisher,
        ):
            await stream.create()
            assert await publisher.publish(a_capture()) == 1
            server.config = USERS.replace(f'"{STREAM}.>"', '"other.>"')
            await asyncio.to_thread(server.reload)
            await until(
                lambda: result(publisher.publish(a_capture())),
                lambda found: f"may not publish to “{SUBJECT}”" in str(found),
            )
            server.config = USERS
            await asyncio.to_thread(server.reload)
            await until(lambda: result(publisher.publish(a_capture())), lambda found: isinstance(found, int))
            assert publisher.problem is None


async def test_a_large_body_is_published_in_parts_before_its_head(tmp_path: Path) -> None:
    body = bytes(range(256)) * 4 * 1024 * 3
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server, chunks=True) as publisher:
            await stream.create()
            assert await publisher.publish(a_capture(b"small")) == 1
            head = await a_message(stream, await publisher.publish(a_capture(body)))
            assert head is not None
            assert (head.size, head.capture.body, head.parts) == (len(body), b"", (2, 3, 4, 5))
            parts = [await stream.jetstream.get_msg(STREAM, part) for part in head.parts]
            assert b"".join(part.data or b"" for part in parts) == body
            assert [load_message(part.headers or {}, part.data or b"", LIMITS) for part in parts] == [
                None
            ] * 4


async def test_the_permission_to_publish_is_checked_without_publishing(tmp_path: Path) -> None:
    with nats_server(tmp_path, config=USERS) as server:
        async with stream_on(server, user="admin", password="admin-word") as stream:
            async with a_publisher(server, "edge") as publisher:
                with pytest.raises(InspectorError, match="No stream"):
                    await publisher.check()
                await stream.create()
                await publisher.check()
            async with a_publisher(server, "member") as publisher:
                with pytest.raises(InspectorError, match=f"may not publish to “{SUBJECT}”"):
                    await publisher.check()
                with pytest.raises(BusyError, match=f"may not publish to “{SUBJECT}”"):
                    await publisher.publish(a_capture())
            assert await stream.last() == 0


async def test_no_more_than_the_limit_are_in_flight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream, a_publisher(server) as publisher:
            await stream.create()
            await publisher.publish(a_capture())
            client = publisher._connection.client
            sent = client.stats["out_msgs"]
            server.freeze()
            publishing = [asyncio.ensure_future(publisher.publish(a_capture())) for _ in range(600)]
            await until(lambda: client.stats["out_msgs"] - sent >= 256)
            await asyncio.sleep(0.1)
            assert client.stats["out_msgs"] - sent == 256
            server.thaw()
            await asyncio.gather(*publishing)
            assert await stream.last() == 601
