"""Hypotheses on the digest: it is right, and written in another way or made by another algorithm."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.base.visible import visible
from inspector.domain.diagnosis.hypothesis import Variant

SHORTEST = 16
"""Hex digits that a cut digest must have left: 64 bits, so that no guess matches by chance."""

_BLANKS = re.compile(r"[\s\u00a0\u200b\ufeff]+|(?:\\r|\\n|\\t|%0[aAdD]|%20|&#10;)+$|\u00c2\u00a0")
_PREFIX = re.compile(r"(?:t=\d+,\s*)?[A-Za-z(][A-Za-z0-9_.()-]{0,30}\s*[=: ]\s*|0[xX]")
_DIGITS = re.compile(r"[0-9A-Fa-f]+")


def in_base64(text: str) -> Iterator[Variant[str]]:
    """Base64 of the digest's bytes, or of its hex text."""
    plain = text.rstrip("=")
    if (
        len(plain) < 11
        or not re.fullmatch(r"[A-Za-z0-9+/]+|[A-Za-z0-9_-]+", plain)
        or _DIGITS.fullmatch(text)
    ):
        return
    data = plain.translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(data + "=" * (-len(data) % 4))
    except binascii.Error:
        return
    yield Variant(value=decoded.hex(), words="written in base64")
    if _DIGITS.fullmatch(decoded.decode("latin-1")):
        yield Variant(value=decoded.decode("latin-1"), words="its hex text written in base64 once more")


def prefixed(text: str) -> Iterator[Variant[str]]:
    """A name of the algorithm or a version before it, or quotes around it."""
    found = _PREFIX.match(text)
    if found and found.end() < len(text):
        prefix = visible(found[0])
        yield Variant(value=text[found.end() :], words=f"written after “{prefix}”", detail={"prefix": prefix})
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'":
        yield Variant(value=text[1:-1], words="written in quotes", detail={"prefix": text[0]})


def in_upper_case(text: str) -> Iterator[Variant[str]]:
    """Hex digits in upper case."""
    if _DIGITS.fullmatch(text) and text != text.lower():
        yield Variant(value=text.lower(), words="written in upper-case hex")


def with_whitespace(text: str) -> Iterator[Variant[str]]:
    """White space in it or around it."""
    squeezed = _BLANKS.sub("", text)
    if squeezed != text:
        yield Variant(value=squeezed, words="written with white space in it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """A way to make a digest of a message; `code` is None for the documented one."""

    code: str | None
    words: str
    name: str = "SHA256"
    length: int
    """In hex digits."""
    make: Callable[[bytes, bytes], str]
    uses_key: bool = True


def algorithms(length: int) -> Iterator[Algorithm]:
    """What may have made a digest of `length` hex digits, the commonest first."""
    if length == 64:
        yield Algorithm(code=None, words="", length=64, make=_keyed("sha256"))
    for name in ("sha1", "sha512", "sha384", "md5"):
        if length == hashlib.new(name, usedforsecurity=False).digest_size * 2:
            words = f"HMAC-{name.upper()}"
            yield Algorithm(
                code="digest-algorithm", words=words, name=name.upper(), length=length, make=_keyed(name)
            )
    for name in ("sha256", "sha1", "sha512", "sha384", "md5"):
        if length == hashlib.new(name, usedforsecurity=False).digest_size * 2:
            yield from _unkeyed(name, length)
    if SHORTEST <= length < 64:
        yield Algorithm(code="digest-truncated", words="", length=length, make=_keyed("sha256"))


def _unkeyed(name: str, length: int) -> Iterator[Algorithm]:
    shown = name.upper()

    def plain(key: bytes, message: bytes) -> str:
        return hashlib.new(name, message, usedforsecurity=False).hexdigest()

    def before(key: bytes, message: bytes) -> str:
        return hashlib.new(name, key + message, usedforsecurity=False).hexdigest()

    def after(key: bytes, message: bytes) -> str:
        return hashlib.new(name, message + key, usedforsecurity=False).hexdigest()

    for words, make, uses_key in (
        (f"a plain {shown} of the body, with no secret in it", plain, False),
        (f"a plain {shown} of the secret followed by the body", before, True),
        (f"a plain {shown} of the body followed by the secret", after, True),
    ):
        yield Algorithm(
            code="digest-unkeyed", words=words, name=shown, length=length, make=make, uses_key=uses_key
        )


def _keyed(name: str) -> Callable[[bytes, bytes], str]:
    def make(key: bytes, message: bytes) -> str:
        return hmac.digest(key, message, name).hex()

    return make
