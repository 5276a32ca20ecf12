"""Where the digits of a digest stand in a signature that is written in another way, to compare them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.domain.diagnosis.digest_forms import BLANKS, DIGITS, PREFIX, SHORTEST

_DOCUMENTED = 64
_QUOTES = "\"'"
_MOST = 8
_LONGEST = 512
"""Nobody looks for digits in a longer one: the patterns take their time on what is made for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDigits:
    """What is to be compared, digit by digit."""

    start: int
    """So many bytes stand before it: a prefix, a quote, white space."""
    text: str
    """Without the white space in it, in its own case; all that came where no digits were found."""
    is_hex: bool

    def differences(self, expected: str) -> tuple[bool, ...]:
        """For each digit of `expected` whether another one came in its place, or none; their case aside.

        Empty where place by place there is nothing to compare, as with base64.
        """
        if not self.is_hex and len(self.text) != len(expected):
            return ()
        came = self.text.lower()
        return tuple(place >= len(came) or digit != came[place] for place, digit in enumerate(expected))


def received_digits(signature: bytes) -> ReceivedDigits:
    """The digits after `sha256=`, within quotes, between blanks; those of a documented length if any."""
    text = signature.decode("latin-1")
    whole = ReceivedDigits(start=0, text=text, is_hex=DIGITS.fullmatch(text) is not None)
    if len(text) > _LONGEST:
        return whole
    found = [one for one in _readings(text) if one.is_hex and len(one.text) >= SHORTEST]
    documented = [one for one in found if len(one.text) == _DOCUMENTED]
    return next(iter(documented or found), whole)


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
