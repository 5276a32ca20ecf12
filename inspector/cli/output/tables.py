"""Tables of text.

`TextTable` is for long lists: in a narrow terminal, columns become narrower and then give way, so that each
row is one line. `aligned` is for short ones, which show everything: a long last cell wraps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inspector.cli.output.alignment import cut, display_width, pad, wrapped
from inspector.cli.output.streams import Painter, Style

_GAP = "  "
_LEAST_ROOM = 20
"""With fewer columns left for the last cell of a short list, each cell gets its own line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """A column of a table."""

    heading: str
    least: int
    """Columns of the terminal that it needs at least, otherwise it is hidden."""
    most: int
    """Its width if there is enough space. The last visible column is as wide as the space that remains."""
    importance: int
    """A less important column gives way first."""
    is_number: bool = False
    """Whether it is aligned on the right."""


class TextTable:
    """Formats the rows of a table for a terminal, or for a pipe with every column at its full width."""

    def __init__(
        self,
        out: Painter,
        columns: Sequence[TextColumn],
        *,
        sample: Iterable[Sequence[str]] = (),
        indent: int = 0,
    ) -> None:
        """Create a table. `sample` are its first rows: no column is wider than its longest cell in them."""
        self._out = out
        self._columns = _narrowed(columns, sample)
        self._indent = " " * indent
        self._widths = self._fitted()

    def heading(self) -> str:
        """Return the names of the columns."""
        return self._out.paint(self._text([column.heading for column in self._columns], {}), "faint")

    def line(self, cells: Sequence[str], styles: Mapping[int, Style] | None = None) -> str:
        """Return a row with these cells, already made visible; `styles` are those of cells by their index."""
        return self._text(cells, styles or {})

    def lines(self, cells: Sequence[str]) -> Iterator[str]:
        """Yield a row whose last visible cell wraps between its parts, which are separated by `, `."""
        last = next(reversed(self._widths))
        first, *more = _wrapped_parts(cells[last], None if self._out.width is None else self._widths[last])
        yield self._text([*cells[:last], first, *cells[last + 1 :]], {})
        indent = sum(width + len(_GAP) for place, width in self._widths.items() if place != last)
        yield from (f"{self._indent}{' ' * indent}{line}" for line in more)

    def _text(self, cells: Sequence[str], styles: Mapping[int, Style]) -> str:
        texts = []
        last = next(reversed(self._widths))
        for place, width in self._widths.items():
            column, text = self._columns[place], cells[place]
            if self._out.width is not None:
                text = cut(text, width)
            if column.is_number:
                text = " " * (width - display_width(text)) + text
            elif place != last:
                text = pad(text, width)
            texts.append(self._out.paint(text, styles[place]) if place in styles else text)
        return (self._indent + _GAP.join(texts)).rstrip()

    def _fitted(self) -> dict[int, int]:
        """Return the width of each visible column by its index."""
        columns = self._columns
        if self._out.width is None:
            return {place: column.most for place, column in enumerate(columns)}
        room = self._out.width - len(self._indent)
        by_importance = sorted(range(len(columns)), key=lambda place: columns[place].importance)
        # A number that is cut is wrong, so its column is hidden instead.
        widths = {place: one.most if one.is_number else one.least for place, one in enumerate(columns)}
        for place in by_importance[:-1]:
            if _total(widths) > room:
                del widths[place]
        for place in reversed(by_importance):
            if place in widths:
                spare = max(0, room - _total(widths))
                widths[place] = min(columns[place].most, widths[place] + spare)
        last = next(reversed(widths))
        widths[last] = max(1, widths[last] + room - _total(widths))
        return widths


def _wrapped_parts(text: str, width: int | None) -> list[str]:
    """Return a text in lines of at most `width` columns, broken only after commas if the parts fit."""
    lines: list[str] = []
    for part in text.split(", "):
        longer = f"{lines[-1]}, {part}" if lines else part
        if not lines:
            lines.append(part)
        elif width is None or display_width(longer) <= width:
            lines[-1] = longer
        else:
            lines[-1] += ","
            lines.append(part)
    return lines


def _narrowed(columns: Sequence[TextColumn], sample: Iterable[Sequence[str]]) -> Sequence[TextColumn]:
    """Return the columns, at most as wide as their heading and the cells in `sample`, if there are any."""
    longest = [display_width(column.heading) for column in columns]
    rows = list(sample)
    if not rows:
        return columns
    for row in rows:
        longest = [max(width, display_width(cell)) for width, cell in zip(longest, row, strict=True)]
    most = [min(column.most, width) for column, width in zip(columns, longest, strict=True)]
    return [
        replace(column, most=width, least=min(column.least, width))
        for column, width in zip(columns, most, strict=True)
    ]


def _total(widths: Mapping[int, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def aligned(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Yield rows of equally many cells as lines. Without a terminal (`width` None), one line per row.

    The cells must be visible text.
    """
    if not rows:
        return
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)][:-1]
    indent = sum(widths) + len(_GAP) * len(widths)
    if width is not None and width - indent < _LEAST_ROOM:
        for first, *others in rows:
            yield first
            for cell in filter(None, others):
                yield from (_GAP + line for line in _whole(cell, width, len(_GAP)))
        return
    for *cells, last in rows:
        beginning = "".join(pad(cell, room + len(_GAP)) for cell, room in zip(cells, widths, strict=True))
        first, *more = _whole(last, width, indent)
        yield f"{beginning}{first}".rstrip()
        yield from (" " * indent + line for line in more)


def _whole(cell: str, width: int | None, indent: int) -> list[str]:
    return wrapped(cell, width, indent=indent, least=1, most=width or 0)
