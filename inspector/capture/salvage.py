"""Find where requests end in raw bytes, and those that came before a fault in them."""

from __future__ import annotations

import asyncio

from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage

from inspector.capture.bounds import Bounds

HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_MOST_HEADS = 64

Parsed = tuple[RawRequestMessage, StreamReader]


def end_of(raw: bytes, begin: int, message: RawRequestMessage, body: StreamReader) -> int:
    """Where the request that begins at `begin` ends; the end of `raw` where it goes on after it."""
    while raw.startswith((b"\r", b"\n"), begin):  # empty lines may come before it (RFC 9112, 2.2)
        begin += 1
    head_end = raw.find(HEAD_END, begin)
    if head_end < 0 or not body.is_eof():
        return len(raw)
    end = head_end + len(HEAD_END)
    if not message.chunked:
        return end + body.total_bytes
    return end_of_chunks(raw, end)


def end_of_chunks(raw: bytes, begin: int) -> int:
    """Where a chunked body ends; exact but for trailers, or a body that looks like its own end."""
    for mark in (_LAST_CHUNK, HEAD_END):
        if (found := raw.find(mark, begin)) >= 0:
            return found + len(mark)
    return begin


def head_size(message: RawRequestMessage) -> int:
    """The bytes of the head, near enough for a bound."""
    return len(message.path or "") + sum(len(name) + len(value) + 4 for name, value in message.raw_headers)


def requests_before_fault(
    protocol: BaseProtocol, loop: asyncio.AbstractEventLoop, raw: bytes, bounds: Bounds
) -> tuple[list[Parsed], int, Exception | None]:
    """The requests in `raw` before its fault, where the last of them ends, and the fault.

    The parser forgets the requests that came in the same bytes as a fault: it is asked again, head by head.
    """
    parser = HttpRequestParser(
        protocol,
        loop,
        bounds.refused_bytes,
        max_line_size=bounds.head_bytes,
        max_field_size=bounds.head_bytes,
        max_headers=bounds.head_fields,
        auto_decompress=False,
    )
    found: list[Parsed] = []
    fault: Exception | None = None
    pieces = raw.split(HEAD_END, _MOST_HEADS)
    try:
        for piece in pieces[:-1]:
            found += parser.feed_data(piece + HEAD_END)[0]
        found += parser.feed_data(pieces[-1])[0]
    except Exception as error:  # whatever hostile bytes can make it raise
        fault = error
    end = 0
    for message, body in found:
        end = end_of(raw, end, message, body)
    return found, end, fault
