"""Captures as text in columns, one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from inspector.base.clock import local_time, now_ms, short_time
from inspector.cli.output.alignment import cut, display_width, fit
from inspector.cli.output.capture_columns import (
    ANSWER,
    COLUMNS,
    MARKS,
    NOTHING,
    TIME,
    VERDICT,
    CaptureColumn,
    Layout,
    answer_text,
    answer_with_reason,
    fitting,
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
        self._has_short_times = has_date and out.width is not None
        self._last_time: tuple[tuple[int, int], str] = ((-1, -1), "")
        times = [self._time(row) for row in first] or [self._widest_time()]
        ids = [len(str(row.id)) for row in first] or [_USUAL_ID]
        fixed = {TIME: max(map(len, times)), "id": max(_MIN_ID, *ids)}
        self._layout = layout = Layout(columns=columns, width=out.width, fixed=fixed)
        self._widths = layout.widths()
        self._room = None if out.width is None else layout.room(self._widths)
        """The columns that remain for the answer and marks of a usual row; None without a terminal."""
        self._fitted = [
            (column.name, fitting(column, is_whole=out.width is None) if column.high else None)
            for column in columns
        ]
        """The columns, and for each with a width what makes a cell of a text."""
        self._gap = " " * layout.gap
        self._has_last_marks = layout.has_last_marks
        self._is_answer_last = layout.has_last_marks or columns[-1].name == ANSWER
        self._cells: list[tuple[str, Callable[[CaptureRow], str]]] = [
            (column.name, self._time if column.name == TIME else column.cell)
            for column in columns
            if column.name not in (ANSWER, MARKS)
        ]

    def heading(self) -> str:
        """Return the names of the columns."""
        names = {column.name: column.name for column in self._layout.columns}
        if self._has_last_marks and self._layout.has_answer:
            names[MARKS] = ""
        text = "".join([text for text, _ in self._pieces(names, self._widths, self._room, {})]).rstrip()
        return text if self._out.width is None else cut(text, self._out.width)

    def line(self, row: CaptureRow, reason: str | None = None) -> str:
        """Return one capture. `reason` is what `Captures.reasons` returned. Payload text is escaped."""
        out, widths, room = self._out, self._widths, self._room
        why, answer = reason_text(row, reason), answer_text(row)
        texts = {name: cell(row) for name, cell in self._cells}
        texts[MARKS] = marks = " ".join([f"[{mark}]" for mark in mark_texts(row, is_whole=room is None)])
        last_marks = marks if self._has_last_marks else ""
        answer_room = None
        if room is not None:
            if self._has_usual_columns and (needed := needed_room(answer, why, last_marks)) > room:
                empty = {name for name, text in texts.items() if not text}
                widths = self._layout.widths_of_row(widths, needed, empty)
                room = self._layout.room(widths)
            answer_room = max(0, room - (display_width(last_marks) + 1)) if last_marks else room
        texts[ANSWER] = answer_with_reason(answer, why, answer_room)
        styles: Mapping[str, Style] = {VERDICT: verdict_style(row.shown), MARKS: "faint"}
        pieces = self._pieces(texts, widths, room, styles)
        line = "".join([text for text, _ in pieces])
        if out.width is not None and display_width(line) > out.width:
            pieces = _cut(pieces, out.width)
        elif not out.has_colour:
            return line.rstrip()
        return "".join([text if style is None else out.paint(text, style) for text, style in pieces]).rstrip()

    def _time(self, row: CaptureRow) -> str:
        # Most captures arrived in the same second as the previous one. A short time depends on today, too.
        key = row.received_ms // 1000, now_ms() // 1000
        if key != self._last_time[0]:
            ms = row.received_ms
            text = short_time(ms) if self._has_short_times else f"{local_time(ms):{self._format}}"
            self._last_time = key, text
        return self._last_time[1]

    def _widest_time(self) -> str:
        return "30 Nov 23:59" if self._has_short_times else f"{local_time(0):{self._format}}"

    def _pieces(
        self,
        texts: Mapping[str, str],
        widths: Mapping[str, int],
        room: int | None,
        styles: Mapping[str, Style],
    ) -> list[tuple[str, Style | None]]:
        """Return the cells and the gaps between them, with their styles. `room` is that of the answer."""
        pieces: list[tuple[str, Style | None]] = []
        gap = ""
        for name, fitted in self._fitted:
            text = texts[name]
            if fitted is not None:
                if not widths[name]:
                    continue
                pieces.append((gap, None))
                pieces.append((fitted(text or NOTHING, widths[name]), styles.get(name)))
            elif name == ANSWER:
                answer = text if room is None or self._is_answer_last else fit(text, room)
                pieces.append((gap + answer, None))
            elif text:
                pieces.append((gap if room is None else gap[:1], None))
                pieces.append((text, styles.get(name)))
            else:
                continue
            gap = self._gap
        return pieces


def _cut(pieces: Sequence[tuple[str, Style | None]], width: int) -> list[tuple[str, Style | None]]:
    """Return the pieces that fit in `width` cells, the last one with `…` if it was cut."""
    shown: list[tuple[str, Style | None]] = []
    for text, style in pieces:
        shown.append((cut(text, width), style))
        width -= display_width(shown[-1][0])
    return shown
