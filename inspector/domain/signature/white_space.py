"""White space that only one of two texts has: which it is, where it stands, and how much of it."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, Literal

Side = Literal["here", "sender", "came", "signed"]
"""Who has it: of a secret we or the sender, of a body what came or what was signed."""

_PIECE = re.compile(r"\r\n|.", re.DOTALL)
_NAMES = {
    "\n": ("a line break", "line breaks"),
    "\r\n": ("a Windows line break", "Windows line breaks"),
    "\r": ("a carriage return", "carriage returns"),
    " ": ("a blank", "blanks"),
    "\t": ("a tab", "tabs"),
    "\u00a0": ("a no-break space", "no-break spaces"),
    "\u200b": ("a zero-width space", "zero-width spaces"),
    "\ufeff": ("a byte order mark", "byte order marks"),
}
_MOST_KINDS = 3


def white_space(side: Side, *, before: str = "", after: str = "", within: str = "") -> dict[str, Any]:
    """A finding's detail, for `white_space_words` and for scripts: the white space itself, nothing else.

    `within` is all of it in one; where in the text each stood is not told, as it may be a secret's.
    """
    return {"white_space": {"side": side, "before": before, "after": after, "within": within}}


def white_space_words(detail: dict[str, Any]) -> str:
    """`begins with 2 blanks and ends with a line break`; empty where a finding does not know."""
    found = detail.get("white_space")
    if not isinstance(found, dict):
        return ""
    places = (("begins with", "before", ""), ("ends with", "after", ""), ("has", "within", " in it"))
    return " and ".join(
        f"{verb} {_named(found[place])}{where}" for verb, place, where in places if found.get(place)
    )


def _named(blanks: str) -> str:
    """`a line break`, `2 blanks`, `a blank and a line break`; of a mixture the number of characters."""
    pieces = _PIECE.findall(blanks)
    runs = [(piece, len(list(run))) for piece, run in groupby(pieces)]
    if len(runs) > _MOST_KINDS or any(piece not in _NAMES for piece in pieces):
        many = "a character" if len(pieces) == 1 else f"{len(pieces):,} characters"
        return f"{many} of white space"
    words = [_NAMES[piece][0] if count == 1 else f"{count:,} {_NAMES[piece][1]}" for piece, count in runs]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
