"""How a row of the list is drawn: quiet where all is well, loud where it is not."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.gui.badges import paint_glyph
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.captures.line import NOTHING, Line
from inspector.gui.captures.model import LINE_ROLE
from inspector.gui.theme import Theme

_GAP = 8
_PICTURES = 800
"""Of cells that are kept: about four screens full."""


class CaptureDelegate(QStyledItemDelegate):
    """Draws each cell itself; `fresh` are the rows of the last two seconds, `current` the chosen id."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self.fresh: set[int] = set()
        self._pictures: OrderedDict[tuple[object, ...], tuple[Line, QImage]] = OrderedDict()
        theme.changed.connect(self.forget_pictures)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell, or the picture of it: a list that follows moves all its rows at each arrival,
        and drawing each anew takes five times as long (12 ms of 2)."""
        line: Line = index.data(LINE_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        is_active = is_selected and self._view.isActiveWindow()
        ratio = painter.device().devicePixelRatioF()
        is_fresh = line.id in self.fresh
        key = (line.id, index.column(), rect.width(), rect.height(), ratio, is_selected, is_active, is_fresh)
        drawn, picture = self._pictures.get(key, (None, None))
        if picture is None or drawn is not line:
            # An image, as a pixmap must not outlive the application, and Python may keep one longer.
            picture = QImage(rect.size() * ratio, QImage.Format.Format_RGB32)
            picture.setDevicePixelRatio(ratio)
            painting = QPainter(picture)
            self._draw(
                painting, QRect(QPoint(0, 0), rect.size()), line, index.column(), is_selected, is_active
            )
            painting.end()
            self._pictures[key] = line, picture
            while len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        painter.drawImage(rect.topLeft(), picture)

    @Slot()
    def forget_pictures(self) -> None:
        """Draw everything anew: colours or fonts are others now."""
        self._pictures.clear()

    def _draw(
        self, painter: QPainter, rect: QRect, line: Line, number: int, is_selected: bool, is_active: bool
    ) -> None:
        painter.fillRect(rect, self._ground(line, is_selected, is_active))
        column = COLUMNS[number].name
        area = rect.adjusted(0, 0, -self._theme.px(_GAP), 0)
        if column == "gutter":
            self._gutter(painter, rect, line, is_selected)
        elif line.is_broken:
            if column == "answer":
                self._text(painter, area, line.answer, "disabled")
        elif column == "time":
            self._text(painter, area, line.time, "text2")
        elif column == "verdict":
            self._verdict(painter, area, line)
        elif column == "event":
            tone = "text2" if line.is_unknown else "text"
            self._text(painter, area, line.event, tone, self._theme.loud_weight() if line.is_loud else 400)
        elif column == "survey":
            self._text(painter, area, line.survey, "text" if line.survey != NOTHING else "text2")
        elif column == "respondent":
            self._text(painter, area, line.respondent, "text2")
        else:
            self._answer(painter, rect.adjusted(0, 0, -self._theme.px(2), 0), line)

    def _ground(self, line: Line, is_selected: bool, is_active: bool) -> QColor:
        if is_selected:
            return self._theme.color("selection" if is_active else "selection_no_focus")
        return self._theme.color("fresh" if line.id in self.fresh else "base")

    def _gutter(self, painter: QPainter, rect: QRect, line: Line, is_selected: bool) -> None:
        px = self._theme.px
        if is_selected:
            painter.fillRect(rect.left(), rect.top(), px(3), rect.height(), self._theme.color("accent"))
        elif line.id in self.fresh:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent"))
            side = px(6)
            top = rect.top() + (rect.height() - side) / 2
            painter.drawEllipse(QRectF(rect.left() + px(9), top, side, side))

    def _verdict(self, painter: QPainter, area: QRect, line: Line) -> None:
        px = self._theme.px
        assert line.badge is not None
        glyph = QRectF(area.left(), area.top(), px(14), area.height())
        paint_glyph(painter, glyph, line.badge, self._theme)
        weight = self._theme.loud_weight() if line.badge.is_loud else 400
        self._text(painter, area.adjusted(px(20), 0, px(6), 0), line.badge.word, line.badge.word_tone, weight)

    def _answer(self, painter: QPainter, area: QRect, line: Line) -> None:
        px = self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, metrics = self._theme.font(11), self._theme.metrics(11)
        for tag in line.tags:
            width = metrics.horizontalAdvance(tag) + px(14)
            box = QRectF(area.left(), area.top() + (area.height() - px(20)) / 2, width, px(20))
            painter.setPen(QPen(self._theme.color("outline"), 1))
            painter.setBrush(self._theme.color("base"))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
            painter.setFont(font)
            painter.setPen(self._theme.color("text2"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag)
            area = area.adjusted(round(width) + px(8), 0, 0, 0)
        self._text(painter, area, line.answer, "text2")

    def _text(self, painter: QPainter, area: QRect, text: str, tone: str, weight: int = 400) -> None:
        metrics = self._theme.metrics(13, weight)
        if metrics.horizontalAdvance(text) > area.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(self._theme.font(13, weight))
        painter.setPen(self._theme.color(tone))
        # A base line is all it takes; drawText in a rectangle lays the text out twice.
        base = area.top() + (area.height() + metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(area.left(), base), text)
