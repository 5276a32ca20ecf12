"""A parser for the head of a request, using aiohttp. No other module of the listener knows aiohttp.

Only public names are used: the parser (in C), its errors, and the protocol that it requires. The parser gets
only heads, and never sees a body. `body` decides where a body ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from aiohttp import hdrs
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import BadHttpMethod, InvalidURLError, LineTooLong
from aiohttp.http_parser import HttpRequestParser, RawRequestMessage
from aiohttp.http_writer import HttpVersion11

from inspector.capture.limits import Limits
from inspector.domain.capture.capture import HeaderPairs

HEAD_END = b"\r\n\r\n"
_NO_BODY = bytes(4096)
"""Stands for a body that the parser does not get. Most are shorter."""

FaultKind: TypeAlias = Literal["method", "target", "too long", "too many fields", "other"]


class RequestHead(NamedTuple):
    """The request line and the fields of a request, as they were sent.

    It is not a dataclass, because one is made for each request, and this takes a third of the time.
    """

    method: str
    target: bytes
    version: str
    headers: HeaderPairs
    fields: Mapping[str, str]
    """The first value of each field. Names are case-insensitive."""
    declared: int | None
    """The Content-Length."""
    is_chunked: bool
    is_last: bool
    """Whether the connection ends after this request."""

    @property
    def expects_continue(self) -> bool:
        """Whether the sender waits for 100 Continue before it sends the body (RFC 9110, 10.1.1)."""
        return self.version == "1.1" and self.fields.get(hdrs.EXPECT, "").lower() == "100-continue"


class HeadFault(Exception):
    """An error for bytes that are not the head of a request."""

    def __init__(self, kind: FaultKind, said: str) -> None:
        super().__init__(said)
        self.kind = kind
        self.said = said
        """The parser's message. It quotes the request only after its first colon and empty line."""


class HeadParser:
    """Parses the heads of one connection, one after another. Each may arrive in any number of pieces."""

    __slots__ = ("_last", "_limits", "_parser")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._last = b""
        self._parser: HttpRequestParser | None = None

    def feed(self, data: bytes) -> RequestHead | None:
        """Return the head once it is complete, or None. Raises HeadFault as soon as it is invalid.

        `data` must not go beyond the end of the head. The next call begins another head.
        """
        parser = self._parser or self._new_parser()
        self._parser = None
        try:
            messages = parser.feed_data(data)[0]
        except Exception as error:  # hostile bytes can make the parser raise any exception
            raise _fault(error) from error
        last = (self._last + data)[-len(HEAD_END) :] if self._last else data[-len(HEAD_END) :]
        if not messages:
            self._last, self._parser = last, parser
            return None
        self._last = b""
        if last != HEAD_END:
            raise HeadFault("other", "")
        message = messages[0][0]
        head = _head(message)
        if not (head.is_chunked or head.is_last or message.upgrade) and (head.declared or 0) <= len(_NO_BODY):
            # The parser expects the body next. It gets another one of this length, because a new parser per
            # head takes 2 µs more.
            if head.declared:
                parser.feed_data(_NO_BODY[: head.declared])
            self._parser = parser
        return head

    def _new_parser(self) -> HttpRequestParser:
        loop, limits = asyncio.get_running_loop(), self._limits
        return HttpRequestParser(
            BaseProtocol(loop),
            loop,
            limits.refused_bytes,
            max_line_size=limits.head_bytes,
            max_field_size=limits.head_bytes,
            max_headers=limits.head_fields,
            auto_decompress=False,
        )


def _head(message: RawRequestMessage) -> RequestHead:
    length = message.headers.get(hdrs.CONTENT_LENGTH)
    version = message.version
    return RequestHead(
        method=message.method,
        target=(message.path or "").encode("utf-8", "surrogateescape"),
        version="1.1" if version is HttpVersion11 else f"{version.major}.{version.minor}",
        headers=message.raw_headers,
        fields=message.headers,
        declared=int(length) if length else None,
        is_chunked=bool(message.chunked),
        is_last=message.should_close,
    )


def _fault(error: Exception) -> HeadFault:
    said = str(getattr(error, "message", error)).removeprefix("Bad status line:\n  ")
    kind: FaultKind = "other"
    if isinstance(error, LineTooLong):
        kind = "too long"
    elif said.startswith("Too many headers"):
        kind = "too many fields"
    elif isinstance(error, InvalidURLError):
        kind = "target"
    elif isinstance(error, BadHttpMethod):
        kind = "method"
    return HeadFault(kind, said)
