"""One sender's connection: its times, and what becomes of it when either side ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import StreamReader, web
from aiohttp.web_protocol import _ErrInfo

from inspector.capture.address import host_and_port
from inspector.capture.body import Cut
from inspector.capture.bounds import Bounds
from inspector.capture.feed import LINGER_SECONDS, Feed
from inspector.capture.refusal import HEAD_NOT_ENDED, Refusal, late_head

if TYPE_CHECKING:
    from inspector.capture.crowd import Crowd
    from inspector.capture.reception import Reception


# WORKAROUND(aiohttp 3.14): it bounds no time but that of an idle connection. The names with an underscore
# that are set neither here nor in Feed are private to its RequestHandler.
class Connection(Feed):
    """A `Feed` with deadlines, which its `Crowd` has it look at now and then."""

    __slots__ = (
        "_body_since",
        "_crowd",
        "_heard",
        "_is_counted",
        "_opened",
        "_reading",
        "_reception",
        "has_ended",
        "remote",
    )

    def __init__(
        self,
        server: web.Server,
        *,
        loop: asyncio.AbstractEventLoop,
        crowd: Crowd,
        reception: Reception,
        bounds: Bounds,
        logger: logging.Logger,
    ) -> None:
        super().__init__(server, loop=loop, bounds=bounds, logger=logger)
        self._crowd = crowd
        self._reception = reception
        self._reading: StreamReader | None = None
        """The body that the handler waits for."""
        self._is_counted = False
        self._body_since = self._heard = self._opened = 0.0
        self.has_ended = False
        """The sender will send no more, and may still read."""
        self.remote = ""
        """The peer's address, `127.0.0.1:51234`."""
        # The sweep closes idle connections: a timer for each would live on in Qt after it was cancelled.
        self._keepalive_timeout = 0
        self._keepalive_handle = _NoTimer()  # type: ignore[assignment]

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve it, unless there are too many already."""
        self._opened = self._loop.time()
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.remote = host_and_port(peer[0], peer[1])
        if not self._crowd.enter(self):
            assert isinstance(transport, asyncio.Transport)
            transport.write(
                b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nContent-Length: 0\r\n"
                b"Connection: close\r\n\r\n" % self._bounds.retry_after_seconds
            )
            self._force_close = True
            transport.close()
            return
        self._is_counted = True
        super().connection_made(transport)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A sender that has sent its last byte may wait for the answer: keep the way back open."""
        self.has_ended = True
        if not self._content.is_eof():
            self._content.set_exception(Cut("The sender ended the connection before the body was complete."))
            return True
        if self.is_idle:
            return False
        if not self._messages:
            self._close = True  # after the request in hand
        return True

    def connection_lost(self, exc: BaseException | None) -> None:
        """Keep the requests that were waiting, and record the head that was not complete."""
        if not self._is_counted:
            return
        self._crowd.leave(self)
        waiting = list(self._messages)
        if self._waiter is not None and self._waiter.done():
            waiting = waiting[1:]  # aiohttp has begun with the first
        for message, content in waiting:
            self._messages.remove((message, content))
            if isinstance(message, _ErrInfo):
                if self.refusal is not None:
                    self._reception.note_refused(self, self.refusal)
            else:
                self._reception.take_unanswered(self, message, content)
        if self._head_since is not None and self.refusal is None and not self._force_close:
            raw = self._raw[: self._bounds.refused_bytes]
            self._reception.note_refused(self, Refusal(status=0, trouble=HEAD_NOT_ENDED, raw=raw))
        super().connection_lost(exc)

    def invite_body(self, request: web.BaseRequest) -> None:
        """Tell a sender that waits for it to send its body (RFC 9110, 10.1.1)."""
        if self.transport is not None and request.version >= (1, 1):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # ---- times, looked at by the listener's sweep

    def begin_body(self, content: StreamReader) -> None:
        """From here on the time of this body runs."""
        self._reading = content
        self._body_since = self._heard = self._loop.time()

    def heard(self) -> None:
        """Something of the body came."""
        self._heard = self._loop.time()

    def end_body(self) -> None:
        """The body is whole or given up."""
        self._reading = None

    def look_at_time(self, now: float) -> None:
        """End whatever takes longer than its bound."""
        bounds = self._bounds
        if self._reading is not None:
            if now - self._heard > bounds.idle_seconds:
                self.cut(f"Nothing more of the body came for {bounds.idle_seconds:g} seconds.")
            elif now - self._body_since > bounds.whole_seconds:
                self.cut(f"The body was not complete after {bounds.whole_seconds:g} seconds.")
        elif not self.is_idle:
            return
        elif self._head_since is not None:
            if now - self._head_since > bounds.head_seconds:
                self._refuse(late_head(self._raw, bounds))
        else:
            limit = bounds.keep_alive_seconds if self.refusal is None else LINGER_SECONDS
            if now - max(self._opened, self._next_keepalive_close_time) > limit:
                self.force_close()

    def cut(self, reason: str) -> None:
        """Give up the rest of the body that is being read."""
        if self._reading is not None:
            self._reading.set_exception(Cut(reason))

    def _make_error_handler(
        self, err_info: _ErrInfo
    ) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        return self._reception.receive_refused


class _NoTimer:
    """Stands where aiohttp keeps its timer, so that it starts none."""

    def cancel(self) -> None:
        """There is none."""
