"""The handler of each request: it is captured, cut or refused, stored, and responded to after the commit."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeAlias

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError
from inspector.base.log import log_failure
from inspector.base.visible import shortened, visible_bytes
from inspector.capture.body import InFlight, Request
from inspector.capture.deliberate import DeliberateResponse, WaitingPeer, WaitingSenders
from inspector.capture.guard import STRAY, Guard, Route
from inspector.capture.http_head import RequestHead
from inspector.capture.limits import Limits
from inspector.capture.probes import PROBE_HEADER, Probes, ReceivedProbe
from inspector.capture.refusal import Refusal, no_tls, request_line
from inspector.capture.response import Response, problem
from inspector.domain.capture.capture import Capture, Kind
from inspector.domain.capture.stray import BODY_BYTES, Stray

Take: TypeAlias = Callable[[Capture], Awaitable[Awaitable[Response | None] | None]]
"""Stores a capture. If it returns an awaitable, that returns the response, or None for the usual one."""
AfterCommit: TypeAlias = Callable[[BaseException | None], None]
"""Called on the loop after the commit of a capture, or with the error if it cannot be stored."""
TakeDirectly: TypeAlias = Callable[[Capture, AfterCommit], bool]
"""Begins to store a capture whose sender gets the usual response. Returns False if it does not, because only
`Take` can store the capture or decide the response."""

_LARGEST = 2**63 - 1  # a sender can announce more, but no database integer can store it
_FOR = re.compile(r'(?:^|[;,])\s*for\s*=\s*(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)
_PROBE = PROBE_HEADER.decode()
_LENGTH = 64  # an IPv6 address with zone and port is shorter

log = logging.getLogger(__name__)


class Peer(WaitingPeer, Protocol):
    """The connection of a request."""

    remote: str
    """The peer's address, `127.0.0.1:51234`."""
    is_lost: bool
    """Whether nothing can be sent to the sender."""
    has_ended: bool
    """Whether the sender will send nothing more. It may still read."""

    @property
    def has_more(self) -> bool:
        """Whether further requests, or a part of one, have arrived."""


class RequestHandler:
    """Stores every request, and responds after the commit. Nothing that a sender sends makes it raise."""

    def __init__(
        self,
        *,
        limits: Limits,
        take: Take,
        take_directly: TakeDirectly | None,
        take_refused: Callable[[Capture], Awaitable[None]],
        probes: Probes,
        guard: Guard | None,
    ) -> None:
        """`take_directly` is tried first, because it needs no task per request."""
        self.response = Response()
        """The response to a capture."""
        self.refused_not_stored = 0
        """Number of refused requests that were not stored."""
        self.is_closing = False
        """Whether connections are closed after their response."""
        self.senders_gone = 0
        """Number of connections that were lost before the response to their last request."""
        self.in_flight = InFlight(limits)
        self.waiting = WaitingSenders(limits)
        self._limits = limits
        self._take = take
        self._take_directly = take_directly
        self._take_refused = take_refused
        self._probes = probes
        self._guard = guard
        self._busy = problem(503, ("Retry-After", str(limits.retry_after_seconds)))
        self._second = (0, 0)
        self._requests = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_rest: asyncio.Event | None = None

    def begin(self) -> None:
        """Count a request whose head is complete as in flight, until it is served or dropped."""
        self._requests += 1

    def route(self, peer: Peer, head: RequestHead) -> Route:
        """Return how a request arrives, once its head is complete."""
        if self._probes.knows(head.fields.get(_PROBE)):
            return "address"
        if self._guard is None:
            return "direct"
        return self._guard.route(head.target, head.headers, peer.remote)

    def drop(self) -> None:
        """Count a request that has begun as no longer in flight."""
        self._requests -= 1
        if self._at_rest is not None and not self._requests:
            self._at_rest.set()

    def serve(self, peer: Peer, request: Request) -> None:
        """Capture a request that has begun, and respond to it."""
        try:
            has_begun = self._serve_directly(peer, request)
        except Exception as error:  # the task meets it again, and responds
            log_failure(log, "handling a request without a task", error)
            has_begun = False
        if not has_begun:
            self._spawn(self._serve(peer, request))

    def serve_refused(self, peer: Peer, refused: Refusal) -> None:
        """Record bytes that are not a request, and respond to them."""
        self.begin()
        self._spawn(self._serve_refused(peer, refused))

    def note_no_tls(self, peer: Peer, error: ssl.SSLError) -> None:
        """Record that a sender did not establish TLS, unless it was a probe of an http:// address."""
        if error.reason != "HTTP_REQUEST" or not self._probes.accounts_for_plain_request():
            self.note_refused(peer, no_tls(error))

    def note_refused(self, peer: Peer, refused: Refusal) -> None:
        """Record a refused request that gets no response."""
        self.begin()
        self._spawn(self._note_refused(peer, refused))

    async def rest(self, seconds: float) -> None:
        """Wait until no request is in flight, for at most `seconds`."""
        self._at_rest = asyncio.Event()
        if self._requests:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._at_rest.wait()
        self._at_rest = None

    async def end(self) -> None:
        """Cancel the requests that are still in flight."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        # Not `Tasks`: its callback at the end of each task takes 1 µs.
        self._tasks.add(asyncio.get_running_loop().create_task(work))

    def _served(self) -> None:
        """Count the request of the current task as no longer in flight."""
        self.drop()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.discard(task)

    def _serve_directly(self, peer: Peer, request: Request) -> bool:
        """Begin to capture a request without a task. Return False if that is not possible."""
        body, response = request.body, self.response
        if (
            self._take_directly is None
            or request.route == "stray"
            or body.cut is not None
            or body.refused is not None
            or (request.route == "address" and self._probes.knows(request.head.fields.get(_PROBE)))
        ):
            return False
        answered = None if peer.is_lost else response.status
        capture = _capture(peer, request, "captured", body=body.received, answered=answered, trouble=None)
        return self._take_directly(capture, partial(self._stored, peer, request, response))

    def _stored(self, peer: Peer, request: Request, response: Response, error: BaseException | None) -> None:
        """Respond to a request that was captured without a task."""
        try:
            request.body.discard()
            is_bug = error is not None and not isinstance(error, BusyError)
            if error is not None:
                response = self._failed(error)
            peer.respond(response, request, is_kept=not is_bug and self._is_kept(peer, request.head))
        finally:
            self.drop()

    def _failed(self, error: BaseException) -> Response:
        """Return the response if a capture cannot be stored."""
        if isinstance(error, BusyError):
            log.info("cannot store a capture: %s", error)
            return self._busy
        log_failure(log, "handling a request", error)
        return problem(500)

    async def _serve(self, peer: Peer, request: Request) -> None:
        try:
            try:
                response, is_kept = await self._receive(peer, request)
            except Exception as error:
                response, is_kept = self._failed(error), False
            if isinstance(response, DeliberateResponse):
                await self.waiting.respond(peer, request, response, is_kept=is_kept)
            else:
                peer.respond(response, request, is_kept=is_kept)
        finally:
            self._served()

    async def _serve_refused(self, peer: Peer, refused: Refusal) -> None:
        try:
            is_stray = await self._record(peer, refused)
            peer.respond(STRAY if is_stray else problem(refused.status), None, is_kept=False)
        finally:
            self._served()

    async def _note_refused(self, peer: Peer, refused: Refusal) -> None:
        try:
            await self._record(peer, refused)
        finally:
            self._served()

    async def _receive(self, peer: Peer, request: Request) -> tuple[Response, bool]:
        """Capture one request. Return its response and whether the connection is kept open."""
        body, head = request.body, request.head
        if request.route == "address" and (reply := self._probe_reply(peer, head)) is not None:
            body.discard()
            return reply, body.is_whole and self._is_kept(peer, head)
        if request.route == "stray" and self._guard is not None:
            await self._guard.keep(_stray(peer, request))
            body.discard()
            return STRAY, body.is_whole and self._is_kept(peer, head)
        if body.refused is not None:
            return await self._refuse(peer, request, *body.refused)
        data = body.take()
        response = self.response if body.cut is None else problem(408)
        coming = None
        try:
            capture = _capture(
                peer,
                request,
                "captured" if body.cut is None else "cut",
                body=data,
                answered=None if peer.is_lost else response.status,
                trouble=body.cut,
            )
            coming = await self._take(capture)
            del capture
        except BusyError as error:
            response = self._failed(error)
        finally:
            body.release(data)
            del data  # a target may take a while to respond
        if coming is not None:
            response = await coming or response
        return response, body.cut is None and self._is_kept(peer, head)

    def _probe_reply(self, peer: Peer, head: RequestHead) -> Response | None:
        """Return the response to a probe of our own, or None for any other request."""
        received = ReceivedProbe(
            headers=head.headers, target=head.target, version=head.version, remote=peer.remote
        )
        return self._probes.response(head.fields.get(_PROBE), received)

    def _is_kept(self, peer: Peer, head: RequestHead) -> bool:
        """Return whether the connection stays open after the response to a complete request."""
        return (
            not self.is_closing
            and not head.is_last
            and head.method != "CONNECT"  # no tunnel is opened, whatever the response is
            and (not peer.has_ended or peer.has_more)
        )

    async def _refuse(self, peer: Peer, request: Request, status: int, trouble: str) -> tuple[Response, bool]:
        """Record a request with a valid head whose body is refused."""
        if self._may_record():
            await self._store_refused(
                _capture(
                    peer,
                    request,
                    "refused",
                    body=request.body.raw,
                    answered=None if peer.is_lost else status,
                    trouble=trouble,
                )
            )
        return self._busy if status == 503 else problem(status), False

    async def _record(self, peer: Peer, refused: Refusal) -> bool:
        """Record bytes that are not a request. Return whether they are a stray's."""
        method, target = request_line(refused.raw)
        if self._guard is not None and method and self._guard.route(target, (), peer.remote) == "stray":
            await self._guard.keep(_refused_stray(peer, refused, method, target))
            return True
        if not self._may_record():
            return False
        await self._store_refused(
            Capture(
                kind="refused",
                received_ms=now_ms(),
                method=method,
                target=target,
                version="",
                headers=(),
                body=refused.raw,
                remote=peer.remote,
                answered=None if peer.is_lost else refused.status or None,
                trouble=refused.trouble,
            )
        )
        return False

    async def _store_refused(self, capture: Capture) -> None:
        try:
            await self._take_refused(capture)
        except BusyError:
            self.refused_not_stored += 1
        except Exception as error:
            self.refused_not_stored += 1
            log_failure(log, "storing a refused request", error)

    def _may_record(self) -> bool:
        """Return whether another refused request can be stored this second. If not, count it."""
        second, count = self._second
        now = int(time.monotonic())
        if now != second:
            count = 0
        if count >= self._limits.refused_per_second:
            self.refused_not_stored += 1
            return False
        self._second = (now, count + 1)
        return True


def _capture(
    peer: Peer,
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
        remote=peer.remote,
        claimed=claimed_address(head.fields),
        answered=answered,
        trouble=trouble,
    )


def _stray(peer: Peer, request: Request) -> Stray:
    head, body = request.head, request.body
    return Stray(
        received_ms=request.received_ms,
        method=head.method,
        target=head.target,
        version=head.version,
        headers=head.headers,
        body=body.beginning(BODY_BYTES),
        body_bytes=max(body.size, min(head.declared or 0, _LARGEST)),
        remote=peer.remote,
        claimed=claimed_address(head.fields),
    )


def _refused_stray(peer: Peer, refused: Refusal, method: str, target: bytes) -> Stray:
    return Stray(
        received_ms=now_ms(),
        method=method,
        target=target,
        version="",
        headers=(),
        body=refused.raw[:BODY_BYTES],
        body_bytes=len(refused.raw),
        remote=peer.remote,
        claimed=None,
    )


def claimed_address(headers: Mapping[str, str]) -> str | None:
    """Return the first address in Forwarded (RFC 7239), X-Forwarded-For, X-Real-IP or CF-Connecting-IP.

    Anyone can send these, so the address is shown as claimed.
    """
    address = ""
    if forwarded := headers.get("Forwarded"):
        match = _FOR.search(forwarded)
        address = (match[1] or match[2] or "") if match else ""
    if not address and (hops := headers.get("X-Forwarded-For")):
        address = hops.partition(",")[0]
    if not address:
        address = headers.get("X-Real-IP") or headers.get("CF-Connecting-IP") or ""
    address = address.strip()
    if not address:
        return None
    return shortened(visible_bytes(address.encode("utf-8", "surrogateescape")), _LENGTH)
