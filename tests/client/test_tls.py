"""HTTPS targets with a private authority and a client certificate, on real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.client.connect import tls_context
from inspector.client.target import Target, Tls
from tests.client.certificates import Authority
from tests.client.receivers import OK, a_request, answers, receiving, send


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_private_authority_is_trusted_where_it_is_named_and_nowhere_else(
    authority: Authority, host: str
) -> None:
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived), tls=authority.server_context(), host=host) as receiver:
        plain = receiver.target
        outcome = await send(a_request(plain), plain)
        assert (outcome.outcome, arrived) == ("tls", [])
        trusting = replace(plain, tls=Tls(authority=authority.own.certificate))
        assert (await send(a_request(trusting), trusting)).outcome == "ok"
    assert len(arrived) == 1


async def test_a_client_certificate_is_shown_to_a_server_that_wants_one(authority: Authority) -> None:
    client = authority.sign("client")
    seen: list[object] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("peercert")["subject"])
        await answers(OK)(reader, writer)

    async with receiving(talk, tls=authority.server_context(wants_client=True)) as receiver:
        nobody = replace(receiver.target, tls=Tls(authority=authority.own.certificate))
        # Where TLS 1.3 closes before its alert is read, the alert may be lost.
        assert (await send(a_request(nobody), nobody)).outcome in ("tls", "reset")
        tls = Tls(authority=authority.own.certificate, certificate=client.certificate, key=client.key)
        known = replace(receiver.target, tls=tls)
        assert (await send(a_request(known), known)).outcome == "ok"
    assert seen == [((("commonName", "client"),),)]


async def test_the_key_may_stand_in_the_file_of_the_certificate(authority: Authority, tmp_path: Path) -> None:
    client = authority.sign("both")
    both = tmp_path / "both.pem"
    both.write_bytes(client.key.read_bytes() + client.certificate.read_bytes())
    async with receiving(answers(OK), tls=authority.server_context(wants_client=True)) as receiver:
        target = replace(receiver.target, tls=Tls(authority=authority.own.certificate, certificate=both))
        assert (await send(a_request(target), target)).outcome == "ok"


async def test_what_breaks_off_ends_below_tls_and_is_no_fault_of_the_receivers(authority: Authority) -> None:
    """As a broken line does: without the word that ends TLS, after which nothing could be answered."""
    seen: list[str] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with authority.server_context().wrap_socket(
            connection, server_side=True, suppress_ragged_eofs=False
        ) as tls:
            try:
                while data := tls.recv(1_000_000):
                    seen.append(f"{len(data)} bytes")
                seen.append("the end")
            except ssl.SSLEOFError:
                seen.append("broken off")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(asyncio.to_thread(serve, listener))
        plain = Target.parse(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        target = replace(plain, tls=Tls(authority=authority.own.certificate))
        request = replace(a_request(target, body=b"x" * 1000), body=b"x" * 500, is_cut_short=True)
        outcome = await send(request, target)
        await serving
    assert seen[-1] == "broken off"
    assert outcome.outcome == "reset"


async def test_files_that_cannot_be_used_are_told_in_words(authority: Authority, tmp_path: Path) -> None:
    client, other = authority.sign("one"), authority.sign("two")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    locked = authority.locked(client)
    gone = tmp_path / "gone.pem"
    for tls, says in (
        (Tls(authority=gone), "gone.pem as the certificate of an authority: no such file"),
        (Tls(authority=empty), "Cannot use .*empty.pem .* expected PEM data"),
        (Tls(certificate=gone), "gone.pem as a client certificate: no such file"),
        (Tls(certificate=client.certificate), "Cannot use .*one.pem .* expected PEM data"),
        (Tls(certificate=client.certificate, key=other.key), "its key belongs to another certificate"),
        (Tls(certificate=client.certificate, key=locked), "locked.key has a password"),
    ):
        with pytest.raises(UsageError, match=says):
            await tls_context(replace(Target.parse("https://example.com"), tls=tls))


async def test_without_files_the_systems_authorities_are_asked() -> None:
    context = await tls_context(Target.parse("https://example.com"))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
