"""Short lists in the terminal: aligned cells that wrap and are never cut. Long lists use `text_table`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from inspector.cli.output.columns import display_width, pad

_LEAST_ROOM = 20
"""With fewer cells left for the last column, each cell gets its own line."""
_GAP = 2


def aligned(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Yield rows of equally many cells as lines. Without a terminal (`width` None), one line per row.

    The cells must be visible text.
    """
    if not rows:
        return
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)][:-1]
    indent = sum(widths) + _GAP * len(widths)
    if width is not None and width - indent < _LEAST_ROOM:
        for first, *others in rows:
            yield first
            for cell in filter(None, others):
                yield from _lines(cell, width, _GAP)
        return
    for *cells, last in rows:
        beginning = "".join(pad(cell, room + _GAP) for cell, room in zip(cells, widths, strict=True))
        lines = [last] if width is None else [line[indent:] for line in _lines(last, width, indent)]
        yield f"{beginning}{lines[0]}".rstrip()
        yield from (" " * indent + line for line in lines[1:])


def _lines(text: str, width: int, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text, width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    ) or [space]
