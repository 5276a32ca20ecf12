"""The head of the list: plain words over a hairline."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from inspector.gui.captures.columns import COLUMNS
from inspector.gui.icons import paint_icon
from inspector.gui.theme import Theme


class CaptureHeader(QHeaderView):
    """Titles of the columns; the one that the list is in the order of is marked."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(theme.px(28))
        theme.changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.px(28))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        column = COLUMNS[logicalIndex]
        is_order = column.name == "time"
        painter.save()
        painter.fillRect(rect, self._theme.color("base"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._theme.color("line"))
        font = self._theme.font(12, 500 if is_order else 400)
        painter.setFont(font)
        painter.setPen(self._theme.color("text" if is_order else "text2"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, column.title)
        if is_order:
            left = rect.left() + QFontMetrics(font).horizontalAdvance(column.title) + self._theme.px(5)
            area = QRectF(left, rect.top(), self._theme.px(12), rect.height())
            paint_icon(painter, "chevron-down", self._theme, area, "text2", 12)
        painter.restore()
