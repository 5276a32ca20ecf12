"""The body as bytes: offset, hexadecimal, ASCII; any size, as each row is made when it is seen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from inspector.domain import hexdump
from inspector.gui.scrolling import use_thin_scroll_bars
from inspector.gui.theme import Theme

_WIDTHS = (16, 12, 8, 4)
_ROW = 20
_MAX_COPIED_ROWS = 65_536


class HexModel(QAbstractTableModel):
    """One column, one row for each `width` bytes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._body = b""
        self.width = 16

    def show_body(self, body: bytes, width: int) -> None:
        """Show other bytes, or the same in rows of another width."""
        self.beginResetModel()
        self._body, self.width = body, width
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else hexdump.rows(len(self._body), self.width)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or not index.isValid():
            return None
        return hexdump.row(self._body, index.row(), self.width)


class HexView(QTableView):
    """Rows as wide as there is room for; Ctrl+C copies the chosen ones."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._body = b""
        self.hex = HexModel(self)
        self.setModel(self.hex)
        self.setFont(theme.fixed_font(11.5))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(theme.px(_ROW))
        self.verticalHeader().setDefaultSectionSize(theme.px(_ROW))
        self.setAccessibleName("Body as bytes")
        use_thin_scroll_bars(self, theme)

    def show_body(self, body: bytes) -> None:
        """Show other bytes."""
        self._body = body
        self.hex.show_body(body, self._fitting_width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self._fitting_width()
        if width != self.hex.width:
            self.hex.show_body(self._body, width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            spans = self.selectionModel().selection()
            rows: list[int] = []
            for span in map(spans.at, range(spans.count())):
                room = _MAX_COPIED_ROWS - len(rows)
                rows.extend(range(span.top(), min(span.bottom() + 1, span.top() + room)))
            lines = [hexdump.row(self._body, row, self.hex.width) for row in sorted(rows)]
            QGuiApplication.clipboard().setText("\n".join(lines))
            return
        super().keyPressEvent(event)

    def _fitting_width(self) -> int:
        room = self.viewport().width() - self._theme.px(8)
        advance = QFontMetrics(self.font()).horizontalAdvance("0" * 100) / 100
        return next(
            (width for width in _WIDTHS if hexdump.columns(len(self._body), width) * advance <= room),
            _WIDTHS[-1],
        )
