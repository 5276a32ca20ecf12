"""Which deliveries are retried, and when: exponential back-off with jitter, and Retry-After (RFC 9110).

The time and the random number are arguments, so that each wait can be tested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal

from inspector.client.outcome import Outcome
from inspector.domain.capture.capture import HeaderPairs

Next = Literal["delivered", "again", "given-up"]

LONGEST_RETRY_AFTER_S = 900.0
"""The longest wait that a target can ask for."""
_WORTH_IT = frozenset((408, 425, 429))
"""Retried like every 5xx. Any other 4xx rejects the request itself (RFC 9110, section 15.5)."""
_NO_ANSWER = frozenset(("refused", "unreachable", "tls", "timeout", "reset", "cut", "unknown"))
_SECONDS = re.compile(rb"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how long a delivery is retried."""

    tries: int = 8
    """Attempts per delivery, including the first."""
    first_s: float = 1.0
    longest_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from an outcome."""

    next: Next
    wait_s: float = 0.0
    """Until the next attempt."""
    is_away: bool = False
    """The target accepts nothing now, so that its other deliveries wait, too."""


def decide(outcome: Outcome, *, tries: int, misses: int, policy: Policy, roll: float) -> Decision:
    """What to do after the `tries`-th sending of a capture, the `misses`-th failure of its target in a row.

    `roll` is from 0 to 1. A status counts even where the rest of its answer did not come: a target that
    said 200 has taken the capture.
    """
    if outcome.status is not None:
        if 200 <= outcome.status < 300:
            return Decision(next="delivered")
        is_worth_it = outcome.status in _WORTH_IT or outcome.status >= 500
        is_away = outcome.status in (429, 503)
    else:
        is_worth_it = outcome.outcome in _NO_ANSWER
        is_away = is_worth_it and outcome.connected_to is None
    if not is_worth_it:
        return Decision(next="given-up")
    asked_s = retry_after_s(outcome.response_headers, now_ms=outcome.started_ms)
    wait_s = max(back_off_s(max(tries, misses), policy, roll), asked_s or 0.0)
    return Decision(
        next="again" if tries < policy.tries else "given-up",
        wait_s=wait_s,
        is_away=is_away or asked_s is not None,
    )


def back_off_s(misses: int, policy: Policy, roll: float) -> float:
    """The wait after so many failures: it doubles each time, and half of it is left to chance, so that
    many who failed together do not come back together."""
    whole = min(policy.longest_s, policy.first_s * 2.0 ** min(misses - 1, 60))
    return whole * (0.5 + roll / 2)


def retry_after_s(headers: HeaderPairs, *, now_ms: int) -> float | None:
    """What Retry-After asks for (RFC 9110, section 10.2.3), in seconds or as a date; never more than
    `LONGEST_RETRY_AFTER_S`, and null where it says nothing that can be understood."""
    values = [value.strip(b" \t") for name, value in headers if name.lower() == b"retry-after"]
    if len(values) != 1:
        return None
    if _SECONDS.fullmatch(values[0]):
        asked_s = float(values[0])
    else:
        try:
            moment = parsedate_to_datetime(values[0].decode("ascii"))
            # One without a zone is GMT, as HTTP has it.
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            asked_s = aware.timestamp() - now_ms / 1000
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(asked_s, 0.0), LONGEST_RETRY_AFTER_S)
