"""The connection of one sender: its requests one after another, its timeouts, and its end by either side."""

from __future__ import annotations

import asyncio
import os
import ssl
import struct
import time
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.base.quantity import host_and_port
from inspector.capture.body import CONNECTION_LOST, SENDER_ENDED, Body, Request
from inspector.capture.http_head import HEAD_END, HeadFault, HeadParser, RequestHead
from inspector.capture.limits import KIB, Limits
from inspector.capture.refusal import (
    AFTER_THE_LAST,
    HEAD_NOT_ENDED,
    Refusal,
    late_head,
    refusal,
    too_long_head,
)
from inspector.capture.request_handler import RequestHandler
from inspector.capture.response import Response, wire
from inspector.capture.tls import shake_hands
from inspector.capture.turns import CHUNKS_AT_ONCE, CHUNKS_PER_TURN, Turns

if TYPE_CHECKING:
    from inspector.capture.connection_limit import ConnectionLimit

RECEIVE_BYTES = 256 * KIB
"""Maximum number of bytes that are read from a connection at a time."""
WAITING_BYTES = 64 * KIB
"""Maximum number of pending bytes during a request. With more, reading pauses until the request is served."""
SLOW_SECONDS = 1.0
"""How long a body can arrive before its connection may be taken for others."""
LINGER_SECONDS = 2.0
"""How long further bytes are read and dropped after the last response.

A connection that is closed with unread bytes is reset, and the sender never reads the response.
"""


class SenderConnection(asyncio.BufferedProtocol):
    """Reads requests, passes on each complete one, and reads the next after the response.

    asyncio receives into `buffer`, which all connections share: every event loop calls `buffer_updated`
    before it receives more. Sender behaviour never raises exceptions from here.
    """

    def __init__(
        self,
        *,
        others: ConnectionLimit,
        handler: RequestHandler,
        limits: Limits,
        turns: Turns,
        buffer: memoryview,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.remote = ""
        """The peer's address, `127.0.0.1:51234`."""
        self.is_lost = False
        """Whether nothing can be sent to the sender."""
        self.has_ended = False
        """Whether the sender will send nothing more. It may still read."""
        self.is_from_tunnel = False
        """Whether a request arrived at the public address, so that the connection is the tunnel's."""
        self._others = others
        self._handler = handler
        self._limits = limits
        self._turns = turns
        self._buffer = buffer
        self._tls = tls
        self._handshake: asyncio.Task[None] | None = None
        """Ends when TLS is established or has failed. Nothing is processed before."""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._pending = bytearray()
        """Received bytes that are not part of a request yet."""
        self._parser = HeadParser(limits)
        self._is_in_head = False
        """Whether a part of a head has arrived."""
        self._parsed = 0
        """Bytes of `_pending` that were fed to the parser."""
        self._request: Request | None = None
        """The request with a complete head that is arriving or being served."""
        self._is_in_hand = False
        """Whether the request is being stored and responded to."""
        self._waits_for_turn = False
        self._gone: asyncio.Future[None] | None = None
        """Done when the sender of a held response has gone."""
        self._is_last_answered = False
        """Whether no further request is read. Further bytes are dropped."""
        self._is_counted = False
        self._served = 0
        """Number of requests that were captured or refused. Strays do not count."""
        self._is_paused = False
        self._is_writing_paused = False
        self._since = self._heard = self._loop.time()
        """When the current head, body or pause began, and when bytes last arrived."""

    # ---- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read requests, unless too many connections are open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.remote = host_and_port(peer[0], peer[1])
        if self._handler.is_closing:
            self.close()
            return
        self._is_counted = self._others.enter(self)
        if self._tls is not None and self._is_counted:
            transport.pause_reading()  # the first bytes are for TLS
            self._handshake = self._loop.create_task(self._shake_hands(transport, self._tls))
        elif self._tls is not None:
            self.reset()
        elif not self._is_counted:
            transport.write(
                b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nContent-Length: 0\r\n"
                b"Connection: close\r\n\r\n" % self._limits.retry_after_seconds
            )
            self.close()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the buffer for the next bytes."""
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        """Process the bytes that were received."""
        if self._is_last_answered:
            return
        self._heard = self._loop.time()
        data = self._buffer[:count]
        if self._request is not None and not self._is_in_hand and not self._pending:
            data = data[self._request.body.receive(data) :]
        self._pending += data
        if self._handshake is None:
            self._advance()

    def eof_received(self) -> bool:
        """Keep the connection open for responses: a sender may close its side first. TLS ends both sides."""
        self.has_ended = True
        self.is_lost = self.is_lost or self._tls is not None
        if self.is_lost or not self._pending:  # a sender of further requests waits for all responses
            self._let_go()
        if self._handshake is None:
            self._advance()
        return not self._is_last_answered and self._tls is None

    def connection_lost(self, exc: Exception | None) -> None:
        """Record everything that arrived: complete requests, part of a body, and an incomplete head."""
        if self._is_counted:
            self._is_counted = False
            self._others.leave(self)
        self.is_lost = self.has_ended = True
        self._let_go()
        if self._handshake is None and not self._is_last_answered:
            if self._is_in_hand or self._request is not None or self._pending:
                self._handler.senders_gone += 1
            self._advance()

    def pause_writing(self) -> None:
        """Note that the sender does not read its responses."""
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        """Note that the sender reads again."""
        self._is_writing_paused = False

    # ---- called by the listener

    @property
    def is_replaceable(self) -> bool:
        """Whether no delivery is lost with it: it has no request with a complete head, or only a stray's."""
        return not self._is_in_hand and (self._request is None or self._request.route == "stray")

    @property
    def has_more(self) -> bool:
        """Whether further requests, or a part of one, have arrived."""
        return bool(self._pending)

    def usefulness(self) -> tuple[int, int, float]:
        """Return a sort key: the connection that has sent the least for the longest time comes first."""
        return self._served, len(self._pending), self._since

    def pace(self, now: float) -> float | None:
        """Return the bytes per second of a body that has been arriving for over a second, or None."""
        seconds = now - self._since
        if self._request is None or self._is_in_hand or self._waits_for_turn or seconds < SLOW_SECONDS:
            return None
        return self._request.body.size / seconds

    def close(self) -> None:
        """Read no more, and close the connection once the responses are sent."""
        self._read_no_more()
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Close the connection at once, and drop unsent responses."""
        self._read_no_more()
        if self._transport is not None:
            self._transport.abort()

    def cut(self, reason: str) -> None:
        """Read no more of the body that is arriving."""
        if self._request is not None and not self._is_in_hand:
            self._request.body.cut = reason
            self._advance()

    def look_at_time(self, now: float) -> None:
        """End whatever exceeds its time limit."""
        limits = self._limits
        if self._is_last_answered:
            if now - self._since > LINGER_SECONDS:
                self.reset()
        elif self._is_in_hand:
            return
        elif self._request is not None:
            if now - self._since > limits.whole_seconds:
                self.cut(f"The body was not complete after {limits.whole_seconds:g} seconds.")
            elif now - self._heard > limits.idle_seconds and not self._waits_for_turn:
                self.cut(f"No more of the body arrived for {limits.idle_seconds:g} seconds.")
        elif self._is_in_head:
            if now - self._since > limits.head_seconds:
                self._refuse(late_head(bytes(self._pending), limits))
        elif now - self._since > limits.keep_alive(is_from_tunnel=self.is_from_tunnel):
            self.close()

    # ---- TLS

    async def _shake_hands(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        """Establish TLS in the time of a head, and process what has arrived by then."""
        secured = await shake_hands(transport, self, tls, self._limits.head_seconds, LINGER_SECONDS)
        self._handshake = None
        if isinstance(secured, asyncio.Transport):
            self._transport = secured
            self._since = self._heard = self._loop.time()
            self._advance()
            return
        if isinstance(secured, ssl.SSLError) and not self._handler.is_closing:
            self._handler.note_no_tls(self, secured)
        self._is_last_answered = True
        self.connection_lost(secured)  # asyncio calls it for established connections only

    def take_turn(self) -> None:
        """Decode the next chunks of a body with many."""
        self._waits_for_turn = False
        self._advance(CHUNKS_PER_TURN)

    # ---- from bytes to requests

    def _advance(self, chunks: int = CHUNKS_AT_ONCE) -> None:
        """Process the pending bytes as far as possible."""
        while not (self._is_in_hand or self._waits_for_turn or self._is_last_answered):
            request = self._request
            if not (self._read_head() if request is None else self._read_body(request, chunks)):
                break
        self._pause_or_resume()

    def _read_head(self) -> bool:
        """Parse the received bytes of a head. Return whether there may be more to process."""
        pending, limits = self._pending, self._limits
        if not self._is_in_head:
            while pending.startswith((b"\r", b"\n")):  # empty lines are allowed before a head (RFC 9112, 2.2)
                del pending[: len(pending) - len(pending.lstrip(b"\r\n"))]
            if not pending:
                if self.has_ended:
                    self.close()
                return False
            self._is_in_head = True
            self._parsed = 0
            self._since = self._loop.time()
        found = pending.find(HEAD_END, max(0, self._parsed - len(HEAD_END) + 1))
        end = len(pending) if found < 0 else found + len(HEAD_END)
        fed = bytes(pending[self._parsed : min(end, limits.head_bytes)])
        try:
            head = self._parser.feed(fed) if fed else None
        except HeadFault as fault:
            return self._refuse(refusal(fault, bytes(pending), limits))
        self._parsed += len(fed)
        if end > limits.head_bytes:
            return self._refuse(too_long_head(bytes(pending), limits))
        if head is not None:
            return self._begin_body(head, end)
        if found >= 0:
            return self._refuse(refusal(HeadFault("other", ""), bytes(pending), limits))
        return self.has_ended and self._end_within_head()

    def _begin_body(self, head: RequestHead, end: int) -> bool:
        self._handler.begin()
        self._is_in_head = False
        self._since = self._heard = self._loop.time()
        route = self._handler.route(self, head)
        self.is_from_tunnel = self.is_from_tunnel or route == "address"
        raw = bytes(self._pending[:end])
        body = Body(head, raw, self._handler.in_flight, self._limits, is_stray=route == "stray")
        self._request = Request(head=head, received_ms=now_ms(), body=body, route=route)
        del self._pending[:end]
        if head.expects_continue and not body.is_done and not self._pending and not self.has_ended:
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_body(self, request: Request, chunks: int) -> bool:
        """Take the received bytes of the body, and serve the request if the body has ended.

        Return whether there may be more to process.
        """
        body = request.body
        has_more = not body.is_done and body.decode(self._pending, chunks)
        if has_more:
            self._waits_for_turn = True
            self._turns.queue(self)
            return False
        if not body.is_done:
            if not self.has_ended:
                return False
            body.cut = CONNECTION_LOST if self.is_lost else SENDER_ENDED
        self._is_in_hand = True
        self._handler.serve(self, request)
        return True

    def _refuse(self, refused: Refusal) -> bool:
        """Refuse bytes that are not a request, and read no more."""
        self._is_in_head = False
        self._pending.clear()
        self._is_in_hand = True
        self._handler.serve_refused(self, refused)
        return True

    def _end_within_head(self) -> bool:
        if not self._handler.is_closing:
            raw = bytes(self._pending[: self._limits.refused_bytes])
            self._handler.note_refused(self, Refusal(status=0, trouble=HEAD_NOT_ENDED, raw=raw))
        self.close()
        return False

    def _read_no_more(self) -> None:
        self._let_go()
        if not self._is_last_answered:
            self._is_last_answered = True
            self._since = self._loop.time()
        self._pending.clear()
        if self._request is not None and not self._is_in_hand:
            self._request.body.discard()
            self._request = None
            self._handler.drop()

    def _pause_or_resume(self) -> None:
        """Stop reading while enough bytes are pending."""
        is_full = self._is_in_hand and len(self._pending) >= WAITING_BYTES
        should_pause = (is_full or self._waits_for_turn) and not self._is_last_answered
        transport = self._transport
        if transport is None or transport.is_closing() or self.has_ended or should_pause == self._is_paused:
            return
        self._is_paused = should_pause
        if should_pause:
            transport.pause_reading()
        else:
            transport.resume_reading()

    # ---- from requests to responses

    def respond(self, response: Response, request: Request | None, *, is_kept: bool) -> None:
        """Send the response to the current request, and read the next one if the connection stays open."""
        is_old = request is not None and request.head.version != "1.1"
        is_head = request is not None and request.head.method == "HEAD"
        self.write(wire(response, is_kept, is_old, is_head, int(time.time())))
        self.responded(request, is_kept=is_kept)

    def responded(self, request: Request | None, *, is_kept: bool) -> None:
        """Read the next request after a whole response, or close the connection."""
        self._served += request is not None and request.route != "stray"
        self._is_in_hand = False
        self._request = None
        self._since = self._loop.time()
        if not is_kept:
            self._finish(request)
        self._advance()

    def hold(self) -> asyncio.Future[None]:
        """Return a future that is done once the sender has gone, or the connection is closed here.

        A sender that has already ended its side still reads. One that ends it while it waits has gone, unless
        more of its requests have arrived.
        """
        self._gone = self._loop.create_future()
        if self.is_lost or self._is_last_answered:
            self._gone.set_result(None)
        return self._gone

    def end(self, request: Request, *, is_reset: bool) -> None:
        """Close or reset the connection without a response. Requests that have arrived are still recorded."""
        if self.is_lost and self._pending:
            self.responded(request, is_kept=True)
            return
        if is_reset:
            self._reset_visibly()
        self.responded(request, is_kept=False)

    def _reset_visibly(self) -> None:
        """Make the end of the connection a reset, and drop unsent bytes."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            socket = transport.get_extra_info("socket")
            socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
            self.reset()

    def _let_go(self) -> None:
        """End the wait of a held response."""
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def _finish(self, request: Request | None) -> None:
        """Close the connection so that the sender can still read the response."""
        rest = bytes(self._pending[: self._limits.refused_bytes]).lstrip(b"\r\n")
        is_whole = request is not None and request.body.is_whole
        head = request.head if request is not None and is_whole else None
        if rest and head is not None and head.is_last and head.method != "CONNECT":
            self._handler.note_refused(self, Refusal(status=0, trouble=AFTER_THE_LAST, raw=rest))
        if self._tls is not None:  # asyncio reads on until the sender has ended TLS, too
            self.close()
            return
        if self._transport is None or self.has_ended or (is_whole and not rest) or self._handler.is_closing:
            self.close()
            return
        self._read_no_more()
        if self._transport.is_closing() or self._transport.get_write_buffer_size():
            return  # asyncio would send the end later, and log a traceback if the sender has gone by then
        try:
            self._transport.write_eof()
        except OSError:  # the sender has already gone
            self.reset()

    def write(self, data: bytes) -> None:
        """Send bytes, if the sender is still there and reads."""
        if self._transport is None or self.is_lost or self._transport.is_closing():
            return
        if self._is_writing_paused:
            self._transport.abort()  # 64 KiB of responses are unread: this client never reads
            return
        self._transport.write(data)
