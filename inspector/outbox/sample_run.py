"""A run of samples to a target, at a pace. Deliveries are sent and counted, but not stored as attempts.

Replay plans store each delivery of a capture before it leaves. A load test has no captures and may have
millions of deliveries, so it only counts their outcomes. It shares the clock and the sender of plans.
"""

from __future__ import annotations

import asyncio
import math
import secrets as tokens
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from inspector.base.errors import UsageError
from inspector.base.tasks import Tasks
from inspector.client.outcome import Outcome
from inspector.client.target import Destination, Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER, WRONG_SECRET_NONCE
from inspector.domain.capture.headers import with_headers
from inspector.domain.event.sample_traffic import SampleDelivery
from inspector.domain.replay.plan_options import MAX_AT_ONCE, MAX_RATE
from inspector.domain.signature.signature import digest
from inspector.outbox.pacing import NEAR_S, SLICE_S, Pacing
from inspector.outbox.target_sender import TargetSender

_MOST_AHEAD = 128
"""Maximum deliveries that are made before they leave. Their nonces are stored in one commit."""
_BUCKETS = 32
"""Buckets of response times per factor of e, so a quantile is right to about 3 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """The distribution of response times, in milliseconds."""

    median_ms: float
    p95_ms: float
    p99_ms: float
    slowest_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """The result of a run of samples, so far or at its end."""

    sent: int
    """Samples with a 2xx response."""
    failed: int
    """Samples without one, except for those that a correct receiver rejects."""
    error: str | None
    """The first failure, in a sentence."""
    secret: str | None
    """The name of the secret that signed them; None if one was generated for this run."""
    is_rejected: bool
    """Whether the receiver responded with a 4xx status to at least one that was correctly signed.

    404 does not count, because it is about the path.
    """
    rejected: int
    """Samples without a valid signature that got a 4xx status, as they should."""
    accepted: int
    """Samples without a valid signature that got a 2xx response. They are also in `sent`."""
    statuses: tuple[tuple[str, int], ...]
    """How often each status came, or each reason for no response, the most frequent first."""
    times: ResponseTimes | None
    """None without a response."""
    elapsed_s: float
    latest_ms: float
    """How much later than its time the latest delivery left; 0 without a rate."""
    seed: int | None
    """The seed of the choices; None without any."""
    total: int | None
    """The number of deliveries of the whole run, or None if that is not known."""
    is_gone: bool
    """Whether the run ended early, because the receiver no longer responded."""
    without_response: int
    """The number of latest deliveries in succession that got no response."""

    @property
    def deliveries(self) -> int:
        """The number of deliveries that have an outcome."""
        return sum(count for _, count in self.statuses)


class SampleRun:
    """Sends samples until there are no more, it is stopped, or the receiver is gone."""

    def __init__(
        self,
        deliveries: Iterator[SampleDelivery],
        *,
        destination: Destination,
        connect: Callable[[], TargetSender],
        announce: Callable[[list[str]], Awaitable[object]],
        key: bytes,
        secret: str | None,
        seed: int | None = None,
        total: int | None = None,
        rate: float | None = None,
        at_once: int = 1,
        most_without_response: int = 1,
    ) -> None:
        """`announce` stores nonces before they are sent. The run ends after `most_without_response`
        deliveries in succession without a response. Raises UsageError for an impossible pace."""
        if rate is not None and not 0 < rate <= MAX_RATE:
            raise UsageError(f"A rate must be above 0 and at most {MAX_RATE:,.0f} per second.")
        if not 1 <= at_once <= MAX_AT_ONCE:
            raise UsageError(
                f"{at_once} is not a valid number of concurrent deliveries. Use 1 to {MAX_AT_ONCE}."
            )
        self.target = destination.target
        self.delivered: Callable[[int, SampleDelivery, Outcome], object] = lambda *_: None
        """Called with each delivery, its number from 1, and its outcome."""
        self.is_stopped = False
        self._deliveries = deliveries
        self._connect = connect
        self._announce = announce
        self._key, self._wrong_key = key, tokens.token_bytes(16)
        self._secret = secret
        self._seed = seed
        self._total = total
        self._rate = rate
        self._at_once = at_once
        self._ready: deque[tuple[SampleDelivery, str]] = deque()
        self._taken = 0
        self._turn = asyncio.Lock()
        self._pacing = Pacing()
        self._latest_ms = 0.0
        self._most_without_response = most_without_response
        self._without_response = 0
        self._is_over = False
        self._workers: list[asyncio.Task[None]] = []
        self._began = self._ended = 0.0
        self._sent = self._failed = self._rejected = self._accepted = 0
        self._error: str | None = None
        self._is_rejected = False
        self._statuses: Counter[str] = Counter()
        self._times: Counter[int] = Counter()
        self._slowest_ms = 0.0

    @property
    def result(self) -> SampleResult:
        """The result so far."""
        return SampleResult(
            sent=self._sent,
            failed=self._failed,
            error=self._error,
            secret=self._secret,
            is_rejected=self._is_rejected,
            rejected=self._rejected,
            accepted=self._accepted,
            statuses=tuple(self._statuses.most_common()),
            times=self._response_times(),
            elapsed_s=(self._ended or time.monotonic()) - self._began if self._began else 0.0,
            latest_ms=self._latest_ms,
            seed=self._seed,
            total=self._total,
            is_gone=self._without_response >= self._most_without_response and not self.is_stopped,
            without_response=self._without_response,
        )

    async def work(self) -> SampleResult:
        """Send everything, and return the result. Raises HostNotAllowed, or what making a delivery raises."""
        self._began = time.monotonic()
        self._pacing.begin(is_paced=self._rate is not None)
        if not self.is_stopped:
            tasks = Tasks()
            self._workers = [
                tasks.spawn(self._work(), "send samples", is_awaited=True) for _ in range(self._at_once)
            ]
            try:
                await asyncio.wait(self._workers, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                self._is_over = True
                for task in self._workers:
                    task.cancel()
                await asyncio.gather(*self._workers, return_exceptions=True)
                self._ended = time.monotonic()
        for task in self._workers:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        return self.result

    def stop(self) -> None:
        """Send nothing more, and cancel the deliveries in flight. They have no outcome."""
        self.is_stopped = self._is_over = True
        for task in self._workers:
            task.cancel()

    async def _work(self) -> None:
        async with self._connect() as sender:
            while (taken := await self._take()) is not None:
                number, one, nonce = taken
                if self._rate is not None:
                    await self._wait(round((number - 1) * 1000 / self._rate))
                if self._is_over:
                    return
                self._count(number, one, await sender.send(self._request(one, nonce)))

    async def _take(self) -> tuple[int, SampleDelivery, str] | None:
        async with self._turn:
            if self._is_over:
                return None
            if not self._ready:
                # At a slow rate, answers must not be older than about a second when they leave.
                size = _MOST_AHEAD if self._rate is None else max(1, min(_MOST_AHEAD, int(self._rate)))
                made = await asyncio.to_thread(lambda: list(islice(self._deliveries, size)))
                nonces = [_nonce(one) for one in made]
                if made:
                    await self._announce(nonces)
                self._ready.extend(zip(made, nonces, strict=True))
            if not self._ready:
                return None
            self._taken += 1
            one, nonce = self._ready.popleft()
            return self._taken, one, nonce

    async def _wait(self, at_ms: int) -> None:
        while (early_s := -self._pacing.late_s(at_ms)) > 0 and not self._is_over:  # noqa: ASYNC110 - a time
            await asyncio.sleep(early_s if early_s <= NEAR_S else min(SLICE_S, early_s - NEAR_S / 2))
        self._latest_ms = max(self._latest_ms, -early_s * 1000)

    def _request(self, one: SampleDelivery, nonce: str) -> WireRequest:
        target: Target = self.target
        key = self._wrong_key if "wrong-secret" in one.marks else self._key
        signature = () if "unsigned" in one.marks else ((SIGNATURE_HEADER, digest(key, one.body).encode()),)
        headers = (
            (b"Host", target.netloc.encode()),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", b"%d" % len(one.body)),
            *signature,
            (SAMPLE_HEADER, nonce.encode()),
        )
        return WireRequest(
            method=b"POST",
            target=target.request_target(b"/"),
            headers=tuple(with_headers(headers, target.headers)),
            body=one.body,
        )

    def _count(self, number: int, one: SampleDelivery, outcome: Outcome) -> None:
        status = outcome.status
        is_client_error = 400 <= (status or 0) < 500
        self._statuses[outcome.outcome if status is None else str(status)] += 1
        if status is not None:
            self._times[math.floor(math.log(max(outcome.elapsed_ms, 0.01)) * _BUCKETS)] += 1
            self._slowest_ms = max(self._slowest_ms, outcome.elapsed_ms)
        if outcome.is_success:
            self._sent += 1
            self._accepted += one.is_to_reject
        elif one.is_to_reject and is_client_error:
            self._rejected += 1
        else:
            self._failed += 1
            self._is_rejected |= is_client_error and status != 404
            if self._error is None:
                self._error = outcome.error or f"{self.target.netloc} responded {status}."
        self._without_response = self._without_response + 1 if status is None else 0
        if self._without_response >= self._most_without_response:
            self._is_over = True  # the receiver is gone
        self.delivered(number, one, outcome)

    def _response_times(self) -> ResponseTimes | None:
        total = self._times.total()
        if not total:
            return None
        found: list[float] = []
        buckets = sorted(self._times.items())
        for part in (0.5, 0.95, 0.99):
            left = math.ceil(total * part)
            for bucket, count in buckets:
                left -= count
                if left <= 0:
                    found.append(min(math.exp((bucket + 1) / _BUCKETS), self._slowest_ms))
                    break
        median, p95, p99 = found
        return ResponseTimes(median_ms=median, p95_ms=p95, p99_ms=p99, slowest_ms=self._slowest_ms)


def _nonce(one: SampleDelivery) -> str:
    return (WRONG_SECRET_NONCE if "wrong-secret" in one.marks else "") + tokens.token_hex(16)
