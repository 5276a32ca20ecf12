"""What was sent is what is captured, byte for byte."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import COMPLETION, signature
from tests.capture.wire import a_desk, a_request, statuses

METHODS = [
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"PROPFIND",
    b"M-SEARCH",
]
TARGETS = [
    b"/a%2Fb//c/../d?x=1&y=%20z",
    b"/?",
    b"//",
    b"/#part",
    b"/%00%ff?a=b?c",
    b"http://h.example/x?y",
    b'/"<>{}|^',
]


async def test_a_delivery_arrives_as_it_was_sent() -> None:
    lines = (
        b"x-webhook-signature: "
        + signature(COMPLETION)
        + b"\r\nX-Dup: one\r\nx-dup:two  \r\nX-DUP: \t three\t\r\n"
        b"Caf: caf\xe9 \xc3\xa9\r\nEmpty:\r\n"
    )
    async with a_desk() as desk:
        sender = await desk.sender()
        await sender.send(a_request(COMPLETION, target=b"/in?a=1", fields=lines))
        assert await sender.answer() == (200, b"")
        [capture] = desk.taken
        assert (capture.kind, capture.method, capture.target) == ("captured", "POST", b"/in?a=1")
        assert capture.headers == (
            (b"Host", b"here"),
            (b"x-webhook-signature", signature(COMPLETION)),
            (b"X-Dup", b"one"),
            (b"x-dup", b"two"),
            (b"X-DUP", b"three"),
            (b"Caf", b"caf\xe9 \xc3\xa9"),
            (b"Empty", b""),
            (b"Content-Length", b"645"),
        )
        assert (capture.body, capture.declared, capture.answered) == (COMPLETION, 645, 200)
        assert (capture.version, capture.trouble, capture.claimed) == ("1.1", None, None)
        host, port = sender.writer.get_extra_info("sockname")
        assert capture.remote == f"{host}:{port}"


@pytest.mark.parametrize("method", METHODS)
async def test_any_method_is_captured(method: bytes) -> None:
    async with a_desk() as desk:
        received = await desk.exchange(a_request(method=method, fields=b"Connection: close\r\n"))
        assert statuses(received) == [200]
        assert desk.taken[0].method == method.decode()


@pytest.mark.parametrize("target", TARGETS)
async def test_any_target_is_captured_raw(target: bytes) -> None:
    async with a_desk() as desk:
        assert statuses(await desk.exchange(a_request(target=target))) == [200]
        assert desk.taken[0].target == target


@pytest.mark.parametrize(("method", "target"), [(b"CONNECT", b"there:443"), (b"OPTIONS", b"*")])
async def test_what_a_router_would_answer_by_itself_is_captured_too(method: bytes, target: bytes) -> None:
    async with a_desk() as desk:
        assert statuses(await desk.exchange(a_request(method=method, target=target))) == [200]
        assert (desk.taken[0].method, desk.taken[0].target) == (method.decode(), target)


async def test_the_connection_ends_with_a_connect_as_no_tunnel_is_opened() -> None:
    async with a_desk() as desk:
        received = await desk.exchange(
            a_request(method=b"CONNECT", target=b"a:1") + b"\x16\x03\x01", ends=False
        )
        assert b"Connection: close" in received
    assert desk.kinds() == ["captured"]


async def test_a_compressed_body_stays_compressed() -> None:
    body = gzip.compress(COMPLETION)
    async with a_desk() as desk:
        await desk.exchange(a_request(body, fields=b"Content-Encoding: gzip\r\n"))
        assert desk.taken[0].body == body


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_chunked_body_is_put_together(at_once: bool) -> None:
    parts = [
        a_request(fields=b"Transfer-Encoding: chunked\r\n"),
        b"3;ext=1\r\nabc\r\n",
        b"2\r\nde\r\n0\r\n",
        b"\r\n",
    ]
    async with a_desk() as desk:
        sender = await desk.sender()
        for part in [b"".join(parts)] if at_once else parts:
            await sender.send(part)
            await asyncio.sleep(0)
        assert await sender.answer() == (200, b"")
        await sender.send(a_request(b"next"))
        assert await sender.answer() == (200, b"")
        assert [(c.body, c.declared) for c in desk.taken] == [(b"abcde", None), (b"next", 4)]


async def test_fifty_mebibytes_arrive_whole() -> None:
    body = bytes(range(256)) * (50 * 4096)
    async with a_desk() as desk:
        assert statuses(await desk.exchange(a_request(body))) == [200]
        assert desk.taken[0].body == body


async def test_pipelined_requests_are_all_captured_in_order() -> None:
    requests = [a_request(b"body %d" % i, target=b"/%d" % i) for i in range(100)]
    async with a_desk() as desk:
        assert statuses(await desk.exchange(b"".join(requests))) == [200] * 100
        assert [capture.target for capture in desk.taken] == [b"/%d" % i for i in range(100)]
        assert [capture.body for capture in desk.taken] == [b"body %d" % i for i in range(100)]


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
async def test_an_upgrade_is_declined_and_what_follows_it_is_captured_once(
    protocol: bytes, count: int
) -> None:
    upgrade = a_request(b"abc", fields=b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n")
    async with a_desk() as desk:
        received = await desk.exchange((upgrade + a_request(b"next")) * count)
        assert statuses(received) == [200, 200] * count
        assert [capture.body for capture in desk.taken] == [b"abc", b"next"] * count


async def test_a_sender_of_http_1_0_is_kept_if_it_asks() -> None:
    async with a_desk() as desk:
        sender = await desk.sender()
        for _ in range(2):
            await sender.send(a_request(b"x", version=b"HTTP/1.0", fields=b"Connection: keep-alive\r\n"))
            assert await sender.answer() == (200, b"")
        assert [capture.version for capture in desk.taken] == ["1.0", "1.0"]


async def test_curl_that_expects_100_continue_is_told_to_go_on() -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    async with a_desk() as desk:
        process = await asyncio.create_subprocess_exec(
            curl,
            "-sSv",
            "--expect100-timeout",
            "30",
            "-H",
            "Expect: 100-continue",
            "--data-binary",
            "@-",
            "-w",
            "%{http_code}",
            f"http://127.0.0.1:{desk.port}/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate(COMPLETION)
        assert out == b"200"
        assert b"HTTP/1.1 100 Continue" in err
        assert desk.taken[0].body == COMPLETION


async def test_an_unknown_expectation_does_not_keep_a_request_from_being_captured() -> None:
    async with a_desk() as desk:
        assert statuses(await desk.exchange(a_request(b"x", fields=b"Expect: the-unexpected\r\n"))) == [200]
        assert desk.kinds() == ["captured"]


async def test_the_address_a_proxy_claims_is_kept_apart_from_the_real_one() -> None:
    async with a_desk() as desk:
        await desk.exchange(a_request(fields=b"X-Forwarded-For: 203.0.113.9, 10.0.0.1\r\n"))
        assert desk.taken[0].claimed == "203.0.113.9"
        assert desk.taken[0].remote.startswith("127.0.0.1:")


async def test_a_request_is_captured_wherever_it_is_split() -> None:
    for fields, body in (
        (b"Content-Length: 2\r\n", b"ab"),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n0\r\n\r\n"),
    ):
        data = a_request(fields=fields) + body
        async with a_desk() as desk:
            for middle in range(1, len(data)):
                sender = await desk.begun(data[:middle])
                await sender.send(data[middle:])
                assert await sender.answer() == (200, b"")
                assert desk.taken[-1].body == b"ab"


@given(
    body=st.binary(max_size=2000),
    value=st.binary(max_size=60).map(lambda v: bytes(b for b in v if b >= 32 and b != 127).strip()),
    cuts=st.lists(st.integers(0, 2000), max_size=4),
)
async def test_any_body_in_any_pieces_is_captured_exactly(body: bytes, value: bytes, cuts: list[int]) -> None:
    data = a_request(body, fields=b"X-Any: " + value + b"\r\n") * 2
    async with a_desk() as desk:
        sender = await desk.sender()
        edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
        for begin, end in itertools.pairwise(edges):
            await sender.send(data[begin:end])
            await asyncio.sleep(0)
        assert [await sender.answer() for _ in range(2)] == [(200, b"")] * 2
        assert [capture.body for capture in desk.taken] == [body, body]
        assert desk.taken[1].values(b"x-any") == (value,)
