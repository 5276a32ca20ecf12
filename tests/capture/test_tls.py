"""HTTPS on the port: real TLS clients, slow ones, wrong ones, and the generated certificate."""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.capture import tls
from inspector.capture.tls import ServerCertificate, generated
from tests.capture.wire import HOST, Desk, Sender, a_desk, a_request, statuses
from tests.waiting import until


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificate:
    return generated(tmp_path_factory.mktemp("tls"), HOST)


async def a_client(desk: Desk, context: ssl.SSLContext, name: str = "localhost") -> Sender:
    sender = Sender(*await asyncio.open_connection(HOST, desk.port, ssl=context, server_hostname=name))
    desk.senders.append(sender)
    return sender


def trusting(certificate: ServerCertificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate.authority)


async def test_a_delivery_over_tls_is_captured_as_it_was_sent(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        assert desk.url == f"https://{HOST}:{desk.port}/"
        sender = await a_client(desk, trusting(certificate))
        body = bytes(range(256)) * 2_000
        await sender.send(a_request(body, fields=b"x-ODD: \xff\r\n"))
        assert await sender.answer() == (200, b"")
        await sender.send(a_request(b"second") + a_request(b"third", fields=b"Connection: close\r\n"))
        assert statuses(await sender.all()) == [200, 200]
        assert [one.body for one in desk.taken] == [body, b"second", b"third"]
        assert (b"x-ODD", b"\xff") in desk.taken[0].headers
        assert desk.taken[0].remote.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_the_generated_certificate_is_for_this_machine(
    certificate: ServerCertificate, name: str
) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        sender = await a_client(desk, trusting(certificate), name)
        tunnel = sender.writer.get_extra_info("ssl_object")
        assert tunnel.version() in ("TLSv1.2", "TLSv1.3")


async def test_only_http_1_1_is_offered_and_nothing_below_tls_1_2(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        both = trusting(certificate)
        both.set_alpn_protocols(["h2", "http/1.1"])
        sender = await a_client(desk, both)
        assert sender.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
        old = trusting(certificate)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError):  # asyncio does not send its alert before it closes
            await a_client(desk, old)
        [refused] = await desk.first()
        assert "could not agree on a TLS connection: unsupported protocol" in (refused.trouble or "")


async def test_http_without_tls_is_refused_with_the_cure(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        assert await desk.exchange(a_request(b"x")) == b""
        [refused] = await desk.first()
        assert (refused.kind, refused.answered) == ("refused", None)
        assert refused.trouble == "It is HTTP without TLS. Use https:// instead of http:// for this port."


async def test_a_sender_that_does_not_trust_the_certificate_is_named(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        # With TLS 1.3 the server has ended its handshake before a client rejects the certificate.
        context = ssl.create_default_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2

        def connect() -> None:
            with (
                socket.create_connection((HOST, desk.port)) as sock,
                pytest.raises(ssl.SSLCertVerificationError),
            ):
                context.wrap_socket(sock, server_hostname="localhost")

        await asyncio.to_thread(connect)
        [refused] = await desk.first()
        assert "does not trust the certificate of this port" in (refused.trouble or "")


async def test_a_slow_handshake_ends_in_time_and_frees_its_place(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context(), head_seconds=0.1) as desk:
        sender = await desk.sender()
        await sender.send(b"\x16\x03\x01")
        assert await sender.all() == b""
        await until(lambda: not desk.listener.connections.count)


async def test_slow_handshakes_count_as_connections_and_give_way(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context(), connections=3) as desk:
        slow = [await desk.sender() for _ in range(3)]
        await until(lambda: desk.listener.connections.count == 3)
        sender = await a_client(desk, trusting(certificate))
        await sender.send(a_request(b"x"))
        assert await sender.answer() == (200, b"")
        assert desk.listener.connections.count == 3
        assert desk.listener.connections.turned_away == 1
        assert await slow[0].all() == b""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_request_that_comes_with_the_end_of_the_handshake_is_captured(
    certificate: ServerCertificate, version: ssl.TLSVersion
) -> None:
    context = trusting(certificate)
    context.minimum_version = context.maximum_version = version
    came, leaves = ssl.MemoryBIO(), ssl.MemoryBIO()
    tunnel = context.wrap_bio(came, leaves, server_hostname="localhost")
    async with a_desk(tls=certificate.server_context()) as desk:
        sender = await desk.sender()
        while True:
            try:
                tunnel.do_handshake()
                break
            except ssl.SSLWantReadError:
                await sender.send(leaves.read())
                came.write(await sender.reader.read(65536))
        tunnel.write(a_request(b"at once", fields=b"Connection: close\r\n"))
        await sender.send(leaves.read())
        came.write(await sender.all())
        assert tunnel.read(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        assert [one.body for one in desk.taken] == [b"at once"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x16",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x80\x2e\x01\x03\x01",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"\0" * 100_000,
        b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        bytes(range(256)) * 400,
    ],
)
@pytest.mark.parametrize("end", ["half", "reset", "wait"])
async def test_no_bytes_instead_of_a_handshake_disturb_it(
    certificate: ServerCertificate, data: bytes, end: str
) -> None:
    async with a_desk(tls=certificate.server_context(), head_seconds=0.2) as desk:
        sender = await desk.sender()
        await sender.send(data)
        if end == "half":
            sender.end()
        if end == "reset":
            sender.drop()
        else:
            await sender.all()
        await until(lambda: not desk.listener.connections.count)
        assert {one.kind for one in desk.taken} <= {"refused"}
        good = await a_client(desk, trusting(certificate))
        await good.send(a_request(b"x"))
        assert await good.answer() == (200, b"")


async def test_a_sender_that_ends_tls_early_or_never_reads_leaves_nothing(
    certificate: ServerCertificate,
) -> None:
    async with a_desk(tls=certificate.server_context(), stop_seconds=0.1) as desk:
        ended = await a_client(desk, trusting(certificate))
        await ended.send(a_request(fields=b"Content-Length: 9\r\n") + b"abc")
        ended.writer.close()
        [cut] = await desk.first()
        assert (cut.kind, cut.body) == ("cut", b"abc")
        deaf = await a_client(desk, trusting(certificate))
        deaf.writer.transport.pause_reading()
        await deaf.send(a_request(b"x") * 2_000)
        await desk.first(2_001)
        await desk.listener.stop()
        await until(lambda: not desk.listener.connections.count)


async def test_a_lost_connection_within_tls_is_a_cut_body(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        sender = await a_client(desk, trusting(certificate))
        await sender.send(a_request(fields=b"Content-Length: 9\r\n") + b"abc")
        sender.drop()
        [cut] = await desk.first()
        assert (cut.kind, cut.body, cut.answered) == ("cut", b"abc", None)
        await until(lambda: not desk.listener.connections.count)


async def test_a_stop_ends_handshakes_and_answers_what_is_in_flight(certificate: ServerCertificate) -> None:
    async with a_desk(tls=certificate.server_context()) as desk:
        slow = await desk.sender()
        sender = await a_client(desk, trusting(certificate))
        await sender.send(a_request(b"x"))
        assert await sender.answer() == (200, b"")
        await desk.listener.stop()
        assert await slow.all() == b""
        assert await sender.all() == b""
        assert not desk.listener.connections.count


# ---- files


def test_the_generated_files_are_private_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = generated(folder, "127.0.0.1")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set(before) == {"listener.pem", "authority.pem"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert b"PRIVATE KEY" not in before["authority.pem"]
    assert generated(folder, "0.0.0.0") == made
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    days = (made.expires() - datetime.now(UTC)) / timedelta(days=1)
    assert 824 < days <= 825


@pytest.mark.parametrize("own", ["my_host", "ab--cd", "größe", "4f3a2b1c", "", "MyBox.Local"])
def test_any_name_of_a_machine_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: own)
    before = generated(tmp_path, "box.local").certificate.read_bytes()
    assert generated(tmp_path, "box.local").certificate.read_bytes() == before
    assert generated(tmp_path, "other.local").certificate.read_bytes() != before


@pytest.mark.parametrize("spoil", ["another host", "expired", "damaged", "no authority"])
def test_a_certificate_that_does_not_fit_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    if spoil == "expired":
        monkeypatch.setattr(tls, "VALID_DAYS", 6)
    made = generated(tmp_path, "127.0.0.1")
    monkeypatch.undo()
    before = made.certificate.read_bytes()
    if spoil == "damaged":
        made.certificate.write_bytes(before[:-200])
    elif spoil == "no authority":
        (tmp_path / "authority.pem").unlink()
    again = generated(tmp_path, "192.0.2.7" if spoil == "another host" else "127.0.0.1")
    assert again.certificate.read_bytes() != before
    again.server_context()


def test_an_unusable_file_is_named_with_the_reason(certificate: ServerCertificate, tmp_path: Path) -> None:
    other = generated(tmp_path, "127.0.0.1")
    gone, text = tmp_path / "gone.pem", tmp_path / "text.pem"
    text.write_text("no certificate")
    cases = [
        (gone, None, "gone.pem as the certificate of this port: no such file"),
        (certificate.certificate, gone, "gone.pem as the certificate of this port: no such file"),
        (text, None, "text.pem as the certificate of this port: it does not contain the expected PEM data"),
        (certificate.certificate, other.certificate, "its key belongs to another certificate"),
    ]
    for file, key, why in cases:
        with pytest.raises(UsageError, match=why):
            ServerCertificate(certificate=file, key=key).server_context()
    (tmp_path / "file").write_text("")
    with pytest.raises(InspectorError, match="Use --tls-cert and --tls-key"):
        generated(tmp_path / "file" / "folder", "127.0.0.1")
