"""What is tried again, and when: told beforehand, as nothing in it asks the clock or the dice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.client.outcome import Outcome
from inspector.client.retry import LONGEST_RETRY_AFTER_S, Policy, back_off_s, decide, retry_after_s

POLICY = Policy(tries=3, first_s=1.0, longest_s=60.0)
NOW_MS = 1_700_000_000_000  # Tue, 14 Nov 2023 22:13:20 GMT


def an_outcome(status: int | None = None, word: str = "http-error", **changes: Any) -> Outcome:
    values: dict[str, Any] = {"outcome": word, "status": status, "started_ms": NOW_MS, "elapsed_ms": 1.0}
    return Outcome(**{**values, **changes})


def next_of(outcome: Outcome, tries: int = 1) -> str:
    return decide(outcome, tries=tries, misses=1, policy=POLICY, roll=0.5).next


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        *((status, "delivered") for status in (200, 201, 204, 299)),
        *((status, "again") for status in (408, 425, 429, 500, 502, 503, 504, 599)),
        *((status, "given-up") for status in (301, 304, 400, 401, 403, 404, 409, 410, 413, 422, 451, 499)),
    ],
)
def test_only_a_status_that_may_change_by_itself_is_tried_again(status: int, wanted: str) -> None:
    assert next_of(an_outcome(status)) == wanted


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        *((word, "again") for word in ("refused", "unreachable", "tls", "timeout", "reset", "cut")),
        ("bad-answer", "given-up"),
    ],
)
def test_without_a_status_it_is_the_connection_that_may_mend(word: str, wanted: str) -> None:
    assert next_of(an_outcome(None, word)) == wanted


def test_a_success_whose_answer_was_cut_has_been_taken() -> None:
    assert next_of(an_outcome(200, "cut")) == "delivered"


def test_it_is_given_up_after_so_many_tries() -> None:
    assert [next_of(an_outcome(500), tries) for tries in (1, 2, 3)] == ["again", "again", "given-up"]


def test_a_target_that_cannot_be_reached_or_says_so_is_away_as_a_whole() -> None:
    def is_away(outcome: Outcome) -> bool:
        return decide(outcome, tries=1, misses=1, policy=POLICY, roll=0.5).is_away

    assert is_away(an_outcome(None, "refused"))
    assert is_away(an_outcome(503))
    assert is_away(an_outcome(429))
    assert is_away(an_outcome(500, response_headers=((b"Retry-After", b"5"),)))
    assert not is_away(an_outcome(500))
    assert not is_away(an_outcome(None, "timeout", connected_to="127.0.0.1:3000"))


def test_the_wait_doubles_up_to_a_bound_and_half_of_it_is_left_to_chance() -> None:
    assert [back_off_s(misses, POLICY, 1.0) for misses in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert [back_off_s(misses, POLICY, 0.0) for misses in (1, 2)] == [0.5, 1]
    assert back_off_s(10_000, POLICY, 1.0) == 60


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b"7", 7.0),
        (b" 7 ", 7.0),
        (b"0", 0.0),
        (b"999999999", LONGEST_RETRY_AFTER_S),
        (b"Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        (b"Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER_S),
        (b"-5", None),
        (b"1.5", None),
        (b"soon", None),
        (b"", None),
        ("１２".encode(), None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: bytes, wanted: float | None) -> None:
    assert retry_after_s(((b"RETRY-after", value),), now_ms=NOW_MS) == wanted


def test_two_that_differ_say_nothing() -> None:
    assert retry_after_s(((b"Retry-After", b"1"), (b"Retry-After", b"9")), now_ms=NOW_MS) is None


@given(st.binary(max_size=60))
def test_no_retry_after_is_beyond_it(value: bytes) -> None:
    found = retry_after_s(((b"Retry-After", value),), now_ms=NOW_MS)
    assert found is None or 0 <= found <= LONGEST_RETRY_AFTER_S


def test_a_target_is_never_asked_earlier_than_it_wished() -> None:
    asked = an_outcome(503, response_headers=((b"Retry-After", b"20"),))
    assert decide(asked, tries=1, misses=1, policy=POLICY, roll=0.0).wait_s == 20
    soon = an_outcome(503, response_headers=((b"Retry-After", b"0"),))
    assert decide(soon, tries=2, misses=5, policy=POLICY, roll=1.0).wait_s == 16
