"""Captures as text in columns, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.base.clock import local_time, short_time
from inspector.cli.output.alignment import cut, display_width, fit
from inspector.cli.output.capture_columns import (
    ANSWER,
    COLUMNS,
    MARKS,
    TIME,
    VERDICT,
    CaptureColumn,
    Layout,
    answer_text,
    answer_with_reason,
    cell_text,
    in_line,
    mark_texts,
    needed_room,
    reason_text,
    verdict_style,
)
from inspector.cli.output.streams import Painter, Style
from inspector.domain.capture.rows import CaptureRow

_MIN_ID, _USUAL_ID = 3, 5


class CaptureLines:
    """Formats captures, one per line, below a heading.

    In a terminal, columns become narrower or are dropped by their importance, so that each row keeps its
    marks and the beginning of its answer. Columns that the user named stay in line instead. Without a
    terminal, nothing but very long texts is cut.
    """

    def __init__(
        self,
        out: Painter,
        *,
        has_date: bool,
        columns: Sequence[CaptureColumn] = (),
        first: Sequence[CaptureRow] = (),
    ) -> None:
        """`has_date`: times of other days have their date. `columns` are those to print, by default the
        usual ones. The widths of ids and times are those of the `first` rows, if there are any."""
        self._out = out
        self._has_usual_columns = not columns
        columns = in_line(columns or [column for column in COLUMNS.values() if column.is_listed])
        self._format = "%Y-%m-%d %H:%M:%S" if has_date else "%H:%M:%S"
        times = [self._time(row) for row in first] or [self._time(None)]
        ids = [len(str(row.id)) for row in first] or [_USUAL_ID]
        fixed = {TIME: max(map(len, times)), "id": max(_MIN_ID, *ids)}
        self._layout = Layout(columns=columns, width=out.width, fixed=fixed)
        self._widths = self._layout.widths()

    def heading(self) -> str:
        """Return the names of the columns."""
        names = {column.name: column.name for column in self._layout.columns}
        text = "".join(text for text, _ in self._pieces(names, self._widths, is_heading=True)).rstrip()
        return text if self._out.width is None else cut(text, self._out.width)

    def line(self, row: CaptureRow, reason: str | None = None) -> str:
        """Return one capture. `reason` is what `Captures.reasons` returned. Payload text is escaped."""
        out, widths = self._out, self._widths
        why = reason_text(row, reason)
        texts = {column.name: self._cell(column, row) for column in self._layout.columns}
        marks = " ".join(f"[{mark}]" for mark in mark_texts(row, is_whole=out.width is None))
        last_marks = marks if self._layout.has_last_marks else ""
        answer = answer_text(row)
        if out.width is not None and self._has_usual_columns:
            needed = needed_room(answer, why, last_marks)
            if needed > self._layout.room(widths):
                empty = {name for name, text in texts.items() if not text}
                widths = self._layout.widths_of_row(widths, needed, empty)
        texts |= {ANSWER: answer_with_reason(answer, why, self._room(widths, last_marks)), MARKS: marks}
        line, left = "", out.width
        for text, style in self._pieces(texts, widths, style=verdict_style(row.shown)):
            if left is not None:
                text = cut(text, left)
                left -= display_width(text)
            line += text if style is None else out.paint(text, style)
        return line.rstrip()

    def _cell(self, column: CaptureColumn, row: CaptureRow) -> str:
        if column.name == TIME:
            return self._time(row)
        return "" if column.name in (ANSWER, MARKS) else column.cell(row)

    def _time(self, row: CaptureRow | None) -> str:
        """Return the time of a row, or the widest one without a row."""
        if self._out.width is not None and "%d" in self._format:
            return "30 Nov 23:59" if row is None else short_time(row.received_ms)
        return f"{local_time(0 if row is None else row.received_ms):{self._format}}"

    def _pieces(
        self,
        texts: Mapping[str, str],
        widths: Mapping[str, int],
        *,
        style: Style | None = None,
        is_heading: bool = False,
    ) -> Iterator[tuple[str, Style | None]]:
        """Yield the cells and the gaps between them, with their styles."""
        layout = self._layout
        styles: Mapping[str, Style | None] = {VERDICT: style, MARKS: None if is_heading else "faint"}
        is_answer_last = layout.columns[-1].name == ANSWER or layout.has_last_marks
        gap = ""
        for column in layout.columns:
            name, text = column.name, texts[column.name]
            if name == ANSWER:
                room = None if is_answer_last else self._room(widths, "")
                yield gap + (text if room is None else fit(text, room)), None
            elif name == MARKS and not column.high:
                if not text or (is_heading and layout.has_answer):
                    continue
                is_close = gap and layout.width is not None
                yield " " if is_close else gap, None
                yield text, "faint"
            elif not widths[name]:
                continue
            else:
                yield gap, None
                yield cell_text(column, text, widths[name], is_whole=layout.width is None), styles.get(name)
            gap = " " * layout.gap

    def _room(self, widths: Mapping[str, int], marks: str) -> int | None:
        """Return the columns that remain for the answer; None without a terminal."""
        if self._layout.width is None:
            return None
        return max(0, self._layout.room(widths) - (display_width(marks) + 1 if marks else 0))
