"""What is done with each request: captured, cut or refused, stored, and answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

from aiohttp import StreamReader, hdrs, web
from aiohttp.http import HttpVersion11, RawRequestMessage

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError
from inspector.base.tasks import Tasks
from inspector.capture.answer import Answer, Reply, problem
from inspector.capture.body import CONNECTION_LOST, InFlight, read_body, unread
from inspector.capture.bounds import Bounds
from inspector.capture.claimed import claimed_address
from inspector.capture.connection import Connection
from inspector.capture.refusal import Refusal, request_line
from inspector.domain.capture import Capture, Kind

Take: TypeAlias = Callable[[Capture], Awaitable[Awaitable[Answer | None] | None]]
"""Stores a capture. Where it gives something to await, that has the answer, or None for the usual one."""

_LARGEST = 2**63 - 1  # what a sender can announce beyond it fits into no database's integer

log = logging.getLogger(__name__)


class Reception:
    """Hands every request on, and answers only when it was stored. Nothing a sender does raises from here."""

    def __init__(
        self,
        *,
        bounds: Bounds,
        take: Take,
        take_refused: Callable[[Capture], Awaitable[None]],
    ) -> None:
        self.answer = Answer()
        """What a capture is answered with."""
        self.refused_not_stored = 0
        """Refused requests that were only counted."""
        self.is_closing = False
        """No connection is kept open any longer."""
        self.requests = 0
        """Requests that are being handled."""
        self.in_flight = InFlight(bounds)
        self._bounds = bounds
        self._take = take
        self._take_refused = take_refused
        self._busy = problem(503, ("Retry-After", str(bounds.retry_after_seconds)))
        self._second = (0, 0)
        self._tasks = Tasks()
        self._at_rest: asyncio.Event | None = None

    async def receive(self, request: web.BaseRequest) -> web.StreamResponse:
        """Capture one request, and its answer."""
        self.requests += 1
        try:
            return await self._receive(request)
        except Exception:
            log.exception("a request could not be handled")
            return Reply(problem(500), is_kept=False)
        finally:
            self._one_less()

    async def receive_refused(self, request: web.BaseRequest) -> web.StreamResponse:
        """Record what was no request at all, and its answer."""
        connection = cast(Connection, request.protocol)
        refused = connection.refusal
        assert refused is not None
        self.requests += 1
        try:
            await self._record(connection, refused)
        finally:
            self._one_less()
        return Reply(problem(refused.status), is_kept=False, lingers=not self.is_closing)

    def note_refused(self, connection: Connection, refused: Refusal) -> None:
        """Record a refused request whose sender has gone."""
        self._later(self._record(connection, refused), "record a refused request")

    def take_unanswered(
        self, connection: Connection, message: RawRequestMessage, content: StreamReader
    ) -> None:
        """Capture a request whose sender has gone before its turn came."""
        is_whole = content.is_eof()
        capture = _capture(
            connection,
            message,
            "captured" if is_whole else "cut",
            received_ms=now_ms(),
            declared=_declared(message),
            body=unread(content),
            answered=None,
            trouble=None if is_whole else CONNECTION_LOST,
        )
        self._later(self._take(capture), "store an unanswered capture")

    async def rest(self, seconds: float) -> None:
        """Wait until nothing is being handled, for so long at most."""
        self._at_rest = asyncio.Event()
        if self.requests:
            try:
                async with asyncio.timeout(seconds):
                    await self._at_rest.wait()
            except TimeoutError:
                pass
        self._at_rest = None

    async def end(self) -> None:
        """Give up what nobody waits for."""
        await self._tasks.cancel_all()

    async def _receive(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = cast(Connection, request.protocol)
        # WORKAROUND(aiohttp 3.14): the public name of the same thing warns of its deprecation.
        message = request._message
        received_ms = now_ms()
        declared = _declared(message)
        body = await read_body(request, connection, declared, self.in_flight, self._bounds)
        try:
            if body.refused is not None:
                return await self._refuse(request, connection, message, body.refused)
            answer = self.answer if body.cut is None else problem(408)
            is_gone = body.cut is not None and request.transport is None
            capture = _capture(
                connection,
                message,
                "captured" if body.cut is None else "cut",
                received_ms=received_ms,
                declared=declared,
                body=body.data,
                answered=None if is_gone else answer.status,
                trouble=body.cut,
            )
            coming = None
            try:
                coming = await self._take(capture)
            except BusyError as error:
                log.info("a capture was not stored: %s", error)
                answer = self._busy
        finally:
            self.in_flight.bytes -= len(body.data)
        if coming is not None:
            answer = await coming or answer
        is_kept = (
            body.cut is None
            and not self.is_closing
            and not message.should_close
            and message.method != "CONNECT"  # no tunnel is opened, whatever the answer says
            and (not connection.has_ended or connection.has_more)
        )
        return Reply(answer, is_kept=is_kept)

    async def _refuse(
        self,
        request: web.BaseRequest,
        connection: Connection,
        message: RawRequestMessage,
        reason: tuple[int, str],
    ) -> web.StreamResponse:
        """Record a request whose head is in order and whose body is not taken."""
        status, trouble = reason
        if self._may_record():
            await self._store_refused(
                _capture(
                    connection,
                    message,
                    "refused",
                    received_ms=now_ms(),
                    declared=_declared(message),
                    body=connection.raw,
                    answered=status,
                    trouble=trouble,
                )
            )
        return Reply(self._busy if status == 503 else problem(status), is_kept=False)

    async def _record(self, connection: Connection, refused: Refusal) -> None:
        if not self._may_record():
            return
        method, target = request_line(refused.raw)
        await self._store_refused(
            Capture(
                kind="refused",
                received_ms=now_ms(),
                method=method,
                target=target,
                version="",
                headers=(),
                body=refused.raw,
                remote=connection.remote,
                answered=refused.status or None,
                trouble=refused.trouble,
            )
        )

    async def _store_refused(self, capture: Capture) -> None:
        try:
            await self._take_refused(capture)
        except BusyError:
            self.refused_not_stored += 1
        except Exception:
            self.refused_not_stored += 1
            log.exception("a refused request could not be stored")

    def _may_record(self) -> bool:
        """Whether this second still has room for a refused request; it is counted where not."""
        second, count = self._second
        now = int(time.monotonic())
        if now != second:
            count = 0
        if count >= self._bounds.refused_per_second:
            self.refused_not_stored += 1
            return False
        self._second = (now, count + 1)
        return True

    def _later(self, work: Awaitable[object], name: str) -> None:
        async def run() -> None:
            try:
                await work
            except BusyError as error:
                log.info("could not %s: %s", name, error)
            finally:
                self._one_less()

        self.requests += 1
        self._tasks.spawn(run(), name)

    def _one_less(self) -> None:
        self.requests -= 1
        if self._at_rest is not None and not self.requests:
            self._at_rest.set()


def _declared(message: RawRequestMessage) -> int | None:
    length = message.headers.get(hdrs.CONTENT_LENGTH)
    return int(length) if length else None


def _capture(
    connection: Connection,
    message: RawRequestMessage,
    kind: Kind,
    *,
    received_ms: int,
    declared: int | None,
    body: bytes,
    answered: int | None,
    trouble: str | None = None,
) -> Capture:
    version = message.version
    return Capture(
        kind=kind,
        received_ms=received_ms,
        method=message.method,
        target=message.path.encode("utf-8", "surrogateescape"),
        version="1.1" if version is HttpVersion11 else f"{version.major}.{version.minor}",
        headers=message.raw_headers,
        body=body,
        declared=None if declared is None else min(declared, _LARGEST),
        remote=connection.remote,
        claimed=claimed_address(message.headers),
        answered=answered,
        trouble=trouble,
    )
