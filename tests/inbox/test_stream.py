"""The stream of a shared inbox is created durable, and everything that could lose captures is found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.client import JetStreamContext

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.inbox.address import InboxAddress
from inspector.inbox.connection import InboxConnection
from inspector.inbox.login import InboxLogin
from inspector.inbox.monitor import read_server
from inspector.inbox.stream import StreamPlan, create, find_problems, members, read_facts
from inspector.inbox.stream_facts import StreamFacts
from tests.inbox.servers import STREAM, USERS, NatsServer, nats_cluster, nats_server
from tests.waiting import until

GOOD: dict[str, Any] = {"name": STREAM, "subjects": [f"{STREAM}.>"], "discard": "new", "storage": "file"}


@asynccontextmanager
async def connected(address: str, user: str | None = None) -> AsyncIterator[InboxConnection]:
    login = InboxLogin(secret=user and f"{user}:{user}-word")
    connection = InboxConnection(InboxAddress.parse(address), login, "test")
    try:
        await connection.open()
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def administrator(server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """A plain client that may do everything."""
    client = await nats.connect(server.url)
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def codes(server: NatsServer, monitor: str | None = None) -> list[str]:
    """The codes of the problems of the stream."""
    async with connected(server.address()) as connection:
        facts = await read_facts(connection, monitor or server.monitor)
    return [one.code for one in find_problems(facts)]


async def test_a_created_stream_has_no_problem_and_is_not_created_again(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with connected(server.address()) as connection:
            with pytest.raises(NotFound, match="inbox init"):
                await read_facts(connection, server.monitor)
            plan = StreamPlan(max_age_s=3600, max_bytes=2**20, duplicate_window_s=60)
            assert await create(connection, plan)
            assert not await create(connection, plan)
            assert not await create(connection, StreamPlan(max_age_s=60, duplicate_window_s=60))
            facts = await read_facts(connection, server.monitor)
    assert find_problems(facts) == ()
    assert (facts.storage, facts.discard, facts.retention, facts.replicas) == ("file", "new", "limits", 1)
    assert (facts.max_age_s, facts.max_bytes, facts.duplicate_window_s) == (3600, 2**20, 60)
    assert (facts.is_synced, facts.allows_direct, facts.subjects) == (True, True, (f"{STREAM}.>",))


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("discard-old", {"discard": "old"}),
        ("per-subject", {"max_msgs_per_subject": 10}),
        ("no-ack", {"no_ack": True}),
        ("rollup", {"allow_rollup_hdrs": True}),
        ("subjects", {"subjects": [f"{STREAM}.other", "captures"]}),
    ],
)
async def test_a_setting_that_loses_captures_is_found_and_can_be_changed(
    tmp_path: Path, code: str, wrong: Mapping[str, Any]
) -> None:
    with nats_server(tmp_path) as server:
        async with administrator(server) as jetstream:
            await jetstream.add_stream(StreamConfig(**{**GOOD, **wrong}))
            assert await codes(server) == [code]
            await jetstream.update_stream(StreamConfig(**GOOD))
            assert await codes(server) == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("memory", {"storage": "memory"}),
        ("retention", {"retention": "interest"}),
        ("retention", {"retention": "workqueue"}),
        ("sealed", {"mirror": {"name": "ORIGIN"}, "subjects": []}),
    ],
)
async def test_a_stream_that_cannot_be_changed_is_refused(
    tmp_path: Path, code: str, wrong: Mapping[str, Any]
) -> None:
    with nats_server(tmp_path) as server:
        async with administrator(server) as jetstream, connected(server.address()) as connection:
            await jetstream.add_stream(StreamConfig(name="ORIGIN", subjects=["origin.>"]))
            config = {key: value for key, value in {**GOOD, **wrong}.items() if value != []}
            reply = await jetstream._nc.request(
                f"$JS.API.STREAM.CREATE.{STREAM}", json.dumps(config).encode()
            )
            assert b'"error"' not in reply.data, reply.data
            problems = find_problems(await read_facts(connection, server.monitor))
    found = next(one for one in problems if one.code == code)
    assert "another name" in found.fix


async def test_patterns_of_subjects_are_understood(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with administrator(server) as jetstream:
            await jetstream.add_stream(StreamConfig(**GOOD))
            for subject in (f"{STREAM}.*", f"{STREAM}.captures", "*.captures", f"{STREAM}.>"):
                await jetstream.update_stream(StreamConfig(**{**GOOD, "subjects": [subject]}))
                assert await codes(server) == []
            for subject in (f"{STREAM}.captures.>", f"{STREAM}.captures.*", f"{STREAM}", "*"):
                await jetstream.update_stream(StreamConfig(**{**GOOD, "subjects": [subject]}))
                assert await codes(server) == ["subjects"]


async def test_a_single_server_must_sync_each_message(tmp_path: Path) -> None:
    with nats_server(tmp_path, sync=None) as server:
        async with administrator(server) as jetstream:
            await jetstream.add_stream(StreamConfig(**GOOD))
        async with connected(server.address()) as connection:
            [problem] = find_problems(await read_facts(connection, server.monitor))
        assert (problem.code, problem.loses) == ("not-synced", True)
        assert "`sync_interval: always`" in problem.fix
        assert "--replicas 3" in problem.fix
        server.sync = "always"
        server.restart()
        assert await codes(server) == []


async def test_without_its_own_monitoring_port_a_single_server_is_not_trusted(tmp_path: Path) -> None:
    with (
        nats_server(tmp_path, is_monitored=False) as server,
        nats_server(tmp_path, name="other") as other,
    ):
        async with administrator(server) as jetstream:
            await jetstream.add_stream(StreamConfig(**GOOD))
        async with connected(server.address()) as connection:
            [problem] = find_problems(await read_facts(connection, server.monitor))
            assert (problem.code, problem.loses) == ("sync-unknown", True)
            assert server.monitor in problem.sentence
            with pytest.raises(UsageError) as raised:
                await read_facts(connection, "http://me:hidden-word@127.0.0.1:1")
            assert "hidden-word" not in str(raised.value)
            assert "`http: 127.0.0.1:8222`" in problem.fix
            [problem] = find_problems(await read_facts(connection, other.monitor))
            assert problem.code == "sync-unknown"
            assert "monitoring port of other, but the stream is on nats" in problem.sentence
            with pytest.raises(InspectorError, match="Nothing listens"):
                await read_server(server.monitor)
        server.is_monitored = True
        server.restart()
        assert await codes(server) == []


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"server_name":"x", ',
        b'HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n{"server_name":"x","jetstream":[1,2,3,4,5]}',
        b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + b"[" * 40_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 600_000,
        b"not HTTP\r\n\r\n",
    ],
)
async def test_another_program_at_the_monitoring_port_proves_nothing(response: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(InspectorError):
            await read_server(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8222", "ftp://x", "http://u:p@x", "http://x/?a#b", "file:///etc"]
)
async def test_only_http_urls_are_monitoring_ports(url: str) -> None:
    with pytest.raises(UsageError, match="monitoring port"):
        await read_server(url)


async def test_an_old_server_is_refused(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        version = server.varz()["version"].encode()
        async with administrator(server) as jetstream:
            await jetstream.add_stream(StreamConfig(**GOOD))
        for shown, expected in ((b"2.10.22", ["old-server"]), (b"2.10.23", []), (b"2.9.999", ["old-server"])):
            async with altered(server, {version: shown}) as address, connected(address) as connection:
                problems = find_problems(await read_facts(connection, server.monitor))
                assert [one.code for one in problems] == expected
                assert all(one.loses for one in problems)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b'"num_replicas":1', b'"num_replicas":x'),
        (b'"num_replicas":1', b'"num_replicas":"'),
        (b'"config":{', b'"config":['),
        (b'"created":"2', b'"created" "2'),
        (b'"messages":', b'"nessages":'),
        (b'"first_seq":0', b'"first_seq":{'),
        (b'"last_seq":0', b'"last_seq":-'),
        (b'"config"', b'"konfig"'),
        (b'"state":{"messages":0', b'"state":"............'),
        (b'"ts":"20', b'"ts":"xx'),
        (b'"config":{"name":"HOOKS"', b'"config":{"name":"HO;;S"'),
        (b'"storage":"file"', b'"storage":[1,23]'),
    ],
)
async def test_an_answer_that_is_not_as_documented_is_a_sentence(
    tmp_path: Path, sent: bytes, shown: bytes
) -> None:
    with nats_server(tmp_path) as server:
        async with administrator(server) as jetstream:
            await jetstream.add_stream(StreamConfig(**GOOD))
        async with altered(server, {sent: shown}) as address, connected(address) as connection:
            with pytest.raises(InspectorError, match="cannot be read"):
                await read_facts(connection, server.monitor)


async def test_three_replicas_need_no_sync_and_their_state_is_shown(tmp_path: Path) -> None:
    with nats_cluster(tmp_path, sync=None) as cluster:
        async with connected(cluster.address()) as connection:
            assert await create(connection, StreamPlan(replicas=3))

            async def current() -> StreamFacts:
                return await read_facts(connection)

            facts = await until(current, lambda facts: facts.current_replicas == 3)
            assert find_problems(facts) == ()
            near = connection.client.connected_url
            assert near is not None
            far = [one for one in cluster.servers if one.port != near.port and one.name != facts.leader]
            far[0].kill()
            await until(current, lambda facts: facts.current_replicas == 2)


async def test_more_replicas_than_servers_cannot_be_created(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with connected(server.address()) as connection:
            with pytest.raises(InspectorError, match="--replicas 1"):
                await create(connection, StreamPlan(replicas=3))
            with pytest.raises(InspectorError, match="--max-bytes"):
                await create(connection, StreamPlan(max_bytes=2**60))


async def test_missing_permissions_are_named(tmp_path: Path) -> None:
    with nats_server(tmp_path, config=USERS) as server:
        async with connected(server.address(), "edge") as connection:
            with pytest.raises(NotFound):
                await read_facts(connection, server.monitor)
            with pytest.raises(InspectorError, match=rf"\$JS.API.STREAM.CREATE.{STREAM}”"):
                await create(connection, StreamPlan())
            with pytest.raises(InspectorError, match=rf"\$JS.API.CONSUMER.LIST.{STREAM}”"):
                await members(connection)
        async with connected(server.address(), "nothing") as connection:
            with pytest.raises(InspectorError, match=rf"\$JS.API.STREAM.INFO.{STREAM}”"):
                await read_facts(connection, server.monitor)


async def test_members_are_listed_with_how_far_behind_they_are(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with administrator(server) as jetstream, connected(server.address()) as connection:
            await jetstream.add_stream(StreamConfig(**GOOD))
            assert await members(connection) == ()
            for number in range(300):  # more than one page of the server
                name = f"m{number:03}-0123abcd"
                await jetstream.add_consumer(STREAM, ConsumerConfig(name=name, durable_name=name))
            for _ in range(5):
                await jetstream.publish(f"{STREAM}.captures", b"x")
            reader = await jetstream.pull_subscribe_bind("m007-0123abcd", STREAM)
            for message in await reader.fetch(5):
                if message.metadata.sequence.stream < 3:
                    await message.ack_sync()
            client = connection.client
            answer = client.new_inbox()
            await client.subscribe(answer)
            wanted = b'{"batch": 1, "expires": 60000000000}'
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.m007-0123abcd", wanted, reply=answer)
            found = await until(lambda: members(connection), lambda found: found[0].is_connected)
    assert len(found) == 300
    first, second = found[0], found[1]
    assert (first.name, first.consumer, first.behind, first.position) == ("m007", "m007-0123abcd", 3, 2)
    assert (second.name, second.behind, second.is_connected) == ("m000", 5, False)
    assert first.active_ms is not None
    assert second.active_ms is not None
    assert first.active_ms > second.active_ms


# ---- a server that says something else


@asynccontextmanager
async def altered(server: NatsServer, texts: Mapping[bytes, bytes]) -> AsyncIterator[str]:
    """The address of a proxy that replaces texts of the server by others of the same length."""
    tasks: set[asyncio.Task[None]] = set()

    async def copy(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, texts: Mapping[bytes, bytes]
    ) -> None:
        try:
            while data := await reader.read(2**20):
                for sent, shown in texts.items():
                    data = data.replace(sent, shown)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", server.port)
        for one in (copy(reader, inner_writer, {}), copy(inner_reader, writer, texts)):
            tasks.add(asyncio.ensure_future(one))

    proxy = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"nats://127.0.0.1:{proxy.sockets[0].getsockname()[1]}/{STREAM}"
    finally:
        proxy.close()
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
