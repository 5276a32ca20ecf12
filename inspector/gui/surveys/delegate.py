"""Drawing of tree rows: icon or mark, name, number of unverified captures, and count."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.domain.capture.rows import Mark
from inspector.domain.query.saved_filter import Bell
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line
from inspector.gui.kit.pixmap_cache import PixmapCache
from inspector.gui.kit.theme import Theme
from inspector.gui.surveys.model import NODE_ROLE
from inspector.gui.surveys.node import Node

_ICONS = {"all": "inbox", "pinned": "pin"}
BELL_ICONS: dict[Bell, tuple[str, str]] = {
    "none": ("funnel", "text2"),
    "on": ("bell", "accent"),
    "muted": ("bell-off", "text2"),
}
"""The icon of a saved filter and its token."""
_RIGHT = 6
"""Together with the scroll bar, which is always visible, numbers end 16 px from the edge."""
_PICTURES = 300


class SurveyDelegate(QStyledItemDelegate):
    """A delegate that draws the whole row, from the left edge to the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self.pictures = PixmapCache(theme, _PICTURES, self)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(100), self._theme.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row from its cached image, which is created if necessary.

        Under heavy traffic the tree is painted four times per second, and drawing a row takes 0.2 ms.
        """
        node: Node = index.data(NODE_ROLE)
        rect: QRect = option.rect
        ground = "window"
        if option.state & QStyle.StateFlag.State_Selected:
            ground = "selection" if self._view.isActiveWindow() else "selection_no_focus"
        depth = depth_of(index)
        ratio = painter.device().devicePixelRatioF()
        mark = node.row.mark if node.row is not None else None
        bell = node.saved.bell if node.saved is not None else None
        shown = (node.kind, node.text, node.note, node.unverified, node.samples, mark, depth, bell)
        key = (shown, rect.width(), rect.height(), ratio, ground)
        picture = self.pictures.get(key)
        if picture is None:
            picture = self.pictures.draw(key, rect.size(), ratio, partial(self._draw, node, depth, ground))
        painter.drawImage(rect.topLeft(), picture)

    def _draw(self, node: Node, depth: int, ground: str, painter: QPainter, rect: QRect) -> None:
        px = self._theme.px
        painter.fillRect(rect, self._theme.color("window"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if ground != "window":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(ground))
            painter.drawRoundedRect(QRectF(rect).adjusted(px(8), 0, 2, 0), 4, 4)
        if node.kind in ("caption", "filters"):  # closer to the rows that it names
            rect = rect.translated(0, px(4))
        x = rect.left() + px(16)
        if node.kind in _ICONS:
            paint_icon(painter, _ICONS[node.kind], self._theme, QRectF(x, rect.top(), px(16), rect.height()))
            x += px(24)
        elif node.saved is not None:
            icon, tone = BELL_ICONS[node.saved.bell]
            paint_icon(painter, icon, self._theme, QRectF(x, rect.top(), px(16), rect.height()), tone)
            x += px(24)
        elif node.kind == "filters":
            paint_icon(painter, "plus", self._theme, plus_area(rect, self._theme))
        elif node.kind != "caption":
            x += px(16) * (depth + 1)
        if node.kind == "respondent":
            if node.row is not None and node.row.mark is not None:
                area = QRectF(x, rect.top(), px(12), rect.height())
                paint_mark(painter, area, node.row.mark, self._theme)
            x += px(20)
        right = rect.right() - px(_RIGHT)
        if note := self._note(node, right - x):
            right -= self._right(painter, rect, right, note) + px(8)
        if node.unverified:
            right -= self._unverified(painter, rect, right, node.unverified) + px(8)
        self._name(painter, QRect(x, rect.top(), max(right - x, 0), rect.height()), node)

    def _name(self, painter: QPainter, area: QRect, node: Node) -> None:
        px, weight, tone = 13, 400, "text"
        if node.kind in ("all", "survey") and not node.samples:
            weight = 500
        if node.kind in ("caption", "filters"):
            px, weight, tone = 12, 500, "text2"
        elif node.kind == "more":
            tone = "accent"
        font = self._theme.font(px, weight)
        painter.setFont(font)
        painter.setPen(self._theme.color(tone))
        # User ids often differ only at the end.
        is_user = node.kind == "respondent"
        mode = Qt.TextElideMode.ElideMiddle if is_user else Qt.TextElideMode.ElideRight
        text = QFontMetrics(font).elidedText(node.text, mode, area.width())
        draw_line(painter, area, text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def _note(self, node: Node, room: int) -> str:
        """Return the note in full, or without its word if it and a red number would cut the name."""
        if node.kind != "respondent":
            return node.note
        px, metrics = self._theme.px, QFontMetrics(self._theme.font(12))
        need = metrics.horizontalAdvance(node.note) + px(8)
        if node.unverified:
            need += self._unverified_width(node.unverified) + px(8)
        name = QFontMetrics(self._theme.font(13)).horizontalAdvance(node.text)
        return node.note if name <= room - need else node.short_note

    def _right(self, painter: QPainter, rect: QRect, right: int, text: str) -> int:
        font = self._theme.font(12)
        width = QFontMetrics(font).horizontalAdvance(text)
        painter.setFont(font)
        painter.setPen(self._theme.color("text2"))
        area = QRect(right - width, rect.top(), width + 1, rect.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        return width

    def _unverified(self, painter: QPainter, rect: QRect, right: int, number: int) -> int:
        """Draw an outlined `+14` and return its width.

        It means 14 more than the count next to it, and must not look like the sign of an invalid capture.
        """
        px = self._theme.px
        text = f"+{number:,}"
        width, height = self._unverified_width(number), px(18)
        area = QRectF(right - width, rect.center().y() - height / 2 + 0.5, width, height)
        painter.setFont(self._unverified_font)
        painter.setPen(QPen(self._theme.color("invalid"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)
        return width

    @property
    def _unverified_font(self) -> QFont:
        return self._theme.font(11, self._theme.loud_weight())

    def _unverified_width(self, number: int) -> int:
        return QFontMetrics(self._unverified_font).horizontalAdvance(f"+{number:,}") + self._theme.px(12)


def plus_area(rect: QRect, theme: Theme) -> QRectF:
    """Return the place of the plus in the caption of the saved filters."""
    side = theme.px(20)
    return QRectF(rect.right() - theme.px(_RIGHT) - side + theme.px(3), rect.top(), side, rect.height())


def bell_area(rect: QRect, theme: Theme) -> QRectF:
    """Return the place of a filter's icon, with some room around it."""
    return QRectF(rect.left() + theme.px(11), rect.top(), theme.px(26), rect.height())


def depth_of(index: QModelIndex | QPersistentModelIndex) -> int:
    """Return the number of ancestors of a row."""
    depth, above = 0, index.parent()
    while above.isValid():
        depth, above = depth + 1, above.parent()
    return depth


def paint_mark(painter: QPainter, rect: QRectF, mark: Mark, theme: Theme) -> None:
    """Draw how far a respondent got: ● complete, ◐ partial, ○ opened."""
    side = min(rect.width(), rect.height()) - theme.px(2)
    area = QRectF(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = theme.color("text" if mark == "complete" else "text2")
    painter.setPen(QPen(color, 1.3))
    painter.setBrush(color if mark == "complete" else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(area)
    if mark == "partial":
        half = QPainterPath(QPointF(area.center()))
        half.arcTo(area, 90, 180)
        half.closeSubpath()
        painter.fillPath(half, color)
    painter.restore()
