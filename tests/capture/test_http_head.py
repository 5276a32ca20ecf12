"""What the listener relies on in aiohttp's parser: if a release changes it, this says what."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.http_head import HeadFault, HeadParser, RequestHead
from inspector.capture.limits import Limits

LINES = b"POST /a%2F?x=1 HTTP/1.1\r\nHost: here\r\nX-Dup: one\r\nx-dup:  caf\xe9 \r\n"


def read(data: bytes, **limits: int) -> RequestHead | None:
    return HeadParser(Limits(**limits)).feed(data)


def fault(data: bytes, **limits: int) -> HeadFault:
    with pytest.raises(HeadFault) as raised:
        read(data, **limits)
    return raised.value


async def test_the_target_and_the_fields_are_as_they_were_sent() -> None:
    head = read(LINES + b"Content-Length: 5\r\n\r\n")
    assert head is not None
    assert (head.method, head.target, head.version) == ("POST", b"/a%2F?x=1", "1.1")
    assert head.headers == (
        (b"Host", b"here"),
        (b"X-Dup", b"one"),
        (b"x-dup", b"caf\xe9"),
        (b"Content-Length", b"5"),
    )
    assert head.fields["X-DUP"] == "one"
    assert (head.declared, head.is_chunked, head.is_last) == (5, False, False)


async def test_a_head_is_complete_with_its_last_byte_and_not_before() -> None:
    data = LINES + b"Transfer-Encoding: chunked\r\n\r\n"
    for middle in range(1, len(data)):
        parser = HeadParser(Limits())
        assert parser.feed(data[:middle]) is None
        head = parser.feed(data[middle:])
        assert head is not None
        assert head.is_chunked
    parser = HeadParser(Limits())
    heads = [parser.feed(bytes([byte])) for byte in data]
    assert [head is not None for head in heads] == [False] * (len(data) - 1) + [True]


@pytest.mark.parametrize(
    ("lines", "is_last"),
    [
        (b"GET / HTTP/1.0\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", False),
    ],
)
async def test_whether_the_connection_ends_is_known_from_the_head(lines: bytes, is_last: bool) -> None:
    head = read(lines + b"\r\n")
    assert head is not None
    assert head.is_last == is_last


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"get / HTTP/1.1\r\n", "method", ""),
        (b"\x16\x03\x01", "method", ""),
        ("GET /é HTTP/1.1\r\n".encode(), "target", ""),
        (b"GET / HTTP/1.1\r\n\r\n", "other", "Missing 'Host'"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "other", "Duplicate 'Host'"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nmarker\x01: b\r\n", "other", "Invalid header token:\n\n"),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 300, "too long", ""),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20 + b"\r\n", "too many fields", ""),
    ],
)
async def test_a_fault_is_found_as_early_as_it_can_be_and_has_its_kind(
    data: bytes, kind: str, said: str
) -> None:
    found = fault(data, head_bytes=200, head_fields=10)
    assert found.kind == kind
    assert found.said.startswith(said)


HOST = b"Host: here\r\n"
HEADS = [
    LINES + b"Content-Length: 9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /0 HTTP/1.1\r\nContent-Length: 0\r\n" + HOST + b"\r\n",
    b"POST /most HTTP/1.1\r\nContent-Length: 4096\r\n" + HOST + b"\r\n",
    b"POST /more HTTP/1.1\r\nContent-Length: 4097\r\n" + HOST + b"\r\n",
    b"POST /huge HTTP/1.1\r\nContent-Length: 99999999999999\r\n" + HOST + b"\r\n",
    b"POST /chunked HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + b"\r\n",
    b"POST /packed HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n" + HOST + b"\r\n",
    b"POST /waits HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 7\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET /last HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n",
    b"HEAD / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\n",
    b"POST /up HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n"
    + HOST
    + b"\r\n",
]


@given(st.lists(st.tuples(st.sampled_from(HEADS), st.booleans()), min_size=2, max_size=8))
def test_a_parser_reads_each_head_of_a_connection_as_a_new_one_would(sent: list[tuple[bytes, bool]]) -> None:
    async def compare() -> None:
        parser = HeadParser(Limits())
        for data, is_split in sent:
            expected = read(data)
            assert expected is not None
            if is_split:
                assert parser.feed(data[:-3]) is None
                data = data[-3:]
            assert parser.feed(data) == expected

    asyncio.run(compare())
