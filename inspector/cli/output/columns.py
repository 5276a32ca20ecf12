"""Alignment of text on a terminal."""

from __future__ import annotations

import textwrap
import unicodedata

from inspector.base.quantity import counted


def display_width(text: str) -> int:
    """Return the number of terminal cells of `text`."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


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
    taken = 0
    for index, char in enumerate(text):
        taken += _cells(char)
        if taken > width - 1:
            return text[:index] + "…"
    return text


def middle_cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with `…` in its middle if it was cut."""
    if display_width(text) <= width:
        return text
    end = text[::-1]
    tail = cut(end, max(1, width * 2 // 5) + 1)[:-1][::-1]
    return cut(text, width - display_width(tail)) + tail


def wrapped(text: str, width: int | None, *, indent: int) -> list[str]:
    """Return a paragraph in lines that fit next to `indent` columns.

    Without a terminal, one line for grep.
    """
    if width is None:
        return [text]
    room = max(30, min(width, 110) - indent)
    return textwrap.wrap(text, room, break_on_hyphens=False) or [""]


def grouped(digest: str) -> str:
    """Return a digest in groups of eight digits, for comparison by eye."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def captures_in_words(count: int) -> str:
    """Return `1 capture` or `1,204 captures`."""
    return counted(count, "capture")


def byte_count(count: int) -> str:
    """Return `1 byte`, `645 bytes` or `1.5 MiB`."""
    if count < 10_000:
        return f"{count:,} byte{'' if count == 1 else 's'}"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
