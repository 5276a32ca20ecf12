"""Send requests to a target, and on to where its answers redirect: what came of it is one outcome.

A sender of its own goes elsewhere, so that nothing which belongs to the target can go there with it.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Collection
from dataclasses import replace
from types import TracebackType

from inspector.client.connect import HostNotAllowed, leads_away
from inspector.client.deadline_timer import DeadlineTimer
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.redirection import NotFollowed, is_same_place, leads_to, location_of, sent_on
from inspector.client.send import Sender
from inspector.client.target import Target, Tls
from inspector.client.wire import WireRequest
from inspector.domain.capture.rows import AttemptOutcome
from inspector.domain.replay.redirect import MOST_REDIRECTS, Redirect

_STOPPED = "It was stopped on its way from one redirect to the next."


def sender_to(
    target: Target,
    *,
    limits: ResponseLimits | None = None,
    require_local: bool = False,
    tls: ssl.SSLContext | None = None,
    follow_to: Collection[str] | None = None,
) -> Sender | RedirectingSender:
    """A sender to `target`; with `follow_to` one that follows redirects, within this machine and to the hosts
    of these names."""
    sender = Sender(target, limits=limits, require_local=require_local, tls=tls)
    if follow_to is None:
        return sender
    return RedirectingSender(sender, target, limits=limits or ResponseLimits(), allowed=follow_to)


class RedirectingSender:
    """Used as a `Sender`. The limit of time is for the whole way; the head and body kept are of its end."""

    def __init__(
        self, sender: Sender, target: Target, *, limits: ResponseLimits, allowed: Collection[str]
    ) -> None:
        """It closes `sender`, which sends to `target`. `allowed` are hosts beyond this machine."""
        self._sender = sender
        self._target = target
        self._limits = limits
        self._allowed = allowed
        self._own = frozenset(name.lower() for name, _ in target.headers)
        self._elsewhere: tuple[Target, Sender] | None = None
        self._alarm = DeadlineTimer()
        self.abandoned: Outcome | None = None
        """As `Sender.abandoned`; once a redirect was answered never None."""

    async def __aenter__(self) -> RedirectingSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alarm.close()
        await self._leave()
        await self._sender.close()

    async def send(self, request: WireRequest) -> Outcome:
        """What became of `request` in the end; of a redirect that is not followed it says why.

        Raises as `Sender.send`, for the target itself alone.
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
            with self._alarm.within(self._limits.whole_s - way.elapsed_s()):
                while (location := location_of(way.outcome)) is not None:
                    await self._follow(way, location)
        except NotFollowed as error:
            return replace(way.outcome, error=str(error))
        except TimeoutError:
            return way.ended("timeout", f"The redirects led to no answer within {self._limits.whole_s:g} s.")
        except BaseException:
            self.abandoned = way.ended("unknown", _STOPPED)
            raise
        return way.outcome

    async def _follow(self, way: _Way, location: bytes) -> None:
        status = way.outcome.status
        assert status is not None
        to = leads_to(way.target, way.request, location)
        if len(way.redirects) == MOST_REDIRECTS:
            raise NotFollowed(
                f"It was redirected {MOST_REDIRECTS} times and is again, to {to.netloc}: that may never end."
            )
        # A way that comes back brings nothing of the target's own: another host would have led it there.
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
        """The last one, where it leads there: a plan's answers as a rule all redirect to one place."""
        if self._elsewhere is not None:
            place, sender = self._elsewhere
            if is_same_place(place, to):
                return sender
            await self._leave()
        is_allowed = to.host in self._allowed
        if not is_allowed and await leads_away(to):
            raise _not_allowed(to)
        # Whom the user trusts to vouch for hosts is no secret; what vouches for the user is.
        trusting = replace(to, tls=Tls(authority=self._target.tls.authority))
        sender = Sender(trusting, limits=self._limits, require_local=not is_allowed)
        self._elsewhere = to, sender
        return sender

    async def _leave(self) -> None:
        elsewhere, self._elsewhere = self._elsewhere, None
        if elsewhere is not None:
            await elsewhere[1].close()


class _Way:
    """How far one request has come."""

    def __init__(self, target: Target, request: WireRequest, outcome: Outcome, start: float) -> None:
        self.target = target
        self.request = request
        self.outcome = outcome
        """Of the last place, with the times of the whole way."""
        self.redirects: tuple[Redirect, ...] = ()
        self.has_left = False
        """It was sent elsewhere."""
        self._start = start

    def elapsed_s(self) -> float:
        return time.perf_counter() - self._start

    def go(
        self, to: Target, request: WireRequest, outcome: Outcome, start: float, *, is_elsewhere: bool
    ) -> None:
        """It was sent on, at `start`, and this came of it."""
        assert self.outcome.status is not None
        self.redirects = (*self.redirects, Redirect(status=self.outcome.status, url=to.url))
        self.target, self.request, self.has_left = to, request, is_elsewhere
        before_ms = (start - self._start) * 1000
        first_byte_ms = outcome.first_byte_ms
        self.outcome = replace(
            outcome,
            started_ms=self.outcome.started_ms,
            elapsed_ms=before_ms + outcome.elapsed_ms,
            first_byte_ms=None if first_byte_ms is None else before_ms + first_byte_ms,
            redirects=self.redirects,
        )

    def ended(self, word: AttemptOutcome, sentence: str) -> Outcome:
        """It came to no answer, for this reason."""
        return replace(self.outcome, outcome=word, error=sentence, elapsed_ms=self.elapsed_s() * 1000)


def _not_allowed(to: Target) -> NotFollowed:
    return NotFollowed(
        f"It redirects to {to.netloc}, which is not a loopback address and was not allowed: that is not"
        " followed."
    )
