"""Long texts: cut into pieces for a view, shown in folded lines, read and searched as if there were no folds.

A view takes one piece at a time, so that the window never waits.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextDocument

from inspector.base.visible import visible_block
from inspector.domain.json.source import Broken, pretty
from inspector.gui.detail.json_colours import from_utf16, utf16_length

PIECE = 8 * 1024
"""Bytes or characters of a piece: about a millisecond's work."""
LINES = 1_000
"""Lines of a piece: a view takes up to 5 microseconds for each, however short it is."""
FOLD = 1_000
"""Characters of a line; a longer one is shown as several. Laying out a line of a megabyte takes seconds."""

# The state of a block, as Qt stores it: two flags, and above them the number of its colours.
CONTINUED = 1
"""The block ends with a fold, not with a line feed."""
IN_STRING = 2
"""The block begins inside a JSON string."""
COLOURS = 4

_BLOCKS_PER_STEP = 400
"""Blocks that are searched in one step, each at most `FOLD` characters."""

Span = tuple[int, int]
"""First and last position in the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The next part of a text."""

    text: str
    taken: int
    """The amount of the source used so far, in bytes or characters of the source."""
    trouble: str | None = None
    """Why no more pieces follow, if the source has not ended."""


def raw_pieces(body: bytes) -> Iterator[Piece]:
    r"""Yield bytes as text: UTF-8 if valid, `\xNN` for any other byte. Line feeds stay."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    for start in range(0, len(body), PIECE):
        end = start + PIECE
        text = decoder.decode(body[start:end], final=end >= len(body))
        # A CR before an LF is worth seeing, so it stays as \r.
        for part in _parts(visible_block(text)):
            yield Piece(text=part, taken=min(end, len(body)))


def pretty_pieces(text: str) -> Iterator[Piece]:
    """Yield JSON laid out, every digit as in the source; from the first error on, the text as it is."""
    taken = 0
    try:
        for piece in pretty(text, PIECE):
            for start in range(0, len(piece), PIECE):  # one string can be as long as the whole body
                part = piece[start : start + PIECE]
                taken += len(part)
                for few in _parts(visible_block(part)):
                    yield Piece(text=few, taken=taken)
    except Broken as error:
        yield Piece(text="", taken=taken, trouble=str(error))


def _parts(text: str) -> Iterator[str]:
    """Yield text in parts of at most `LINES` lines."""
    lines = text.splitlines(keepends=True) if text.count("\n") >= LINES else [text]
    for start in range(0, len(lines), LINES):
        yield "".join(lines[start : start + LINES])


def flags(block: QTextBlock) -> int:
    """Return the flags of a block; Qt's state of a new block is -1."""
    return max(block.userState(), 0) % COLOURS


def is_continued(block: QTextBlock) -> bool:
    """Return whether the line of a block continues in the next block."""
    return bool(flags(block) & CONTINUED)


def unfolded(document: QTextDocument, start: int, end: int) -> str:
    """Return the text between two positions, without folds."""
    parts: list[str] = []
    block = document.findBlock(start)
    while block.isValid() and block.position() <= end:
        text = block.text()
        is_last = end < block.position() + block.length()
        first = from_utf16(text, max(0, start - block.position()))
        parts.append(text[first : from_utf16(text, end - block.position()) if is_last else None])
        if not is_last and not is_continued(block):
            parts.append("\n")
        block = block.next()
    return "".join(parts)


def search(document: QTextDocument, needle: str) -> Iterator[list[Span]]:
    """Yield the spans of `needle`, ignoring case; each step searches a bounded part of the text."""
    pattern = re.compile(re.escape(needle), re.IGNORECASE)
    block, before, before_end = document.firstBlock(), "", 0
    while block.isValid():
        found: list[Span] = []
        for _ in range(_BLOCKS_PER_STEP):
            if not block.isValid():
                break
            # A match can begin at the end of the previous block.
            joined = before + block.text()
            for match in pattern.finditer(joined):
                if match.end() > len(before):
                    first, last = (
                        _position(block, joined, len(before), before_end, place) for place in match.span()
                    )
                    found.append((first, last))
            before = joined[-(len(needle) - 1) :] if is_continued(block) and len(needle) > 1 else ""
            before_end = block.position() + block.length() - 1
            block = block.next()
        yield found


def _position(block: QTextBlock, joined: str, before: int, before_end: int, place: int) -> int:
    """Return the document position of a place in `joined`: `before` characters, then the text of `block`."""
    if place < before:
        return before_end - utf16_length(joined[place:before])
    return block.position() + utf16_length(joined[before:place])
