"""Whatever arrives, the listener goes on, keeps still, and answers the next sender."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.capture.limits import KIB
from tests.capture.wire import a_desk, a_request

# Pieces of requests in any order reach further than random bytes do.
PIECES = st.sampled_from(
    [
        b"GET ",
        b"POST ",
        b"CONNECT ",
        b"OPTIONS ",
        b"PRI ",
        b"/",
        b"*",
        b"http://[::1",
        b"a:1",
        b" HTTP/1.1",
        b" HTTP/1.0",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"Host: a\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: 99999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"5\r\nabcde\r\n",
        b"0\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"X: \x00\r\n",
        b"abcde",
        b"Expect: 100-continue\r\n",
        b"Upgrade: websocket\r\nConnection: upgrade\r\n",
        b"Upgrade: h2c\r\n",
        b" folded\r\n",
        b"Connection: close\r\n",
        b"Connection: keep-alive\r\n",
        b'Forwarded: for="[::1]"\r\n',
        b"\xff\xfe",
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=14), st.booleans(), st.booleans())
async def test_no_bytes_at_all_harm_it(pieces: list[bytes], in_segments: bool, is_reset: bool) -> None:
    async with a_desk(
        head_seconds=0.04, idle_seconds=0.04, keep_alive_seconds=0.04, in_flight_bytes=64 * KIB
    ) as desk:
        sender = await desk.sender()
        for piece in pieces if in_segments else [b"".join(pieces)]:
            await sender.send(piece)
            await asyncio.sleep(0)
        if is_reset:
            sender.drop()
        else:
            sender.end()
            await sender.all()
        desk.taken.clear()
        await desk.comes_to(a_request(b"still here"), [200])
        assert desk.taken[-1].body == b"still here"
        await desk.restart()
        await desk.holds_nothing(64 * KIB)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([a_request(b"abc"), a_request(), a_request(b"x" * 700)]), max_size=60),
    st.binary(max_size=9),
)
async def test_good_requests_are_captured_whatever_follows_them(good: list[bytes], rest: bytes) -> None:
    async with a_desk() as desk:
        await desk.exchange(b"".join(good) + rest)
        captured = [capture for capture in desk.taken if capture.kind == "captured"]
        assert len(captured) == len(good)
        assert all(request.endswith(capture.body) for request, capture in zip(good, captured, strict=True))
