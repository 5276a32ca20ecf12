"""Whether an attempt went as expected, how it compares with the previous one, and the diff of two
responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from inspector.base.visible import visible, visible_bytes
from inspector.domain.capture.guarded_path import has_guarded_path
from inspector.domain.capture.line_diff import MAX_COMPARED, LineDiff, body_lines, compare_lines
from inspector.domain.capture.rows import AttemptDetail, AttemptOutcome, AttemptRow, SignatureState
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.address_text import short_address
from inspector.domain.signature.verdict import VerdictWord

Since = Literal["first", "fixed", "regressed", "still-failing", "still-passing"]
SINCE_TEXT: Mapping[Since, str] = {
    "first": "First attempt",
    "fixed": "Fixed",
    "regressed": "Regressed",
    "still-failing": "Still failing",
    "still-passing": "Still passing",
}

SENT_NOT_KEPT = "Not stored, because an older version sent it."
_HIDDEN_VALUE = b": " + DOTS.encode() + b"\r\n"


def has_hidden_values(attempt: AttemptDetail) -> bool:
    """Return whether the stored request has dots for values of the target's own headers, which are not
    stored."""
    return _HIDDEN_VALUE in attempt.sent_head


class Standing(NamedTuple):
    """The stored result of a capture's signature check."""

    verdict: VerdictWord
    is_trusted: bool


def is_expected(
    outcome: AttemptOutcome,
    status: int | None,
    *,
    signature: SignatureState,
    standing: Standing,
    is_cut_short: bool = False,
) -> bool:
    """Return whether a correct receiver responds like this: 2xx, or 4xx if it must reject the request.

    It may also close the connection on a request that was cut short. An unknown outcome is never expected.
    """
    if not is_cut_short and not _has_to_be_rejected(signature, standing):
        return outcome == "ok"
    is_rejected = outcome == "http-error" and status is not None and 400 <= status < 500
    return is_rejected or (is_cut_short and outcome == "reset")


def _has_to_be_rejected(signature: SignatureState, standing: Standing) -> bool:
    if signature in ("stale", "broken"):
        return True
    if signature == "none":
        # If no secret was ever active here, the receiver may not have one either.
        return not (standing.verdict == "unsigned" and standing.is_trusted)
    return signature == "original" and standing.verdict == "invalid"


def path_hint(attempt: AttemptRow) -> str | None:
    """Return why a receiver probably does not know the path, and what to do, or None.

    Captures that came through a tunnel have the guarded path of the public address as their target.
    """
    if attempt.status != HTTPStatus.NOT_FOUND or not has_guarded_path(attempt.path or ""):
        return None
    if urlsplit(attempt.target).path not in ("", "/"):
        return None
    return (
        "The target has no path, so the path of the public address was sent. Add the path of your endpoint,"
        f" as in {short_address(attempt.origin)}/webhooks/blitz."
    )


def since_last(now: AttemptRow, before: AttemptRow | None) -> Since | None:
    """Return the word for `now` compared with `before`, the last attempt at the same place with a known
    outcome.

    None if the outcome of `now` is unknown.
    """
    if now.outcome == "unknown":
        return None
    if before is None:
        return "first"
    if now.is_expected:
        return "still-passing" if before.is_expected else "fixed"
    return "regressed" if before.is_expected else "still-failing"


def since_each(attempts: Sequence[AttemptRow]) -> tuple[Since | None, ...]:
    """Return the word for each attempt of one capture. The attempts are given and returned newest first."""
    words: list[Since | None] = []
    latest: dict[tuple[str, str | None], AttemptRow] = {}
    for attempt in reversed(attempts):
        words.append(since_last(attempt, latest.get(attempt.place)))
        if attempt.outcome != "unknown":
            latest[attempt.place] = attempt
    return tuple(reversed(words))


def compare_responses(before: AttemptDetail, after: AttemptDetail) -> LineDiff:
    """Compare status, headers and body of two responses line by line. JSON is pretty-printed first."""
    texts = [_answer_lines(one) for one in (before, after)]
    is_cut = any(len(one.response_body) > MAX_COMPARED for one in (before, after))
    return compare_lines(*texts, is_cut=is_cut)


def compare_sent(before: AttemptDetail, after: AttemptDetail) -> LineDiff:
    """Compare two requests as sent, line by line. JSON is pretty-printed first."""
    bodies = [one.sent_body or b"" for one in (before, after)]
    texts = [
        [*map(visible_bytes, one.sent_head.rstrip(b"\r\n").split(b"\r\n")), *body_lines(body)]
        for one, body in zip((before, after), bodies, strict=True)
    ]
    return compare_lines(*texts, is_cut=max(map(len, bodies)) > MAX_COMPARED)


def _answer_lines(attempt: AttemptDetail) -> list[str]:
    row = attempt.row
    lines = [f"status: {status_text(row.status)}" if row.status is not None else f"outcome: {row.outcome}"]
    if row.error is not None:
        lines.append(visible(row.error))
    lines += [f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in attempt.response_headers]
    if attempt.response_body:
        lines += ["", *body_lines(attempt.response_body)]
    return lines


def status_text(status: int) -> str:
    """Return `500 Internal Server Error`, or only the number if it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
