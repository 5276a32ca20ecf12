"""The first difference between two bodies, and white space that only one of two texts has, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from inspector.base.visible import visible_bytes

_AROUND = 24
"""Number of bytes shown from the first difference on."""
_BEFORE = 12
_INDENT = re.compile(rb"\r?\n([ \t]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDifference:
    """The first place where the signed and the received body differ."""

    offset: int
    """The index of the first different byte, the same in both."""
    signed: str
    """The text from a little before that place, made visible."""
    came: str
    words: str
    """A description: `a space after a colon`."""

    def detail(self) -> dict[str, Any]:
        """Return the details for scripts."""
        return {"offset": self.offset, "signed": self.signed, "came": self.came, "change": self.words}


def difference(*, signed: bytes, came: bytes, ours: Literal["came", "stringify"] = "came") -> FirstDifference:
    """Return where two bodies differ, with a description. With `stringify`, the second body is the
    JSON.stringify of the first instead of the received one, so that the words describe what was signed."""
    offset = first_difference(signed, came)
    start = max(0, offset - _BEFORE)
    plain, special = (signed, came) if ours == "came" else (came, signed)
    return FirstDifference(
        offset=offset,
        signed=visible_bytes(signed[start : offset + _AROUND]),
        came=visible_bytes(came[start : offset + _AROUND]),
        words=_words(plain, special, offset),
    )


def first_difference(one: bytes, other: bytes) -> int:
    """Return the offset of the first byte that differs, or the length of the shorter one. Bisects, so that
    the comparison runs in C."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _words(plain: bytes, special: bytes, offset: int) -> str:
    """Return what turns `plain`, as JSON.stringify prints it, into `special`."""
    there = special[offset : offset + 6]
    before = special[max(0, offset - 1) : offset]
    if offset == len(plain) and not special[offset:].strip():
        return _tail_words(special[offset:])
    if offset == 0 and special[:1].isspace():
        return "whitespace before the body"
    if there[:1].isspace():
        indent = _INDENT.match(special, offset)
        if indent:
            return _indent_words(indent[1], special)
        if before == b":":
            return "a space after a colon"
        if before == b",":
            return "a space after a comma"
        return "whitespace between the tokens"
    if there[:2] == b"\\/":
        return r"slashes escaped as \/"
    if there[:2] == b"\\u":
        return _escape_words(there)
    if before == b"\\" and there[:1] == b"u":
        return _escape_words(b"\\" + there[:5])
    if there[:1] in b".0123456789eE+-" and before[:1] in b"0123456789.:,[eE+-":
        return "a number printed differently"
    if there[:1] == b'"' or before == b'"' or plain[offset : offset + 1] == b'"':
        return "a different order of keys, or a different name or text"
    return "different text"


def _tail_words(tail: bytes) -> str:
    named = {b"\n": "a newline at the end", b"\r\n": "a Windows line end (CRLF) at the end"}
    return named.get(tail, "whitespace at the end")


def _indent_words(indent: bytes, special: bytes) -> str:
    style = "a tab" if indent[:1] == b"\t" else f"{len(indent)} spaces"
    ends = ", with Windows line ends (CRLF)" if b"\r\n" in special else ""
    return f"pretty-printed with {style}{ends}"


def _escape_words(escape: bytes) -> str:
    try:
        code = int(escape[2:6], 16)
    except ValueError:
        return "a character escaped differently"
    if code in (0x3C, 0x3E, 0x26, 0x2028, 0x2029):
        return f"an HTML character escaped as {escape.decode('ascii')}"
    if code >= 0x80:
        return r"non-ASCII characters escaped as \uXXXX"
    return "a character escaped differently"


Side = Literal["here", "sender", "came", "signed"]
"""The side with the white space: for a secret, `here` or the sender; for a body, the received or the signed
one."""

_PIECE = re.compile(r"\r\n|.", re.DOTALL)
_NAMES = {
    "\n": ("a newline", "newlines"),
    "\r\n": ("a Windows newline", "Windows newlines"),
    "\r": ("a carriage return", "carriage returns"),
    " ": ("a space", "spaces"),
    "\t": ("a tab", "tabs"),
    "\u00a0": ("a no-break space", "no-break spaces"),
    "\u200b": ("a zero-width space", "zero-width spaces"),
    "\ufeff": ("a byte order mark", "byte order marks"),
}
_MOST_KINDS = 3


def white_space(side: Side, *, before: str = "", after: str = "", within: str = "") -> dict[str, Any]:
    """Return a finding's detail for `white_space_words` and for scripts: only the white space itself.

    `within` is all of it without its places, because the text can be a secret.
    """
    return {"white_space": {"side": side, "before": before, "after": after, "within": within}}


def white_space_words(detail: dict[str, Any]) -> str:
    """Return `starts with 2 spaces and ends with a newline`; empty without that detail."""
    found = detail.get("white_space")
    if not isinstance(found, dict):
        return ""
    places = (("starts with", "before", ""), ("ends with", "after", ""), ("has", "within", " in it"))
    return " and ".join(
        f"{verb} {_named(found[place])}{where}" for verb, place, where in places if found.get(place)
    )


def white_space_name(detail: dict[str, Any]) -> str:
    """Return `the newline` or `the 2 spaces`; `the whitespace` if it has several kinds or places."""
    found = detail.get("white_space") or {}
    places = [found[place] for place in ("before", "after", "within") if found.get(place)]
    name = _named(places[0]) if len(places) == 1 else ""
    is_one = name and " and " not in name and " of " not in name
    return f"the {name.removeprefix('a ')}" if is_one else "the whitespace"


def _named(blanks: str) -> str:
    """Return `a newline`, `2 spaces`, `a space and a newline`; for a mixture, the number of
    characters."""
    pieces = _PIECE.findall(blanks)
    runs = [(piece, len(list(run))) for piece, run in groupby(pieces)]
    if len(runs) > _MOST_KINDS or any(piece not in _NAMES for piece in pieces):
        many = "a character" if len(pieces) == 1 else f"{len(pieces):,} characters"
        return f"{many} of whitespace"
    words = [_NAMES[piece][0] if count == 1 else f"{count:,} {_NAMES[piece][1]}" for piece, count in runs]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
