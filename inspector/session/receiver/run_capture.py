"""Sends a capture that a receiver rejected: as it was captured, then signed again.

Anyone can send captures to this program, so it signs one that is not valid only if the user asks for that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from inspector.base.visible import visible
from inspector.client.edit import prepare
from inspector.client.target import Target
from inspector.client.wire import WireRequest, compose
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.headers import without_headers
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.receiver.behaviour import no_response, unreachable, unsteady
from inspector.domain.receiver.events import EventRequest, Maker
from inspector.domain.receiver.receiver_test import Result
from inspector.domain.receiver.report import ReceiverCause
from inspector.domain.receiver.steps import CheckNotice, CheckResult
from inspector.domain.replay.request_options import RequestOptions
from inspector.domain.signature.secret import Secret
from inspector.session.receiver.receiver_sender import (
    CHECK_HEADER,
    Collected,
    Composed,
    Exchange,
    ReceiverBusy,
    ReceiverSender,
    signed_headers,
)
from inspector.session.targets import Destination

_REPEATS = 2
"""How often the rejected request is sent again, to see whether the receiver responds by chance."""


class CaptureRun:
    """A capture at one receiver, and what it got."""

    def __init__(
        self, detail: CaptureDetail, secret: Secret, run: str, *, is_resigning_unverified: bool = False
    ) -> None:
        """`is_resigning_unverified` also signs a capture that is not valid."""
        self.results: list[CheckResult] = []
        self.exchanges: list[Exchange] = []
        """All exchanges so far."""
        self.unreachable: str | None = None
        """Why the receiver cannot be reached, as a sentence; None if it responded."""
        self.causes: tuple[ReceiverCause, ...] = ()
        """Why the receiver fails, if its responses show it without a search."""
        self.rejected: Exchange | None = None
        """The exchange of the capture with a valid signature, if it was not accepted."""
        self.capture_id = detail.row.id
        self._detail = detail
        self._secret = secret
        self._run = run
        capture = detail.capture
        self._original = EventRequest(body=capture.body, signature=None)
        self._signed = Maker(key=secret.key, run=run).signed(capture.body)
        sent = [value for name, value in capture.headers if name.lower() == SIGNATURE_HEADER]
        self._is_valid = sent == [self._signed.signature]
        """Whether the captured signature is the one that a receiver must accept."""
        self._may_sign = self._is_valid or is_resigning_unverified or detail.row.verdict.word == "valid"
        self.is_withheld = False
        """The capture was rejected and not signed again, because anyone may have sent it."""

    @property
    def total(self) -> int:
        """The number of results of a complete run."""
        is_rejected = bool(self.exchanges) and not self.exchanges[0].reply.is_accepted
        return 2 if is_rejected and self._may_sign and not self._is_valid else 1

    @property
    def note(self) -> str:
        """What was sent in addition to the capture itself, as a sentence, or an empty text."""
        if self.is_withheld:
            return "It was not signed again, because anyone may have sent it."
        if self._is_valid or len(self.results) < 2:
            return ""
        row, name = self._detail.row, visible(self._secret.name)
        if row.verdict.word == "valid":
            return (
                f"The signature of capture {row.id:,} is not over its bytes with {name}, so it was replaced."
            )
        return f"Capture {row.id:,} is {row.verdict.word}, so it was signed with {name}."

    def composed(self, destination: Destination) -> Composed:
        """Return how the capture, and variants of it, become requests to a destination."""
        target, capture = destination.target, self._detail.capture
        manner = RequestOptions(has_marker=destination.has_marker)
        original = prepare(
            capture,
            target,
            manner,
            capture_id=self._detail.row.id,
            is_masked=self._detail.row.verdict.reason == "masked",
        ).request

        def compose_event(event: EventRequest) -> WireRequest:
            return original if event is self._original else self._variant(event, target)

        return compose_event

    def _variant(self, event: EventRequest, target: Target) -> WireRequest:
        """Return the request of the capture with another body and signature."""
        capture = self._detail.capture
        own = [*signed_headers(event), (CHECK_HEADER, self._run.encode())]
        names = [SIGNATURE_HEADER, *(name for name, _ in own)]
        headers = (*without_headers(capture.headers, names), *own)
        return compose(capture._replace(body=event.body, headers=headers), target)

    async def steps(self, sender: ReceiverSender) -> AsyncGenerator[CheckNotice | CheckResult, None]:
        """Yield the result of the capture as it was captured, and then signed again. Raises CheckEnded if
        it ends early."""
        title = f"Capture {self._detail.row.id:,}"
        async with aclosing(self._tried(sender, self._original, "captured", f"{title} as captured")) as steps:
            async for step in steps:
                yield step
        first = self.exchanges[0].reply
        if first.is_unreachable or first.is_accepted:
            return
        if (cause := no_response(first)) is not None:
            self.causes = (cause,)
            return
        if not self._may_sign:
            self.is_withheld = True
            return
        if not self._is_valid:
            signed = f"{title} signed with {visible(self._secret.name)}"
            async with aclosing(self._tried(sender, self._signed, "signed-again", signed)) as steps:
                async for step in steps:
                    yield step
            if self.exchanges[-1].reply.is_accepted:
                return
        last = self.exchanges[-1]
        self.rejected = last._replace(event=self._signed)
        replies = [last.reply]
        async with Collected(sender.deliver([self._signed] * _REPEATS)) as repeated:
            async for notice in repeated:
                yield notice
        self.exchanges += repeated.results
        replies += [exchange.reply for exchange in repeated.results]
        if len({reply.kind for reply in replies}) > 1:
            self.causes = (unsteady(title, replies),)

    async def _tried(
        self, sender: ReceiverSender, event: EventRequest, test: str, title: str
    ) -> AsyncGenerator[CheckNotice | CheckResult, None]:
        word = self._detail.row.verdict.word
        must_accept = event is self._signed or self._is_valid or word == "valid"
        is_forged = not must_accept and word in ("invalid", "unsigned")
        try:
            async with Collected(sender.deliver([event])) as delivered:
                async for notice in delivered:
                    yield notice
        except ReceiverBusy as busy:
            self.exchanges.append(busy.exchange)
            self.results.append(
                _result(busy.exchange, test, title, must_accept=must_accept, is_forged=is_forged)
            )
            yield self.results[-1]
            raise
        (exchange,) = delivered.results
        self.exchanges.append(exchange)
        if exchange.reply.is_unreachable:
            self.unreachable = unreachable(exchange.reply.error or "", exchange.attempt.row.outcome)
            return
        self.results.append(_result(exchange, test, title, must_accept=must_accept, is_forged=is_forged))
        yield self.results[-1]


def _result(exchange: Exchange, test: str, title: str, *, must_accept: bool, is_forged: bool) -> CheckResult:
    reply = exchange.reply
    result: Result = "passed" if reply.is_accepted else "failed"
    if reply.is_accepted and is_forged:
        result = "failed"
    elif not must_accept and reply.error is None:
        result = "undecided"
    says = "accepts it" if reply.is_accepted else reply.words
    return CheckResult(
        test=test,
        title=title,
        group="rejects" if reply.is_accepted and is_forged else "accepts",
        area="signature",
        result=result,
        ok=None if result == "undecided" else result == "passed",
        status=reply.status,
        elapsed_ms=reply.elapsed_ms,
        says=says if must_accept else f"{says}; its signature is not valid",
        exchanges=(exchange.attempt,),
    )
