"""One connection to a target, for one request after another.

It does not use asyncio's StreamReader, which drops the data it has read once a write fails. The response of a
server that sends 413 and closes before it has read the body would then be lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import ssl
import time
from collections.abc import Callable

from inspector.base.quantity import host_and_port
from inspector.base.visible import visible
from inspector.client.outcome import ResponseLimits
from inspector.client.response import ResponseReader, TargetResponse
from inspector.client.wire import WireRequest

_SLICE = 128 * 1024
_SLICES_A_TURN = 8
"""After 1 MiB, the loop runs other work, however fast the target reads."""

_LONGEST_IDLE_S = 1.0
"""Servers close an idle connection after 2 s (gunicorn), 5 s (Node, uvicorn) or more. A request sent at that
moment is lost, and it is unknown whether it was processed."""


class TargetConnection(asyncio.Protocol):
    """A connection that sends one request at a time and reads its response. Created by
    `inspector.client.connect`."""

    def __init__(self, *, name: str, limits: ResponseLimits) -> None:
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._reader = ResponseReader(name=name, limits=limits)
        self._transport: asyncio.Transport | None = None
        self._has_more_to_read: Callable[[], bool] = lambda: True
        """Whether the socket has bytes, or the end of the stream because the target has closed it."""
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._settled: asyncio.Future[None] | None = None
        self._answer = TargetResponse()
        self._unsent = memoryview(b"")
        self._is_paused = False
        self._is_spoilt = False
        self._is_breaking_off = False
        self._has_ended_bare = False
        """The stream was ended below TLS, so the target may end TLS in the same way."""
        self._idle_since = time.perf_counter()

    @property
    def local_address(self) -> str | None:
        """Our own end of the connection, `127.0.0.1:51234`, or None if it is not open."""
        name = None if self._transport is None else self._transport.get_extra_info("sockname")
        if not isinstance(name, tuple):
            return None
        return host_and_port(name[0], name[1])

    async def exchange(self, request: WireRequest, answer: TargetResponse) -> None:
        """Send `request`, and fill `answer` until it is complete, has failed, or is cut at the limit."""
        assert self._transport is not None
        self._answer = answer
        if self._lost.done() or self._transport.is_closing():
            answer.fail("reset", f"{self._name} closed the connection before anything was sent.")
            self._is_spoilt = True
            return
        self._reader.begin(answer, is_to_head=request.method == b"HEAD")
        self._settled = self._loop.create_future()
        self._is_spoilt = request.version == b"1.0"
        if request.is_cut_short:
            self._break_off(request)
        elif len(request.body) <= _SLICE:
            self._transport.write(request.head + request.body)
        else:
            self._transport.write(request.head)
            self._unsent = memoryview(request.body)
            self._feed()
        try:
            await self._settled
        finally:
            self._settled = None
            self._idle_since = time.perf_counter()
            if not self._may_stay_open():
                self.abort()

    def can_be_reused(self) -> bool:
        """Return whether another request may be sent: the target has neither closed nor sent anything."""
        return (
            self._transport is not None
            and not self._transport.is_closing()
            and not self._lost.done()
            and self._may_stay_open()
            and time.perf_counter() - self._idle_since < _LONGEST_IDLE_S
            and not self._has_more_to_read()
        )

    def _may_stay_open(self) -> bool:
        return not self._is_spoilt and not self._has_unsent() and self._reader.is_done()

    def abort(self) -> None:
        """Close immediately and drop all data in transit."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close as TLS requires, within a second; immediately if data is still in transit."""
        if not self._may_stay_open():
            self.abort()
        elif self._transport is not None:
            self._transport.close()

    async def wait_closed(self) -> None:
        """Wait until the socket is closed."""
        await asyncio.shield(self._lost)

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        # Paused means that the system does not have every byte yet. (0 would confuse the TLS of Python 3.11.)
        transport.set_write_buffer_limits(high=1, low=0)
        self._transport = transport
        self._has_more_to_read = _readable(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        if not self._is_awaiting():
            self._is_spoilt = True  # the target sent bytes without a request
            return
        self._reader.feed(data)
        self._look()
        if self._reader.has_more and self._is_awaiting():
            assert self._transport is not None
            self._transport.pause_reading()
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        """Read the next part of the received bytes until all are read."""
        assert self._transport is not None
        if self._is_awaiting():
            self._reader.read_on()
            self._look()
        if self._reader.has_more and self._is_awaiting():
            self._loop.call_soon(self._read_on)
        elif not self._transport.is_closing():
            self._transport.resume_reading()

    def eof_received(self) -> None:
        if self._is_awaiting():
            self._reader.feed_end()
            self._look()

    def _is_awaiting(self) -> bool:
        return self._settled is not None and not self._settled.done() and self._answer.ended is None

    def connection_lost(self, error: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(None)
        self._unsent = memoryview(b"")
        if isinstance(error, ConnectionError):
            self._take_what_came()
        if self._reader.has_more:
            self._reader.read_on(None)
        if isinstance(error, ssl.SSLError) and not self._has_ended_bare:
            reason = visible((error.reason or str(error)).replace("_", " ").lower())
            self._answer.fail("tls", f"{self._name} ended the TLS connection: {reason}.")
        else:
            self._reader.end_early()
        self._settle()

    def _take_what_came(self) -> None:
        """Read the rest of a response from the system. A failed write stops the reading, but a server that
        refuses a body responds before it closes. The socket is still open here."""
        assert self._transport is not None
        if self._transport.get_extra_info("sslcontext") is not None:
            return
        with contextlib.suppress(OSError):  # there is no more data
            fileno = self._transport.get_extra_info("socket").fileno()
            while self._is_awaiting() and (data := os.read(fileno, _SLICE)):
                self._reader.feed(data)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._is_breaking_off:
            self._end_bare()
        self._feed()

    # Sending the request

    def _break_off(self, request: WireRequest) -> None:
        """Send a part of the body and then the end of the stream, so that the target does not wait."""
        assert self._transport is not None
        self._is_spoilt = True
        self._transport.write(request.head + request.body)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        elif self._is_paused:
            self._is_breaking_off = True
        else:
            self._end_bare()

    def _end_bare(self) -> None:
        """End the stream below TLS, because TLS cannot close only one side."""
        assert self._transport is not None
        self._is_breaking_off, self._has_ended_bare = False, True
        with contextlib.suppress(OSError):  # it is already closed
            self._transport.get_extra_info("socket").shutdown(socket.SHUT_WR)

    def _feed(self) -> None:
        assert self._transport is not None
        for _ in range(_SLICES_A_TURN):
            if not self._unsent or self._is_paused or self._transport.is_closing():
                break
            piece, self._unsent = self._unsent[:_SLICE], self._unsent[_SLICE:]
            self._transport.write(piece)
        else:
            self._loop.call_soon(self._feed)
        if self._answer.ended is not None and not self._has_unsent():
            self._settle()

    def _has_unsent(self) -> bool:
        return bool(self._unsent) or self._is_paused

    def _look(self) -> None:
        """End the exchange if the response has ended, unless the target still reads the request."""
        if self._answer.ended is None:
            return
        # A server may respond before it has read everything. If it accepted the request, it gets the
        # remainder. If it declined the request or is about to close, it does not.
        status = self._answer.status
        has_taken = status is not None and 200 <= status < 300 and self._reader.is_done()
        if not has_taken or not self._has_unsent():
            self._settle()

    def _settle(self) -> None:
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)


def _readable(fileno: int) -> Callable[[], bool]:
    """Return a function that checks whether an open socket has bytes or has ended."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fileno, select.POLLIN)
        return lambda: bool(poll.poll(0))
    return lambda: bool(select.select([fileno], [], [], 0)[0])
