"""Which rule responds to a delivery. The first one that takes it wins."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass

from inspector.domain.response.parts import RuleResponse
from inspector.domain.response.rule import ResponseRule

_STATUS = re.compile(rb"[2-5][0-9]{2}")
_MAY_END_IN_STATUS = re.compile(rb"/[2-5][0-9]{2}(?:[?#]|$)")
_WITHOUT = re.compile(
    r": (Wait [^ ]+ s, then )?(Close without|Reset the|Never respond)|The sender left before", re.IGNORECASE
)
"""Found in the reason of a decision whose sender gets no response."""
NOT_YET = "no response yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDecision:
    """What the sender of a capture gets, and why."""

    respond: RuleResponse
    reason: str
    """As its capture shows it: `rule 1: 503 for the first 3 (survey:nps)`."""
    is_studied: bool = False
    """Whether it belongs to the study of retries."""


def decide(
    rules: Sequence[ResponseRule],
    is_match: Callable[[ResponseRule], bool],
    counts: MutableMapping[int, int],
) -> ResponseRule | None:
    """Return the rule that responds to a delivery, or None if it gets the usual response.

    `is_match` returns whether the query of a rule matches. `counts` has the number of matching deliveries
    that reached each rule, by its id, and is changed. A delivery that one takes does not reach the next ones.
    """
    for rule in rules:
        if rule.is_on and is_match(rule):
            counts[rule.id] = counts.get(rule.id, 0) + 1
            if rule.which.takes(counts[rule.id]):
                return rule
    return None


def response_text(status: int | None, reason: str | None, *, is_from_edge: bool = False) -> str:
    """Return what a sender got in a few words. `reason` is what decided it, as the capture shows it.

    `responded 503`, `no response`, or `no response yet` if a rule responds later. Only the edge of a shared
    inbox knows what it responded: `response unknown`.
    """
    if status is not None:
        return f"responded {status}"
    if is_from_edge:
        return "response unknown"
    return "no response" if reason is None or _WITHOUT.search(reason) else NOT_YET


def status_in_path(target: bytes) -> int | None:
    """Return the status that the last segment of a path requests, such as `/hook/503`, or None.

    It is from 200 to 599: 1xx is not a response.
    """
    if _MAY_END_IN_STATUS.search(target) is None:  # nearly all, in a sixth of the time
        return None
    path = target.partition(b"?")[0].partition(b"#")[0]
    if b"://" in path:
        path = path.partition(b"://")[2]
    slash, last = path.rpartition(b"/")[1:]
    return int(last) if slash and _STATUS.fullmatch(last) else None
