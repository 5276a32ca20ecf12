"""Long texts in pieces, so that a view takes a little at a time and the window never waits."""

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
"""A longer line is shown as several: laying out one line of a megabyte takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a view adds next."""

    text: str
    taken: int
    """How much of the source has been used up, in the source's own measure."""
    trouble: str | None = None
    """Why nothing more comes, where the source did not end."""


def raw_pieces(body: bytes) -> Iterator[Piece]:
    r"""Bytes as text: UTF-8 where it is, `\xNN` for each byte that is not; line feeds stay."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    for start in range(0, len(body), PIECE):
        end = start + PIECE
        text = decoder.decode(body[start:end], final=end >= len(body))
        # A CR before an LF is a line's end that is worth seeing, so it stays as \r.
        for part in _parts(visible_block(text)):
            yield Piece(text=part, taken=min(end, len(body)))


def pretty_pieces(text: str) -> Iterator[Piece]:
    """JSON laid out, every digit as in the source; where it stops being JSON the rest follows as it is."""
    taken = 0
    try:
        for piece in pretty(text, PIECE):
            for start in range(0, len(piece), PIECE):  # one string may be as long as the whole body
                part = piece[start : start + PIECE]
                taken += len(part)
                for few in _parts(visible_block(part)):
                    yield Piece(text=few, taken=taken)
    except Broken as error:
        yield Piece(text="", taken=taken, trouble=str(error))


def _parts(text: str) -> Iterator[str]:
    """Text in parts of at most `LINES` lines."""
    if text.count("\n") < LINES:
        yield text
        return
    lines = text.split("\n")
    for start in range(0, len(lines), LINES):
        end = start + LINES
        yield "\n".join(lines[start:end]) + ("\n" if end < len(lines) else "")


# The state of a block, as Qt keeps it: two flags, and above them which colours it has.
CONTINUED = 1
"""Its end is a fold and no line feed."""
IN_STRING = 2
"""It begins within a text of JSON."""
COLOURS = 4

_A_TURN = 400
"""Blocks that are searched in one go, each at most a fold long."""

Span = tuple[int, int]
"""First and last position in the document."""


def flags(block: QTextBlock) -> int:
    """The flags of a block; Qt calls one that has no state yet -1."""
    return max(block.userState(), 0) % COLOURS


def is_continued(block: QTextBlock) -> bool:
    """Whether its line goes on in the next block."""
    return bool(flags(block) & CONTINUED)


def unfolded(document: QTextDocument, start: int, end: int) -> str:
    """The text between two positions, without folds."""
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
    """Where `needle` stands, ignoring case: a bounded part of the text in each step."""
    pattern = re.compile(re.escape(needle), re.IGNORECASE)
    block, before, before_end = document.firstBlock(), "", 0
    while block.isValid():
        found: list[Span] = []
        for _ in range(_A_TURN):
            if not block.isValid():
                break
            # What the block before ended with may go on here.
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
    """The position in the document of a place in what the block before ended with and this one's text."""
    if place < before:
        return before_end - utf16_length(joined[place:before])
    return block.position() + utf16_length(joined[before:place])
