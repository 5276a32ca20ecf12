"""The check of a receiver with valid and invalid events, its conclusions, and correct receivers to copy."""

from __future__ import annotations

import asyncio
import secrets as tokens
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.client.edit import Prepared
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.headers import Pair, with_headers
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.receiver.events import EventRequest, Maker
from inspector.domain.receiver.framework import FrameworkGuess
from inspector.domain.receiver.receiver_test import Conclusion, Known, ReceiverTest, Result
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import GROUPS, Area, ReceiverCause, ReceiverVerdict, TestGroup
from inspector.domain.receiver.table import TESTS
from inspector.domain.signature.secret import Secret
from inspector.outbox.attempts import attempt_of
from inspector.outbox.delivery import NO_STANDING
from inspector.outbox.permission import HostPermissions
from inspector.outbox.target_sender import TargetSender
from inspector.session.captures import Captures
from inspector.session.signature.secrets import Secrets
from inspector.session.targets import Destination, Targets

RESPONSE_BYTES = 64 * 1024
"""Maximum number of bytes of a response body that are read, compared and shown."""
LEAST_WAIT_S = 1.0
WAIT_FACTOR = 10
"""After a test without a response, the others wait this many times as long as the slowest response took."""
TITLES = tuple(test.title for test in TESTS)
"""The tests in order."""
ALL_GROUPS = frozenset(GROUPS)


def planned(groups: Collection[TestGroup] = ALL_GROUPS) -> tuple[tuple[str, TestGroup], ...]:
    """Return the titles of the tests of these groups in order, each with its group."""
    return tuple((test.title, test.group) for test in TESTS if test.group in groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of one test of the receiver."""

    test: str
    title: str
    """The test in a few words."""
    group: TestGroup
    area: Area
    result: Result
    ok: bool | None
    """Whether the receiver did nothing wrong; None if the test could not decide this."""
    status: int | None
    """The status of the decisive response; None without one."""
    elapsed_ms: float
    """The duration of the slowest response."""
    says: str
    exchanges: tuple[AttemptDetail, ...] = ()
    """The requests and responses in order. They are not stored, so they have no ids."""
    is_hanging: bool = False
    """Whether the receiver did not respond to the first valid event, so that the other tests were not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseProbe:
    """One request of the search for a cause: an event, signed as a faulty receiver may expect it."""

    words: str
    """`signed over {}`."""
    is_accepted: bool
    exchange: AttemptDetail
    sent: int
    """The number of requests of the search so far."""
    most: int
    """The most requests that the search may send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The last step of a check: its verdict and all that it found."""

    verdict: ReceiverVerdict
    sentence: str
    """The verdict as a sentence: `Your receiver rejects valid deliveries: it verifies {} instead of the
    body.`"""
    causes: tuple[ReceiverCause, ...] = ()
    ruled_out: tuple[str, ...] = ()
    framework: FrameworkGuess | None = None
    results: tuple[CheckResult, ...] = ()
    probes: tuple[CauseProbe, ...] = ()
    requests: int = 0
    """The number of requests sent."""
    elapsed_ms: float = 0.0


CheckStep: TypeAlias = CheckResult | CauseProbe | CheckReport


class ReceiverCheck:
    """Sends the events of the check. Nothing is stored."""

    def __init__(
        self, secrets: Secrets, targets: Targets, hosts: HostPermissions, captures: Captures
    ) -> None:
        self._secrets = secrets
        self._targets = targets
        self._hosts = hosts
        self._captures = captures

    async def run(
        self,
        to: str | Destination,
        *,
        sign_with: str | None = None,
        groups: Collection[TestGroup] = ALL_GROUPS,
    ) -> AsyncGenerator[CheckStep, None]:
        """Yield the result of each test when it is known, each request that searches for a cause, and at
        the end a `CheckReport`.

        `to` is a URL, or a named target with its headers and certificates. The active secret `sign_with`, by
        default that of `likely_secret`, signs the events. Only the tests of `groups` are run, after the first
        valid event. Raises InspectorError without a secret or if the
        receiver is unreachable, and UsageError for an invalid target or a host that is not allowed.
        """
        destination = await self._targets.resolve(to) if isinstance(to, str) else to
        secret = self._secret(sign_with or await self.likely_secret())
        maker = Maker(key=secret.key, run=tokens.token_hex(4))
        receiver = _Receiver(destination, self._hosts)
        started = time.perf_counter()
        results: list[CheckResult] = []
        try:
            async for result in _tested(receiver, maker, groups):
                results.append(result)
                yield result
        finally:
            await receiver.close()
        yield CheckReport(
            verdict=_verdict(results),
            sentence=conclusion(results),
            results=tuple(results),
            requests=sum(len(result.exchanges) for result in results),
            elapsed_ms=1000 * (time.perf_counter() - started),
        )

    async def likely_secret(self) -> str | None:
        """Return the active secret that verified the newest valid capture, otherwise the first active one."""
        active = [secret.name for secret in self._secrets.active]
        if len(active) > 1:
            for name in await self._verifying():
                if name in active:
                    return name
        return active[0] if active else None

    async def _verifying(self) -> list[str | None]:
        ids = await self._captures.ids(EVERYTHING, "verdict:valid kind:captured", limit=1)
        return [row.verdict.secret for row in self._captures.rows(ids).values()]

    def _secret(self, name: str | None) -> Secret:
        found = next((secret for secret in self._secrets.active if secret.name == name), None)
        if name is None:
            raise InspectorError("No secret for signing. Set BLITZ_WEBHOOK_SECRET to the receiver's secret.")
        if found is None:
            raise UsageError(
                f"The secret {visible(name)} is no longer active. Activate it or choose another one."
            )
        return found


class _Receiver:
    """The receiver under test. After the first request without a response, later ones wait less long."""

    def __init__(self, destination: Destination, hosts: HostPermissions) -> None:
        self.target = destination.target
        self._destination = destination
        self._hosts = hosts
        self._limits = replace(destination.limits, response_body=RESPONSE_BYTES)
        self._sender = self._sender_with(self._limits)
        self._is_impatient = False
        self._slowest_s = 0.0

    async def send(self, delivery: EventRequest) -> tuple[Reply, AttemptDetail]:
        """Send one delivery. Return the reply, and the attempt to show."""
        request = _request(self.target, delivery)
        outcome = await self._sender.send(request)
        reply = _reply(outcome)
        if reply.error is None:
            self._slowest_s = max(self._slowest_s, outcome.elapsed_ms / 1000)
        elif reply.is_timeout and not self._is_impatient:
            self._is_impatient = True
            await self.close()
            wait = min(self._limits.whole_s, max(LEAST_WAIT_S, WAIT_FACTOR * self._slowest_s))
            self._sender = self._sender_with(replace(self._limits, whole_s=wait))
        return reply, _exchange(request, outcome, self.target)

    async def send_all(
        self, deliveries: Sequence[EventRequest], *, is_at_once: bool
    ) -> list[tuple[EventRequest, Reply, AttemptDetail]]:
        """Send deliveries one after another, or at once, each over a connection of its own."""
        if not is_at_once:
            return [(delivery, *await self.send(delivery)) for delivery in deliveries]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._send_alone(delivery)) for delivery in deliveries]
        return [task.result() for task in tasks]

    async def _send_alone(self, delivery: EventRequest) -> tuple[EventRequest, Reply, AttemptDetail]:
        request = _request(self.target, delivery)
        async with self._sender_with(self._limits) as sender:
            outcome = await sender.send(request)
        return delivery, _reply(outcome), _exchange(request, outcome, self.target)

    async def close(self) -> None:
        """Close the connection."""
        await self._sender.close()

    def _sender_with(self, limits: ResponseLimits) -> TargetSender:
        return TargetSender(self._destination, self._hosts, limits=limits, own=self._hosts.own)


_Exchanged: TypeAlias = tuple[EventRequest, Reply, AttemptDetail]


async def _tested(
    receiver: _Receiver, maker: Maker, groups: Collection[TestGroup]
) -> AsyncGenerator[CheckResult, None]:
    known = Known()
    for test in TESTS:
        if test.group not in groups and known.first is not None:
            continue
        conclusion, sent = await _talked(receiver, test, maker, known)
        found = [reply for _, reply, _ in sent]
        if known.first is None and found[0].is_unreachable:
            raise InspectorError(f"Cannot check the receiver. {found[0].error}")
        result = _result(test, conclusion, found, [exchange for *_, exchange in sent])
        if known.first is None and found[0].is_timeout:
            yield replace(result, is_hanging=True)
            return
        if test.group in groups:
            yield result
        known = known.after(test.name, conclusion, [(request, reply) for request, reply, _ in sent])


async def _talked(
    receiver: _Receiver, test: ReceiverTest, maker: Maker, known: Known
) -> tuple[Conclusion, list[_Exchanged]]:
    """Return the conclusion of a test, and everything that was sent for it."""
    talk = test.talk(maker, known)
    sent: list[_Exchanged] = []
    try:
        requests = next(talk)
        while True:
            new = await receiver.send_all(requests, is_at_once=test.is_at_once)
            sent += new
            requests = talk.send([reply for _, reply, _ in new])
    except StopIteration as end:
        return end.value, sent


def _result(
    test: ReceiverTest, conclusion: Conclusion, found: Sequence[Reply], exchanges: Sequence[AttemptDetail]
) -> CheckResult:
    decisive = next((reply for reply in found if not reply.is_accepted), found[-1] if found else None)
    return CheckResult(
        test=test.name,
        title=test.title,
        group=test.group,
        area=test.area,
        result=conclusion.result,
        ok=conclusion.ok,
        status=None if decisive is None else decisive.status,
        elapsed_ms=max((reply.elapsed_ms for reply in found), default=0.0),
        says=conclusion.says,
        exchanges=tuple(exchanges),
    )


def _verdict(results: Sequence[CheckResult]) -> ReceiverVerdict:
    failed = {result.group for result in results if result.result == "failed" and result.area == "signature"}
    if {"accepts", "rejects"} <= failed:
        return "both"
    return "rejects-valid" if "accepts" in failed else "accepts-forged" if "rejects" in failed else "correct"


def _reply(outcome: Outcome) -> Reply:
    return Reply(
        status=outcome.status,
        elapsed_ms=outcome.elapsed_ms,
        headers=outcome.response_headers,
        body=outcome.response_body,
        error=outcome.error,
        is_cut=outcome.is_response_cut and outcome.error is None,
        is_timeout=outcome.outcome == "timeout" and outcome.connected_to is not None,
        is_unreachable=outcome.connected_to is None or outcome.outcome == "tls",
        is_local=outcome.is_local is True,
    )


def _request(target: Target, delivery: EventRequest) -> WireRequest:
    headers: list[Pair] = [
        (b"Host", target.netloc.encode()),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"%d" % len(delivery.body)),
    ]
    if delivery.signature is not None:
        headers.append((SIGNATURE_HEADER, delivery.signature))
    return WireRequest(
        method=delivery.method,
        target=target.request_target(b"/"),
        version=delivery.version.encode(),
        headers=(*with_headers(headers, target.headers), *delivery.headers),
        body=delivery.body,
    )


def _exchange(request: WireRequest, outcome: Outcome, target: Target) -> AttemptDetail:
    """Return a delivery as it is shown: an attempt without a capture."""
    prepared = Prepared(request=request, signature="original", is_edited=False, sent_body=request.body)
    return attempt_of(prepared, outcome, target, capture_id=0, standing=NO_STANDING)


MARKS: Mapping[Result, str] = {"passed": "✓", "warning": "!", "failed": "✗", "undecided": "?"}
"""The sign for each result."""
WRONG_PATH = "Every event got 404. Check the path of the URL."
HANGING = "The receiver did not respond to a valid event, so the other tests were not run."


def conclusion(results: Sequence[CheckResult]) -> str:
    """Return the conclusion of all results so far, in one or two sentences."""
    total = len(TITLES)
    failed, warnings, undecided = (
        sum(result.result == kind for result in results) for kind in ("failed", "warning", "undecided")
    )
    if any(result.is_hanging for result in results):
        return HANGING
    if len(results) < total:
        found = f"{failed} failed" if failed else "none failed"
        return f"Stopped after {len(results)} of {total} tests: {found}."
    if {exchange.row.status for result in results for exchange in result.exchanges} == {404}:
        return WRONG_PATH
    if failed:
        more = [f"{warnings} with a warning"] if warnings else []
        more += [f"{undecided} undecided"] if undecided else []
        rest = f", {' and '.join(more)}" if more else ""
        return f"{failed} of {total} tests failed{rest}."
    more = [f"{warnings} {'has' if warnings == 1 else 'have'} a warning"] if warnings else []
    more += [f"{undecided} {'is' if undecided == 1 else 'are'} undecided"] if undecided else []
    if more:
        return f"None of the {total} tests failed, but {' and '.join(more)}."
    return f"This receiver is correct. It passed all {total} tests."


def as_text(results: Sequence[CheckResult], *, to: str, secret: str) -> str:
    """Return all results for sharing: one line per test in columns, and the conclusion."""
    lines = [f"Check of {visible(to)}, signed with {visible(secret)}", ""]
    for result in results:
        status = "–" if result.status is None else str(result.status)
        lines.append(
            f"{MARKS[result.result]} {result.result:<9}  {result.test:<14} {status:>3}"
            f" {result.elapsed_ms:>8,.1f} ms  {visible(result.says)}"
        )
    return "\n".join([*lines, "", conclusion(results), ""])
