"""Options and ratings with how often each was chosen, as bars that lie."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from inspector.domain.statistics.scores import share_text
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.drawing import Drawing
from inspector.gui.summary.glyphs import paint_face, paint_star


class RankChart(Drawing):
    """Bars that lie, one below the other: label, bar, share and number."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._rows = _Rows(theme)
        self.addItem(self._rows)

    def draw(self) -> None:
        """Draw again what is shown, in the colours of now."""
        self._rows.update()

    def show_rows(self, rows: Sequence[tuple[str, int, float]], glyph: str = "") -> None:
        """Label, count and share from 0 to 1 of each; `glyph` is drawn behind the labels."""
        self._rows.show_rows(tuple(rows), glyph)
        self.setFixedHeight(self._rows.height())
        self.setAccessibleDescription(
            "; ".join(f"{label}: {count:,}, {share_text(share)}" for label, count, share in rows)
        )
        self._fit()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)
        self._fit()

    def mouseMoveEvent(self, event: object) -> None:
        if label := self._rows.label_at(event.position().y()):  # type: ignore[attr-defined]
            QToolTip.showText(event.globalPosition().toPoint(), plain_tip(label), self)  # type: ignore[attr-defined]

    def _fit(self) -> None:
        if hasattr(self, "_rows"):
            self._rows.resize(self.width())


class _Rows(pg.GraphicsObject):  # type: ignore[misc]
    """What `RankChart` shows; a unit is a pixel."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._data: tuple[tuple[str, int, float], ...] = ()
        self._glyph = ""
        self._width = 0

    def show_rows(self, rows: tuple[tuple[str, int, float], ...], glyph: str) -> None:
        self.prepareGeometryChange()
        self._data, self._glyph = rows, glyph
        self.update()

    def resize(self, width: int) -> None:
        if width != self._width:
            self.prepareGeometryChange()
            self._width = width

    def height(self) -> int:
        return self._theme.px(24) * max(len(self._data), 1)

    def label_at(self, y: float) -> str:
        place = int(y // self._theme.px(24))
        return self._data[place][0] if 0 <= place < len(self._data) else ""

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._width, self.height())

    def paint(self, painter: QPainter, *_: object) -> None:
        theme, px = self._theme, self._theme.px
        metrics = theme.metrics(13)
        widest = max((metrics.horizontalAdvance(label) for label, _, _ in self._data), default=0)
        glyph = px(20) if self._glyph else 0
        label_width = min(widest + 2, round(self._width * 0.4))
        count_width = max((metrics.horizontalAdvance(f"{count:,}") for _, count, _ in self._data), default=0)
        share_width = px(50)
        left = label_width + glyph + px(14)
        right = self._width - count_width - share_width - px(8)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, (label, count, share) in enumerate(self._data):
            top, height = place * px(24), px(24)
            middle = top + height / 2
            painter.setFont(theme.font(13))
            painter.setPen(theme.color("text"))
            shown = metrics.elidedText(label, Qt.TextElideMode.ElideRight, label_width)
            self._text(painter, QRectF(0, top, label_width + 2, height), shown, Qt.AlignmentFlag.AlignLeft)
            if self._glyph:
                self._paint_glyph(painter, QRectF(label_width + px(5), top, px(14), height), label)
            painter.setPen(Qt.PenStyle.NoPen)
            lane = QRectF(left, middle - px(4), max(right - left, 0), px(8))
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(lane, 2, 2)
            if share > 0:
                painter.setBrush(theme.color("chart_soft"))
                bar = QRectF(lane.left(), lane.top(), max(lane.width() * min(share, 1), 2), lane.height())
                painter.drawRoundedRect(bar, 2, 2)
            painter.setPen(theme.color("text"))
            area = QRectF(right, top, share_width, height)
            self._text(painter, area, share_text(share), Qt.AlignmentFlag.AlignRight)
            painter.setPen(theme.color("text2"))
            area = QRectF(self._width - count_width - 2, top, count_width + 2, height)
            self._text(painter, area, f"{count:,}", Qt.AlignmentFlag.AlignRight)

    def _paint_glyph(self, painter: QPainter, area: QRectF, label: str) -> None:
        side = self._theme.px(13)
        square = QRectF(area.left(), area.center().y() - side / 2, side, side)
        if self._glyph == "star":
            paint_star(painter, square, self._theme.color("text2"))
        elif label.isdecimal():
            paint_face(painter, square, int(label), self._theme.color("text2"))

    def _text(self, painter: QPainter, area: QRectF, text: str, side: Qt.AlignmentFlag) -> None:
        draw_line(painter, area, text, side | Qt.AlignmentFlag.AlignVCenter)
