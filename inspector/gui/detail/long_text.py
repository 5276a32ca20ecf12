"""Long texts: split into pieces, coloured as JSON, folded, and searched as if not folded.

Views add one piece at a time, so that the window never freezes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtGui import QTextBlock, QTextDocument, QTextOption

from inspector.base.visible import visible_block
from inspector.domain.json.source import JsonSyntaxError, pretty

_PARTS = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*"?)(?P<colon>\s*:)?'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)"
    r"|(?P<word>\b(?:true|false|null)\b)"
)
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*"?')
_QUOTE = re.compile(r'\\.|(")')
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")


_LONGEST_WORD = 4_000


def wrap_mode(text: str) -> QTextOption.WrapMode:
    """Return how a field wraps a text: between words, or anywhere if it has a very long word.

    Between words, Qt measures such a word again for each of its lines: 11 s for 256 KB.
    """
    is_long = max(map(len, text.split()), default=0) > _LONGEST_WORD
    mode = QTextOption.WrapMode
    return mode.WrapAnywhere if is_long else mode.WrapAtWordBoundaryOrAnywhere


class ColourSpan(NamedTuple):
    """A coloured part of a line, in UTF-16 units as in Qt."""

    start: int
    length: int
    tone: str
    """The colour token."""


def colour_spans(line: str, is_in_string: bool = False) -> Iterator[ColourSpan]:
    """Yield the values in a line of JSON that may begin inside a string. Names and punctuation stay plain."""
    start = 0
    if is_in_string:
        remainder = _REST_OF_STRING.match(line)
        assert remainder is not None, "it matches nothing at least"
        start = remainder.end()
        yield ColourSpan(0, utf16_length(line[:start]), "code_string")
    is_plain = _BEYOND_BMP.search(line) is None
    for part in _PARTS.finditer(line, start):
        kind = part.lastgroup
        if kind == "colon":
            continue  # a name
        first, last = part.span()
        if not is_plain:
            first, last = utf16_length(line[:first]), utf16_length(line[:last])
        yield ColourSpan(first, last - first, f"code_{kind}")


def ends_in_string(line: str, is_in_string: bool) -> bool:
    """Return whether the next line begins inside a string."""
    return is_in_string ^ (sum(found[1] is not None for found in _QUOTE.finditer(line)) % 2 == 1)


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 units as in Qt: two for each character from U+10000 on."""
    return len(text) if text.isascii() else len(text) + len(_BEYOND_BMP.findall(text))


def from_utf16(text: str, places: int) -> int:
    """Return the index in `text` after `places` UTF-16 units."""
    if _BEYOND_BMP.search(text) is None:
        return min(places, len(text))
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * places].decode("utf-16-le", "replace"))


PIECE = 8 * 1024
"""Bytes or characters of a piece: about a millisecond of work."""
LINES = 1_000
"""Maximum lines of a piece. A view takes up to 5 µs per line, however short it is."""
FOLD = 1_000
"""Characters after which a line is folded. Laying out a line of a megabyte takes seconds."""

# The state of a block as stored by Qt: two flags, and the number of its colours above them.
CONTINUED = 1
"""The block ends with a fold, not with a line feed."""
IN_STRING = 2
"""The block begins inside a JSON string."""
COLOURS = 4

_BLOCKS_PER_STEP = 400
"""Blocks searched in one step, each with at most `FOLD` characters."""

Span = tuple[int, int]
"""The first and last position in the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The next part of a text."""

    text: str
    taken: int
    """The amount of the source used so far, in its bytes or characters."""
    problem: str | None = None
    """Why no more pieces follow although the source has not ended."""


def raw_pieces(body: bytes) -> Iterator[Piece]:
    r"""Yield bytes as text: UTF-8 if valid, `\xNN` for any other byte. Line feeds stay."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    for start in range(0, len(body), PIECE):
        end = start + PIECE
        text = decoder.decode(body[start:end], final=end >= len(body))
        # CR before LF is worth showing, so it stays as \r.
        for part in _parts(visible_block(text)):
            yield Piece(text=part, taken=min(end, len(body)))


def pretty_pieces(text: str) -> Iterator[Piece]:
    """Yield pretty-printed JSON with every digit as in the source, up to the first error."""
    taken = 0
    try:
        for piece in pretty(text, PIECE):
            for start in range(0, len(piece), PIECE):  # a string can be as long as the body
                part = piece[start : start + PIECE]
                taken += len(part)
                for few in _parts(visible_block(part)):
                    yield Piece(text=few, taken=taken)
    except JsonSyntaxError as error:
        yield Piece(text="", taken=taken, problem=str(error))


def one_line_pieces(text: str) -> Iterator[Piece]:
    """Yield JSON as one line with a space after each comma and colon, with every digit as in the source.

    Raises JsonSyntaxError if it is not valid. It is for short texts, because it makes one piece.
    """
    lines = [line.lstrip(" ") for line in "".join(pretty(text)).split("\n")]
    joined = "".join(f"{line} " if line.endswith(",") else line for line in lines)
    yield Piece(text=visible_block(joined), taken=len(text))


def _parts(text: str) -> Iterator[str]:
    """Yield the text in parts of at most `LINES` lines."""
    lines = text.splitlines(keepends=True) if text.count("\n") >= LINES else [text]
    for start in range(0, len(lines), LINES):
        yield "".join(lines[start : start + LINES])


def flags(block: QTextBlock) -> int:
    """Return the flags of a block. Qt's initial state is -1."""
    return max(block.userState(), 0) % COLOURS


def is_continued(block: QTextBlock) -> bool:
    """Return whether the line of a block continues in the next block."""
    return bool(flags(block) & CONTINUED)


def unfolded(document: QTextDocument, start: int, end: int) -> str:
    """Return the text between two positions without folds."""
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
    """Yield the spans of `needle`, ignoring case. Each step searches a bounded part of the text."""
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
    """Return the document position of `place` in `joined`: `before` characters, then the text of `block`."""
    if place < before:
        return before_end - utf16_length(joined[place:before])
    return block.position() + utf16_length(joined[before:place])
