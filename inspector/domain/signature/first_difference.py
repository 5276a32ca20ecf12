"""What changed between two bodies that should be one: the first differing place, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from inspector.base.visible import visible_bytes

_AROUND = 24
"""So many bytes are shown from the first differing one on."""
_BEFORE = 12
_INDENT = re.compile(rb"\r?\n([ \t]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first place where what was signed and what came part."""

    offset: int
    """In bytes from 0; the same in both."""
    signed: str
    """From a little before that place on, made visible."""
    came: str
    words: str
    """What it looks like: `a space after a colon`."""

    def detail(self) -> dict[str, Any]:
        """For scripts."""
        return {"offset": self.offset, "signed": self.signed, "came": self.came, "change": self.words}


def difference(*, signed: bytes, came: bytes, ours: Literal["came", "stringify"] = "came") -> Difference:
    """Where two bodies part and what that looks like. With `stringify` the second one is not what came
    but what JSON.stringify would make of the first, so the words describe what was signed.
    """
    offset = first_difference(signed, came)
    start = max(0, offset - _BEFORE)
    plain, special = (signed, came) if ours == "came" else (came, signed)
    return Difference(
        offset=offset,
        signed=visible_bytes(signed[start : offset + _AROUND]),
        came=visible_bytes(came[start : offset + _AROUND]),
        words=_words(plain, special, offset),
    )


def first_difference(one: bytes, other: bytes) -> int:
    """The offset of the first byte that differs, or the length of the shorter one. Halves, so that the
    comparing is done in C."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _words(plain: bytes, special: bytes, offset: int) -> str:
    """What was done to `plain`, which is what JSON.stringify prints, to make it `special`."""
    there = special[offset : offset + 6]
    before = special[max(0, offset - 1) : offset]
    if offset == len(plain) and not special[offset:].strip():
        return _tail_words(special[offset:])
    if offset == 0 and special[:1].isspace():
        return "white space before the body"
    if there[:1].isspace():
        indent = _INDENT.match(special, offset)
        if indent:
            return _indent_words(indent[1], special)
        if before == b":":
            return "a space after a colon"
        if before == b",":
            return "a space after a comma"
        return "white space between the tokens"
    if there[:2] == b"\\/":
        return r"slashes escaped as \/"
    if there[:2] == b"\\u":
        return _escape_words(there)
    if before == b"\\" and there[:1] == b"u":
        return _escape_words(b"\\" + there[:5])
    if there[:1] in b".0123456789eE+-" and before[:1] in b"0123456789.:,[eE+-":
        return "a number printed in another way"
    if there[:1] == b'"' or before == b'"' or plain[offset : offset + 1] == b'"':
        return "another order of keys, another name or another text"
    return "another text"


def _tail_words(tail: bytes) -> str:
    named = {b"\n": "a newline at the end", b"\r\n": "a Windows line end (CRLF) at the end"}
    return named.get(tail, "white space at the end")


def _indent_words(indent: bytes, special: bytes) -> str:
    style = "a tab" if indent[:1] == b"\t" else f"{len(indent)} spaces"
    ends = ", with Windows line ends (CRLF)" if b"\r\n" in special else ""
    return f"pretty-printed with {style}{ends}"


def _escape_words(escape: bytes) -> str:
    try:
        code = int(escape[2:6], 16)
    except ValueError:
        return "a character escaped in another way"
    if code in (0x3C, 0x3E, 0x26, 0x2028, 0x2029):
        return f"{escape.decode('ascii')} for a character of HTML"
    if code >= 0x80:
        return r"characters beyond ASCII escaped as \uXXXX"
    return "a character escaped in another way"
