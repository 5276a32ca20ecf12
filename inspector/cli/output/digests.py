"""The received digest above the expected ones, with marks below the digits that differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_bytes
from inspector.cli.output.columns import grouped, wrapped
from inspector.cli.output.streams import Painter

if TYPE_CHECKING:
    from inspector.domain.signature.diagnosis.digest_forms import ReceivedDigits
    from inspector.domain.signature.explanation import Explanation

_LABEL = 13
_DIGITS = 64
_WIDE = _LABEL + _DIGITS + _DIGITS // 8 - 1
"""Columns of a whole digest. In a narrower terminal, it takes two lines."""
_MAX_RECEIVED = 200


def digest_lines(explanation: Explanation, out: Painter) -> Iterator[str]:
    """Yield the received digest, and the expected one of each reading."""
    from inspector.domain.signature.diagnosis.digest_forms import received_digits

    received, compared = explanation.received, explanation.compared
    digits: ReceivedDigits | None = None
    if received is not None:
        digits = received_digits(received)
        is_plain = digits.text.encode("latin-1") == received
        if not is_plain or not digits.is_hex:
            yield _labelled("received", _quoted(received), out)
        if digits.is_hex:
            label = "received" if is_plain else "decoded" if digits.is_decoded else "its digits"
            yield from _digest(label, digits.text, out)
    if compared is None:
        return
    expected, under = compared.expected, f"under {visible(compared.secret)}"
    if expected.stringify is None or expected.stringify == expected.raw:
        yield from _compared("expected", expected.raw, received, digits, out)
        how = "over the raw body; JSON.stringify would print the same"
        if explanation.is_too_deep:
            how += ", but JavaScript cannot print a body this deep"
        if expected.stringify is None:
            how = "over the raw body, which is not JSON, so there is no other reading"
        yield from _aside(f"{under}, {how}", out)
        return
    yield from _compared("raw body", expected.raw, received, digits, out)
    yield from _compared("stringified", expected.stringify, received, digits, out)
    how = "over the raw body, and over JSON.stringify(JSON.parse(body))"
    if explanation.is_too_deep:
        how += ", if JavaScript could print a body this deep"
    yield from _aside(f"expected {under}, {how}", out)


def tried_lines(explanation: Explanation, out: Painter) -> Iterator[str]:
    """Yield each secret with its result."""
    for one in explanation.tried:
        matched = f"matches by {' and '.join(one.matched)}" if one.matched else "does not match"
        yield _labelled("tried", f"{visible(one.secret)} {matched}", out)
        yield from _digest("raw body", one.expected.raw, out)
        if one.expected.stringify is not None and one.expected.stringify != one.expected.raw:
            yield from _digest("stringified", one.expected.stringify, out)


def _compared(
    label: str, expected: str, received: bytes | None, digits: ReceivedDigits | None, out: Painter
) -> Iterator[str]:
    """Yield an expected digest and, if the received one is similar, how it differs."""
    if digits is None or received == expected.encode() or not digits.is_similar(expected):
        yield from _digest(label, expected, out)
        return
    differs = digits.differences(expected)
    came = digits.text
    if count := sum(differs):
        note = f"{count} of {len(expected)} digits differ"
        if expected.startswith(came.lower()):
            note = f"the last {count} of {len(expected)} digits are missing"
    elif came == expected:
        note = "all digits are equal, but written in another form"
    else:
        differs = tuple(one != other for one, other in zip(came, expected, strict=True))
        note = "only the case differs"
    marks = "".join("^" if is_other else " " for is_other in differs)
    size = _on_one_line(out)
    for start in range(0, len(expected), size):
        yield _labelled(label if start == 0 else "", grouped(expected[start : start + size]), out)
        if marked := grouped(marks[start : start + size]).rstrip():
            yield _labelled("", out.paint(marked, "invalid"), out)
    yield _labelled("", note, out)


def _digest(label: str, digest: str, out: Painter) -> Iterator[str]:
    size = _on_one_line(out)
    for start in range(0, len(digest), size):
        yield _labelled(label if start == 0 else "", grouped(digest[start : start + size]), out)


def _aside(text: str, out: Painter) -> Iterator[str]:
    for line in wrapped(text, out.width, indent=_LABEL):
        yield _labelled("", out.paint(line, "faint"), out)


def _on_one_line(out: Painter) -> int:
    return _DIGITS if out.width is None or out.width >= _WIDE else _DIGITS // 2


def _quoted(received: bytes) -> str:
    text = visible_bytes(received[:_MAX_RECEIVED])
    more = len(received) - _MAX_RECEIVED
    return f"“{text}”" + (f" and {more:,} more bytes" if more > 0 else "")


def _labelled(label: str, text: str, out: Painter) -> str:
    return (out.paint(f"{label:{_LABEL}}", "faint") if label else " " * _LABEL) + text
