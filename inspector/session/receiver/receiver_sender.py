"""Sends the requests of a check: at a pace, bounded in time and size, and until it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Generic, NamedTuple, TypeVar

from inspector.base.clock import now_ms
from inspector.base.errors import UsageError
from inspector.base.quantity import counted, remaining_text
from inspector.client.edit import Prepared
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.retry import LONGEST_RETRY_AFTER_S, retry_after_s
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.headers import Pair, with_headers, without_headers
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.mask.masked_response import Credentials
from inspector.domain.receiver.events import EventRequest
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.steps import CheckNotice
from inspector.domain.receiver.verdict import STOPPED
from inspector.domain.signature.secret import Secret
from inspector.outbox.attempts import attempt_of, without_credentials
from inspector.outbox.delivery import NO_STANDING
from inspector.outbox.permission import HostPermissions
from inspector.outbox.target_sender import TargetSender
from inspector.session.targets import Destination

T = TypeVar("T")

CHECK_HEADER = b"webhook-inspector-check"
"""Marks each made-up request, with the id of the check as its value."""
RESPONSE_BYTES = 64 * 1024
"""Maximum number of bytes of a response body that are read, compared and shown."""
LEAST_WAIT_S = 1.0
WAIT_FACTOR = 3
"""After a request without a response, the others wait this many times as long as the slowest response
took."""
LONGEST_PAUSE_S = 30.0
"""The longest wait that the receiver can ask for with Retry-After."""
MOST_PAUSES_S = 120.0
"""The most that the waits of one check take together."""
_LEAST_SECRET = 8
"""Minimum length of a secret that is searched in responses: a shorter one can be there by chance."""
MOST_RESPONDING_S = 600.0
"""The most time that all responses of one check take together."""
MOST_HANGING_S = 120.0
"""The same at a receiver that did not respond once."""
RESTART_S = 1.0
"""The time for a receiver to restart, such as a development server after it failed."""
_MOST_TRIES = 6
"""How often one request is sent if the receiver keeps asking to wait."""
_LEAST_PAUSE_S = 1.0
"""With a shorter one, a receiver could get each request several times."""
_MOST_PER_SECOND = 1_000.0
_LATER = 1.06
"""Timers of Qt's loop can be 5 % early."""

Composed = Callable[[EventRequest], WireRequest]
"""Makes the request of an event."""


class Exchange(NamedTuple):
    """One event that was sent, and the response."""

    event: EventRequest
    reply: Reply
    attempt: AttemptDetail


class CheckEnded(Exception):
    """Raised if a check ends early. Its text is the reason as a sentence."""


class CheckStopped(CheckEnded):
    """Raised in a check that was stopped."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


class ReceiverBusy(CheckEnded):
    """Raised if a receiver asks for longer waits than a check allows."""

    def __init__(self, exchange: Exchange, asked_s: float) -> None:
        wait = remaining_text(asked_s * 1000)
        if asked_s >= LONGEST_RETRY_AFTER_S:
            wait = f"at least {wait}"
        super().__init__(f"The receiver responds with {exchange.reply.status} and asks to wait {wait}.")
        self.exchange = exchange


class ReceiverGone(CheckEnded):
    """Raised if a receiver that responded before cannot be reached any more."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(f"{exchange.reply.error} The receiver responded before, so it may have crashed.")
        self.exchange = exchange


class ReceiverSlow(CheckEnded):
    """Raised if a receiver takes too long to respond to all requests of a check."""

    def __init__(self, requests: int, seconds: float) -> None:
        took = remaining_text(seconds * 1000)
        super().__init__(
            f"The receiver took {took} for {counted(requests, 'request')}, so the check ended early."
        )


class CheckStop:
    """A switch that ends a check. The check then reports what it found until then."""

    def __init__(self) -> None:
        self.is_set = False
        self._task: asyncio.Task[Any] | None = None
        self._cancels_before = 0

    def set(self) -> None:
        """End the check, and the request in flight. Call it on the loop of the check."""
        if not self.is_set:
            self.is_set = True
            if self._task is not None:
                self._task.cancel()

    def __enter__(self) -> None:
        """Raise CheckStopped in the `with` block once the switch is set."""
        if self.is_set:
            raise CheckStopped
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancels_before = self._task.cancelling()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        assert task is not None
        is_ours = self.is_set and isinstance(error, asyncio.CancelledError)
        if is_ours and task.uncancel() <= self._cancels_before:
            raise CheckStopped from None


class Collected(Generic[T]):
    """The results of a part of a check. Iterating over it runs the part, and yields only its notices."""

    def __init__(self, steps: AsyncGenerator[CheckNotice | T, None]) -> None:
        self.results: list[T] = []
        """The results so far."""
        self._steps = steps

    async def __aenter__(self) -> Collected[T]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._steps.aclose()

    def __aiter__(self) -> Collected[T]:
        return self

    async def __anext__(self) -> CheckNotice:
        async for step in self._steps:
            if isinstance(step, CheckNotice):
                return step
            self.results.append(step)
        raise StopAsyncIteration


class ReceiverSender:
    """Sends requests to the receiver under test. After the first request without a response, later ones
    wait less long. As an async context manager, it closes its connection."""

    def __init__(
        self,
        destination: Destination,
        hosts: HostPermissions,
        *,
        run: str,
        secrets: Sequence[Secret] = (),
        composed: Composed | None = None,
        per_second: float | None = None,
        stop: CheckStop | None = None,
    ) -> None:
        """`run` is the id of the check. `secrets` are hidden in responses; the first one signs. `composed`
        makes each request, by default that of a made-up event. At most `per_second` requests are sent, by
        default as fast as the receiver responds.

        Raises UsageError for an invalid pace.
        """
        if per_second is not None and not 0 < per_second <= _MOST_PER_SECOND:
            raise UsageError("The pace is out of range. Use up to 1,000 requests per second.")
        self.target = destination.target
        self.requests = 0
        """The number of requests sent."""
        self._destination = destination
        self._hosts = hosts
        self._run = run
        keys = [one.key if len(one.key) >= _LEAST_SECRET else b"" for one in secrets]
        self._secret = keys[0].lower() if keys else b""
        self._credentials = Credentials(filter(None, keys))
        self._composed = composed or self._event
        self._gap_s = 0.0 if per_second is None else 1 / per_second
        self._next = 0.0
        self._stop = stop or CheckStop()
        self._limits = replace(destination.limits, response_body=RESPONSE_BYTES)
        self._sender = self._sender_with(self._limits)
        self._was_reached = False
        self._is_impatient = False
        self._slowest_s = 0.0
        self._paused_s = 0.0
        self._responding_s = 0.0

    async def __aenter__(self) -> ReceiverSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sender.close()

    @property
    def is_paced(self) -> bool:
        """Whether the requests per second are limited."""
        return self._gap_s > 0

    async def deliver(
        self, events: Sequence[EventRequest], *, is_at_once: bool = False, is_patient: bool = True
    ) -> AsyncGenerator[CheckNotice | Exchange, None]:
        """Yield the exchange of each event in order, and a notice before each wait that the receiver asks
        for.

        With `is_at_once`, all events are sent at the same time, each over a connection of its own. Unless it
        `is_patient`, a response that asks to wait is final. Raises
        CheckEnded, and UsageError if the host must be allowed first.
        """
        first = await self._at_once(events) if is_at_once else []
        for number, event in enumerate(events):
            exchange = first[number] if is_at_once else await self.send(event)
            for tries in range(1, _MOST_TRIES + 1):
                pause_s = self._pause_s(exchange, tries) if is_patient else None
                if pause_s is None:
                    break
                reply, wait = exchange.reply, remaining_text(pause_s * 1000)
                says = reply.error or f"The receiver responds with {reply.status} and asks to wait."
                yield CheckNotice(says=f"{says} Trying again in {wait}…", wait_s=pause_s)
                await self._wait(pause_s)
                self._paused_s += pause_s
                exchange = await self.send(event)
            yield exchange

    async def send(self, event: EventRequest) -> Exchange:
        """Send one event and return its exchange. Raises as `deliver` does."""
        if self._responding_s > (MOST_HANGING_S if self._is_impatient else MOST_RESPONDING_S):
            raise ReceiverSlow(self.requests, self._responding_s)
        await self._keep_pace()
        with self._stop:
            exchange = await self._sent(self._sender, event)
            if exchange.attempt.row.outcome == "reset" and exchange.attempt.row.connect_ms is None:
                # The receiver closed the open connection at that moment, as servers do after a while.
                exchange = await self._sent(self._sender, event)
        self._responding_s += exchange.reply.elapsed_ms / 1000
        await self._learn(exchange.reply)
        return exchange

    async def unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of other work of the check. Raises CheckStopped."""
        try:
            with self._stop:
                return await work
        finally:
            work.close()

    async def _at_once(self, events: Sequence[EventRequest]) -> list[Exchange]:
        senders = [self._sender_with(self._limits) for _ in events]
        try:
            with self._stop:
                async with asyncio.TaskGroup() as tasks:
                    sent = [
                        tasks.create_task(self._sent(sender, event))
                        for sender, event in zip(senders, events, strict=True)
                    ]
        except ExceptionGroup as problems:  # the host lost its permission: all failed alike
            raise problems.exceptions[0] from None
        finally:
            for sender in senders:
                await sender.close()
        exchanges = [task.result() for task in sent]
        for exchange in exchanges:
            await self._learn(exchange.reply)
        return exchanges

    async def _sent(self, sender: TargetSender, event: EventRequest) -> Exchange:
        request = self._composed(event)
        self.requests += 1
        outcome = await sender.send(request)
        attempt = _attempt(request, outcome, self.target)
        shows_secret = bool(self._secret) and any(self._secret in text.lower() for text in _received(attempt))
        attempt = without_credentials(attempt, self._credentials)
        reply = Reply.of(attempt, is_local=outcome.is_local is True, shows_secret=shows_secret)
        return Exchange(event, reply, attempt)

    async def _learn(self, reply: Reply) -> None:
        self._was_reached = self._was_reached or not reply.is_unreachable
        if reply.error is None:
            self._slowest_s = max(self._slowest_s, reply.elapsed_ms / 1000)
        elif reply.is_timeout and not self._is_impatient:
            self._is_impatient = True
            await self._sender.close()
            wait = min(self._limits.whole_s, max(LEAST_WAIT_S, WAIT_FACTOR * self._slowest_s))
            self._limits = replace(self._limits, whole_s=wait)
            self._sender = self._sender_with(self._limits)

    def _sender_with(self, limits: ResponseLimits) -> TargetSender:
        return TargetSender(self._destination, self._hosts, limits=limits, own=self._hosts.own)

    # ---- waiting

    def _pause_s(self, exchange: Exchange, tries: int) -> float | None:
        """Return how long to wait before a request is sent again after `tries` times, or None if its
        exchange is complete."""
        reply = exchange.reply
        if reply.is_unreachable and self._was_reached:
            if tries > 1:
                raise ReceiverGone(exchange)
            return RESTART_S
        if reply.status not in (429, 503) or reply.error is not None:
            return None
        asked_s = retry_after_s(reply.headers, now_ms=now_ms())
        if asked_s is None:
            if reply.status == 503:
                return None
            asked_s = 2.0 ** (tries - 1)
        pause_s = max(asked_s, _LEAST_PAUSE_S)
        if pause_s > LONGEST_PAUSE_S or self._paused_s + pause_s > MOST_PAUSES_S or tries == _MOST_TRIES:
            raise ReceiverBusy(exchange, asked_s)
        return pause_s

    async def _keep_pace(self) -> None:
        if self._gap_s:
            loop = asyncio.get_running_loop()
            await self._wait(self._next - loop.time())
            self._next = max(self._next, loop.time() - self._gap_s) + self._gap_s

    async def _wait(self, seconds: float) -> None:
        """Wait at least this long."""
        if seconds > 0:
            with self._stop:
                await asyncio.sleep(seconds * _LATER)

    # ---- the request

    def _event(self, event: EventRequest) -> WireRequest:
        """Return the request of a made-up event."""
        own = {name.lower() for name, _ in self.target.headers}
        signed = [pair for pair in signed_headers(event) if pair[0].lower() not in own]
        replaced = {name.lower() for name, _ in signed}
        headers: list[Pair] = [
            (b"Host", self.target.netloc.encode()),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", b"%d" % len(event.body)),
            (CHECK_HEADER, self._run.encode()),
        ]
        kept = without_headers(headers, replaced)
        return WireRequest(
            method=event.method,
            target=self.target.request_target(b"/"),
            version=event.version.encode(),
            headers=(*with_headers(kept, self.target.headers), *signed),
            body=event.body,
        )


def signed_headers(event: EventRequest) -> list[Pair]:
    """Return the signature of an event, if it has one, and its further headers."""
    signature = [] if event.signature is None else [(SIGNATURE_HEADER, event.signature)]
    return [*signature, *event.headers]


def _attempt(request: WireRequest, outcome: Outcome, target: Target) -> AttemptDetail:
    """Return a delivery as it is shown: an attempt without a capture."""
    prepared = Prepared(request=request, signature="original", is_edited=False, sent_body=request.body)
    return attempt_of(prepared, outcome, target, capture_id=0, standing=NO_STANDING)


def _received(attempt: AttemptDetail) -> Iterator[bytes]:
    yield attempt.response_body
    yield from (value for _, value in attempt.response_headers)
