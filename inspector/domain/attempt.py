"""What an attempt says beside the one before it, and what changed between two answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from http import HTTPStatus
from typing import Literal

from inspector.base.visible import visible, visible_block, visible_bytes
from inspector.domain.json_source import Broken, pretty
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.domain.verdict import Verdict

Since = Literal["first", "fixed", "regressed", "still-failing", "still-passing"]
SINCE_TEXT: dict[Since, str] = {
    "first": "First attempt",
    "fixed": "Fixed",
    "regressed": "Regressed",
    "still-failing": "Still failing",
    "still-passing": "Still passing",
}

MAX_COMPARED = 64 * 1024
"""Bytes of each body that are compared; who reads more than that wants a file."""
MAX_LINES = 2_000


def passes(attempt: AttemptRow, verdict: Verdict) -> bool:
    """Whether the receiver did what it should: took it, or turned away what is invalid.

    For the word alone: a success, everywhere else, is a 2xx answer.
    """
    if attempt.outcome == "ok":
        return True
    is_turned_away = (
        attempt.outcome == "http-error" and attempt.status is not None and 400 <= attempt.status < 500
    )
    return is_turned_away and verdict.word == "invalid" and attempt.signature != "resigned"


def since_last(now: AttemptRow, before: AttemptRow | None, verdict: Verdict) -> Since | None:
    """The word for `now`, where `before` is the last attempt with a known outcome; None where that of
    `now` is not known."""
    if now.outcome == "unknown":
        return None
    if before is None:
        return "first"
    passed, passes_now = passes(before, verdict), passes(now, verdict)
    if passes_now:
        return "still-passing" if passed else "fixed"
    return "regressed" if passed else "still-failing"


def since_each(attempts: Sequence[AttemptRow], verdict: Verdict) -> tuple[Since | None, ...]:
    """The word for each attempt of one capture, newest first as they come."""
    words: list[Since | None] = []
    before: AttemptRow | None = None
    for attempt in reversed(attempts):
        words.append(since_last(attempt, before, verdict))
        before = attempt if attempt.outcome != "unknown" else before
    return tuple(reversed(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePair:
    """A line of either side, made visible; null where the other side has one more."""

    before: str | None
    after: str | None
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two texts side by side."""

    lines: tuple[LinePair, ...]
    is_cut: bool = False
    """They go on, and what comes after was not compared."""

    @property
    def is_same(self) -> bool:
        """Nothing differs in what was compared."""
        return all(line.is_same for line in self.lines)


def compare_answers(before: AttemptDetail, after: AttemptDetail) -> Comparison:
    """Status, headers and body of two answers, line by line; JSON is laid out for it."""
    texts = [_answer_lines(one) for one in (before, after)]
    is_cut = any(len(one.answer_body) > MAX_COMPARED for one in (before, after))
    return compare_lines(*texts, is_cut=is_cut)


def compare_bodies(before: bytes, after: bytes) -> Comparison:
    """Two bodies, line by line; JSON is laid out for it, so that a change is a line."""
    is_cut = max(len(before), len(after)) > MAX_COMPARED
    return compare_lines(list(_body_lines(before)), list(_body_lines(after)), is_cut=is_cut)


def compare_lines(before: Sequence[str], after: Sequence[str], *, is_cut: bool = False) -> Comparison:
    """Lines that stand beside each other where they are equal, or where one took the other's place."""
    is_cut = is_cut or max(len(before), len(after)) > MAX_LINES
    before, after = before[:MAX_LINES], after[:MAX_LINES]
    lines: list[LinePair] = []
    for word, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=True).get_opcodes():
        for offset in range(max(i_end - i, j_end - j)):
            lines.append(
                LinePair(
                    before=before[i + offset] if i + offset < i_end else None,
                    after=after[j + offset] if j + offset < j_end else None,
                    is_same=word == "equal",
                )
            )
    return Comparison(lines=tuple(lines), is_cut=is_cut)


def _answer_lines(attempt: AttemptDetail) -> list[str]:
    row = attempt.row
    lines = [f"status: {status_text(row.status)}" if row.status is not None else f"outcome: {row.outcome}"]
    if row.error is not None:
        lines.append(visible(row.error))
    lines += [f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in attempt.answer_headers]
    if attempt.answer_body:
        lines += ["", *_body_lines(attempt.answer_body)]
    return lines


def status_text(status: int) -> str:
    """`500 Internal Server Error`, or the number alone where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _body_lines(body: bytes) -> Iterator[str]:
    text = body[:MAX_COMPARED].decode("utf-8", "backslashreplace")
    yield from visible_block(_laid_out(text) if len(body) <= MAX_COMPARED else text).split("\n")


def _laid_out(text: str) -> str:
    try:
        return "".join(pretty(text, MAX_COMPARED))
    except Broken:
        return text
