"""The digest that came above those that were expected, with the digits that differ marked below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_bytes
from inspector.cli.columns import grouped, wrapped
from inspector.cli.output import Output

if TYPE_CHECKING:
    from inspector.domain.explanation import Explanation

_LABEL = 13
_DIGITS = 64
_WIDE = _LABEL + _DIGITS + _DIGITS // 8 - 1
"""Columns that a whole digest takes; in a narrower terminal it stands on two lines."""
_MAX_RECEIVED = 200
# Only digits are compared place by place: behind a prefix, or in base64, every place would differ.
_COMPARABLE = re.compile(r"[0-9A-Fa-f]{16,64}")


def digest_lines(explanation: Explanation, out: Output) -> Iterator[str]:
    """What was received and what was expected of both readings, one under the other."""
    from inspector.domain.diagnosis.received_digits import received_digits

    received, expected = explanation.received, explanation.expected
    came, is_plain = "", True
    if received is not None:
        digits = received_digits(received).text
        came = digits if _COMPARABLE.fullmatch(digits) else ""
        is_plain = came.encode() == received
        if not is_plain:
            yield _labelled("received", _quoted(received), out)
        if came:
            yield from _digest("received" if is_plain else "its digits", came, out)
    if expected is None:
        return
    under = f"under {visible(explanation.expected_under or '')}"
    if expected.stringify is None or expected.stringify == expected.raw:
        yield from _compared("expected", expected.raw, came, out, is_plain=is_plain)
        how = "the body as it is; JSON.stringify would print the same"
        if explanation.is_too_deep:
            how += ", but JavaScript's own gives up on so deep a body"
        if expected.stringify is None:
            how = "the body as it is, which is no JSON, so there is no other reading"
        yield from _aside(f"{under}, of {how}", out)
        return
    yield from _compared("raw body", expected.raw, came, out, is_plain=is_plain)
    yield from _compared("stringified", expected.stringify, came, out, is_plain=is_plain)
    how = "of the body as it is, and of JSON.stringify(JSON.parse(body))"
    if explanation.is_too_deep:
        how += ", if JavaScript could print so deep a body"
    yield from _aside(f"expected {under}, {how}", out)


def tried_lines(explanation: Explanation, out: Output) -> Iterator[str]:
    """Each secret with what it would have given."""
    for one in explanation.tried:
        matched = f"matches by {' and '.join(one.matched)}" if one.matched else "does not match"
        yield _labelled("tried", f"{visible(one.secret)} {matched}", out)
        yield from _digest("raw body", one.expected.raw, out)
        if one.expected.stringify is not None and one.expected.stringify != one.expected.raw:
            yield from _digest("stringified", one.expected.stringify, out)


def _compared(label: str, expected: str, came: str, out: Output, *, is_plain: bool) -> Iterator[str]:
    """A digest and, where another came, `^` under each digit that differs and how many do, their case
    aside."""
    if not came or (is_plain and came == expected):
        yield from _digest(label, expected, out)
        return
    differs = [digit != came[place : place + 1].lower() for place, digit in enumerate(expected)]
    if not any(differs):
        yield from _digest(label, expected, out)
        yield _labelled(
            "",
            f"all digits are the same, but {'for their case' if is_plain else 'not how they are written'}",
            out,
        )
        return
    marks = "".join("^" if is_other else " " for is_other in differs)
    size = _on_one_line(out)
    for start in range(0, _DIGITS, size):
        yield _labelled(label if start == 0 else "", grouped(expected[start : start + size]), out)
        if marked := grouped(marks[start : start + size]).rstrip():
            yield _labelled("", out.paint(marked, "invalid"), out)
    yield _labelled("", f"{sum(differs)} of {len(expected)} differ", out)


def _digest(label: str, digest: str, out: Output) -> Iterator[str]:
    size = _on_one_line(out)
    for start in range(0, len(digest), size):
        yield _labelled(label if start == 0 else "", grouped(digest[start : start + size]), out)


def _aside(text: str, out: Output) -> Iterator[str]:
    for line in wrapped(text, out.width, indent=_LABEL):
        yield _labelled("", out.paint(line, "faint"), out)


def _on_one_line(out: Output) -> int:
    return _DIGITS if out.width is None or out.width >= _WIDE else _DIGITS // 2


def _quoted(received: bytes) -> str:
    text = visible_bytes(received[:_MAX_RECEIVED])
    more = len(received) - _MAX_RECEIVED
    return f"“{text}”" + (f" and {more:,} more bytes" if more > 0 else "")


def _labelled(label: str, text: str, out: Output) -> str:
    return (out.paint(f"{label:{_LABEL}}", "faint") if label else " " * _LABEL) + text
