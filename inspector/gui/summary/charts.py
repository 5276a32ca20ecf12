"""The charts of a survey's page, drawn by pyqtgraph, whose import takes too long for the start."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.domain.statistics_scores import Nps, share_text
from inspector.gui.labels import plain_tip
from inspector.gui.summary.glyphs import paint_face, paint_star
from inspector.gui.theme import Theme

_SPANS = ((0, 6, "Detractors", "chart_clay"), (7, 8, "Passives", "chart_grey"), (9, 10, "Promoters", "chart"))
_BAR = 0.62
_TICKS = 4


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that is looked at and not handled: no menu, no zoom, no wheel."""

    def __init__(self, theme: Theme, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._theme = theme
        self.setFixedHeight(theme.px(height))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(theme.px(120))
        self.setMenuEnabled(False)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.getViewBox().setDefaultPadding(0)
        theme.changed.connect(self.draw)

    @Slot()
    def draw(self) -> None:
        """Draw again what is shown, in the colours of now."""
        self.setBackground(self._theme.color("base"))
        self.clear()

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # the page scrolls

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.height())

    def bars(self, x: Sequence[float], heights: Sequence[float], tone: str, **how: object) -> None:
        """Upright bars in the colour of a token."""
        brush = pg.mkBrush(self._theme.color(tone))
        self.addItem(pg.BarGraphItem(x=list(x), height=list(heights), brush=brush, pen=None, **how))

    def text(
        self, text: str, x: float, y: float, *, px: float, tone: str, weight: int, anchor: QPointF
    ) -> None:
        """A text whose `anchor`, from (0, 0) at its top left to (1, 1), stands at a point of the data."""
        item = pg.TextItem(text, color=self._theme.color(tone), anchor=(anchor.x(), anchor.y()))
        item.setFont(self._theme.font(px, weight))
        self.addItem(item, ignoreBounds=True)
        item.setPos(x, y)


class TimeChart(Plot):
    """Respondents over time: those done below, those who are not above them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, 150, parent)
        self._labels: tuple[str, ...] = ()
        self._done: tuple[int, ...] = ()
        self._begun: tuple[int, ...] = ()
        self.viewport().setMouseTracking(True)

    def show_counts(self, labels: Sequence[str], done: Sequence[int], begun: Sequence[int]) -> None:
        """One bar a span of time."""
        shown = tuple(labels), tuple(done), tuple(begun)
        if shown != (self._labels, self._done, self._begun):
            self._labels, self._done, self._begun = shown
            self.setAccessibleName("Respondents over time")
            self.setAccessibleDescription("; ".join(self._words(place) for place in range(len(labels))[-12:]))
            self.draw()

    @Slot()
    def draw(self) -> None:
        super().draw()
        theme = self._theme
        count = len(self._labels)
        top = max((done + begun for done, begun in zip(self._done, self._begun, strict=True)), default=0)
        step, top = _scale(top)
        for height in range(0, top + 1, step):
            tone = "outline" if height == 0 else "line"
            self.addItem(pg.InfiniteLine(height, angle=0, pen=pg.mkPen(theme.color(tone), width=1)))
        places = range(count)
        self.bars(places, self._done, "chart", width=_BAR)
        # The ground shows between the two, so that they are told apart without their colours.
        gap = [
            top * 0.012 if done and begun else 0 for done, begun in zip(self._done, self._begun, strict=True)
        ]
        bottoms = [done + space for done, space in zip(self._done, gap, strict=True)]
        heights = [max(begun - space, 0) for begun, space in zip(self._begun, gap, strict=True)]
        self.bars(places, heights, "chart_soft", width=_BAR, y0=bottoms)
        every = max(1, -(-count * theme.px(64) // max(self.width() - theme.px(50), 1)))
        ticks = [(place, self._labels[place]) for place in places if place % every == 0]
        numbers = [(height, f"{height:,}") for height in range(0, top + 1, step)]
        self._axis("bottom", ticks)
        self._axis("left", numbers)
        self.setXRange(-0.6, max(count, 6) - 0.4, padding=0)
        self.setYRange(0, top * 1.04, padding=0)

    def _axis(self, side: str, ticks: list[tuple[int, str]]) -> None:
        axis = self.getAxis(side)
        axis.setTicks([ticks])
        axis.setStyle(tickLength=0, tickFont=self._theme.font(11), hideOverlappingLabels=False)
        axis.setPen(pg.mkPen(None))
        axis.setTextPen(pg.mkPen(self._theme.color("text3")))
        if side == "left":
            axis.setWidth(max(self._theme.metrics(11).horizontalAdvance(ticks[-1][1]) + 10, 24))
        else:
            axis.setHeight(self._theme.px(22))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)
        if getattr(self, "_labels", ()):
            self.draw()

    def mouseMoveEvent(self, event: object) -> None:
        place = round(self.getViewBox().mapSceneToView(event.position()).x())  # type: ignore[attr-defined]
        if 0 <= place < len(self._labels):
            at = event.globalPosition().toPoint()  # type: ignore[attr-defined]
            QToolTip.showText(at, plain_tip(self._words(place)), self)

    def _words(self, place: int) -> str:
        return f"{self._labels[place]}: {self._done[place]:,} done, {self._begun[place]:,} partial or opened"


class NpsChart(Plot):
    """Eleven bars with their numbers, and the three groups of people below them with their shares."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, 176, parent)
        self._counts: tuple[int, ...] = (0,) * 11
        self._nps: Nps | None = None
        for side in ("left", "bottom"):
            self.hideAxis(side)

    def show_counts(self, counts: Sequence[int], nps: Nps) -> None:
        """How often each number from 0 to 10 was given."""
        if (tuple(counts), nps) != (self._counts, self._nps):
            self._counts, self._nps = tuple(counts), nps
            self.setAccessibleName(f"NPS {nps.text}")
            said = ", ".join(f"{number}: {count:,}" for number, count in enumerate(counts))
            self.setAccessibleDescription(said)
            self.draw()

    @Slot()
    def draw(self) -> None:
        super().draw()
        if self._nps is None:
            return
        top = max(*self._counts, 1)
        # Bars take 100 of 176 px; what stands above and below them is measured in their heights.
        unit = top / 100
        parts = (self._nps.detractors, self._nps.passives, self._nps.promoters)
        for (first, last, word, tone), part in zip(_SPANS, parts, strict=True):
            places = range(first, last + 1)
            heights = [self._high(place, unit) for place in places]
            self.bars(places, heights, tone, width=0.92)
            middle, length = (first + last) / 2, last - first + 0.92
            self.bars([middle], [unit * 2.5], tone, width=length, y0=-22 * unit)
            left, corner = first - 0.46, QPointF(0, 0)
            share = share_text(part / max(self._nps.total, 1))
            self.text(share, left, -21 * unit, px=12, tone="text", weight=600, anchor=corner)
            self.text(word, left, -37 * unit, px=11, tone="text2", weight=400, anchor=corner)
        for number, count in enumerate(self._counts):
            above = self._high(number, unit)
            self.text(f"{count:,}", number, above, px=11, tone="text2", weight=400, anchor=QPointF(0.5, 0.95))
            self.text(f"{number}", number, 0, px=11, tone="text", weight=400, anchor=QPointF(0.5, 0))
        self.setXRange(-0.5, 10.5, padding=0)
        self.setYRange(-56 * unit, 120 * unit, padding=0)

    def _high(self, number: int, unit: float) -> float:
        """How high a bar is: that of a few answers among many can still be seen."""
        count = self._counts[number]
        return max(count, unit * 1.5) if count else 0


class RankChart(pg.GraphicsView):  # type: ignore[misc]
    """Bars that lie, one below the other: label, bar, share and number."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._theme = theme
        self._rows = _Rows(theme)
        self.addItem(self._rows)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self._tint)

    def show_rows(self, rows: Sequence[tuple[str, int, float]], glyph: str = "") -> None:
        """Label, count and share from 0 to 1 of each; `glyph` is drawn behind the labels."""
        self._rows.show_rows(tuple(rows), glyph)
        self.setFixedHeight(self._rows.height())
        self.setAccessibleDescription(
            "; ".join(f"{label}: {count:,}, {share_text(share)}" for label, count, share in rows)
        )
        self._fit()

    @Slot()
    def _tint(self) -> None:
        self.setBackground(self._theme.color("base"))
        self._rows.update()

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self.height())

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
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


def _scale(top: int) -> tuple[int, int]:
    """The step between lines of a grid, and the highest of them: about three, whole and round."""
    step = 1
    while step * _TICKS < top:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step, max(-(-top // step) * step, step)
