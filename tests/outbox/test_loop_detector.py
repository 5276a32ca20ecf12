"""A forwarded request that comes back during each delivery is a loop, and a repeating sender is not."""

from __future__ import annotations

import pytest

from inspector.outbox.loop_detector import MAX_REQUESTS, ROUNDS, LoopDetector

POST = ("POST", b"{}")


def test_a_request_that_comes_back_during_each_delivery_is_a_loop() -> None:
    detector = LoopDetector()
    returns = []
    for _ in range(ROUNDS):
        detector.began(*POST)
        returns.append(detector.arrived(*POST))
        detector.ended(*POST)
    assert returns == [False] * (ROUNDS - 1) + [True]


def test_one_delivery_that_ends_without_a_return_starts_the_count_again() -> None:
    detector = LoopDetector()
    for number in range(ROUNDS + 2):
        detector.began(*POST)
        if number != 2:
            assert not detector.arrived(*POST)
        detector.ended(*POST)


@pytest.mark.parametrize("copies", [1, 50])
def test_copies_that_arrive_between_deliveries_are_a_senders(copies: int) -> None:
    detector = LoopDetector()
    for _ in range(2 * ROUNDS):
        detector.began(*POST)
        detector.ended(*POST)
        assert not any(detector.arrived(*POST) for _ in range(copies))


def test_many_copies_during_one_delivery_count_once() -> None:
    detector = LoopDetector()
    detector.began(*POST)
    assert not any(detector.arrived(*POST) for _ in range(5 * ROUNDS))


def test_only_the_latest_requests_are_remembered() -> None:
    detector = LoopDetector()
    detector.began(*POST)
    for number in range(MAX_REQUESTS):
        detector.began("POST", b"%d" % number)
    assert not any(detector.arrived(*POST) for _ in range(ROUNDS))
