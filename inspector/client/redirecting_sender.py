"""Sends requests to a target and follows redirects (RFC 9110, section 15.4), with one outcome for all of
them.

Another host gets its own sender, so that the target's own headers and certificates cannot reach it.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable, Container
from dataclasses import replace
from types import TracebackType
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from inspector.base.errors import InspectorError, UsageError
from inspector.client.connect import HostNotAllowed, Opened, is_remote
from inspector.client.connection import TargetConnection
from inspector.client.deadline_timer import DeadlineTimer
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.send import Sender
from inspector.client.target import Target, Tls
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.headers import Pair
from inspector.domain.capture.rows import AttemptOutcome
from inspector.domain.replay.redirect import MOST_REDIRECTS, Redirect

_FOLLOWED = frozenset((301, 302, 303, 307, 308))
"""Redirect statuses that clients follow. 300 offers a choice, and 304 is about a cache."""
_CREDENTIALS = frozenset((SIGNATURE_HEADER, b"authorization", b"cookie"))
_AS_WRITTEN = "".join(map(chr, range(0x21, 0x7F)))
"""Characters of a Location that stay unchanged. All others are percent-encoded."""
_STOPPED = "Stopped between two redirects."


def sender_to(
    target: Target,
    *,
    limits: ResponseLimits | None = None,
    require_local: bool = False,
    tls: ssl.SSLContext | None = None,
    follow_to: Container[str] | None = None,
    opened: Callable[[Opened], Awaitable[None]] | None = None,
) -> Sender | RedirectingSender:
    """Return a sender to `target`. With `follow_to`, it follows redirects to this machine and these hosts.

    `opened` is called with each connection to the target before anything is sent.
    """
    sender = Sender(target, limits=limits, require_local=require_local, tls=tls, opened=opened)
    if follow_to is None:
        return sender
    return RedirectingSender(sender, target, limits=limits or ResponseLimits(), allowed=follow_to)


class RedirectingSender:
    """A `Sender` that follows redirects. The time limit covers the whole chain."""

    def __init__(
        self, sender: Sender, target: Target, *, limits: ResponseLimits, allowed: Container[str]
    ) -> None:
        """`sender` sends to `target` and is closed with this one. `allowed` are hosts other than this
        machine."""
        self._sender = sender
        self._target = target
        self._limits = limits
        self._allowed = allowed
        self._own = frozenset(name.lower() for name, _ in target.headers)
        self._elsewhere: tuple[Target, Sender] | None = None
        self._deadline = DeadlineTimer()
        self.abandoned: Outcome | None = None
        """As `Sender.abandoned`, but never None after the first redirect."""

    async def __aenter__(self) -> RedirectingSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadline.close()
        await self._leave()
        await self._sender.close()

    @property
    def connection(self) -> TargetConnection | None:
        """The open connection to the target, or None."""
        return self._sender.connection

    async def send(self, request: WireRequest) -> Outcome:
        """Return the outcome of the last request. If a redirect is not followed, `error` is the reason.

        Raises HostNotAllowed as `Sender.send` does, but only for the target itself.
        """
        start = time.perf_counter()
        try:
            outcome = await self._sender.send(request)
        finally:
            self.abandoned = self._sender.abandoned
        if location_of(outcome) is None:
            return outcome
        way = _Way(self._target, request, outcome, start)
        try:
            with self._deadline.within(self._limits.whole_s - way.elapsed_s()):
                while (location := location_of(way.outcome)) is not None:
                    await self._follow(way, location)
        except NotFollowed as error:
            return way.outcome._replace(error=str(error))
        except TimeoutError:
            return way.ended("timeout", f"No final response within {self._limits.whole_s:g} s.")
        except BaseException:
            self.abandoned = way.ended("unknown", _STOPPED)
            raise
        return way.outcome

    async def _follow(self, way: _Way, location: bytes) -> None:
        status = way.outcome.status
        assert status is not None
        to = leads_to(way.target, way.request, location)
        if len(way.redirects) == MOST_REDIRECTS:
            raise NotFollowed(f"Stopped after {MOST_REDIRECTS} redirects. The next one leads to {to.netloc}.")
        # A request that returns from another host carries no headers of the target, because that host caused
        # it.
        is_elsewhere = way.has_left or not is_same_place(to, self._target)
        sender = await self._sender_elsewhere(to) if is_elsewhere else self._sender
        request = sent_on(way.request, status, to, is_elsewhere=is_elsewhere, own=self._own)
        start = time.perf_counter()
        try:
            outcome = await sender.send(request)
        except HostNotAllowed:
            raise _not_allowed(to) from None
        except BaseException:
            if sender.abandoned is not None:
                way.go(to, request, sender.abandoned, start, is_elsewhere=is_elsewhere)
            raise
        way.go(to, request, outcome, start, is_elsewhere=is_elsewhere)

    async def _sender_elsewhere(self, to: Target) -> Sender:
        """Return a sender to another host, if possible the last one: redirects mostly lead to one place."""
        if self._elsewhere is not None:
            place, sender = self._elsewhere
            if is_same_place(place, to):
                return sender
            await self._leave()
        is_allowed = to.host in self._allowed
        if not is_allowed and await is_remote(to):
            raise _not_allowed(to)
        # The certificate authority that the user trusts is not a secret. The client certificate is not sent.
        trusting = replace(to, tls=Tls(authority=self._target.tls.authority))
        sender = Sender(trusting, limits=self._limits, require_local=not is_allowed)
        self._elsewhere = to, sender
        return sender

    async def _leave(self) -> None:
        elsewhere, self._elsewhere = self._elsewhere, None
        if elsewhere is not None:
            await elsewhere[1].close()


class _Way:
    """The redirects of one request."""

    def __init__(self, target: Target, request: WireRequest, outcome: Outcome, start: float) -> None:
        self.target = target
        self.request = request
        self.outcome = outcome
        """The outcome of the last request, with the times of the whole chain."""
        self.redirects: tuple[Redirect, ...] = ()
        self.has_left = False
        """The request is sent to another host than the target."""
        self._start = start

    def elapsed_s(self) -> float:
        return time.perf_counter() - self._start

    def go(
        self, to: Target, request: WireRequest, outcome: Outcome, start: float, *, is_elsewhere: bool
    ) -> None:
        """Add a redirect that was followed at `start`, and its outcome."""
        assert self.outcome.status is not None
        self.redirects = (*self.redirects, Redirect(status=self.outcome.status, url=to.url))
        self.target, self.request, self.has_left = to, request, is_elsewhere
        before_ms = (start - self._start) * 1000
        first_byte_ms = outcome.first_byte_ms
        self.outcome = outcome._replace(
            started_ms=self.outcome.started_ms,
            elapsed_ms=before_ms + outcome.elapsed_ms,
            first_byte_ms=None if first_byte_ms is None else before_ms + first_byte_ms,
            redirects=self.redirects,
        )

    def ended(self, word: AttemptOutcome, sentence: str) -> Outcome:
        """Return the outcome of a chain that ends without a response."""
        return self.outcome._replace(outcome=word, error=sentence, elapsed_ms=self.elapsed_s() * 1000)


def _not_allowed(to: Target) -> NotFollowed:
    return NotFollowed(
        f"The redirect to {to.netloc} was not followed, because the host is not localhost and is not allowed."
    )


class NotFollowed(InspectorError):
    """Raised if a redirect is not followed. The sentence is the reason."""


def location_of(outcome: Outcome) -> bytes | None:
    """Return the Location of a redirect as received. None if there is none, or if several differ."""
    if outcome.status not in _FOLLOWED or outcome.outcome != "http-error":
        return None
    places = {value for name, value in outcome.response_headers if name.lower() == b"location"}
    return places.pop() if len(places) == 1 else None


def leads_to(target: Target, request: WireRequest, location: bytes) -> Target:
    """Return the place that `location` names, without the target's own headers and certificates.

    Its path is the whole request target. Raises NotFollowed if it is not an http or https URL.
    """
    # A # in a captured target is not a fragment, but was received like this.
    path = quote(request.target, safe=_AS_WRITTEN.replace("#", ""))
    try:
        url = urljoin(f"{target.scheme}://{target.netloc}{path}", quote(location, safe=_AS_WRITTEN))
        parts = urlsplit(urldefrag(url).url)
        place = Target.parse(f"{parts.scheme}://{parts.netloc}")
    except UsageError as error:
        raise NotFollowed(f"Cannot follow the redirect. {error}") from None
    except ValueError:
        raise NotFollowed("Cannot follow the redirect: its Location is not a valid URL.") from None
    return replace(place, path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_same_place(one: Target, other: Target) -> bool:
    """Return whether two targets have the same scheme, host and port."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def sent_on(
    request: WireRequest, status: int, to: Target, *, is_elsewhere: bool, own: Container[bytes] = ()
) -> WireRequest:
    """Return the request that follows a redirect of this status to `to`.

    307 and 308 keep method and body. So do 301 and 302, except that a POST becomes a GET, as in all clients.
    303 turns everything except a HEAD into a GET. Such a GET has no body and no header fields about one.
    Another place (see `is_same_place`) gets no credentials and none of the target's `own` header fields, in
    lower case.
    """
    becomes_get = status == 303 or (status in (301, 302) and request.method == b"POST")
    headers: list[Pair] = []
    for name, value in request.headers:
        lower = name.lower()
        if lower == b"host":
            headers.append((name, to.netloc.encode("ascii")))
        elif not (
            (is_elsewhere and (lower in _CREDENTIALS or lower in own))
            or (becomes_get and _speaks_of_a_body(lower))
        ):
            headers.append((name, value))
    onward = replace(request, target=to.request_target(b""), headers=tuple(headers))
    if not becomes_get:
        return onward
    method = b"HEAD" if request.method == b"HEAD" else b"GET"
    return replace(onward, method=method, body=b"", is_cut_short=False)


def _speaks_of_a_body(name: bytes) -> bool:
    return name.startswith(b"content-") or name in (b"digest", b"repr-digest", b"last-modified")
