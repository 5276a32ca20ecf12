"""What has become of a body that somebody edits: whether it is still JSON, and what differs."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.domain.capture.line_diff import Comparison, compare_bodies
from inspector.domain.json.source import Broken, compact, pretty

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyEdit:
    """An edited body beside the one that came."""

    trouble: str | None
    """Where it stops being JSON and what would have to stand there, as a sentence; null where it is JSON."""
    position: int | None
    """In characters: that place."""
    comparison: Comparison


def formatted(text: str) -> str | None:
    """The text with a line for each value; None if it is not JSON."""
    try:
        return "".join(pretty(text, _PIECE))
    except Broken:
        return None


def compacted(text: str) -> str | None:
    """The text on one line, without white space between values; None if it is not JSON."""
    try:
        return compact(text)
    except Broken:
        return None


def look_at_edit(original: bytes, edited: str) -> BodyEdit:
    """Check the text of an edited body, and compare it with the original."""
    trouble, position = None, None
    try:
        for _ in pretty(edited, _PIECE):
            pass
    except Broken as error:
        trouble, position = str(error), error.position
    comparison = compare_bodies(original, edited.encode("utf-8", "surrogatepass"))
    return BodyEdit(trouble=trouble, position=position, comparison=comparison)
