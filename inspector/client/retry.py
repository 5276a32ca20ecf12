"""Which deliveries are retried, and when: exponential back-off with jitter, and Retry-After (RFC 9110).

The time and the random number are arguments, so that each delay can be tested.
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
"""The longest delay in seconds that a target can request."""
_WORTH_IT = frozenset((408, 425, 429))
"""Statuses that are retried like every 5xx. Any other 4xx rejects the request itself (RFC 9110, section
15.5)."""
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
    """The next step after an outcome."""

    next: Next
    wait_s: float = 0.0
    """Seconds until the next attempt."""
    is_away: bool = False
    """The target accepts nothing now, so its other deliveries must wait, too."""


def decide(outcome: Outcome, *, tries: int, misses: int, policy: Policy, roll: float) -> Decision:
    """Return what follows after attempt `tries` of a capture, which is failure `misses` in a row of its
    target.

    `roll` is a random number from 0 to 1. A status counts even if the rest of its response is missing: a
    target that sent 200 has accepted the capture.
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
    """Return the delay after `misses` failures. It doubles each time. Half of it is random, so that
    simultaneous failures are not retried at the same time."""
    whole = min(policy.longest_s, policy.first_s * 2.0 ** min(misses - 1, 60))
    return whole * (0.5 + roll / 2)


def retry_after_s(headers: HeaderPairs, *, now_ms: int) -> float | None:
    """Return the delay in seconds that Retry-After requests (RFC 9110, section 10.2.3), as seconds or as a
    date. It is at most `LONGEST_RETRY_AFTER_S`, and None without a valid value."""
    values = [value.strip(b" \t") for name, value in headers if name.lower() == b"retry-after"]
    if len(values) != 1:
        return None
    if _SECONDS.fullmatch(values[0]):
        asked_s = float(values[0])
    else:
        try:
            moment = parsedate_to_datetime(values[0].decode("ascii"))
            # HTTP dates without a zone are GMT.
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            asked_s = aware.timestamp() - now_ms / 1000
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(asked_s, 0.0), LONGEST_RETRY_AFTER_S)
