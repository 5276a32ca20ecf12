"""Where a target leads, and every way in which a connection to it can fail."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from inspector.client.connect import HostNotAllowed, is_loopback, is_remote
from inspector.client.send import Sender
from inspector.client.target import Target
from tests.client.receivers import HASTY, OK, a_request, answers, own_address, receiving, send


async def test_a_port_where_nothing_listens_is_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        target = Target.parse(f"http://127.0.0.1:{unused.getsockname()[1]}")
        outcome = await send(a_request(target), target)
    assert outcome.outcome == "refused"
    assert outcome.error == f"Nothing listens at {target.netloc}."
    assert (outcome.connected_to, outcome.is_local, outcome.connect_ms) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "says"),
    [(socket.EAI_NONAME, "There is no host"), (socket.EAI_AGAIN, "no response from DNS")],
)
async def test_a_name_without_an_address_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    async def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "what the system says")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    target = Target.parse("http://no-such-host.invalid/")
    outcome = await send(a_request(target), target)
    assert outcome.outcome == "unreachable"
    assert says in (outcome.error or "")
    assert "no-such-host.invalid" in (outcome.error or "")


async def test_an_address_that_cannot_be_routed_is_unreachable() -> None:
    target = Target.parse("http://255.255.255.255:9/")
    outcome = await send(a_request(target), target)
    assert outcome.outcome == "unreachable"
    assert "Cannot connect to" in (outcome.error or "")


async def test_a_connection_that_is_never_made_times_out() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        target = Target.parse(f"http://127.0.0.1:{full.getsockname()[1]}")
        waiting = []
        try:
            for _ in range(4):  # fill the backlog, so that the system answers no more
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex(full.getsockname())
                waiting.append(caller)
            outcome = await send(a_request(target), target, HASTY)
        finally:
            for caller in waiting:
                caller.close()
    assert outcome.outcome == "timeout"
    assert "No connection" in (outcome.error or "")


async def test_an_ipv6_target_is_local_too() -> None:
    arrived: list[bytes] = []
    try:
        async with receiving(answers(OK, arrived), host="::1") as receiver:
            outcome = await send(a_request(receiver.target), receiver.target, require_local=True)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    assert (outcome.outcome, outcome.is_local) == ("ok", True)
    assert b"Host: [::1]:" in arrived[0]


async def test_a_name_is_local_if_its_address_is() -> None:
    async with receiving(answers(OK)) as receiver:
        target = Target.parse(f"http://localhost:{receiver.target.port}")
        outcome = await send(a_request(target), target, require_local=True)
    assert (outcome.outcome, outcome.is_local) == ("ok", True)


async def test_nothing_is_sent_to_a_host_that_is_neither_local_nor_allowed() -> None:
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(await reader.read())

    async with receiving(talk, host=own) as receiver:
        with pytest.raises(HostNotAllowed, match=own) as caught:
            await send(a_request(receiver.target), receiver.target, require_local=True)
        assert await arrived.get() == b""
    assert caught.value.host == own
    assert caught.value.exit_status == 2


async def test_a_host_that_is_allowed_is_sent_to_and_told_as_not_local() -> None:
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    async with receiving(answers(OK), host=own) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.is_local) == ("ok", False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_loopback_is_told_by_the_address(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["127.0.0.1"], False),
        (["::1", "127.0.0.1"], False),
        (["::1", "192.0.2.1"], True),
        (["0.0.0.0"], False),
        ([], False),
    ],
)
async def test_a_name_leads_away_if_one_of_its_addresses_does(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], expected: bool
) -> None:
    async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    assert await is_remote(Target.parse("http://named.example/")) is expected


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with receiving(answers(OK)) as receiver:
        assert (await send(a_request(receiver.target), receiver.target)).outcome == "ok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for 127.0.0.1 in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate of this test, is not installed")
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(str(path) + ".crt").read_bytes())
    return path


def _server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(certificate: Path) -> None:
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived), tls=_server_tls(certificate)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert outcome.outcome == "tls"
    assert "self-signed certificate" in (outcome.error or "")
    assert arrived == []


async def test_a_certificate_that_is_trusted_is_sent_to_over_one_connection(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    body = b"x" * 3_000_000
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived), tls=_server_tls(certificate)) as receiver:
        async with Sender(receiver.target, tls=trust) as sender:
            for _ in range(4):
                outcome = await sender.send(a_request(receiver.target, body=body))
                assert (outcome.outcome, outcome.is_local) == ("ok", True)
        assert receiver.connections <= 2  # a late session ticket may cost one
    assert len(arrived) == 4
    assert all(raw.endswith(b"\r\n\r\n" + body) for raw in arrived)


async def test_a_server_that_wants_a_client_certificate_is_told_as_tls(certificate: Path) -> None:
    wants = _server_tls(certificate)
    wants.verify_mode = ssl.CERT_REQUIRED
    wants.load_verify_locations(certificate)

    def serve() -> None:  # blocking: asyncio's own server closes without the alert that says why
        plain, _ = listening.accept()
        with wants.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as connection:
            with pytest.raises(ssl.SSLError):
                connection.do_handshake()
            while socket.socket.recv(connection, 65536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(asyncio.to_thread(serve))
        target = Target.parse(f"https://127.0.0.1:{listening.getsockname()[1]}")
        trust = ssl.create_default_context(cafile=str(certificate))
        outcome = await send(a_request(target), target, tls=trust)
        await serving
    assert outcome.outcome == "tls"
    assert "certificate required" in (outcome.error or "")


async def test_an_https_target_that_speaks_plain_http_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async with receiving(talk) as receiver:
        target = Target.parse(receiver.target.url.replace("http:", "https:"))
        outcome = await send(a_request(target), target)
    assert outcome.outcome == "tls"
    assert "does not support TLS" in (outcome.error or "")


async def test_a_connection_closed_in_the_handshake_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with receiving(talk) as receiver:
        target = Target.parse(receiver.target.url.replace("http:", "https:"))
        outcome = await send(a_request(target), target)
    assert outcome.outcome == "tls"


async def test_a_handshake_that_never_ends_times_out() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with receiving(talk) as receiver:
        target = Target.parse(receiver.target.url.replace("http:", "https:"))
        outcome = await send(a_request(target), target, HASTY)
    assert outcome.outcome == "timeout"
