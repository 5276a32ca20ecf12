"""Tests of a public address over real sockets: what is a proof, what is not, and what the way changed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from inspector.capture.probes import REPLY_HEADER
from inspector.client.outcome import ResponseLimits
from inspector.tunnel.health import ProbeResult, probe
from tests.capture.wire import Desk, a_desk
from tests.ports import free_port
from tests.tunnel.gateway import Gateway, a_gateway, status

BRIEF = ResponseLimits(connect_s=0.3, whole_s=5.0)


@asynccontextmanager
async def a_way() -> AsyncIterator[tuple[Desk, Gateway]]:
    async with a_desk() as desk, a_gateway(desk.port) as gateway:
        yield desk, gateway


async def test_a_request_that_comes_back_is_a_proof_with_its_time_and_is_not_stored() -> None:
    async with a_way() as (desk, gateway):
        result = await probe(f"{gateway.url}/in/k3v9", desk.listener.probes)
        assert result.is_proof
        assert result.round_trip_ms is not None
        assert result.round_trip_ms > 0
        assert result.passage is not None
        assert result.passage.text == "changes nothing"
        assert desk.taken == []


async def test_what_a_tunnel_does_to_a_request_is_a_phrase() -> None:
    def changed(request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        lines = [line for line in lines if not line.startswith((b"Accept", b"Host"))]
        lines = [name.lower() + b":" + value for name, _, value in (line.partition(b":") for line in lines)]
        added = [b"cf-ray: 7", b"X-Forwarded-For: 1.2.3.4", b"x-odd!: 1"]
        return b"\r\n".join(
            [first.replace(b"/in", b"/out"), *reversed(lines), b"host: here", *added, b"", body]
        )

    async with a_way() as (desk, gateway):
        gateway.request = changed
        result = await probe(f"{gateway.url}/in", desk.listener.probes)
        assert result.is_proof
        assert result.passage is not None
        assert result.passage.added == ("cf-ray", "X-Forwarded-For", "x-odd!")
        assert result.passage.text == (
            "adds cf-ray, X-Forwarded-For, x-odd!; removes Accept; changes Host; changes the case of header"
            " names; changes the order of headers; changes the path"
        )


async def test_a_flood_of_added_headers_is_a_bounded_phrase() -> None:
    async with a_way() as (desk, gateway):
        more = b"".join(b"\r\nx-%d-%s: 1" % (number, b"y" * 200) for number in range(60))
        gateway.request = lambda request: request.replace(b"\r\nAccept", more + b"\r\nAccept", 1)
        result = await probe(gateway.url, desk.listener.probes)
        assert result.passage is not None
        assert result.passage.text.endswith(" and 44 more")
        assert len(result.passage.text) < 800


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (status(204), "responded with 204, but it is not this listener."),
        (status(204, REPLY_HEADER + b": 00112233445566778899aabbccddeeff"), "it is not this listener."),
        (status(200), "responded with 200, but it is not this listener."),
        (status(404), "responded with 404, but it is not this listener."),
        (status(530), "responded with 530: it does not reach this listener."),
        (status(301, b"Location: https://example.com/"), "redirects to another address (status 301)."),
        (b"SSH-2.0-OpenSSH\r\n", "is not HTTP"),
        (b"", "closed the connection"),
    ],
)
async def test_a_response_of_another_program_is_not_a_proof(answers: bytes, says: str) -> None:
    async with a_way() as (desk, gateway):
        gateway.answers = answers
        result = await probe(gateway.url, desk.listener.probes)
        assert says in (result.problem or "")
        assert not result.is_proof
        assert (result.round_trip_ms, result.passage) == (None, None)


async def test_a_reply_that_is_lost_on_its_way_back_is_not_a_proof() -> None:
    async with a_way() as (desk, gateway):
        gateway.response = lambda response: response.replace(b"204", b"200")
        changed = await probe(gateway.url, desk.listener.probes)
        gateway.response = lambda response: response.replace(REPLY_HEADER, b"X-Other")
        lost = await probe(gateway.url, desk.listener.probes)
        assert "A test request arrived, but" in (changed.problem or "")
        assert "returned another response (204)" in (lost.problem or "")


async def test_a_tunnel_to_another_port_or_without_its_program_is_not_a_proof() -> None:
    async with a_way() as (desk, gateway), a_desk() as other:
        gateway.port = other.port
        assert "it is not this listener" in ((await probe(gateway.url, desk.listener.probes)).problem or "")
        gateway.port = 0
        assert "502: it does not reach this listener" in (
            (await probe(gateway.url, desk.listener.probes)).problem or ""
        )
        closed = f"http://127.0.0.1:{free_port()}"
        assert "Nothing listens at" in ((await probe(closed, desk.listener.probes)).problem or "")


async def test_a_tunnel_that_never_responds_is_given_up() -> None:
    async with a_way() as (desk, gateway):
        gateway.is_frozen = True
        result: ProbeResult = await probe(gateway.url, desk.listener.probes, ResponseLimits(whole_s=0.2))
        assert result.problem == f"No response from {gateway.url.removeprefix('http://')} within 0.2 s."


async def test_the_certificate_of_an_https_address_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    async with a_desk() as desk, a_gateway(desk.port, context) as gateway:
        unknown = await probe(gateway.url, desk.listener.probes)
        assert "is not trusted" in (unknown.problem or "")
        assert gateway.tests == 0
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert (await probe(gateway.url, desk.listener.probes)).is_proof
        other_name = await probe(gateway.url.replace("localhost", "127.0.0.1"), desk.listener.probes)
        assert "is not trusted" in (other_name.problem or "")


class CorporateProxy:
    """An HTTP proxy that reaches one gateway, whatever host is asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = b"200"
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 %b x\r\nVia: 1.1 corporate\r\n\r\n" % self.status)
        if self.status == b"200":
            there, to = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(_copied(reader, to), _copied(there, writer), return_exceptions=True)
            to.close()
        writer.close()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_where_only_a_proxy_leads_out_the_test_goes_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("quiet-river.test").configure_cert(context)
    async with a_desk() as desk, a_gateway(desk.port, context) as gateway:
        proxy = CorporateProxy(int(gateway.url.rpartition(":")[2]))
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@{place}")
        result = await probe("https://quiet-river.test/in/k3v9", desk.listener.probes)
        assert (result.problem, gateway.tests) == (None, 1)
        assert proxy.heads == [
            b"CONNECT quiet-river.test:443 HTTP/1.1\r\nHost: quiet-river.test:443\r\n"
            b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n"
        ]
        proxy.status = b"403"
        refused = await probe("https://192.0.2.1", desk.listener.probes)
        assert (refused.problem or "").endswith(
            f"The proxy {place} of this environment does not connect to 192.0.2.1 (status 403)."
        )
        assert not refused.is_sent
        monkeypatch.setenv("NO_PROXY", "192.0.2.1")
        assert "proxy" not in (
            (await probe("https://192.0.2.1", desk.listener.probes, BRIEF)).problem or "proxy"
        )
        local = await probe(gateway.url, desk.listener.probes)  # a proxy does not lead back to this machine
        assert "is not trusted" in (local.problem or "")
        assert len(proxy.heads) == 2
        server.close()
        await server.wait_closed()
        monkeypatch.delenv("NO_PROXY")
        gone = await probe("https://192.0.2.1", desk.listener.probes)
        assert (gone.problem or "").endswith(f"Cannot reach the proxy {place} of this environment.")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://u:p@h", "https://a b", "ftp://x", "https://"]
)
async def test_an_address_that_is_none_is_a_sentence(url: str) -> None:
    async with a_desk() as desk:
        assert "target" not in ((await probe(url, desk.listener.probes)).problem or "target")
