"""One check of one receiver in progress: its tests, the search for a cause, and the report."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from inspector.base.clock import now_ms
from inspector.base.worker import TooMuchWork, Worker
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.receiver.behaviour import always_fails, suspected, unsteady
from inspector.domain.receiver.events import USER
from inspector.domain.receiver.framework import advised, guess
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import CauseReport, ReceiverCause
from inspector.domain.receiver.search.cause_proof import RESERVED
from inspector.domain.receiver.search.cause_search import begin_search, continue_search
from inspector.domain.receiver.search.probes import Probe, ReceiverCase
from inspector.domain.receiver.steps import CauseProbe, CheckNotice, CheckReport, CheckResult
from inspector.domain.receiver.verdict import concluded
from inspector.domain.signature.secret import Secret
from inspector.domain.stringify import stringify
from inspector.session.receiver.receiver_sender import (
    CheckEnded,
    CheckStopped,
    Collected,
    Exchange,
    ReceiverSender,
)
from inspector.session.receiver.run_capture import CaptureRun
from inspector.session.receiver.run_tests import TestRun
from inspector.session.targets import Destination

T = TypeVar("T")

MOST_PROBES = 120
"""Maximum requests of a search."""
MOST_SEARCHED_BYTES = 1024 * 1024
"""The search does not sign a larger event in other ways."""
_STEP_S = 30.0
"""The most time for one step of the search, which reads what a receiver sent."""
_MOST_TIMEOUTS = 5
"""After this many requests without a response, the search ends."""
_TOO_LARGE = "The event is larger than 1 MB, so the cause was not searched."
_TOO_SLOW = "The receiver did not respond to several requests, so the search for the cause ended."
_OTHERS_LEFT_OUT = (
    "Other secrets were not tried, because the receiver is not on this machine. If it may have another one,"
    " sign with that."
)
_SEARCH_ENDED = "The search for the cause ended early."
_SEARCH_STOPPED = "The search for the cause was stopped."
_LONE_SURROGATE = re.compile(rb"\\ud[89a-f][0-9a-f]{2}")
"""As JSON.stringify prints it; the others are not escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSecrets:
    """The secrets of a check."""

    signing: Secret
    active: tuple[Secret, ...]
    """All secrets in use, including the signing one."""
    other: tuple[Secret, ...]
    """Secrets whose text is available and that are not in use."""

    @property
    def known(self) -> tuple[Secret, ...]:
        """All of them, the signing one first."""
        return (self.signing, *self.active, *self.other)


class CheckRun:
    """A check of one receiver."""

    def __init__(
        self,
        destination: Destination,
        tests: TestRun | CaptureRun,
        sender: ReceiverSender,
        *,
        run: str,
        secrets: SigningSecrets,
        worker: Worker,
        is_searching: bool = True,
    ) -> None:
        self._destination = destination
        self._tests = tests
        self._sender = sender
        self._run = run
        self._secrets = secrets
        self._worker = worker
        self._is_searching = is_searching
        self._probes: list[CauseProbe] = []
        self._replies: list[Reply] = []
        self._found = CauseReport(is_complete=False)
        self._suspected: tuple[ReceiverCause, ...] = ()
        """The faults that the latest accepted request of the search suggests."""
        self._is_searched = False
        self._are_others_left_out = False
        """Secrets other than the signing one were not tried."""
        self._ended = ""
        self._is_cut_short = False
        """Whether the receiver made it impossible to run all tests."""
        self._started_ms = now_ms()
        self._elapsed_s = 0.0
        """The time of its own steps, because another receiver may be checked in turn."""

    async def tested(self) -> AsyncGenerator[CheckNotice | CheckResult, None]:
        """Yield the result of each test."""
        try:
            async with aclosing(self._timed(self._tests.steps(self._sender))) as steps:
                async for step in steps:
                    yield step
        except CheckEnded as end:
            self._ended = str(end)
            is_by_receiver = not isinstance(end, CheckStopped)
            self._is_cut_short = is_by_receiver and len(self._tests.results) < self._tests.total

    async def searched(self) -> AsyncGenerator[CheckNotice | CauseProbe, None]:
        """Yield each request that searches for a cause, if valid events are rejected for no other reason."""
        rejected = self._tests.rejected
        if not self._is_searching or rejected is None or self._tests.causes or self._ended:
            return
        if len(rejected.event.body) > MOST_SEARCHED_BYTES:
            self._ended = _TOO_LARGE
            return
        try:
            async with aclosing(self._timed(self._search(self._case(rejected)))) as steps:
                async for step in steps:
                    yield step
        except CheckEnded as end:
            self._ended = _SEARCH_STOPPED if isinstance(end, CheckStopped) else str(end)
            self._found = CauseReport(causes=self._suspected, is_complete=False)
        except TooMuchWork as problem:
            self._ended = f"The search for the cause ended early: {problem}."
            self._found = CauseReport(causes=self._suspected, is_complete=False)

    async def _timed(self, steps: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        began = time.perf_counter()
        try:
            async with aclosing(steps):
                async for step in steps:
                    self._elapsed_s += time.perf_counter() - began
                    yield step
                    began = time.perf_counter()
        finally:
            self._elapsed_s += time.perf_counter() - began

    def report(self) -> CheckReport:
        """Return what was found so far."""
        tests = self._tests
        capture = tests if isinstance(tests, CaptureRun) else None
        replies = [*(exchange.reply for exchange in tests.exchanges), *self._replies]
        failing = always_fails(replies)
        causes = tests.causes or self._found.causes or (() if failing is None else (failing,))
        framework = guess(Reply.of(attempt) for attempt in self._exchanges())
        report = CheckReport(
            verdict="correct",
            sentence="",
            causes=tuple(advised(cause, framework) for cause in causes),
            ruled_out=self._found.ruled_out,
            framework=framework,
            results=tuple(tests.results),
            probes=tuple(self._probes),
            requests=self._sender.requests,
            elapsed_ms=1000 * self._elapsed_s,
            to=self._destination.text,
            secret=self._secrets.signing.name,
            started_ms=self._started_ms,
            total=tests.total,
            capture_id=None if capture is None else capture.capture_id,
            note=self._note,
            is_withheld=capture is not None and capture.is_withheld,
            ended=self._ended,
            is_searched=self._is_searched,
        )
        return concluded(report, tests.unreachable, is_cut_short=self._is_cut_short)

    @property
    def _note(self) -> str:
        """What was sent in addition to the events, or left out, as sentences."""
        notes = [self._tests.note] if isinstance(self._tests, CaptureRun) else []
        if self._are_others_left_out and not any(cause.is_proved for cause in self._found.causes):
            notes.append(_OTHERS_LEFT_OUT)
        return " ".join(filter(None, notes))

    def _exchanges(self) -> Iterator[AttemptDetail]:
        for result in self._tests.results:
            yield from result.exchanges
        for probe in self._probes:
            yield probe.exchange

    def _case(self, rejected: Exchange) -> ReceiverCase:
        signing, body = self._secrets.signing, rejected.event.body
        if isinstance(self._tests, CaptureRun):
            make = partial(_same_event, body)
        else:
            make = partial(_new_event, body, self._run)
        active, other = self._secrets.active, self._secrets.other
        if not rejected.reply.is_local:
            # An event that is signed with the secret of another receiver is genuine there.
            self._are_others_left_out = bool(active[1:] or other)
            active = other = ()
        return ReceiverCase(
            secrets=(signing, *(one for one in active if one.name != signing.name)),
            other_secrets=other,
            event=body,
            make_event=make,
            run=self._run,
            first=rejected.reply,
            most=MOST_PROBES,
        )

    async def _search(self, case: ReceiverCase) -> AsyncGenerator[CheckNotice | CauseProbe, None]:
        yield CheckNotice(says="Searching for the cause…")  # the worker may have to start first
        timeouts = 0
        last: Exchange | None = None
        accepted: Exchange | None = None
        step: Probe | CauseReport = await self._sender.unless_stopped(
            self._worker.run_bounded(_STEP_S, begin_search, self._run, case, ())
        )
        while isinstance(step, Probe):
            async with Collected(self._sender.deliver([step.request])) as delivered:
                async for notice in delivered:
                    yield notice
            (last,) = delivered.results
            self._replies.append(last.reply)
            self._probes.append(
                CauseProbe(
                    words=step.words,
                    is_accepted=last.reply.is_accepted,
                    exchange=last.attempt,
                    sent=len(self._replies),
                    most=case.most,
                )
            )
            if last.reply.is_accepted and not step.is_control:
                self._suspected = suspected(step.faults, step.words, len(self._probes) - 1)
            yield self._probes[-1]
            accepted = last if last.reply.is_accepted else accepted
            timeouts += last.reply.is_timeout
            if timeouts == _MOST_TIMEOUTS:
                self._ended = _TOO_SLOW
                return
            step = await self._sender.unless_stopped(self._after(case, last.reply))
        self._found = step
        # The last requests are reserved for proving what the others suggest.
        self._is_searched = step.is_complete or len(self._replies) >= case.most - RESERVED
        if not step.causes and last is not None:
            if not self._is_searched:
                self._ended = _SEARCH_ENDED
            async with aclosing(self._check_steady(accepted or last)) as notices:
                async for notice in notices:
                    yield notice

    async def _check_steady(self, probe: Exchange) -> AsyncGenerator[CheckNotice, None]:
        """Find out whether a search found nothing because the receiver responds by chance, or was changed
        in the meantime: repeat one of its requests, and the valid event that was rejected."""
        assert self._tests.rejected is not None
        for before in (probe, self._tests.rejected):
            async with Collected(self._sender.deliver([before.event])) as delivered:
                async for notice in delivered:
                    yield notice
            (again,) = delivered.results
            if again.reply.kind != before.reply.kind:
                cause = unsteady("the search for a cause", [before.reply, again.reply])
                self._found = CauseReport(causes=(cause,), is_complete=False)
                self._is_searched = False
                return

    async def _after(self, case: ReceiverCase, reply: Reply) -> Probe | CauseReport:
        """Return the step after a reply. If the worker process was replaced, repeat the search in it."""
        number = len(self._replies)
        step = await self._worker.run_bounded(_STEP_S, continue_search, self._run, number, reply)
        if step is None:
            replies = tuple(self._replies)
            step = await self._worker.run_bounded(_STEP_S, begin_search, self._run, case, replies)
        return step


def _new_event(body: bytes, run: str, number: int) -> bytes:
    """Return the rejected event for another user, because its contents may be the reason.

    It has no lone surrogates. Few parsers accept them, so they would hide how the body is printed.
    """
    try:
        event = parse_bounded(_LONE_SURROGATE.sub(b"", body))
    except NotJSON:
        return body
    if not isinstance(event, dict):
        return body
    return stringify({**event, "user_id": f"{USER}-cause-{run}-{number}"})


def _same_event(body: bytes, _: int) -> bytes:
    return body
