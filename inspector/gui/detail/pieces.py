"""Long texts in pieces, so that a view takes a little at a time and the window never waits."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.base.visible import visible_block
from inspector.domain.json.source import Broken, pretty

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
