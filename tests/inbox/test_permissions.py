"""The configurations on the handbook's page about shared inboxes do what the page promises."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from inspector.base.errors import InspectorError
from inspector.inbox.address import InboxAddress
from inspector.inbox.connection import InboxConnection
from inspector.inbox.login import InboxLogin, write_key
from inspector.inbox.publisher import Publisher
from inspector.inbox.stream import StreamPlan, create, find_problems, members, read_facts
from inspector.session.inbox.login import GivenLogin
from tests.builders import a_capture
from tests.e2e.program import PROGRAM
from tests.inbox.handbook_server import HandbookServer, block_with, handbook_server
from tests.inbox.publishing import Stream
from tests.session.conftest import Start, start  # noqa: F401 - a fixture
from tests.session.inbox.test_desk import stored
from tests.waiting import until

MANAGEMENT = (
    *("$JS.API.STREAM.CREATE.MORE", "$JS.API.STREAM.UPDATE.HOOKS", "$JS.API.STREAM.DELETE.HOOKS"),
    *("$JS.API.STREAM.PURGE.HOOKS", "$JS.API.STREAM.MSG.DELETE.HOOKS", "$JS.API.STREAM.LIST"),
    *("$JS.API.STREAM.SNAPSHOT.HOOKS", "$JS.API.STREAM.INFO.OTHER", "$JS.API.ACCOUNT.PURGE.x", "HOOKS.other"),
)
READING = (
    *("$JS.API.CONSUMER.CREATE.HOOKS.x", "$JS.API.CONSUMER.DELETE.HOOKS.x", "$JS.API.CONSUMER.LIST.HOOKS"),
    *("$JS.API.CONSUMER.MSG.NEXT.HOOKS.x", "$JS.API.DIRECT.GET.HOOKS", "$JS.ACK.HOOKS.x.1.1.1.1.0"),
)
FORBIDDEN = {
    "edge": (*MANAGEMENT, *READING, "$JS.API.STREAM.MSG.GET.HOOKS", "_INBOX.x", "_INBOX_HOOKS.x"),
    "member": (*MANAGEMENT, "HOOKS.captures", "$JS.API.CONSUMER.CREATE.OTHER.x", "_INBOX_HOOKS.x"),
}
"""The subjects to which each must not publish."""
UNHEARD = {
    "edge": ("HOOKS.>", ">", "_INBOX_HOOKS.>", "$JS.>", "*.captures"),
    "member": ("HOOKS.>", ">", "_INBOX_OTHER.>", "$JS.>", "*.captures"),
}
"""The subjects to which each must not subscribe."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HandbookServer]:
    with handbook_server(tmp_path) as server:
        yield server


def login(folder: Path, name: str, server: HandbookServer) -> InboxLogin:
    return InboxLogin(file=folder / f"{name}.nk", authority=server.authority)


@asynccontextmanager
async def connected(folder: Path, name: str, server: HandbookServer) -> AsyncIterator[InboxConnection]:
    connection = InboxConnection(InboxAddress.parse(server.address()), login(folder, name, server), name)
    try:
        await connection.open()
        yield connection
    finally:
        await connection.close()


class PlainClient:
    """A client that knows nothing of this program, with the key of one user."""

    def __init__(self) -> None:
        self.client: Client
        self.refused: list[str] = []

    async def note(self, error: Exception) -> None:
        """Collect what the server refuses. The library passes it on in lower case."""
        self.refused += re.findall(r'permissions violation for \w+ to "(.*?)"', str(error).lower())

    async def refusals(self, count: int) -> list[str]:
        """What was refused until now, once there are `count` subjects. The library reports them later."""
        await self.client.flush()
        return await until(lambda: sorted(self.refused), lambda found: len(set(found)) >= count)


@asynccontextmanager
async def plain_client(folder: Path, name: str, server: HandbookServer) -> AsyncIterator[PlainClient]:
    one = PlainClient()
    context = ssl.create_default_context(cafile=server.authority)
    one.client = await nats.connect(
        server.url, nkeys_seed=str(folder / f"{name}.nk"), tls=context, error_cb=one.note
    )
    one.client._transport._io_writer._protocol._over_ssl = True  # type: ignore[union-attr] # see _Client._connect_command
    try:
        yield one
    finally:
        await one.client.close()


async def a_stream(folder: Path, server: HandbookServer) -> None:
    async with connected(folder, "admin", server) as connection:
        assert await create(connection, StreamPlan())


async def test_the_stream_is_durable_and_an_edge_publishes(tmp_path: Path, server: HandbookServer) -> None:
    await a_stream(tmp_path, server)
    async with connected(tmp_path, "edge", server) as connection:
        facts = await read_facts(connection, server.monitor)
        assert find_problems(facts) == ()
        publisher = Publisher(connection, "eu-1", chunks=True)
        await publisher.check()
        assert await publisher.publish(a_capture(b"small")) == 1
        assert await publisher.publish(a_capture(b"x" * 3_000_000)) > 2


async def test_an_unknown_key_is_refused(tmp_path: Path, server: HandbookServer) -> None:
    write_key(tmp_path / "other.nk")
    with pytest.raises(InspectorError, match="refuses the credentials"):
        async with connected(tmp_path, "other", server):
            pass


@pytest.mark.parametrize("name", ["edge", "member"])
async def test_nothing_else_is_allowed(tmp_path: Path, server: HandbookServer, name: str) -> None:
    await a_stream(tmp_path, server)
    async with plain_client(tmp_path, "admin", server) as admin:
        await admin.client.jetstream().publish("HOOKS.captures", b"people's answers")
        async with plain_client(tmp_path, name, server) as one:
            for subject in FORBIDDEN[name]:
                await one.client.publish(subject, b"", reply="_INBOX.reply")
            refused = await one.refusals(len(FORBIDDEN[name]))
            assert set(refused) == {subject.lower() for subject in FORBIDDEN[name]}
            one.refused.clear()
            for subject in UNHEARD[name]:
                await one.client.subscribe(subject)
            refused = await one.refusals(len(UNHEARD[name]))
            assert set(refused) == {subject.lower() for subject in UNHEARD[name]}
        state = (await admin.client.jetstream().stream_info("HOOKS")).state
        assert (state.messages, state.consumer_count) == (1, 0)


async def test_a_member_reads_and_an_edge_cannot_listen_in(
    start: Start,  # noqa: F811
    tmp_path: Path,
    server: HandbookServer,
) -> None:
    await a_stream(tmp_path, server)
    heard: list[bytes] = []

    async def hear(message: nats.aio.msg.Msg) -> None:
        heard.append(message.data)

    async with (
        plain_client(tmp_path, "edge", server) as edge,
        plain_client(tmp_path, "admin", server) as admin,
    ):
        await edge.client.subscribe("_INBOX.>", cb=hear)
        stream = Stream(admin.client)
        await stream.put(b"people's answers")
        await stream.put_parts(a_capture(b"answers " * 1_000), 4_000)
        session = await start()
        given = GivenLogin(file=tmp_path / "member.nk", authority=server.authority)
        await session.desk.start(server.address(), "ann@laptop", given)
        assert await stored(session, 2) == [b"people's answers", b"answers " * 1_000]
        async with connected(tmp_path, "member", server) as connection:
            [ann] = await until(lambda: members(connection), lambda found: found[0].behind == 0)
            assert ann.name == "ann@laptop"
        assert await edge.refusals(0) == []
        assert not any(b"answers" in message for message in heard)


@pytest.mark.parametrize(
    ("name", "program"), [("nats-server", Path("/usr/sbin/nats-server")), ("inbox-edge", PROGRAM)]
)
def test_a_unit_is_valid_and_confined(tmp_path: Path, name: str, program: Path) -> None:
    if shutil.which("systemd-analyze") is None or not program.exists():
        pytest.skip(f"systemd-analyze or {program} is not installed")
    version = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.split()[1]) < 250:
        pytest.skip("systemd before 250 cannot analyse a unit that is not installed")
    text = block_with(f"ExecStart={'/opt' if program == PROGRAM else program}")
    unit = tmp_path / f"{name}.service"
    unit.write_text(text.replace("/opt/webhook-inspector/bin/webhook-inspector", str(program)))
    for arguments in (("verify",), ("security", "--offline=yes", "--threshold=20")):
        done = subprocess.run(
            ["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Unknown" not in done.stderr, done.stderr
