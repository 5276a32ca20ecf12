"""Alignment of text on a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_LEAST_ROOM = 30
_MOST_WIDTH = 110
"""Longer lines are harder to read."""
_NARROW = re.compile("[\x00-\u02ff\u2010-\u2027≈✓✗]*")
"""Latin text with typographic punctuation and the signs of verdicts: one cell for each character."""


def display_width(text: str) -> int:
    """Return the number of terminal cells of `text`."""
    if _is_narrow(text):
        return len(text)
    return sum(map(_cells, text))


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells: padded with spaces, or cut with `…` at its end."""
    return pad(cut(text, width), width)


def pad(text: str, width: int) -> str:
    """Return `text` in at least `width` cells."""
    return text + " " * (width - display_width(text))


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with `…` if it was cut."""
    if display_width(text) <= width:
        return text
    if width <= 0:
        return ""
    return _beginning(text, width - 1) + "…"


def middle_cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with `…` in its middle if it was cut."""
    if display_width(text) <= width:
        return text
    end = text[::-1]
    tail = cut(end, max(1, width * 2 // 5) + 1)[:-1][::-1]
    return cut(text, width - display_width(tail)) + tail


def wrapped(
    text: str, width: int | None, *, indent: int, least: int = _LEAST_ROOM, most: int = _MOST_WIDTH
) -> list[str]:
    """Return a paragraph in lines that fit next to `indent` columns. Only a word wider than a line is broken.

    Lines have at least `least` columns and end before column `most`, whatever the width of the terminal.
    Without a terminal, one line for grep.
    """
    if width is None:
        return [text]
    room = max(least, min(width, most) - indent)
    lines: list[str] = []
    line = ""
    for word in text.replace("\n", " ").split(" "):
        longer = f"{line} {word}" if line else word
        if display_width(longer) > room >= display_width(word):
            lines.append(line.rstrip())
            longer = word
        while display_width(longer) > room:
            part = _beginning(longer, room) or longer[0]
            lines.append(part.rstrip())
            longer = longer[len(part) :]
        line = longer
    return [*lines, line.rstrip()]


def hanging(start: str, text: str, width: int | None, *, indent: int) -> Iterator[str]:
    """Yield a paragraph next to `start`, which takes `indent` columns and may be painted."""
    for place, line in enumerate(wrapped(text, width, indent=indent)):
        yield (start if place == 0 else " " * indent) + line


def _beginning(text: str, width: int) -> str:
    """Return the longest beginning of `text` in at most `width` cells."""
    if _is_narrow(text):
        return text[:width]
    taken = 0
    for index, char in enumerate(text):
        taken += _cells(char)
        if taken > width:
            return text[:index]
    return text


def _is_narrow(text: str) -> bool:
    return text.isascii() or _NARROW.fullmatch(text) is not None


@lru_cache(maxsize=4_096)
def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
