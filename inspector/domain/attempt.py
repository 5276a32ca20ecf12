"""What an attempt says beside the one before it, and what changed between two answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal

from inspector.base.visible import visible, visible_bytes
from inspector.domain.mask import DOTS
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.domain.side_by_side import MAX_COMPARED, Comparison, body_lines, compare_lines
from inspector.domain.verdict import Verdict

Since = Literal["first", "fixed", "regressed", "still-failing", "still-passing"]
SINCE_TEXT: Mapping[Since, str] = {
    "first": "First attempt",
    "fixed": "Fixed",
    "regressed": "Regressed",
    "still-failing": "Still failing",
    "still-passing": "Still passing",
}

SENT_NOT_KEPT = "It was sent by an older version, which did not keep this."
_HIDDEN_VALUE = b": " + DOTS.encode() + b"\r\n"


def has_hidden_values(attempt: AttemptDetail) -> bool:
    """Whether dots stand in what was sent for values of the target's own headers, which are not kept."""
    return _HIDDEN_VALUE in attempt.sent_head


def passes(attempt: AttemptRow, *, is_invalid: bool) -> bool:
    """Whether the receiver did what it should: took it, or turned away what is invalid, or was made so.

    For the word alone: a success, everywhere else, is a 2xx answer. `is_invalid`: the capture's signature.
    """
    if attempt.outcome == "ok":
        return True
    is_turned_away = (
        attempt.outcome == "http-error" and attempt.status is not None and 400 <= attempt.status < 500
    )
    if attempt.signature in ("stale", "broken"):
        return is_turned_away
    return is_turned_away and is_invalid and attempt.signature != "resigned"


def since_last(now: AttemptRow, before: AttemptRow | None, *, is_invalid: bool) -> Since | None:
    """The word for `now`, where `before` is the last attempt with a known outcome; None where that of
    `now` is not known."""
    if now.outcome == "unknown":
        return None
    if before is None:
        return "first"
    passed, passes_now = passes(before, is_invalid=is_invalid), passes(now, is_invalid=is_invalid)
    if passes_now:
        return "still-passing" if passed else "fixed"
    return "regressed" if passed else "still-failing"


def since_each(attempts: Sequence[AttemptRow], verdict: Verdict) -> tuple[Since | None, ...]:
    """The word for each attempt of one capture, newest first as they come."""
    words: list[Since | None] = []
    earlier: list[AttemptRow] = []
    for attempt in reversed(attempts):
        before = compared_with(attempt, earlier)
        words.append(since_last(attempt, before, is_invalid=verdict.word == "invalid"))
        if attempt.outcome != "unknown":
            earlier.append(attempt)
    return tuple(reversed(words))


def compared_with(attempt: AttemptRow, earlier: Sequence[AttemptRow]) -> AttemptRow | None:
    """The attempt whose receiver tells something of this one's: the last to the same target, else the last
    at all; but what is forwarded to several targets says nothing of one beside another. `earlier` has
    those with a known outcome, in order.
    """
    for before in reversed(earlier):
        if before.target == attempt.target:
            return before
    return earlier[-1] if earlier and attempt.forward_id is None else None


def compare_answers(before: AttemptDetail, after: AttemptDetail) -> Comparison:
    """Status, headers and body of two answers, line by line; JSON is laid out for it."""
    texts = [_answer_lines(one) for one in (before, after)]
    is_cut = any(len(one.answer_body) > MAX_COMPARED for one in (before, after))
    return compare_lines(*texts, is_cut=is_cut)


def _answer_lines(attempt: AttemptDetail) -> list[str]:
    row = attempt.row
    lines = [f"status: {status_text(row.status)}" if row.status is not None else f"outcome: {row.outcome}"]
    if row.error is not None:
        lines.append(visible(row.error))
    lines += [f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in attempt.answer_headers]
    if attempt.answer_body:
        lines += ["", *body_lines(attempt.answer_body)]
    return lines


def status_text(status: int) -> str:
    """`500 Internal Server Error`, or the number alone where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
