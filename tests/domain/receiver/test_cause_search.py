"""The search for a receiver's fault, at simulated receivers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from inspector.domain.receiver.events import USER, EventRequest
from inspector.domain.receiver.reply import Reply
from tests.domain.receiver.simulated import (
    DIGESTS,
    HEADER_NAMES,
    KEYS,
    MESSAGES,
    SimulatedReceiver,
    a_reply,
    searched,
)

_BOTH = {"responses-python": {"body-part", "body-reserialised"}}
"""A body with two faults."""
SINGLE: dict[str, tuple[set[str], SimulatedReceiver]] = {
    **{f"key {name}": ({code}, SimulatedReceiver(key=key)) for name, (code, key) in KEYS.items()},
    **{
        f"body {name}": (_BOTH.get(name, {code}), SimulatedReceiver(message=message))
        for name, (code, message) in MESSAGES.items()
    },
    **{
        f"digest {name}": ({code}, SimulatedReceiver(digest=digest))
        for name, (code, digest) in DIGESTS.items()
    },
    **{f"header {name}": ({"header-name"}, SimulatedReceiver(header=name)) for name in HEADER_NAMES},
}
PAIRS = (
    "key newline + body python",
    "key empty + body php",
    "key quotes + body pretty-2",
    "key staging + body empty-object",
    "key newline + digest base64",
    "key newline + digest sha1",
    "key quotes + digest base64",
    "key decoded + digest base64",
    "body python + digest base64",
    "body empty-object + digest sha256=",
    "body empty-list + digest base64",
    "body str-dict + digest upper",
    "body trimmed-null-php + digest sha512",
    "key newline + header x-signature",
    "body go + header x-blitz-signature",
    "digest sha256= + header x-hub-signature-256",
    "digest base64 + header webhook-signature",
)
"""Two faults that are likely together."""
FEW = {
    *{frozenset(codes): fault for fault, (codes, _) in reversed(SINGLE.items())}.values(),
    *("body php", "body go", *PAIRS[::3]),
}
"""One fault of each code, and some pairs. A search takes 0.2 s."""


def receiver_with(faults: str) -> tuple[set[str], SimulatedReceiver]:
    """The codes and the receiver of one or several faults of `SINGLE`."""
    codes: set[str] = set()
    receiver = SimulatedReceiver()
    names = {"key": "key", "body": "message", "digest": "digest", "header": "header"}
    for fault in faults.split(" + "):
        found, one = SINGLE[fault]
        part = names[fault.split()[0]]
        receiver = replace(receiver, **{part: getattr(one, part)})
        codes |= found
    return codes, receiver


@pytest.mark.parametrize(
    "faults",
    [fault if fault in FEW else pytest.param(fault, marks=pytest.mark.slow) for fault in (*SINGLE, *PAIRS)],
)
def test_faults_are_found_and_proved(faults: str) -> None:
    codes, receiver = receiver_with(faults)
    found = searched(receiver)
    assert found.codes == codes
    assert all(cause.is_proved for cause in found.report.causes)
    assert len(found.probes) <= 120


def test_the_proof_is_two_accepted_events_and_rejected_controls() -> None:
    found = searched(SimulatedReceiver(message=lambda _: b"{}"))
    sent = list(zip(found.probes, found.replies, strict=True))
    accepted = {probe.request.body for probe, reply in sent if reply.is_accepted}
    assert len(accepted) >= 2
    assert not any(reply.is_accepted for probe, reply in sent if probe.is_control)
    (cause,) = found.report.causes
    assert cause.probe is not None
    assert found.replies[cause.probe].is_accepted
    assert "body-empty" in {fault.code for fault in found.probes[cause.probe].faults}
    assert cause.proof == (
        "It accepted an event signed over {}, and rejected the same event signed over its body."
    )


def test_advice_about_express_is_not_given_to_another_framework() -> None:
    rejects = Reply(status=401, elapsed_ms=1.0, headers=((b"Server", b"Werkzeug/3.0.1 Python/3.11.7"),))
    (cause,) = searched(SimulatedReceiver(message=lambda _: b"{}", rejects=rejects)).report.causes
    assert (cause.code, cause.is_proved) == ("body-empty", True)
    assert "express" not in f"{cause.why} {cause.fix}".lower()
    (cause,) = searched(SimulatedReceiver(message=lambda _: b"{}")).report.causes
    assert "express.json()" in cause.fix


def test_every_event_of_the_search_is_marked() -> None:
    found = searched(SimulatedReceiver(digest=DIGESTS["md5"][1]))
    events = [json.loads(probe.request.body) for probe in found.probes]
    assert all(event["user_id"].startswith(USER) for event in events if "user_id" in event)
    assert [event for event in events if "user_id" not in event] == [{}] * sum(one == {} for one in events)


def test_a_rejection_by_the_handler_shows_that_the_signature_is_verified_correctly() -> None:
    found = searched(SimulatedReceiver(handles=lambda _: a_reply(500, b"TypeError")))
    (cause,) = found.report.causes
    assert (cause.code, cause.is_proved) == ("receiver-fails-after-check", False)
    assert len(found.probes) <= 5


def test_a_handler_that_fails_on_the_empty_event_does_not_hide_a_fault() -> None:
    def handles(body: bytes) -> Reply:
        return a_reply(200) if b"user_id" in body else a_reply(400, b"user_id is missing")

    found = searched(SimulatedReceiver(key=KEYS["newline"][1], handles=handles))
    assert found.codes == {"secret-whitespace"}


def test_a_validation_before_the_check_does_not_hide_a_fault() -> None:
    receiver = SimulatedReceiver(message=MESSAGES["python"][1], key=KEYS["empty"][1])

    def validates(request: EventRequest) -> Reply:
        is_event = isinstance(json.loads(request.body), dict) and b"user_id" in request.body
        return receiver(request) if is_event else a_reply(422, b'{"detail":[{"loc":["body"]}]}')

    assert searched(validates).codes == {"body-reserialised", "secret-empty"}


def test_a_comparison_that_fails_on_other_lengths_shows_the_form_of_the_digest() -> None:
    def receiver(request: EventRequest) -> Reply:
        expected = DIGESTS["sha384"][1](KEYS["quotes"][1], request.body)
        if len(request.signature or b"") != len(expected):
            return a_reply(500, b"RangeError: Input buffers must have the same byte length")
        return a_reply(200 if request.signature == expected.encode() else 401)

    assert searched(receiver).codes == {"digest-algorithm", "secret-quoted"}


def test_an_expected_signature_in_a_response_is_used_and_reported() -> None:
    receiver = SimulatedReceiver(key=KEYS["quotes"][1], message=MESSAGES["twice"][1])

    def leaks(request: EventRequest) -> Reply:
        reply = receiver(request)
        expected = receiver.digest(receiver.key, receiver.message(request.body))
        text = json.dumps({"error": "invalid signature", "expected": expected}).encode()
        return reply if reply.is_accepted else replace(reply, body=text)

    found = searched(leaks)
    assert found.codes == {"secret-quoted", "body-double-encoded", "receiver-leaks-signature"}
    assert len(found.probes) < 40


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, b"CSRF verification failed. Request aborted.", "receiver-csrf"),
        (422, b"ActionController::InvalidAuthenticityToken", "receiver-csrf"),
        (419, b"Page Expired", "receiver-csrf"),
        (404, b"Cannot POST /hook", "receiver-not-found"),
        (405, b"Method Not Allowed", "receiver-method"),
        (413, b"Payload Too Large", "receiver-too-large"),
        (415, b"Did not attempt to load JSON data", "receiver-content-type"),
        (429, b"Too Many Requests", "receiver-rate-limit"),
        (500, b'The "key" argument must be of type string. Received undefined', "receiver-no-secret"),
        (500, b"InternalServerError: stream is not readable", "receiver-body-consumed"),
        (500, b"Input buffers must have the same byte length", "receiver-compares-lengths"),
    ],
)
def test_a_known_text_or_status_is_observed(status: int, body: bytes, code: str) -> None:
    found = searched(lambda _: a_reply(status, body))
    assert code in {cause.code for cause in found.report.causes}
    assert not found.codes
