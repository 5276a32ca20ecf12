"""Hypotheses on the digest: it is right, but written in another form or made by another algorithm.

`received_digits` finds the digits in such a signature for comparison.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeAlias

from inspector.base.visible import visible
from inspector.domain.signature.diagnosis.context import Variant

SHORTEST = 16
"""Minimum hex digits of a cut digest: 64 bits, so that no guess matches by chance."""

BLANKS = re.compile(r"[\s\u00a0\u200b\ufeff]+|(?:\\r|\\n|\\t|%0[aAdD]|%20|&#10;)+$|\u00c2\u00a0")
PREFIX = re.compile(r"(?:t=\d+,\s*)?[A-Za-z(][A-Za-z0-9_.()-]{0,30}\s*[=: ]\s*|0[xX]")
DIGITS = re.compile(r"[0-9A-Fa-f]+")


def in_base64(text: str) -> Iterator[Variant[str]]:
    """Yield the hex digest if the text is base64 of the digest's bytes or of its hex text."""
    plain = text.rstrip("=")
    if len(plain) < 11 or not re.fullmatch(r"[A-Za-z0-9+/]+|[A-Za-z0-9_-]+", plain) or DIGITS.fullmatch(text):
        return
    data = plain.translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(data + "=" * (-len(data) % 4))
    except binascii.Error:
        return
    yield Variant(value=decoded.hex(), words="encoded in base64")
    if DIGITS.fullmatch(decoded.decode("latin-1")):
        yield Variant(value=decoded.decode("latin-1"), words="encoded in hex and then in base64")


def prefixed(text: str) -> Iterator[Variant[str]]:
    """Yield the text without a name of the algorithm or a version before it, or quotes around it."""
    found = PREFIX.match(text)
    if found and found.end() < len(text):
        prefix = visible(found[0])
        yield Variant(value=text[found.end() :], words=f"preceded by “{prefix}”", detail={"prefix": prefix})
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'":
        yield Variant(value=text[1:-1], words="in quotes", detail={"prefix": text[0]})


def in_upper_case(text: str) -> Iterator[Variant[str]]:
    """Yield upper-case hex digits in lower case."""
    if DIGITS.fullmatch(text) and text != text.lower():
        yield Variant(value=text.lower(), words="in uppercase hex")


def with_whitespace(text: str) -> Iterator[Variant[str]]:
    """Yield the text without white space within or around it."""
    squeezed = BLANKS.sub("", text)
    if squeezed != text:
        yield Variant(value=squeezed, words="with whitespace in it")


Write: TypeAlias = Callable[[str], str]
"""A function from a digest in hex to its text in a header."""


def _as_base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def as_base64(algorithm: Algorithm) -> Iterator[Variant[Write]]:
    """Yield the ways to write base64."""
    yield Variant(value=_as_base64, words="encoded in base64")
    yield Variant(
        value=lambda digest: _as_base64(digest).translate(_URL_SAFE).rstrip("="),
        words="encoded in URL-safe base64 without padding",
    )
    yield Variant(
        value=lambda digest: _as_base64(digest).rstrip("="), words="encoded in base64 without padding"
    )
    yield Variant(
        value=lambda digest: _as_base64(digest).translate(_URL_SAFE), words="encoded in URL-safe base64"
    )
    yield Variant(
        value=lambda digest: base64.b64encode(digest.encode()).decode(),
        words="encoded in hex and then in base64",
    )


def as_prefixed(algorithm: Algorithm) -> Iterator[Variant[Write]]:
    """Yield the prefixes of other services."""
    for prefix in (f"{algorithm.name.lower()}=", "v1=", "v0=", f"hmac-{algorithm.name.lower()}=", "Bearer "):
        yield Variant(
            value=lambda digest, prefix=prefix: prefix + digest,  # type: ignore[misc]
            words=f"preceded by “{prefix}”",
            detail={"prefix": prefix},
        )


def as_upper_case(algorithm: Algorithm) -> Iterator[Variant[Write]]:
    """Yield uppercase hex."""
    yield Variant(value=str.upper, words="in uppercase hex")


_URL_SAFE = str.maketrans("+/", "-_")
_HASHES = ("SHA256", "SHA1", "SHA512", "SHA384", "MD5")
LENGTHS: Mapping[int, str] = {
    2 * hashlib.new(name, usedforsecurity=False).digest_size: name for name in _HASHES
}
"""Hex digits of each hash, the most frequent first."""

Way = Literal["keyed", "plain", "key-first", "key-last", "swapped"]
"""How the key is hashed with the body. `swapped` is HMAC with the body as its key."""


class Hash(Protocol):
    """The interface of hashes in hashlib and hmac."""

    def update(self, data: bytes, /) -> None: ...
    def copy(self) -> Self: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """A way to make a digest of a message; `code` is None for the documented one."""

    code: str | None
    words: str
    name: str = "SHA256"
    length: int
    """In hex digits."""
    way: Way = "keyed"

    def make(self, key: bytes, message: bytes) -> str:
        """Return the digest in hex."""
        if self.way == "keyed":
            return hmac.digest(key, message, self.name).hex()
        if self.way == "swapped":
            return hmac.digest(message, key, self.name).hex()
        return self.end(self.begin(key), key, message)

    @property
    def is_continued(self) -> bool:
        """Whether messages with the same beginning can be hashed together, by `begin` and `end`."""
        return self.way != "swapped"

    def shared(self, key: bytes) -> tuple[str, bytes | None]:
        """Return a value that is equal for keys and algorithms with the same `begin`."""
        if self.way in ("plain", "key-last"):
            return self.name, None
        return self.name + self.way, key

    def begin(self, key: bytes) -> Hash:
        """Return the state of the hash before the message."""
        if self.way == "keyed":
            return hmac.new(key, digestmod=self.name)
        return hashlib.new(self.name, key if self.way == "key-first" else b"", usedforsecurity=False)

    def end(self, begun: Hash, key: bytes, rest: bytes) -> str:
        """Return the digest if only the `rest` of the message must still be hashed; `begun` does not
        change."""
        state = begun.copy()
        state.update(rest)
        if self.way == "key-last":
            state.update(key)
        return state.hexdigest()

    @property
    def uses_key(self) -> bool:
        """Whether the digest depends on the key."""
        return self.way != "plain"


_UNKEYED: tuple[tuple[Way, str], ...] = (
    ("plain", "a plain {} of the body without a secret"),
    ("key-first", "a plain {} of the secret followed by the body"),
    ("key-last", "a plain {} of the body followed by the secret"),
)


RIGHT_WAYS: Mapping[Way, str] = {"swapped": "the reverse"}
"""What is right instead of a way, unless it is plain HMAC-SHA256."""
_SWAPPED = "HMAC-SHA256 with the body as the key and the secret as the data"


def algorithms(length: int) -> Iterator[Algorithm]:
    """Yield the algorithms that can make a digest of `length` hex digits, the most common first."""
    if length == 64:
        yield Algorithm(code=None, words="", length=64)
    name = LENGTHS.get(length)
    if name is not None:
        if name != "SHA256":
            yield Algorithm(code="digest-algorithm", words=f"HMAC-{name}", name=name, length=length)
        for way, words in _UNKEYED:
            yield Algorithm(
                code="digest-unkeyed", words=words.format(name), name=name, length=length, way=way
            )
    if length == 64:
        yield Algorithm(code="digest-swapped", words=_SWAPPED, length=length, way="swapped")
    if SHORTEST <= length < 64:
        yield Algorithm(code="digest-truncated", words="", length=length)


_DOCUMENTED = 64
_QUOTES = "\"'"
_MOST = 8
_LONGEST = 512
"""A longer text is not searched for digits, because the patterns are slow on malicious text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDigits:
    """The digits for a comparison one by one."""

    start: int
    """The number of bytes before them: a prefix, a quote, white space."""
    text: str
    """The digits in their own case, without white space; the whole signature if it has no digits."""
    is_hex: bool
    is_decoded: bool = False
    """Whether the signature has these digits in base64."""

    def is_similar(self, expected: str) -> bool:
        """Return whether it is `expected` cut short, in another case, or with at most half of its digits
        changed.

        Two unrelated digests have 4 of 64 digits in common.
        """
        came = self.text.lower()
        if not self.is_hex or len(came) > len(expected):
            return False
        return expected.startswith(came) or 2 * sum(self.differences(expected)) <= len(expected)

    def differences(self, expected: str) -> tuple[bool, ...]:
        """Return for each digit of `expected` whether it differs or is missing, ignoring case.

        Empty if the digits cannot be compared one by one, as with base64.
        """
        if not self.is_hex and len(self.text) != len(expected):
            return ()
        came = self.text.lower()
        return tuple(place >= len(came) or digit != came[place] for place, digit in enumerate(expected))


def received_digits(signature: bytes) -> ReceivedDigits:
    """Return the digits after a prefix, in quotes, between blanks or in base64, if possible 64 of them."""
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
    """Yield digits in base64 if their number fits a known hash, because other texts can be base64, too."""
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
