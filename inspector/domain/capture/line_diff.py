"""Two texts side by side, line by line, such as responses and bodies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from inspector.base.visible import visible_block
from inspector.domain.json.source import JsonSyntaxError, pretty

MAX_COMPARED = 64 * 1024
"""Maximum bytes of each body that are compared. For larger ones, a file comparison is more suitable."""
MAX_LINES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePair:
    """A line of either side, made visible; None if only the other side has one."""

    before: str | None
    after: str | None
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDiff:
    """Two texts side by side."""

    lines: tuple[LinePair, ...]
    is_cut: bool = False
    """Whether the texts are longer, and the remainder was not compared."""

    @property
    def is_same(self) -> bool:
        """Whether the compared lines are equal."""
        return all(line.is_same for line in self.lines)


def compare_bodies(before: bytes, after: bytes) -> LineDiff:
    """Compare two bodies line by line. JSON is formatted first, so that a change affects only a line."""
    is_cut = max(len(before), len(after)) > MAX_COMPARED
    return compare_lines(list(body_lines(before)), list(body_lines(after)), is_cut=is_cut)


def compare_lines(before: Sequence[str], after: Sequence[str], *, is_cut: bool = False) -> LineDiff:
    """Pair lines that are equal, or of which one replaced the other."""
    is_cut = is_cut or max(len(before), len(after)) > MAX_LINES
    before, after = before[:MAX_LINES], after[:MAX_LINES]
    lines: list[LinePair] = []
    for word, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=True).get_opcodes():
        for offset in range(max(i_end - i, j_end - j)):
            lines.append(
                LinePair(
                    before=before[i + offset] if i + offset < i_end else None,
                    after=after[j + offset] if j + offset < j_end else None,
                    is_same=word == "equal",
                )
            )
    return LineDiff(lines=tuple(lines), is_cut=is_cut)


def body_lines(body: bytes) -> Iterator[str]:
    """Yield a body as lines for comparison: JSON is formatted, and bytes that are not UTF-8 are made
    visible."""
    text = body[:MAX_COMPARED].decode("utf-8", "backslashreplace")
    yield from visible_block(_laid_out(text) if len(body) <= MAX_COMPARED else text).split("\n")


def _laid_out(text: str) -> str:
    parts: list[str] = []
    try:
        parts.extend(pretty(text, MAX_COMPARED))
    except JsonSyntaxError as error:  # the text before that place is formatted, the rest is unchanged
        parts.append(text[error.position :])
    return "".join(parts)
