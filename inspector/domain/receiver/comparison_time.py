"""Whether a receiver compares signatures in constant time: a test of the times of its responses.

A comparison that ends at the first wrong digit takes longer if more digits are right. The difference is
usually far below the noise, so most receivers show none, which does not prove a constant time. Only a
difference that chance cannot explain is reported, and only of a receiver on this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import sqrt
from statistics import median

from inspector.domain.receiver.events import EventRequest, Maker, other_digits
from inspector.domain.receiver.receiver_test import NEEDS_NO_PACE, Conclusion, Known, Talk
from inspector.domain.signature.signature import digest

RIGHT_DIGITS = (0, 32, 63)
"""The digits that are right in the three signatures of a round, from the left."""
_ROUNDS = (24, 48, 96)
"""After each of these numbers of rounds, the test may end. A round is three requests, in each order equally
often."""
_ORDERS = tuple(permutations(range(len(RIGHT_DIGITS))))
_CERTAIN, _HALF_CERTAIN, _HOPELESS = 4.5, 2.5, 1.0
"""Standard deviations of the trend: enough for a report, in each half of the rounds, and too few to continue.
By chance, 4.5 are exceeded once in 300,000 times."""
_SLOW_MS = 50.0
"""A slower receiver would take too long, and its noise is too large."""

Round = tuple[float, ...]
"""The times of one round, in the order of `RIGHT_DIGITS`."""


def compares_in_constant_time(make: Maker, known: Known) -> Talk:
    """Send rounds of wrong signatures until the times show a trend, or that there is none to be found."""
    reason = _not_measurable(known)
    if reason is not None:
        return Conclusion(result="undecided", says=reason)
    rounds: list[Round] = []
    while len(rounds) < _ROUNDS[-1]:
        order = _ORDERS[len(rounds) % len(_ORDERS)]
        events = _events(make, len(rounds))
        replies = yield [events[place] for place in order]
        if any(reply.status in (429, 503) for reply in replies):
            return Conclusion(result="undecided", says="needs a receiver that does not limit requests")
        if not all(reply.is_rejected for reply in replies):
            wrong = next(reply for reply in replies if not reply.is_rejected)
            return Conclusion(result="undecided", says=f"{wrong.words} to a wrong signature")
        times = dict(zip(order, (reply.elapsed_ms for reply in replies), strict=True))
        rounds.append(tuple(times[place] for place in range(len(order))))
        if len(rounds) in _ROUNDS and (is_certain(rounds) or trend(rounds) < _HOPELESS):
            break
    sent = len(rounds) * len(RIGHT_DIGITS)
    if not is_certain(rounds):
        return Conclusion(
            result="passed",
            says=f"rejects right digits as fast as wrong ones, as far as {sent} requests show",
        )
    longer_ms = median(one[-1] for one in rounds) - median(one[0] for one in rounds)
    longer = f"{longer_ms:.1f} ms" if longer_ms >= 1 else f"{1000 * longer_ms:.0f} µs"
    return Conclusion(
        result="warning",
        says=f"takes {longer} longer to reject {RIGHT_DIGITS[-1]} right digits ({sent} requests):"
        " compare signatures in constant time, otherwise an attacker can guess them digit by digit",
    )


def trend(rounds: Sequence[Round]) -> float:
    """Return by how many standard deviations the times grow with the right digits (Page's trend test).

    It compares ranks within each round, so that neither outliers nor a receiver that gets slower over time
    make a trend.
    """
    groups, count = len(RIGHT_DIGITS), len(rounds)
    weighted = sum(place * rank for one in rounds for place, rank in enumerate(_ranks(one), start=1))
    expected = count * groups * (groups + 1) ** 2 / 4
    variance = count * groups**2 * (groups + 1) ** 2 * (groups - 1) / 144
    return (weighted - expected) / sqrt(variance)


def is_certain(rounds: Sequence[Round]) -> bool:
    """Return whether the times grow with the right digits, beyond chance, in both halves of the rounds."""
    middle = len(rounds) // 2
    medians = [median(times) for times in zip(*rounds, strict=True)]
    return (
        trend(rounds) > _CERTAIN
        and min(trend(rounds[:middle]), trend(rounds[middle:])) > _HALF_CERTAIN
        and medians == sorted(medians)
    )


def _ranks(times: Round) -> list[float]:
    """Return the rank of each time from 1. Equal times share the mean of their ranks."""
    return [
        sum(other < one for other in times) + (sum(other == one for other in times) + 1) / 2 for one in times
    ]


def _not_measurable(known: Known) -> str | None:
    if known.first is None or not known.first.is_local:
        return "needs a receiver on this machine"
    if known.is_paced:
        return NEEDS_NO_PACE
    if min(reply.elapsed_ms for _, reply in known.exchanged) > _SLOW_MS:
        return "needs faster responses"
    return None


def _events(make: Maker, number: int) -> list[EventRequest]:
    body = make.answer("compare the digits", order=number + 1, user="stranger")
    right = digest(make.key, body).encode()
    return [
        EventRequest(body=body, signature=right[:count] + other_digits(right[count:]))
        for count in RIGHT_DIGITS
    ]
