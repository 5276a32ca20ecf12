"""Receivers without a known fault: no cause is proved, however they respond."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.domain.receiver.events import EventRequest
from inspector.domain.receiver.reply import Reply
from tests.domain.receiver.simulated import TEXT, SimulatedReceiver, a_reply, hmac_hex, searched


def steady(*, first: int, later: int) -> Callable[[EventRequest], Reply]:
    """A receiver that responds to the valid event, and otherwise to every later request."""
    numbers = count()
    return lambda _: a_reply(first if next(numbers) == 0 else later)


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 403, 404, 413, 415, 429, 500, 503])
def test_a_receiver_that_treats_every_request_alike_has_no_proved_cause(status: int) -> None:
    assert not searched(steady(first=401 if status < 300 else status, later=status)).codes


@pytest.mark.parametrize(
    "unknown",
    [
        SimulatedReceiver(key=hashlib.sha256(TEXT.encode()).digest()),
        SimulatedReceiver(message=lambda body: b"salt:" + body),
        SimulatedReceiver(message=lambda body: body[::-1]),
        SimulatedReceiver(digest=lambda key, message: hmac_hex(key, message)[::-1]),
        SimulatedReceiver(header="x-of-nobody"),
    ],
)
def test_an_unknown_fault_is_unexplained_and_the_known_ones_are_ruled_out(unknown: SimulatedReceiver) -> None:
    found = searched(unknown)
    assert found.report.causes == ()
    assert {"body-empty", "secret-other", "digest-prefix", "header-name"} <= set(found.report.ruled_out)
    assert len(found.probes) <= 120


def test_a_checksum_of_the_body_in_a_response_is_not_taken_for_the_expected_signature() -> None:
    def receiver(request: EventRequest) -> Reply:
        return a_reply(401, b'{"sha256":"%s"}' % hashlib.sha256(request.body).hexdigest().encode())

    found = searched(receiver)
    assert found.report.causes == ()


def test_a_receiver_that_changes_text_in_an_unknown_way_is_observed_only() -> None:
    found = searched(
        SimulatedReceiver(message=lambda body: body.decode().encode("ascii", "xmlcharrefreplace"))
    )
    (cause,) = found.report.causes
    assert (cause.code, cause.is_proved) == ("receiver-rejects-differently", False)


@pytest.mark.parametrize("most", range(12, 25))
def test_without_enough_requests_for_a_proof_nothing_is_said_to_have_no_explanation(most: int) -> None:
    python = SimulatedReceiver(message=lambda body: json.dumps(json.loads(body), sort_keys=True).encode())
    for cause in searched(python, most=most).report.causes:
        assert cause.code == "body-reserialised"
        assert cause.is_proved or cause.proof == "The search ended before this was proved."


@pytest.mark.parametrize("after", [4, 6, 8])
def test_one_that_is_corrected_during_the_search_is_not_said_to_reject_some_events(after: int) -> None:
    numbers, faulty = count(), SimulatedReceiver(message=lambda body: base64.b64encode(body))
    found = searched(lambda one: (faulty if next(numbers) < after else SimulatedReceiver())(one))
    assert found.report.causes == ()


def test_a_control_that_is_accepted_ends_the_search() -> None:
    found = searched(steady(first=401, later=200))
    assert len(found.probes) == 1
    assert not found.report.is_complete


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), share=st.sampled_from([0.02, 0.1, 0.3, 0.7, 0.9]))
def test_a_receiver_that_accepts_at_random_has_no_proved_cause(seed: int, share: float) -> None:
    chance = random.Random(seed)
    numbers = count()

    def receiver(_: EventRequest) -> Reply:
        is_accepted = next(numbers) > 0 and chance.random() < share
        return a_reply(200 if is_accepted else 401)

    assert not searched(receiver).codes


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_random_statuses_and_texts_prove_nothing(seed: int) -> None:
    chance = random.Random(seed)
    texts = [
        b"",
        b"csrf",
        b"\xff\xfe",
        b"<html>",
        b"missing signature",
        hashlib.sha256(b"x").hexdigest().encode(),
    ]

    def receiver(_: EventRequest) -> Reply:
        return a_reply(chance.choice([301, 400, 401, 403, 404, 422, 500, 503]), chance.choice(texts))

    assert not searched(receiver).codes


def test_without_requests_there_is_no_cause() -> None:
    found = searched(SimulatedReceiver(message=lambda _: b"{}"), most=3)
    assert len(found.probes) == 3
    assert found.report.causes == ()
    assert not found.report.is_complete


@pytest.mark.parametrize("seed", [4, 8, 10, 23, 27])
def test_no_rare_fault_is_proved_if_another_instance_responds_at_times(seed: int) -> None:
    """One rejection by the other instance excludes the right cause, which prints most events alike."""
    chance = random.Random(seed)
    python = SimulatedReceiver(message=lambda body: json.dumps(json.loads(body)).encode())
    correct = SimulatedReceiver()
    event = b'{"user_id":"u","survey_id":"s","responses":[{"question_id":"q","response":"gut"}]}'
    found = searched(lambda request: (correct if chance.random() < 0.15 else python)(request), captured=event)
    assert found.codes <= {"body-reserialised"}
