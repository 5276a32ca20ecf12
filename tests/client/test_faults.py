"""Faults on the wire: each spoils what it names, and nothing else, and the same way for the same seed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.client.edit import Prepared, prepare
from inspector.client.faults import fault_done, spoilt
from inspector.client.target import Target
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.replay.request_options import RequestOptions
from tests.builders import ANSWER, a_capture, signature

TARGET = Target.parse("http://127.0.0.1:3000/")


def prepared(body: bytes = ANSWER, *, signed: bool = True) -> Prepared:
    return prepare(a_capture(body, signed=signed), TARGET, RequestOptions(), capture_id=1)


def signed_with(one: Prepared) -> list[bytes]:
    return [value for name, value in one.request.headers if name.lower() == SIGNATURE_HEADER]


@given(st.integers())
def test_a_broken_signature_differs_in_one_digit_and_the_body_in_none(seed: int) -> None:
    before = prepared()
    after = spoilt(before, "shuffled+broken-signature", Random(seed))
    assert after.request.body == before.request.body
    assert after.signature == "broken"
    [old], [new] = signed_with(before), signed_with(after)
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
    assert after == spoilt(before, "broken-signature", Random(seed))


@given(st.integers(), st.binary(min_size=1, max_size=200))
def test_one_that_is_cut_promises_the_whole_and_sends_a_part(seed: int, body: bytes) -> None:
    after = spoilt(prepared(body), "cut", Random(seed))
    assert b"Content-Length: %d\r\n" % len(body) in after.request.head
    assert body.startswith(after.request.body)
    assert len(after.request.body) < len(body)
    assert after.request.is_cut_short
    assert after.sent_body == after.request.body, "the attempt keeps what was sent"


def test_a_stale_secret_signs_with_what_is_not_in_use() -> None:
    after = spoilt(prepared(), "stale-secret", Random(0))
    [value] = signed_with(after)
    assert (len(value), after.signature) == (64, "stale")
    assert value != signature(ANSWER)


def test_a_signature_is_made_up_where_there_was_none() -> None:
    after = spoilt(prepared(signed=False), "broken-signature", Random(0))
    assert [len(value) for value in signed_with(after)] == [64]


@pytest.mark.parametrize("fault", [None, "twice", "shuffled+delayed", "concurrent"])
def test_faults_of_order_and_time_leave_the_bytes_alone(fault: str | None) -> None:
    assert spoilt(prepared(), fault, Random(0)) == prepared()


def test_there_is_nothing_to_cut_of_an_empty_body_and_it_is_not_told_as_cut() -> None:
    empty = spoilt(prepared(b""), "cut", Random(0))
    assert empty == prepared(b"")
    assert fault_done("cut", empty) is None
    assert fault_done("twice+cut", empty) == "twice"
    assert fault_done("twice+cut", spoilt(prepared(), "cut", Random(0))) == "twice+cut"
