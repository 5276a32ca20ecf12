"""What is done with each request: captured, cut or refused, stored, and answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeAlias

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError
from inspector.base.log import log_failure
from inspector.base.tasks import Tasks
from inspector.capture.body import InFlight
from inspector.capture.connection import Request, SenderConnection
from inspector.capture.forwarded_for import claimed_address
from inspector.capture.limits import Bounds
from inspector.capture.refusal import Refusal, request_line
from inspector.capture.response import Response, problem
from inspector.domain.capture.capture import Capture, Kind

Take: TypeAlias = Callable[[Capture], Awaitable[Awaitable[Response | None] | None]]
"""Stores a capture. Where it gives something to await, that has the answer, or None for the usual one."""

_LARGEST = 2**63 - 1  # what a sender can announce beyond it fits into no database's integer

log = logging.getLogger(__name__)


class RequestHandler:
    """Hands every request on, and answers only when it was stored. Nothing a sender does raises from here."""

    def __init__(
        self,
        *,
        bounds: Bounds,
        take: Take,
        take_refused: Callable[[Capture], Awaitable[None]],
    ) -> None:
        self.answer = Response()
        """What a capture is answered with."""
        self.refused_not_stored = 0
        """Refused requests that were only counted."""
        self.is_closing = False
        """No connection is kept open any longer."""
        self.senders_gone = 0
        """Connections that were lost before their last request was answered."""
        self.in_flight = InFlight(bounds)
        self._bounds = bounds
        self._take = take
        self._take_refused = take_refused
        self._busy = problem(503, ("Retry-After", str(bounds.retry_after_seconds)))
        self._second = (0, 0)
        self._requests = 0
        self._tasks = Tasks()
        self._at_rest: asyncio.Event | None = None

    def begin(self) -> None:
        """Count a request whose head is complete as in flight."""
        self._requests += 1

    def end_one(self) -> None:
        """Count a request as answered."""
        self._requests -= 1
        if self._at_rest is not None and not self._requests:
            self._at_rest.set()

    def spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run `work` on a request in a task, which `end` cancels."""
        self._tasks.spawn(work, name)

    async def receive(self, connection: SenderConnection, request: Request) -> tuple[Response, bool]:
        """Capture one request; return its answer and whether the connection is kept open."""
        try:
            return await self._receive(connection, request)
        except Exception as error:
            log_failure(log, "handling a request", error)
            return problem(500), False

    async def receive_refused(self, connection: SenderConnection, refused: Refusal) -> Response:
        """Record bytes that are not a request, and return their answer."""
        await self._record(connection, refused)
        return problem(refused.status)

    def note_refused(self, connection: SenderConnection, refused: Refusal) -> None:
        """Record a refused request that gets no answer."""

        async def record() -> None:
            try:
                await self._record(connection, refused)
            finally:
                self.end_one()

        self.begin()
        self.spawn(record(), "record a refused request")

    async def rest(self, seconds: float) -> None:
        """Wait until nothing is being handled, for so long at most."""
        self._at_rest = asyncio.Event()
        if self._requests:
            try:
                async with asyncio.timeout(seconds):
                    await self._at_rest.wait()
            except TimeoutError:
                pass
        self._at_rest = None

    async def end(self) -> None:
        """Give up what nobody waits for."""
        await self._tasks.cancel_all()

    async def _receive(self, connection: SenderConnection, request: Request) -> tuple[Response, bool]:
        body, head = request.body, request.head
        if body.refused is not None:
            return await self._refuse(connection, request, *body.refused)
        data = body.take()
        answer = self.answer if body.cut is None else problem(408)
        coming = None
        try:
            capture = _capture(
                connection,
                request,
                "captured" if body.cut is None else "cut",
                body=data,
                answered=None if connection.is_lost else answer.status,
                trouble=body.cut,
            )
            coming = await self._take(capture)
        except BusyError as error:
            log.info("a capture was not stored: %s", error)
            answer = self._busy
        finally:
            body.release(data)
        del capture, data  # a target may take a while to answer
        if coming is not None:
            answer = await coming or answer
        is_kept = (
            body.cut is None
            and not self.is_closing
            and not head.is_last
            and head.method != "CONNECT"  # no tunnel is opened, whatever the answer says
            and (not connection.has_ended or connection.has_more)
        )
        return answer, is_kept

    async def _refuse(
        self, connection: SenderConnection, request: Request, status: int, trouble: str
    ) -> tuple[Response, bool]:
        """Record a request whose head is in order and whose body is not taken."""
        if self._may_record():
            await self._store_refused(
                _capture(
                    connection,
                    request,
                    "refused",
                    body=request.body.raw,
                    answered=None if connection.is_lost else status,
                    trouble=trouble,
                )
            )
        return self._busy if status == 503 else problem(status), False

    async def _record(self, connection: SenderConnection, refused: Refusal) -> None:
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
                answered=None if connection.is_lost else refused.status or None,
                trouble=refused.trouble,
            )
        )

    async def _store_refused(self, capture: Capture) -> None:
        try:
            await self._take_refused(capture)
        except BusyError:
            self.refused_not_stored += 1
        except Exception as error:
            self.refused_not_stored += 1
            log_failure(log, "storing a refused request", error)

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


def _capture(
    connection: SenderConnection,
    request: Request,
    kind: Kind,
    *,
    body: bytes,
    answered: int | None,
    trouble: str | None,
) -> Capture:
    head = request.head
    return Capture(
        kind=kind,
        received_ms=request.received_ms,
        method=head.method,
        target=head.target,
        version=head.version,
        headers=head.headers,
        body=body,
        declared=None if head.declared is None else min(head.declared, _LARGEST),
        remote=connection.remote,
        claimed=claimed_address(head.fields),
        answered=answered,
        trouble=trouble,
    )
