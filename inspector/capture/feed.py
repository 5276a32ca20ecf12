"""A connection's bytes on their way to aiohttp's parser: where a request begins, and what is none."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import StreamReader, web
from aiohttp.http import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import ERROR, RequestHandler, _ErrInfo

from inspector.capture.body import Cut
from inspector.capture.bounds import Bounds
from inspector.capture.refusal import Refusal, parser_words, refusal, too_long_head
from inspector.capture.salvage import HEAD_END, end_of, end_of_chunks, head_size, requests_before_fault

LINGER_SECONDS = 2.0
"""How long the rest of what was refused is taken and dropped, so that its sender reads the answer."""


# WORKAROUND(aiohttp 3.14): what never becomes a request is seen in the protocol alone. The names with an
# underscore that are not set in __init__ here are private to aiohttp's RequestHandler.
class Feed(RequestHandler):
    """A protocol that knows the raw bytes of the request that is arriving.

    What is no request is queued as one, so that it is answered in its turn, with `refusal` set.
    """

    __slots__ = ("_bounds", "_content", "_head_since", "_message", "_raw", "refusal")

    def __init__(
        self, server: web.Server, *, loop: asyncio.AbstractEventLoop, bounds: Bounds, logger: logging.Logger
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            logger=logger,
            access_log=None,  # type: ignore[arg-type] # documented, and not typed so
            max_line_size=bounds.head_bytes,
            max_field_size=bounds.head_bytes,
            max_headers=bounds.head_fields,
            auto_decompress=False,
            lingering_time=LINGER_SECONDS,
        )
        self._bounds = bounds
        self._raw = b""
        """From the first byte of the request that is arriving; no more than can be of use."""
        self._head_since: float | None = None
        """When the first byte of an unfinished head came."""
        self._message: RawRequestMessage = ERROR
        self._content: StreamReader = EMPTY_PAYLOAD
        """The last request that was parsed, and its body."""
        self.refusal: Refusal | None = None
        """Set once something arrived that is no request; nothing after it is read."""

    @property
    def is_idle(self) -> bool:
        """It waits for a request."""
        return self._waiter is not None and not self._waiter.done()

    @property
    def raw(self) -> bytes:
        """The first bytes of the last request, as many as are kept of a refused one."""
        return self._raw[: self._bounds.refused_bytes]

    @property
    def has_more(self) -> bool:
        """Further requests have arrived."""
        return bool(self._messages)

    def data_received(self, data: bytes) -> None:
        """Parse `data`; what is no request is refused, and what came before it is kept."""
        if self.refusal is not None or self._force_close or self._close:
            return
        was_between = self._content.is_eof()
        if self._upgraded or (not data and was_between and self._head_since is None):
            super().data_received(data)
            return
        fed = self._content.total_bytes
        if was_between:
            self._raw = raw = self._raw + data if self._head_since is not None else bytes(data)
        else:
            raw = bytes(data)
            if len(self._raw) < self._bounds.refused_bytes:
                self._raw += raw
        count = self._request_count
        try:
            super().data_received(data)
        except Exception as error:  # whatever hostile bytes can make the parser raise
            self._queue_error(error)
        body_end = 0 if was_between else self._body_end(raw, fed)
        if self._request_count == count:
            self._go_on(raw, body_end, is_head=was_between, is_more=bool(data))
        elif isinstance(self._messages[-1][0], _ErrInfo):
            self._messages.pop()
            self._fail(raw[body_end:])
        else:
            self._start_anew(raw, body_end, self._request_count - count)

    # ---- where a request begins and ends

    def _go_on(self, raw: bytes, body_end: int, *, is_head: bool, is_more: bool) -> None:
        """No request began in what came: it belongs to a head or a body."""
        if is_head:
            if self._head_since is None and raw.strip(b"\r\n"):
                self._head_since = self._loop.time()
            # Without more, it is what the parser held back, and may be many requests.
            if is_more and len(raw) > self._bounds.head_bytes:
                self._refuse(too_long_head(raw, self._bounds))
        else:
            self._keep_rest(raw, body_end)

    def _start_anew(self, raw: bytes, body_end: int, count: int) -> None:
        """`count` requests began in `raw`: find where the last one did, and what follows it."""
        begin = end = body_end
        for index in range(-count, 0):
            message, content = self._messages[index]
            assert isinstance(message, RawRequestMessage)
            begin, end = end, end_of(raw, end, message, content)
            if end - begin > self._bounds.head_bytes and head_size(message) > self._bounds.head_bytes:
                for _ in range(index, 0):
                    self._messages.pop()
                self._refuse(too_long_head(raw[begin:], self._bounds))
                return
            self._message, self._content = message, content
        self._head_since = None
        self._raw = raw[begin:]
        if self._message.upgrade:
            self._decline_upgrade(raw[end:])
        else:
            self._keep_rest(raw, end)

    def _keep_rest(self, raw: bytes, end: int) -> None:
        """What follows a request that ends at `end` of `raw` is the beginning of the next."""
        if not self._content.is_eof() or end >= len(raw):
            return
        if self._message.chunked and raw.endswith(HEAD_END):
            return
        self._raw = rest = raw[end:]
        if rest.strip(b"\r\n"):
            self._head_since = self._loop.time()

    def _body_end(self, raw: bytes, fed: int) -> int:
        """Where the body that was arriving ends in `raw`; `fed` is what of it had come before."""
        if not self._content.is_eof():
            return len(raw)
        if not self._message.chunked:
            return self._content.total_bytes - fed
        return end_of_chunks(raw, 0)

    def _decline_upgrade(self, rest: bytes) -> None:
        """Go on in HTTP/1.1, as a server may that knows no other protocol (RFC 9110, 7.8)."""
        if self._message.method == "CONNECT":
            return  # what follows is for another host, and the connection ends with the answer
        if self._upgraded:  # aiohttp would keep the rest until the answer, out of our sight
            assert self._parser is not None
            self._parser.set_upgraded(False)
            self._upgraded = False
            self._message_tail = b""
        if rest:
            self.data_received(rest)

    # ---- what is no request

    def _queue_error(self, error: Exception) -> None:
        self._request_count += 1
        self._messages.append((_ErrInfo(status=400, exc=error, message=""), EMPTY_PAYLOAD))

    def _fail(self, raw: bytes) -> None:
        """The parser gave up within `raw`: keep the requests before the fault, and refuse the rest.

        A sender that announces fewer bytes than it sends is served its request, and told of the rest.
        """
        fault: Exception | None = None
        if self._content.is_eof():
            found, end, fault = requests_before_fault(self, self._loop, raw, self._bounds)
            for message, content in found:
                self._messages.append((message, content))
                self._message, self._content = message, content
            if self._content.is_eof():
                self._refuse(refusal(fault or ValueError(), raw[end:], self._bounds))
                return
        words = parser_words(fault) if fault else ""
        reason = f" ({words[0].lower()}{words[1:]})" if words else ""
        self._content.set_exception(Cut(f"The body is not framed as announced{reason}: no more was read."))
        self.refusal = Refusal(status=0, trouble="", raw=b"")
        self._wake()

    def _refuse(self, refused: Refusal) -> None:
        self.refusal = refused
        self._head_since = None
        self._queue_error(ValueError())
        self._wake()

    def _wake(self) -> None:
        if self._messages and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
