"""Sends the requests of one result of a check again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.headers import with_headers
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.receiver.events import EventRequest, Maker
from inspector.domain.receiver.receiver_test import Conclusion, Known, ReceiverTest
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.steps import CheckReport, CheckResult
from inspector.domain.receiver.table import TESTS
from inspector.domain.signature.secret import Secret
from inspector.outbox.permission import HostPermissions
from inspector.session.receiver.receiver_sender import Exchange, ReceiverSender
from inspector.session.targets import Destination


async def repeated(
    report: CheckReport,
    result: CheckResult,
    destination: Destination,
    hosts: HostPermissions,
    secrets: Sequence[Secret],
) -> CheckResult:
    """Return the result of a test after its requests were sent again, byte for byte. `secrets` are hidden in
    responses."""
    requests = [_request(one, destination.target) for one in result.exchanges]
    events = [EventRequest(body=request.body, signature=None) for request in requests]
    by_event = {id(event): request for event, request in zip(events, requests, strict=True)}
    test = next((test for test in TESTS if test.name == result.test), None)
    sender = ReceiverSender(
        destination, hosts, run="", secrets=secrets, composed=lambda event: by_event[id(event)]
    )
    async with sender:
        # Not patient: the user wants to see the response, even if it asks to wait.
        delivered = sender.deliver(events, is_at_once=test is not None and test.is_at_once, is_patient=False)
        sent = [one async for one in delivered if isinstance(one, Exchange)]
    replies = [one.reply for one in sent]
    if test is None:
        must_reject = result.group == "rejects" or result.result == "undecided"
        conclusion = _of_capture(replies[-1], must_reject=must_reject)
    else:
        conclusion = _conclusion(test, _known_before(report, result), replies)
    return replace(
        result,
        result=conclusion.result,
        ok=conclusion.ok,
        says=conclusion.says,
        status=replies[conclusion.decisive].status if replies else None,
        elapsed_ms=max((reply.elapsed_ms for reply in replies), default=0.0),
        exchanges=tuple(one.attempt for one in sent),
        decisive=conclusion.decisive,
    )


def _request(attempt: AttemptDetail, target: Target) -> WireRequest:
    """Return the request of an attempt, with the values of the target's own headers, which it hides."""
    line, *lines = attempt.sent_head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, place, version = line.split(b" ")
    pairs = [one.partition(b": ") for one in lines]
    return WireRequest(
        method=method,
        target=place,
        version=version.removeprefix(b"HTTP/"),
        headers=tuple(with_headers([(name, value) for name, _, value in pairs], target.headers)),
        body=attempt.sent_body or b"",
    )


def _known_before(report: CheckReport, result: CheckResult) -> Known:
    """Return what the check knew before this test."""
    known = Known()
    for one in report.results:
        if one.test == result.test:
            break
        test = next((test for test in TESTS if test.name == one.test), None)
        if test is None:
            continue
        is_forgery = one.group == "rejects" and one.result == "failed" and 200 <= (one.status or 0) < 300
        conclusion = Conclusion(result=one.result, says=one.says, is_forgery=is_forgery)
        pairs = [
            (EventRequest(body=exchange.sent_body or b"", signature=None), Reply.of(exchange))
            for exchange in one.exchanges
        ]
        known = known.after(test, conclusion, pairs)
    return known


def _of_capture(reply: Reply, *, must_reject: bool) -> Conclusion:
    says = "accepts it" if reply.is_accepted else reply.words
    if not must_reject:
        return Conclusion(result="passed" if reply.is_accepted else "failed", says=says)
    is_failed = reply.is_accepted or reply.error is not None
    return Conclusion(
        result="failed" if is_failed else "undecided", says=f"{says}; its signature is not valid"
    )


def _conclusion(test: ReceiverTest, known: Known, replies: Sequence[Reply]) -> Conclusion:
    """Return the conclusion of a test from replies to the same requests."""
    talk, left = test.talk(Maker(key=b"", run=""), known), list(replies)
    try:
        requests = next(talk)
        while len(left) >= len(requests):
            now, left = left[: len(requests)], left[len(requests) :]
            requests = talk.send(now)
    except StopIteration as end:
        conclusion: Conclusion = end.value
        return conclusion
    return Conclusion(result="undecided", says="the responses lead to other requests this time")
