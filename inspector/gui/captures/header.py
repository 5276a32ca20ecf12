"""The head of the list: plain words over a hairline, which sort, move and size the columns."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from inspector.gui.captures.columns import COLUMNS
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.theme import Theme
from inspector.session.captures import Order

_GAP = 8


class CaptureHeader(QHeaderView):
    """Titles of the columns; the one that the list is in the order of is marked."""

    menu_requested = Signal(object)
    """Where on the screen the menu of the columns is to open, a QPoint."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._order = Order()
        self.setAccessibleName("Columns")
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(theme.px(28))
        theme.changed.connect(self.viewport().update)

    def show_order(self, order: Order) -> None:
        """Mark the column that the list is in the order of."""
        self._order = order
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.px(28))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(QPoint(event.globalPos()))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        title = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal) or "")
        is_order = self._is_order(logicalIndex, title)
        px = self._theme.px
        painter.save()
        painter.fillRect(rect, self._theme.color("base"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._theme.color("line"))
        font = self._theme.font(12, 500 if is_order else 400)
        painter.setFont(font)
        painter.setPen(self._theme.color("text" if is_order else "text2"))
        metrics = QFontMetrics(font)
        room = rect.width() - px(_GAP) - (px(17) if is_order else 0)
        # Of a path the end tells more than the beginning.
        mode = Qt.TextElideMode.ElideLeft if title.startswith("$") else Qt.TextElideMode.ElideRight
        shown = metrics.elidedText(title, mode, max(room, 0))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if is_order:
            left = rect.left() + metrics.horizontalAdvance(shown) + px(5)
            area = QRectF(left, rect.top(), px(12), rect.height())
            name = "chevron-down" if self._order.is_descending else "chevron-up"
            paint_icon(painter, name, self._theme, area, "text2", 12)
        painter.restore()

    def _is_order(self, section: int, title: str) -> bool:
        column = COLUMNS[section]
        if column.place is not None:
            return bool(title) and self._order.by == title
        # Age and id stand in the order of time, too; its mark is on one column alone.
        return column.key == self._order.by and column.name == self._order.by
