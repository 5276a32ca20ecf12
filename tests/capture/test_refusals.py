"""What cannot become a capture is recorded with its reason and its raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from inspector.base.errors import BusyError
from inspector.capture.request_handler import AfterCommit
from inspector.domain.capture.capture import Capture
from tests.capture.wire import a_desk, a_request, statuses

HOST = b"Host: here\r\n"
CASES = [
    ("lower-case method", b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "Its method is unknown"),
    ("unknown method", b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "Its method is unknown"),
    (
        "non-ASCII target",
        "GET /é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
        400,
        "Its target is not a valid path",
    ),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", 400, "It has no Host header"),
    ("two Hosts", b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n", 400, "It has more than one Host header"),
    (
        "two lengths",
        a_request(fields=b"Content-Length: 1\r\nContent-Length: 1\r\n"),
        400,
        "more than one Content-Le",
    ),
    (
        "both framings",
        a_request(b"a", fields=b"Transfer-Encoding: chunked\r\n"),
        400,
        "both Content-Length and Tr",
    ),
    (
        "other framing",
        a_request(fields=b"Transfer-Encoding: gzip\r\n"),
        400,
        "Its Transfer-Encoding is not chunked",
    ),
    ("folded field", a_request(fields=b"A: b\r\n c\r\n"), 400, "A header is folded"),
    ("bare LF", b"GET / HTTP/1.1\nHost: here\n\n", 400, "Its lines end in a bare line feed"),
    ("a bare LF", a_request(fields=b"A: b\nC: d\r\n"), 400, "A line ends in a bare line feed"),
    ("space in a name", a_request(fields=b"A b: c\r\n"), 400, "A header name contains"),
    ("NUL in a value", a_request(fields=b"A: \x00\r\n"), 400, "A header value contains"),
    (
        "length no number",
        a_request(fields=b"Content-Length: ten\r\n"),
        400,
        "Its Content-Length is not a number",
    ),
    (
        "length beyond all",
        a_request(fields=b"Content-Length: 99999999999999999999\r\n"),
        400,
        "is too large",
    ),
    ("version", b"GET / HTTP/7.7\r\n" + HOST + b"\r\n", 400, "has an unknown HTTP version"),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "It is HTTP/2 without an upgrade"),
    ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "It is the start of a TLS"),
    ("no HTTP", b"\x00\x01\x02 hello", 400, "It does not start with an HTTP request line"),
    (
        "old websocket",
        a_request(fields=b"Sec-WebSocket-Key1: a\r\n"),
        400,
        "It has an invalid header",
    ),
]


@pytest.mark.parametrize(
    ("data", "status", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
async def test_what_is_no_request_is_recorded_with_its_reason(data: bytes, status: int, reason: str) -> None:
    async with a_desk() as desk:
        received = await desk.exchange(data, ends=False)
        [refused] = desk.taken
        assert refused.kind == "refused"
        assert reason in (refused.trouble or "")
        assert refused.body == data
        assert statuses(received) == [status] == [refused.answered]


async def test_the_reason_never_repeats_what_was_sent() -> None:
    async with a_desk() as desk:
        received = await desk.exchange(
            b"GET / HTTP/1.1\r\nHost: here\r\nmarker\x01here: marker\r\n\r\n", ends=False
        )
        assert b"marker" not in received
        assert "marker" not in (desk.taken[0].trouble or "")


async def test_no_answer_names_the_server() -> None:
    async with a_desk() as desk:
        for data in (a_request(b"x", fields=b"Origin: http://a\r\n"), b"nonsense\r\n\r\n"):
            received = (await desk.exchange(data)).lower()
            assert b"server:" not in received
            assert b"aiohttp" not in received
            assert b"access-control" not in received


async def test_method_and_target_are_told_as_far_as_they_can_be_read() -> None:
    async with a_desk() as desk:
        await desk.exchange(b"GET /path?x=1 HTTP/1.1\r\n\r\n", ends=False)
        await desk.exchange(b"\x16\x03\x01", ends=False)
        assert [(c.method, c.target) for c in desk.taken] == [("GET", b"/path?x=1"), ("", b"")]


async def test_a_body_longer_than_announced_is_a_capture_and_a_refused_rest() -> None:
    """The classic fault: characters counted where bytes were meant."""
    body = "ééé".encode()
    data = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n" + body
    async with a_desk() as desk:
        received = await desk.exchange(data, ends=False)
        assert statuses(received) == [200, 400]
        assert [(c.kind, c.body) for c in desk.taken] == [("captured", body[:3]), ("refused", body[3:])]


async def test_what_follows_the_last_request_of_a_connection_is_recorded_and_not_answered() -> None:
    async with a_desk() as desk:
        last = a_request(b"last", fields=b"Connection: close\r\n")
        assert statuses(await desk.exchange(last + b"more", ends=False)) == [200]
        refused = (await desk.first(2))[1]
        assert (refused.kind, refused.body, refused.answered) == ("refused", b"more", None)
        assert refused.trouble == "More bytes followed the end of the last request on the connection."


async def test_good_requests_before_a_bad_one_are_captured_whatever_the_segments() -> None:
    for split in (False, True):
        async with a_desk() as desk:
            sender = await desk.sender()
            good = a_request(b"one") + a_request(b"two", fields=b"Connection: keep-alive\r\n")
            for part in (good, b"bad\r\n\r\n") if split else (good + b"bad\r\n\r\n",):
                await sender.send(part)
                await asyncio.sleep(0)
            assert statuses(await sender.all()) == [200, 200, 400]
            assert [c.body for c in desk.taken] == [b"one", b"two", b"bad\r\n\r\n"]


async def test_the_raw_bytes_begin_with_the_refused_request_on_a_kept_connection() -> None:
    async with a_desk() as desk:
        sender = await desk.sender()
        await sender.send(a_request(b"first body"))
        await sender.answer()
        await sender.send(a_request(b"second") + b"GET / HT")
        await sender.answer()
        await sender.send(b"TP/1.1\r\n\r\n")
        assert (await sender.answer())[0] == 400
        assert desk.taken[-1].body == b"GET / HTTP/1.1\r\n\r\n"
        await sender.all()


async def test_a_head_that_is_broken_off_is_recorded() -> None:
    async with a_desk() as desk:
        sender = await desk.sender()
        await sender.send(b"POST / HTTP/1.1\r\nHos")
        sender.end()
        [refused] = await desk.first()
        assert (refused.kind, refused.answered) == ("refused", None)
        assert refused.body == b"POST / HTTP/1.1\r\nHos"
        assert "before the head" in (refused.trouble or "")
        await sender.all()


async def test_a_connection_without_a_byte_leaves_nothing() -> None:
    async with a_desk() as desk:
        assert await desk.exchange(b"") == b""
        assert await desk.exchange(b"\r\n") == b""
        assert desk.taken == []


async def test_only_so_many_refused_requests_are_stored_in_a_second() -> None:
    async with a_desk(refused_per_second=3) as desk:
        for _ in range(30):
            assert statuses(await desk.exchange(b"bad\r\n\r\n", ends=False)) == [400]
        stored = len(desk.taken)
        assert 3 <= stored <= 12  # a slow machine may see a few seconds begin
        assert desk.listener.handler.refused_not_stored == 30 - stored


def after_a_round(
    error_of: Callable[[Capture], Exception | None], capture: Capture, stored: AfterCommit
) -> bool:
    """Take a request without a task, and say in the next round of the loop how that ended."""
    asyncio.get_running_loop().call_soon(stored, error_of(capture))
    return True


@pytest.mark.parametrize("is_direct", [True, False])
async def test_a_busy_store_sends_the_sender_away_for_a_while(is_direct: bool) -> None:
    full = BusyError("The disk is full.")

    async def take(capture: Capture) -> None:
        raise full

    async with a_desk(take, partial(after_a_round, lambda _: full) if is_direct else None) as desk:
        received = await desk.exchange(a_request(b"x") + a_request(b"y"))
        assert statuses(received) == [503, 503]
        assert b"Retry-After: 5" in received
        assert b"disk" not in received
        await desk.exchange(a_request(b"z" * 100))
        assert desk.listener.handler.in_flight.bytes == 0


@pytest.mark.parametrize("is_direct", [True, False])
async def test_a_bug_behind_the_listener_is_logged_and_it_goes_on(
    caplog: pytest.LogCaptureFixture, is_direct: bool
) -> None:
    def bug(capture: Capture) -> Exception | None:
        return KeyError("a bug") if capture.body == b"bad" else None

    async def take(capture: Capture) -> None:
        if (error := bug(capture)) is not None:
            raise error

    async with a_desk(take, partial(after_a_round, bug) if is_direct else None) as desk:
        assert statuses(await desk.exchange(a_request(b"bad"))) == [500]
        assert statuses(await desk.exchange(a_request(b"good"))) == [200]
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage() == "handling a request failed"
    assert record.exc_info is not None
    caplog.clear()
