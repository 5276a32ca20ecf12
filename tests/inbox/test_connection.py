"""A connection to a shared inbox comes back by itself, and each failure is a sentence with what to do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from inspector.base.errors import InspectorError, UsageError
from inspector.inbox.address import InboxAddress
from inspector.inbox.connection import InboxConnection
from inspector.inbox.errors import HopelessError
from inspector.inbox.login import InboxLogin
from tests.inbox.credentials import Operator, an_nkey, tls_config
from tests.inbox.publishing import SUBJECT
from tests.inbox.servers import USERS, nats_cluster, nats_server
from tests.ports import free_ports
from tests.waiting import until


def an_inbox(address: str, login: InboxLogin | None = None) -> InboxConnection:
    return InboxConnection(InboxAddress.parse(address), login or InboxLogin(), "test")


@asynccontextmanager
async def connected(address: str, login: InboxLogin | None = None) -> AsyncIterator[InboxConnection]:
    connection = an_inbox(address, login)
    try:
        await connection.open()
        yield connection
    finally:
        await connection.close()


async def failure(address: str, login: InboxLogin | None = None) -> InspectorError:
    """Why a connection cannot be opened; it must be known without waiting for a server that is away."""
    connection = an_inbox(address, login)
    with pytest.raises(InspectorError) as caught:
        await connection.open()
    await connection.close()
    return caught.value


async def test_a_killed_server_is_connected_again_once_it_runs(tmp_path: Path) -> None:
    problems: list[str | None] = []
    with nats_server(tmp_path) as server:
        async with connected(server.address()) as connection:
            connection.changed.connect(problems.append)
            await asyncio.to_thread(server.kill)
            await until(
                lambda: connection.problem, lambda problem: problem and "No server responds" in problem
            )
            assert not connection.is_connected
            with pytest.raises(InspectorError, match="No server responds"):
                _ = connection.jetstream
            await asyncio.to_thread(server.start)
            await until(lambda: connection.is_connected)
            assert (await connection.jetstream.account_info()).streams == 0
    assert problems[-1] is None
    assert str(problems[0]).endswith("was lost. It is restored automatically.")


async def test_a_server_that_is_away_at_the_start_is_waited_for(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        await asyncio.to_thread(server.stop)
        connection = an_inbox(server.address())
        opening = asyncio.ensure_future(connection.open(waits=True))
        assert "No server responds" in str(await until(lambda: connection.problem))
        await asyncio.to_thread(server.start)
        await opening
        assert connection.is_connected
        assert connection.problem is None
        await connection.close()


async def test_an_attempt_to_connect_can_be_cancelled_at_any_moment() -> None:
    [port] = free_ports(1)
    for steps in range(40):
        connection = an_inbox(f"nats://127.0.0.1:{port}/HOOKS")
        opening = asyncio.ensure_future(connection.open(waits=True))
        for _ in range(steps):
            await asyncio.sleep(0)
        opening.cancel()
        _, running = await asyncio.wait({opening}, timeout=10)
        opening.cancel()  # one more for a dropped one, so that the test ends
        assert not running, f"a cancellation after {steps} steps was dropped"
        await connection.close()


async def test_another_server_of_the_cluster_takes_over(tmp_path: Path) -> None:
    with nats_cluster(tmp_path) as cluster:
        first = cluster.servers[0]
        async with connected(first.address()) as connection:  # the address names one of the three
            await asyncio.to_thread(first.kill)
            await until(lambda: not connection.is_connected)
            await until(lambda: connection.is_connected)


async def test_wrong_and_missing_credentials_are_not_tried_again(tmp_path: Path) -> None:
    with nats_server(tmp_path, config=USERS) as server:
        wrong = await failure(server.address(), InboxLogin(secret="edge:hush"))
        missing = await failure(server.address())
        async with connected(server.address(), InboxLogin(secret="edge:edge-word")) as connection:
            assert connection.is_connected
    assert isinstance(wrong, HopelessError)
    assert "refuses the credentials" in str(wrong)
    assert "hush" not in str(wrong)
    assert isinstance(missing, HopelessError)
    assert "requires credentials" in str(missing)


async def test_a_creds_file_is_accepted_until_it_expires(tmp_path: Path) -> None:
    operator = Operator()
    with nats_server(tmp_path, config=operator.config) as server:
        expired = InboxLogin(file=operator.creds(tmp_path, "expired", expires_s=-60))
        assert " expired on 20" in str(await failure(server.address(), expired))
        unknown = InboxLogin(file=Operator().creds(tmp_path, "unknown"))
        assert "refuses the credentials" in str(await failure(server.address(), unknown))
        file = operator.creds(tmp_path, "member", expires_s=5)  # to be used before
        async with connected(server.address(), InboxLogin(file=file)) as connection:
            await until(lambda: " expired on " in (connection.problem or ""))
            assert operator.creds(tmp_path, "member") == file  # renewed while the program runs
            await until(lambda: connection.is_connected)


async def test_an_nkey_is_accepted_from_a_file_and_from_the_keyring(tmp_path: Path) -> None:
    public, file = an_nkey(tmp_path, "edge")
    _, unknown = an_nkey(tmp_path, "unknown")
    with nats_server(tmp_path, config=f"authorization {{ users: [{{nkey: {public}}}] }}") as server:
        for login in (InboxLogin(file=file), InboxLogin(secret=file.read_text())):
            async with connected(server.address(), login) as connection:
                assert connection.is_connected
        assert "refuses" in str(await failure(server.address(), InboxLogin(file=unknown)))


async def test_a_certificate_is_checked_with_the_given_authority(tmp_path: Path) -> None:
    config = tls_config(tmp_path)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other"))
    with nats_server(tmp_path, config=config) as server:
        address = server.address().replace("nats://", "tls://")
        async with connected(address, InboxLogin(authority=tmp_path / "ca")) as connection:
            transport = connection.client._transport
            assert isinstance(transport._io_writer.get_extra_info("ssl_object"), ssl.SSLObject)
        for login in (InboxLogin(), InboxLogin(authority=tmp_path / "other")):
            error = await failure(address, login)
            assert isinstance(error, HopelessError)
            assert "is not trusted" in str(error)
            assert "--inbox-ca FILE" in str(error)


async def test_a_server_without_tls_gets_no_password_at_a_tls_address() -> None:
    got = bytearray()

    async def pose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.10.27","headers":true,"max_payload":1048576}\r\n')
        while data := await reader.read(4096):
            got.extend(data)
        writer.close()

    (port,) = free_ports(1)
    async with await asyncio.start_server(pose, "127.0.0.1", port):
        error = await failure(f"tls://127.0.0.1:{port}/HOOKS", InboxLogin(secret="edge:edge-word"))
    assert isinstance(error, HopelessError)
    assert "does not offer TLS" in str(error)
    assert bytes(got) == b""


async def test_a_server_without_jetstream_is_not_tried_again(tmp_path: Path) -> None:
    with nats_server(tmp_path, has_jetstream=False) as server:
        error = await failure(server.address())
    assert isinstance(error, HopelessError)
    assert "has no JetStream" in str(error)


@pytest.mark.parametrize(
    ("greeting", "sentence"),
    [
        (b"220 mail.example.com \x1b[31mESMTP\r\n", " reported: "),
        (b"INFO []\r\n", " cannot be read. Check whether it is a NATS server."),
        (b'INFO {"connect_urls": 5}\r\n', " cannot be read. Check whether it is a NATS server."),
    ],
)
async def test_another_kind_of_server_is_a_sentence(greeting: bytes, sentence: str) -> None:
    async def pose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    (port,) = free_ports(1)
    async with await asyncio.start_server(pose, "127.0.0.1", port):
        error = str(await failure(f"nats://127.0.0.1:{port}/HOOKS"))
    assert f"nats://127.0.0.1:{port}/HOOKS{sentence}" in error
    assert "\x1b" not in error


async def test_a_denied_subject_is_a_sentence(tmp_path: Path) -> None:
    denied: list[str] = []
    with nats_server(tmp_path, config=USERS) as server:
        async with connected(server.address(), InboxLogin(secret="nothing:nothing-word")) as connection:
            connection.denied.connect(denied.append)
            await connection.client.publish(SUBJECT, b"")
            await until(lambda: denied)
            assert connection.is_connected
    assert denied == [
        f"These credentials may not publish to “{SUBJECT}”. Use those of an edge, or allow it for this user"
        " on the server."
    ]


@pytest.mark.parametrize("text", ["", "SUNOTASEED", "-----BEGIN NATS USER JWT-----\nabc\n", "x" * 100_000])
def test_a_file_without_credentials_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "my.creds"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"my\.creds"):
        InboxLogin(file=file).options()
    with pytest.raises(UsageError, match="Cannot read the credentials"):
        InboxLogin(file=tmp_path / "missing").options()


def test_a_login_shows_no_secret_and_warns_of_an_open_file(tmp_path: Path) -> None:
    _, file = an_nkey(tmp_path, "edge")
    assert "hush" not in repr(InboxLogin(secret="edge:hush"))
    assert InboxLogin(file=file).warnings() == ()
    file.chmod(0o644)
    (warning,) = InboxLogin(file=file).warnings()
    assert warning == f"Other users of this machine can read {file}. Run `chmod 600` on it."
