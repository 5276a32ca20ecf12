"""One connection to a target, and one request after another over it.

A protocol of its own instead of asyncio's StreamReader, which forgets what it has read as soon as a
write fails: a server that answers 413 and closes while the body is still on its way fails it.
"""

from __future__ import annotations

import asyncio
import select
import ssl
import time
from dataclasses import dataclass, field

import h11

from inspector.base.visible import shortened, visible
from inspector.domain.capture import HeaderPairs
from inspector.domain.rows import AttemptOutcome
from inspector.replay.outcome import Limits, Trouble
from inspector.replay.wire import WireRequest

_SLICE = 128 * 1024
_SLICES_A_TURN = 8
"""After 1 MiB the loop has its turn, however fast the other side takes it."""

_LONGEST_IDLE_S = 1.0
"""Servers close an idle connection after 2 s (gunicorn), 5 s (Node, uvicorn) and more, and what is sent
at that very moment is lost without anybody knowing whether it was taken."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What has come of an answer so far."""

    status: int | None = None
    headers: HeaderPairs = ()
    body: bytearray = field(default_factory=bytearray)
    is_cut: bool = False
    first_byte: float | None = None
    """By `time.perf_counter`."""
    ended: float | None = None
    """When the last byte that is kept had come."""
    trouble: Trouble | None = None
    """Why it is not a whole answer; null while it may still become one."""


class Connection(asyncio.Protocol):
    """Sends one request at a time and reads its answer; made by `inspector.replay.connect`."""

    def __init__(self, *, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.answer_head)
        # h11 is told of a request without header or body, made once, which is all that it needs to read
        # the answers by; the real ones are written as they are. Only HEAD changes how one is read.
        self._told = {m: h11.Request(method=m, target="/", headers=[("Host", "-")]) for m in ("POST", "HEAD")}
        self._transport: asyncio.Transport | None = None
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._settled: asyncio.Future[None] | None = None
        self._answer = Answer()
        self._unsent = memoryview(b"")
        self._is_paused = False
        self._is_spoilt = False
        self._idle_since = time.perf_counter()

    async def exchange(self, request: WireRequest, answer: Answer) -> None:
        """Send `request` and fill `answer` until it is whole, has its trouble, or is cut at the limit."""
        assert self._transport is not None
        self._answer = answer
        if self._lost.done() or self._transport.is_closing():
            self._fail("reset", f"{self._name} closed the connection before anything was sent.")
            return
        if self._h11.our_state is h11.DONE:
            self._h11.start_next_cycle()
        self._h11.send(self._told["HEAD" if request.method == b"HEAD" else "POST"])
        self._h11.send(h11.EndOfMessage())
        self._settled = self._loop.create_future()
        self._is_spoilt = request.version == b"1.0"
        if len(request.body) <= _SLICE:
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
        """Another request may be sent: the other side has neither closed nor said another word."""
        return (
            self._transport is not None
            and not self._transport.is_closing()
            and not self._lost.done()
            and self._may_stay_open()
            and time.perf_counter() - self._idle_since < _LONGEST_IDLE_S
            and not _has_something_to_read(self._transport)
        )

    def _may_stay_open(self) -> bool:
        return (
            not self._is_spoilt
            and not self._has_unsent()
            and self._h11.our_state is h11.DONE
            and self._h11.their_state is h11.DONE
            and not self._h11.trailing_data[0]
        )

    def abort(self) -> None:
        """Close at once, whatever is on its way."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close as TLS wishes it, within a second, or at once where something is still on its way."""
        if not self._may_stay_open():
            self.abort()
        elif self._transport is not None:
            self._transport.close()

    async def wait_closed(self) -> None:
        """Return once the socket is closed."""
        await asyncio.shield(self._lost)

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        # Paused means: not everything is with the system yet. (0 would confuse Python 3.11's TLS.)
        transport.set_write_buffer_limits(high=1, low=0)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._settled is None or self._settled.done() or self._answer.ended is not None:
            self._is_spoilt = True  # nobody asked for it
            return
        if self._answer.first_byte is None:
            self._answer.first_byte = time.perf_counter()
            if data[:5] != b"HTTP/"[: len(data)]:  # h11 would wait for the end of a head
                self._fail("bad-answer", f"What {self._name} answered is not HTTP.")
                return
        self._h11.receive_data(data)
        self._read_events()

    def eof_received(self) -> None:
        if self._settled is None or self._settled.done() or self._answer.ended is not None:
            return
        if self._answer.status is None:
            self._end_early(None)
            return
        self._h11.receive_data(b"")
        self._read_events(is_eof=True)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(None)
        self._unsent = memoryview(b"")
        if self._answer.ended is None:
            self._end_early(error)
        self._settle()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._feed()

    # The request, going out

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

    # The answer, coming in

    def _read_events(self, *, is_eof: bool = False) -> None:
        try:
            while self._answer.ended is None:
                event = self._h11.next_event()
                if isinstance(event, h11.Response):
                    self._take_head(event)
                elif isinstance(event, h11.Data):
                    self._take_data(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._take_end()
                elif not isinstance(event, h11.InformationalResponse):
                    break
        except h11.RemoteProtocolError as error:
            if is_eof:
                self._end_early(None)
            elif error.error_status_hint == 431:
                self._refuse_head()
            else:
                said = shortened(visible(str(error)), 120)
                self._fail("bad-answer", f"What {self._name} answered is not valid HTTP: {said}.")

    def _take_head(self, event: h11.Response) -> None:
        headers = tuple(event.headers.raw_items())
        if sum(len(name) + len(value) + 4 for name, value in headers) > self._limits.answer_head:
            self._refuse_head()
            return
        self._answer.status = event.status_code
        self._answer.headers = headers

    def _take_data(self, data: bytes) -> None:
        body = self._answer.body
        body += data
        if len(body) > self._limits.answer_body:
            del body[self._limits.answer_body :]
            self._answer.is_cut = True
            self._is_spoilt = True
            self._end()
            self._settle()

    def _take_end(self) -> None:
        self._end()
        # A server may answer before it has read all. One that took the request goes on getting it;
        # one that declined, or that is about to close, is spared the rest.
        status = self._answer.status
        has_taken = status is not None and 200 <= status < 300 and self._h11.their_state is h11.DONE
        if not has_taken or not self._has_unsent():
            self._settle()

    def _refuse_head(self) -> None:
        size = self._limits.answer_head // 1024
        self._fail("bad-answer", f"The head of the answer of {self._name} is longer than {size} KiB.")

    def _end_early(self, error: Exception | None) -> None:
        name = self._name
        if isinstance(error, ssl.SSLError):
            reason = visible((error.reason or str(error)).replace("_", " ").lower())
            self._fail("tls", f"{name} ended the TLS connection: {reason}.")
        elif self._answer.first_byte is not None:
            self._fail("cut", f"{name} closed the connection in the middle of its answer.")
        else:
            self._fail(
                "reset", f"{name} closed the connection without an answer; it may have taken the request."
            )

    def _fail(self, word: AttemptOutcome, sentence: str) -> None:
        if self._answer.ended is not None:
            return
        self._answer.trouble = Trouble(word=word, sentence=sentence)
        self._answer.is_cut = self._answer.status is not None
        self._is_spoilt = True
        self._end()
        self._settle()

    def _end(self) -> None:
        self._answer.ended = time.perf_counter()

    def _settle(self) -> None:
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)


def _has_something_to_read(transport: asyncio.Transport) -> bool:
    """The socket holds bytes or the end: on an idle connection, that the other side has closed it."""
    fileno = transport.get_extra_info("socket").fileno()
    if fileno < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fileno, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([fileno], [], [], 0)[0])
