"""Deliberate responses: late, in small parts, never, or the end of the connection instead of one."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from inspector.base.errors import BusyError
from inspector.capture.limits import Limits
from inspector.capture.response import Response, problem, wire

if TYPE_CHECKING:
    from inspector.capture.body import Request  # its libraries take 0.1 s to import

Ending = Literal["response", "close", "reset", "never"]
WaitEnd: TypeAlias = Literal["sent", "gone", "full"]
"""The response is sent now, the sender has gone without it, or too many others wait."""

LONGEST_S = 600.0
"""How long a sender waits for a response that never comes, before the connection is closed."""
PART_S = 0.1
"""Time between two parts of a response that is sent in parts."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberateResponse(Response):
    """A response that is not sent at once, or not at all."""

    wait_s: float = 0.0
    drip_s: float = 0.0
    """How long the bytes of the response take, head and body."""
    ending: Ending = "response"
    """`never`: the connection is closed after `LONGEST_S`, or when the sender goes."""
    settle: Callable[[WaitEnd], Awaitable[None]] | None = None
    """Called with the outcome once it is known, before anything is sent."""


class WaitingPeer(Protocol):
    """The connection of a sender that can wait."""

    def hold(self) -> asyncio.Future[None]:
        """Return a future that is done once the sender has gone or this program closes the connection."""

    def respond(self, response: Response, request: Request | None, *, is_kept: bool) -> None:
        """Send a response. `request` is None for bytes that are not a request."""

    def write(self, data: bytes) -> None:
        """Send a part of a response."""

    def responded(self, request: Request | None, *, is_kept: bool) -> None:
        """Read the next request after a response that was sent in parts, or close."""

    def end(self, request: Request, *, is_reset: bool) -> None:
        """Close or reset the connection without a response."""


class WaitingSenders:
    """Senders that wait for deliberate responses, at most half of the connections. Others get 503."""

    def __init__(self, limits: Limits) -> None:
        self.most = max(1, limits.connections // 2)
        self.is_closing = False
        """Whether no sender is waiting."""
        self._gone: set[asyncio.Future[None]] = set()
        self._busy = problem(503, ("Retry-After", str(limits.retry_after_seconds)))
        self._alarms = _Alarms(self.most)

    def __len__(self) -> int:
        """Return how many senders wait."""
        return len(self._gone)

    def release(self) -> None:
        """End every wait: the senders get no response."""
        self.is_closing = True
        for gone in tuple(self._gone):
            if not gone.done():
                gone.set_result(None)
        self._alarms.stop()

    async def respond(
        self, peer: WaitingPeer, request: Request, response: DeliberateResponse, *, is_kept: bool
    ) -> None:
        """Send a response as its rule says, or 503 if too many senders wait. Return when that has ended."""
        waits = bool(response.wait_s or response.drip_s) or response.ending == "never"
        if not waits:
            await self._end(peer, request, response, is_kept=is_kept)
        elif self.is_closing or len(self) >= self.most:
            await _settle(response, "full")
            peer.respond(self._busy, request, is_kept=is_kept)
        else:
            gone = peer.hold()
            self._gone.add(gone)
            try:
                await self._wait(peer, request, response, gone, is_kept=is_kept)
            finally:
                self._gone.discard(gone)

    async def _wait(
        self,
        peer: WaitingPeer,
        request: Request,
        response: DeliberateResponse,
        gone: asyncio.Future[None],
        *,
        is_kept: bool,
    ) -> None:
        seconds = LONGEST_S if response.ending == "never" else response.wait_s
        if await self._alarms.wait(gone, seconds) or response.ending == "never":
            await _settle(response, "gone")
            peer.end(request, is_reset=False)
        elif response.ending == "response" and response.drip_s:
            await _settle(response, "sent")
            await _drip(peer, request, response, gone, is_kept=is_kept)
        else:
            await self._end(peer, request, response, is_kept=is_kept)

    async def _end(
        self, peer: WaitingPeer, request: Request, response: DeliberateResponse, *, is_kept: bool
    ) -> None:
        if response.ending == "response":
            await _settle(response, "sent")
            peer.respond(_plain(response), request, is_kept=is_kept)
        else:
            await _settle(response, "gone")
            peer.end(request, is_reset=response.ending == "reset")


async def _drip(
    peer: WaitingPeer,
    request: Request,
    response: DeliberateResponse,
    gone: asyncio.Future[None],
    *,
    is_kept: bool,
) -> None:
    """Send the bytes of a response evenly over its time."""
    loop = asyncio.get_running_loop()
    head = request.head
    data = wire(_plain(response), is_kept, head.version != "1.1", head.method == "HEAD", int(time.time()))
    begun, sent = loop.time(), 0
    while True:
        due = max(1, int(len(data) * min(1.0, (loop.time() - begun) / response.drip_s)))
        if due > sent:
            peer.write(data[sent:due])
            sent = due
        if sent == len(data):
            peer.responded(request, is_kept=is_kept)
            return
        await asyncio.wait((gone,), timeout=PART_S)
        if gone.done():
            peer.end(request, is_reset=False)
            return


def _plain(response: DeliberateResponse) -> Response:
    return Response(status=response.status, headers=response.headers, body=response.body)


async def _settle(response: DeliberateResponse, end: WaitEnd) -> None:
    if response.settle is not None:
        try:
            await response.settle(end)
        except BusyError as error:
            log.info("cannot store the outcome of a response: %s", error)


class _Alarms:
    """Waits that end at their time or when their sender goes.

    In Qt's loop, a cancelled timer exists until it is due, and a timer can be early. Therefore there is one
    timer for all, which looks at the clock.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._due: list[tuple[float, int, asyncio.Future[bool]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.Handle | None = None
        self._rings_at = 0.0

    async def wait(self, gone: asyncio.Future[None], seconds: float) -> bool:
        """Return False after `seconds`, or True at once when `gone` is done."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[bool] = loop.create_future()

        def leave(_: asyncio.Future[None]) -> None:
            if not ended.done():
                ended.set_result(True)

        gone.add_done_callback(leave)
        if len(self._due) > 4 * self._most:  # most of them have ended early
            self._due = [one for one in self._due if not one[2].done()]
            heapq.heapify(self._due)
        heapq.heappush(self._due, (loop.time() + seconds, next(self._numbers), ended))
        self._set()
        return await ended

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        if self._due and (self._timer is None or self._due[0][0] < self._rings_at):
            self.stop()
            self._rings_at = self._due[0][0]
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.001, self._rings_at - loop.time()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._due and (self._due[0][0] <= now or self._due[0][2].done()):
            ended = heapq.heappop(self._due)[2]
            if not ended.done():
                ended.set_result(False)
        self._set()
