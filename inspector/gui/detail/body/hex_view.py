"""The body as bytes: offset, hexadecimal, ASCII. Any size, because rows are created only when visible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QRectF, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from inspector.gui.kit.table import AnyIndex, paint_selection, set_up_rows
from inspector.gui.kit.theme import Theme

_DOTS = bytes(code if 0x20 <= code < 0x7F else 0x2E for code in range(256))


def row_count(size: int, width: int) -> int:
    """Return the number of rows of `width` bytes for `size` bytes."""
    return -(-size // width)


def row_text(body: bytes, number: int, width: int) -> str:
    """Return row `number`, from 0: offset, digits in two halves, and ASCII with dots for other bytes."""
    start = number * width
    piece = body[start : start + width]
    half = width // 2
    digits = f"{piece[:half].hex(' ')}  {piece[half:].hex(' ')}".ljust(width * 3)
    return f"{start:0{_offset_digits(len(body))}x}  {digits}  {piece.translate(_DOTS).decode('ascii')}"


def row_cells(size: int, width: int, place: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return column and length of byte `place` in a row: first its digits, then its character."""
    digits = _offset_digits(size) + 2
    gap = 1 if place >= width // 2 else 0
    return (digits + 3 * place + gap, 2), (digits + 3 * width + 2 + place, 1)


def _offset_digits(size: int) -> int:
    """Return the number of digits of an offset in `size` bytes: 4, 6 or 8."""
    return 4 if size <= 0x10000 else 6 if size <= 0x1000000 else 8


def row_length(size: int, width: int) -> int:
    """Return the number of characters of a full row of `width` bytes."""
    return _offset_digits(size) + 2 + width * 3 + 2 + width


_WIDTHS = (16, 8)
_ROW = 20
_MAX_COPIED_ROWS = 65_536
_STEP = 64 * 1024
"""Bytes searched in one step: about a millisecond."""
_DIGITS = re.compile(r"0x((?:[0-9a-f]{2}\s*)+)", re.IGNORECASE)

Span = tuple[int, int]
"""The first byte, and the one after the last."""


class HexModel(QAbstractTableModel):
    """One column, one row per `width` bytes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._body = b""
        self.width = 16

    def show_body(self, body: bytes, width: int) -> None:
        """Show other bytes, or the same bytes in rows of another width."""
        self.beginResetModel()
        self._body, self.width = body, width
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else row_count(len(self._body), self.width)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or not index.isValid():
            return None
        return row_text(self._body, index.row(), self.width)


class HexView(QTableView):
    """Bytes in rows of 16, or of 8 in a narrow view. Ctrl+C copies the selected rows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.body = b""
        self.hex = HexModel(self)
        self.setModel(self.hex)
        self._delegate = _Delegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setFont(theme.fixed_font(11.5))
        set_up_rows(self, theme.px(_ROW))
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("Body as bytes")

    def show_body(self, body: bytes) -> None:
        """Show other bytes."""
        self.body = body
        self._delegate.found = ()
        self.hex.show_body(body, self._fitting_width())

    @property
    def offset(self) -> int:
        """The first byte of the current match, or of the current row."""
        if self._delegate.found:
            return self._delegate.current[0]
        return max(self.currentIndex().row(), 0) * self.hex.width

    # ---- searching

    @property
    def anchor(self) -> int:
        """The byte offset where a search begins."""
        return self.offset

    def search(self, needle: str) -> Iterator[list[Span]]:
        """Yield the spans of a text as UTF-8, ignoring ASCII case, or of bytes such as `0x7b22`."""
        digits = _DIGITS.fullmatch(needle.strip())
        wanted = bytes.fromhex(digits[1]) if digits else needle.encode("utf-8", "surrogatepass")
        pattern = re.compile(re.escape(wanted), 0 if digits else re.IGNORECASE)
        body = self.body
        start = 0
        while start < len(body):
            end = start + _STEP
            spans = [match.span() for match in pattern.finditer(body, start, end + len(wanted) - 1)]
            yield spans
            start = max(end, spans[-1][1]) if spans else end

    def show_match(self, match: Span, around: Sequence[Span]) -> None:
        """Scroll to a match, and mark it and those `around` it."""
        self._delegate.current, self._delegate.found = match, around
        index = self.hex.index(match[0] // self.hex.width, 0)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def show_no_match(self) -> None:
        """Remove all marks."""
        self._delegate.found = ()
        self.viewport().update()

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self._fitting_width()
        if width != self.hex.width:
            self.hex.show_body(self.body, width)
            if self._delegate.found:  # the match is now in another row
                self.updateGeometries()  # otherwise there is nothing to scroll to yet
                self.show_match(self._delegate.current, self._delegate.found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            spans = self.selectionModel().selection()
            rows: list[int] = []
            for span in map(spans.at, range(spans.count())):
                room = _MAX_COPIED_ROWS - len(rows)
                rows.extend(range(span.top(), min(span.bottom() + 1, span.top() + room)))
            lines = [row_text(self.body, row, self.hex.width) for row in sorted(rows)]
            QGuiApplication.clipboard().setText("\n".join(lines))
            return
        super().keyPressEvent(event)

    def _fitting_width(self) -> int:
        room = self.viewport().width() - self._theme.px(8)
        advance = QFontMetrics(self.font()).horizontalAdvance("0" * 100) / 100
        return next(
            (width for width in _WIDTHS if row_length(len(self.body), width) * advance <= room),
            _WIDTHS[-1],
        )


class _Delegate(QStyledItemDelegate):
    """A delegate that marks matches in digits and characters, and underlines the current one."""

    def __init__(self, theme: Theme, parent: HexView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self.found: Sequence[Span] = ()
        self.current: Span = (0, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme = self._theme
        area = QRectF(option.rect)
        paint_selection(painter, option, theme)
        area.adjust(theme.px(4), 0, 0, 0)
        painter.setFont(self._view.font())
        self._paint_found(painter, area, index.row())
        painter.setPen(theme.color("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, str(index.data()))

    def _paint_found(self, painter: QPainter, area: QRectF, row: int) -> None:
        width = self._view.hex.width
        first, last = row * width, (row + 1) * width
        advance = QFontMetricsF(painter.font()).horizontalAdvance("0" * 100) / 100
        body = self._view.body
        for start, end in self.found:
            if end <= first or start >= last:
                continue
            is_current = (start, end) == self.current
            for place in range(max(start, first) - first, min(end, last) - first):
                for column, length in row_cells(len(body), width, place):
                    left = area.left() + column * advance
                    cell = QRectF(left, area.top() + 1, length * advance, area.height() - 2)
                    painter.fillRect(cell, self._theme.color("found"))
                    if is_current:
                        line = QRectF(left, area.bottom() - 3, length * advance, 2)
                        painter.fillRect(line, self._theme.color("accent"))
