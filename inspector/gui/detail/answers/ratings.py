"""Numeric answers, drawn as cells, stars or faces with the selected one filled."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.domain.event.question import QuestionType
from inspector.gui.kit.answer_row import STAR
from inspector.gui.kit.theme import Theme

_CELL, _CELL_HEIGHT, _GAP = 33, 28, 4
# First and last number of a range, and its name on the page.
_NPS_SPANS = ((0, 6, "Detractor"), (7, 8, "Passive"), (9, 10, "Promoter"))


class Rating(QWidget):
    """A number in the range of its question type."""

    is_editable = False
    """Whether the cells are buttons, and their outlines those of controls."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind: QuestionType | None = None
        self._number: int | None = None
        self._original: int | None = None
        """The number before an edit, whose cell has a dashed outline."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_number(self, kind: QuestionType, number: int | None, original: int | None = None) -> None:
        """Show the answer to a question of type `kind`; None if it is skipped."""
        self._kind, self._number, self._original = kind, number, original
        text = "Skipped" if number is None else f"{number} of {kind.low} to {kind.high}"
        if number is not None and kind.value == "nps_feedback":
            text += f", {_span_of(number)}"
        self.setAccessibleName(text)
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        is_nps = self._kind is not None and self._kind.value == "nps_feedback"
        px = self._theme.px
        return QSize(px(11 * _CELL + 10 * _GAP), px(_CELL_HEIGHT + (20 if is_nps else 0)))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._kind is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint = {"nps_feedback": self._paint_nps, "star_feedback": self._paint_stars}.get(
            self._kind.value, self._paint_faces if self._kind.value == "emoji_feedback" else self._paint_cells
        )
        paint(painter)

    def area_of(self, number: int) -> QRectF:
        """Return the cell, the star or the face of a number."""
        kind, px = self._kind, self._theme.px
        if kind is None or kind.low is None or kind.high is None:
            return QRectF()
        if kind.value == "star_feedback":
            return QRectF(px(24 * (number - 1) - 2), 0, px(24), px(_CELL_HEIGHT))
        if kind.value == "emoji_feedback":
            return QRectF(px(32 * (number - 1) - 4), 0, px(32), px(_CELL_HEIGHT))
        return self._cell(number - kind.low, kind.high - kind.low + 1)

    def _cell(self, place: int, cells: int) -> QRectF:
        px = self._theme.px
        gap = px(_GAP)
        width = min(px(_CELL), (self.width() - (cells - 1) * gap) / cells)
        return QRectF(place * (width + gap) + 0.5, 0.5, width - 1, px(_CELL_HEIGHT) - 1)

    def _paint_cells(self, painter: QPainter) -> None:
        kind, theme = self._kind, self._theme
        assert kind is not None
        assert kind.low is not None
        assert kind.high is not None
        cells = kind.high - kind.low + 1
        for number in range(kind.low, kind.high + 1):
            cell = self._cell(number - kind.low, cells)
            is_selected = number == self._number
            outline = QPen(theme.color("control_outline" if self.is_editable else "outline"), 1)
            if number == self._original:
                outline = QPen(theme.color("accent"), 1, Qt.PenStyle.DashLine)
            painter.setPen(Qt.PenStyle.NoPen if is_selected else outline)
            painter.setBrush(theme.color("accent_fill") if is_selected else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell, 4, 4)
            painter.setFont(theme.font(13, 600 if is_selected else 400))
            quiet = "text" if self.is_editable else "text2"
            painter.setPen(
                theme.color("on_accent" if is_selected else quiet if self.isEnabled() else "disabled")
            )
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(number))

    def _paint_nps(self, painter: QPainter) -> None:
        self._paint_cells(painter)
        theme, px = self._theme, self._theme.px
        for first, last, word in _NPS_SPANS:
            is_selected = self._number is not None and first <= self._number <= last
            left, right = self._cell(first, 11).left(), self._cell(last, 11).right()
            top = px(_CELL_HEIGHT + 3)
            painter.fillRect(
                QRectF(left, top, right - left, 2), theme.color("accent" if is_selected else "outline")
            )
            painter.setFont(theme.font(11, 600 if is_selected else 400))
            painter.setPen(theme.color("text" if is_selected else "text2"))
            # The last word is wider than two narrow cells.
            left = min(left, self.width() - painter.fontMetrics().horizontalAdvance(word))
            area = QRectF(left, top + px(3), self.width() - left, px(14))
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, word)

    def _paint_stars(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        high = self._kind.high if self._kind and self._kind.high else 5
        for place in range(high):
            painter.save()
            painter.translate(px(10 + 24 * place), px(_CELL_HEIGHT / 2))
            painter.scale(theme.scale, theme.scale)
            is_filled = place < (self._number or 0)
            color = theme.color("accent_fill" if is_filled and not theme.is_dark else "accent")
            if not is_filled:
                color = theme.color("control_outline")
            painter.setPen(
                QPen(color, 1.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            )
            painter.setBrush(color if is_filled else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(STAR)
            painter.restore()
        self._paint_sum(painter, px(24 * high + 8), high)

    def _paint_faces(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        high = self._kind.high if self._kind and self._kind.high else 5
        for number in range(1, high + 1):
            is_selected = number == self._number
            painter.save()
            painter.translate(px(12 + 32 * (number - 1)), px(_CELL_HEIGHT / 2))
            painter.scale(theme.scale, theme.scale)
            painter.setPen(QPen(theme.color("accent_fill" if is_selected else "control_outline"), 1.3))
            painter.setBrush(theme.color("accent_fill") if is_selected else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(0, 0), 11, 11)
            line = theme.color("on_accent" if is_selected else "control_outline")
            painter.setPen(QPen(line, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            paint_face(painter, number)
            painter.restore()
        self._paint_sum(painter, px(32 * high + 4), high)

    def _paint_sum(self, painter: QPainter, left: int, high: int) -> None:
        painter.setFont(self._theme.font(13))
        painter.setPen(self._theme.color("text"))
        area = QRectF(left, 0, self.width() - left, self._theme.px(_CELL_HEIGHT))
        text = "Skipped" if self._number is None else f"{self._number} of {high}"
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)


def paint_face(painter: QPainter, number: int) -> None:
    """Draw the eyes and mouth of a face, 22 wide, centred on the origin. 1 is a frown, 5 a smile."""
    for eye in (-4, 4):
        painter.drawLine(QPointF(eye, -3.5), QPointF(eye, -2.5))
    bend = (number - 3) * 2.2
    mouth = QPainterPath(QPointF(-5, 4 - bend / 3))
    mouth.quadTo(QPointF(0, 4 + bend), QPointF(5, 4 - bend / 3))
    painter.strokePath(mouth, painter.pen())


def _span_of(number: int) -> str:
    return next((word for first, last, word in _NPS_SPANS if first <= number <= last), "")
