"""Runs the tests of a receiver in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

from inspector.base.quantity import duration_text
from inspector.domain.receiver.behaviour import UNSTEADY, busy, gone, no_response, unreachable, unsteady
from inspector.domain.receiver.events import EventRequest, Maker
from inspector.domain.receiver.readings import slowness
from inspector.domain.receiver.receiver_test import Conclusion, Known, ReceiverTest, Talk
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import ReceiverCause, TestGroup
from inspector.domain.receiver.steps import CheckNotice, CheckResult
from inspector.domain.receiver.table import TESTS
from inspector.session.receiver.receiver_sender import (
    CheckEnded,
    Collected,
    Exchange,
    ReceiverBusy,
    ReceiverGone,
    ReceiverSender,
)

_TIME = next(test for test in TESTS if test.name == "time")
LONG_MS = 3_000
"""With this time to respond, a check takes minutes."""
_VALID_EVENTS = 3
"""How many valid events must get the same status before anything is concluded."""
_MOST_REPEATED = 4
"""Maximum unexpected results that are repeated."""
_MOST_KEPT = 16
"""A test with more exchanges keeps none. It is a measurement: they are all alike."""
_MOST_REQUESTS = 32
"""A test with more requests is not repeated."""


class _Talked(NamedTuple):
    conclusion: Conclusion
    sent: list[Exchange]


class TestRun:
    """The tests of one receiver, and what they found."""

    def __init__(self, maker: Maker, groups: Collection[TestGroup]) -> None:
        self.results: list[CheckResult] = []
        self.exchanges: list[Exchange] = []
        """All exchanges so far."""
        self.unreachable: str | None = None
        """Why the receiver cannot be reached, as a sentence; None if it responded."""
        self.causes: tuple[ReceiverCause, ...] = ()
        """Why the receiver fails, if its responses show it without a search."""
        self.rejected: Exchange | None = None
        """The exchange of the first valid event that was not accepted."""
        self._sender: ReceiverSender
        self._maker = maker
        self._groups = groups
        self._known = Known()

    @property
    def total(self) -> int:
        """The number of results of a complete run."""
        return sum(test.group in self._groups for test in TESTS)

    async def steps(self, sender: ReceiverSender) -> AsyncGenerator[CheckNotice | CheckResult, None]:
        """Yield the result of each test, and a notice before each wait. Raises CheckEnded if it ends
        early."""
        results = 0
        try:
            async with aclosing(self._steps(sender)) as steps:
                async for step in steps:
                    results += isinstance(step, CheckResult)
                    yield step
        except CheckEnded:
            if (slow := self._slow()) is not None:
                self.results.append(slow)
            for result in self.results[results:]:
                yield result
            raise

    async def _steps(self, sender: ReceiverSender) -> AsyncGenerator[CheckNotice | CheckResult, None]:
        self._sender = sender
        self._known = replace(self._known, is_paced=sender.is_paced)
        for test in TESTS:
            is_first = self._known.first is None
            if test.group not in self._groups and not is_first:
                continue
            async with Collected(self._talked(test, self._maker)) as talked:
                async for notice in talked:
                    yield notice
            conclusion, sent = talked.results[-1]
            if is_first and sent[0].reply.is_unreachable:
                self.unreachable = unreachable(sent[0].reply.error or "", sent[0].attempt.row.outcome)
                return
            if is_first:
                async with Collected(self._steady(test, conclusion, sent)) as steady:
                    async for notice in steady:
                        yield notice
                if steady.results:
                    conclusion, sent = steady.results[-1]
            # A rejected valid event explains the results of every group.
            if test.group in self._groups or conclusion.result == "failed":
                self.results.append(_result(test, conclusion, sent))
                yield self.results[-1]
            if self._is_over:
                return
            self._known = self._known.after(test, conclusion, [(one.event, one.reply) for one in sent])
            is_wrong = test.group == "accepts" and conclusion.result == "failed"
            if is_wrong and test.area == "signature":
                self._note_rejected(sent)
        async with aclosing(self._confirm()) as notices:
            async for notice in notices:
                yield notice

    def _note_rejected(self, sent: Sequence[Exchange]) -> None:
        """Note the first valid event that was rejected. One at which the receiver failed is noted only until
        then, because an error in its code says little about how it verifies."""
        if self.rejected is None:
            self.rejected = next((one for one in sent if not one.reply.is_accepted), None)
        if self.rejected is not None and not self.rejected.reply.is_rejected:
            refused = (one for one in sent if one.reply.is_rejected)
            self.rejected = next(refused, self.rejected)

    def _slow(self) -> CheckResult | None:
        """Return the result of the test of time if the receiver was so slow that the check ended before it,
        otherwise None."""
        if "behaves" not in self._groups or not self.exchanges:
            return None
        known = replace(self._known, exchanged=tuple((one.event, one.reply) for one in self.exchanges))
        conclusion = slowness((), known)
        return _result(_TIME, conclusion, []) if conclusion.result == "failed" else None

    @property
    def _is_over(self) -> bool:
        """Whether the first valid events show that more tests are useless."""
        return self.exchanges[0].reply.is_timeout or any(cause.code == UNSTEADY for cause in self.causes)

    async def _talked(self, test: ReceiverTest, maker: Maker) -> AsyncGenerator[CheckNotice | _Talked, None]:
        """Run a test and yield, at the end, its conclusion and its exchanges."""
        talk, sent = test.talk(maker, self._known), list[Exchange]()
        step = _advance(talk, None)
        while not isinstance(step, Conclusion):
            delivering = self._sender.deliver(step, is_at_once=test.is_at_once, is_patient=test.is_patient)
            async with Collected(delivering) as delivered:
                try:
                    async for notice in delivered:
                        yield notice
                except (ReceiverBusy, ReceiverGone) as end:
                    self._note_end(test, end, [*sent, *delivered.results, end.exchange])
                    raise
            self.exchanges += delivered.results
            sent += delivered.results
            step = _advance(talk, [exchange.reply for exchange in delivered.results])
        yield _Talked(step, sent)

    async def _steady(
        self, test: ReceiverTest, conclusion: Conclusion, sent: list[Exchange]
    ) -> AsyncGenerator[CheckNotice | _Talked, None]:
        """Send more events like the first valid one, and yield another result if their responses differ."""
        first = sent[0].reply
        if (cause := no_response(first)) is not None:
            self.causes = (cause,)
        if first.is_timeout:
            return
        if first.elapsed_ms > LONG_MS:
            took = duration_text(first.elapsed_ms)
            yield CheckNotice(says=f"The receiver takes {took} to respond. The check can take minutes.")
        sent = list(sent)
        for number in range(1, _VALID_EVENTS):
            make = replace(self._maker, run=f"{self._maker.run}-{number}")
            async with Collected(self._talked(test, make)) as talked:
                async for notice in talked:
                    yield notice
            sent += talked.results[-1].sent
        replies = [exchange.reply for exchange in sent]
        if len({reply.kind for reply in replies}) > 1:
            self.causes = (unsteady(test.title, replies),)
            yield _Talked(Conclusion(result="failed", says=self.causes[0].says), sent)

    async def _confirm(self) -> AsyncGenerator[CheckNotice, None]:
        """Repeat a few unexpected results with other events, to notice a receiver that responds by chance.

        If valid events are rejected, the unexpected results are those of events that were accepted.
        """
        make = replace(self._maker, run=f"{self._maker.run}-again")
        repeated = 0
        for test, result in self._repeatable():
            before = [Reply.of(exchange) for exchange in result.exchanges]
            is_odd = any(reply.is_accepted for reply in before)
            if self._known.accepts_valid:
                is_odd = result.result == "failed"
            if not is_odd or repeated == _MOST_REPEATED:
                continue
            repeated += 1
            async with Collected(self._talked(test, make)) as talked:
                async for notice in talked:
                    yield notice
            both = zip(before, (exchange.reply for exchange in talked.results[-1].sent), strict=False)
            pair = next((pair for pair in both if pair[0].kind != pair[1].kind), None)
            if pair is not None:
                self.causes = (unsteady(test.title, pair),)
                return

    def _repeatable(self) -> Iterator[tuple[ReceiverTest, CheckResult]]:
        """Yield the tests that can be repeated, with their results: those with a few events, one by one.

        Those of valid events are first, because they get the rarer response more often.
        """
        by_name = {test.name: test for test in TESTS}
        for result in sorted(self.results, key=lambda result: result.group != "accepts"):
            test = by_name[result.test]
            is_short = 0 < len(result.exchanges) <= _MOST_REQUESTS and not test.is_at_once
            if is_short and result.area == "signature" and test.sends is not None:
                yield test, result

    def _note_end(
        self, test: ReceiverTest, end: ReceiverBusy | ReceiverGone, sent: Sequence[Exchange]
    ) -> None:
        """Add the result of a test that a receiver did not let end, unless the test was only repeated."""
        reply, is_gone = sent[-1].reply, isinstance(end, ReceiverGone)
        self.exchanges += sent
        if any(result.test == test.name for result in self.results):
            return
        is_failed = is_gone or self._known.first is None
        conclusion = Conclusion(
            result="failed" if is_failed else "undecided", says=reply.words, decisive=len(sent) - 1
        )
        self.results.append(_result(test, conclusion, sent))
        if is_failed:
            self.causes = (gone(test.title, reply) if is_gone else busy(reply),)


def _advance(talk: Talk, replies: Sequence[Reply] | None) -> Sequence[EventRequest] | Conclusion:
    """Return the next requests of a test in progress, or its conclusion."""
    try:
        return next(talk) if replies is None else talk.send(replies)
    except StopIteration as end:
        conclusion: Conclusion = end.value
        return conclusion


def _result(test: ReceiverTest, conclusion: Conclusion, sent: Sequence[Exchange]) -> CheckResult:
    found = [exchange.reply for exchange in sent]
    return CheckResult(
        test=test.name,
        title=test.title,
        group=test.group,
        area=test.area,
        result=conclusion.result,
        ok=conclusion.ok,
        status=found[conclusion.decisive].status if found else None,
        elapsed_ms=max((reply.elapsed_ms for reply in found), default=0.0),
        says=conclusion.says,
        exchanges=tuple(exchange.attempt for exchange in sent if len(sent) <= _MOST_KEPT),
        decisive=conclusion.decisive,
    )
