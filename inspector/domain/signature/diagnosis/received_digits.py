"""The digits of a digest within a signature that is written in another way, to compare them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.domain.signature.diagnosis.digest_forms import (
    BLANKS,
    DIGITS,
    LENGTHS,
    PREFIX,
    SHORTEST,
    in_base64,
)

_DOCUMENTED = 64
_QUOTES = "\"'"
_MOST = 8
_LONGEST = 512
"""Nobody looks for digits in a longer one: the patterns take their time on what is made for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDigits:
    """The digits to compare, one by one."""

    start: int
    """The number of bytes before them: a prefix, a quote, white space."""
    text: str
    """Without the white space in it, in its own case; the whole signature if it has no digits."""
    is_hex: bool
    is_decoded: bool = False
    """The signature has these digits in base64."""

    def is_similar(self, expected: str) -> bool:
        """Whether it is `expected` cut short, in another case, or with at most half of its digits changed.

        Two unrelated digests have 4 of 64 digits in common.
        """
        came = self.text.lower()
        if not self.is_hex or len(came) > len(expected):
            return False
        return expected.startswith(came) or 2 * sum(self.differences(expected)) <= len(expected)

    def differences(self, expected: str) -> tuple[bool, ...]:
        """For each digit of `expected` whether another one came in its place, or none; their case aside.

        Empty where place by place there is nothing to compare, as with base64.
        """
        if not self.is_hex and len(self.text) != len(expected):
            return ()
        came = self.text.lower()
        return tuple(place >= len(came) or digit != came[place] for place, digit in enumerate(expected))


def received_digits(signature: bytes) -> ReceivedDigits:
    """The digits after a prefix, within quotes, between blanks, in base64; 64 of them if there are."""
    text = signature.decode("latin-1")
    whole = ReceivedDigits(start=0, text=text, is_hex=DIGITS.fullmatch(text) is not None)
    if len(text) > _LONGEST:
        return whole
    readings = list(_readings(text))
    found = [one for one in readings if one.is_hex and len(one.text) >= SHORTEST]
    found += [decoded for one in readings for decoded in _decoded(one)]
    documented = [one for one in found if len(one.text) == _DOCUMENTED]
    return next(iter(documented or found), whole)


def _decoded(reading: ReceivedDigits) -> Iterator[ReceivedDigits]:
    """The digits in base64, if their number is that of a known hash: other texts can be base64 too."""
    for variant in in_base64(reading.text):
        if len(variant.value) in LENGTHS:
            yield ReceivedDigits(start=reading.start, text=variant.value, is_hex=True, is_decoded=True)


def _readings(text: str) -> Iterator[ReceivedDigits]:
    starts = [0]
    for start in starts:
        rest = text[start:]
        digits = BLANKS.sub("", rest).rstrip(_QUOTES)
        yield ReceivedDigits(start=start, text=digits, is_hex=DIGITS.fullmatch(digits) is not None)
        if len(starts) > _MOST:
            return
        before = [found.end() for found in (BLANKS.match(rest), PREFIX.match(rest)) if found]
        if rest[:1] in tuple(_QUOTES):
            before.append(1)
        starts += [start + length for length in before]
