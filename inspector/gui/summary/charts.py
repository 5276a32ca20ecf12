"""The charts of a survey's page, drawn by pyqtgraph, whose import takes half a second."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsView, QSizePolicy, QToolTip, QWidget

from inspector.domain.statistics.scores import Nps, share_text
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.theme import Theme


class StaticChart(pg.GraphicsView):  # type: ignore[misc]
    """A view that is looked at and not handled: no menu, no zoom, no wheel.

    Without pyqtgraph's PlotItem: it makes a form for its menu, which takes 50 ms, and nobody would see it.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Else the ground is kept as pixels, and gets into a saved drawing as such.
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        theme.changed.connect(self._tint)

    @Slot()
    def _tint(self) -> None:
        self.setBackground(self._theme.color("base"))
        self.draw()

    def draw(self) -> None:
        """Draw again what is shown, in the colours of now."""

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # the page scrolls

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.height())


def paint_star(painter: QPainter, area: QRectF, color: QColor) -> None:
    """A filled star."""
    radius = area.width() / 2
    points = [
        QPointF(
            area.center().x() + reach * math.sin(turn * math.pi / 5),
            area.center().y() - reach * math.cos(turn * math.pi / 5),
        )
        for turn in range(10)
        for reach in [radius if turn % 2 == 0 else radius * 0.44]
    ]
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF(points))
    painter.restore()


def paint_face(painter: QPainter, area: QRectF, number: int, color: QColor) -> None:
    """A face from 1, a deep frown, to 5, a wide smile."""
    painter.save()
    painter.translate(area.center())
    painter.scale(area.width() / 24, area.width() / 24)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawEllipse(QPointF(0, 0), 11, 11)
    for eye in (-4, 4):
        painter.drawLine(QPointF(eye, -3.5), QPointF(eye, -2.5))
    bend = (number - 3) * 2.2
    mouth = QPainterPath(QPointF(-5, 4 - bend / 3))
    mouth.quadTo(QPointF(0, 4 + bend), QPointF(5, 4 - bend / 3))
    painter.drawPath(mouth)
    painter.restore()


class RankChart(StaticChart):
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


# First and last number of a span, what those who answer so are called, and the colour of their bars.
_SPANS = (
    (0, 6, "Detractors", "chart_clay"),
    (7, 8, "Passives", "chart_grey"),
    (9, 10, "Promoters", "chart"),
)


class NpsChart(StaticChart):
    """Eleven bars with their numbers, and the three groups of people below them with their shares."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFixedHeight(theme.px(176))
        self._bars = _NpsBars(theme)
        self.addItem(self._bars)

    def show_counts(self, counts: Sequence[int], nps: Nps) -> None:
        """How often each number from 0 to 10 was given."""
        self.setAccessibleName(f"NPS {nps.text}")
        said = ", ".join(f"{number}: {count:,}" for number, count in enumerate(counts))
        self.setAccessibleDescription(said)
        self._bars.show_counts(tuple(counts), nps)

    def draw(self) -> None:
        """Draw again what is shown, in the colours of now."""
        self._bars.update()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_bars"):
            self._bars.resize(self.width(), self.height())


class _NpsBars(pg.GraphicsObject):  # type: ignore[misc]
    """What `NpsChart` shows; a unit is a pixel."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: tuple[int, ...] = (0,) * 11
        self._nps = Nps(detractors=0, passives=0, promoters=0)
        self._size = (0, 0)

    def show_counts(self, counts: tuple[int, ...], nps: Nps) -> None:
        self._counts, self._nps = counts, nps
        self.update()

    def resize(self, width: int, height: int) -> None:
        if (width, height) != self._size:
            self.prepareGeometryChange()
            self._size = (width, height)

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, *self._size)

    def paint(self, painter: QPainter, *_: object) -> None:
        theme, px = self._theme, self._theme.px
        step = self._size[0] / 11
        bottom = self._size[1] - px(72)
        room, top = bottom - px(18), max(*self._counts, 1)
        tones = {number: tone for first, last, _, tone in _SPANS for number in range(first, last + 1)}
        for number, count in enumerate(self._counts):
            # A few answers among many can still be seen.
            height = max(room * count / top, px(2)) if count else 0
            bar = QRectF(number * step + px(2), bottom - height, step - px(4), height)
            painter.fillRect(bar, theme.color(tones[number]))
            above = QRectF(number * step, bar.top() - px(18), step, px(16))
            self._text(painter, above, f"{count:,}", "text2")
            self._text(painter, QRectF(number * step, bottom + px(2), step, px(16)), str(number), "text")
        parts = (self._nps.detractors, self._nps.passives, self._nps.promoters)
        for (first, last, word, tone), part in zip(_SPANS, parts, strict=True):
            left, width = first * step + px(2), (last - first + 1) * step - px(4)
            painter.fillRect(QRectF(left, bottom + px(22), width, px(3)), theme.color(tone))
            share = share_text(part / max(self._nps.total, 1))
            area = QRectF(left, bottom + px(29), width, px(16))
            self._text(painter, area, share, "text", weight=600, is_left=True)
            self._text(painter, area.translated(0, px(16)), word, "text2", is_left=True)

    def _text(
        self,
        painter: QPainter,
        area: QRectF,
        text: str,
        tone: str,
        *,
        weight: int = 400,
        is_left: bool = False,
    ) -> None:
        painter.setFont(self._theme.font(11, weight))
        painter.setPen(self._theme.color(tone))
        side = Qt.AlignmentFlag.AlignLeft if is_left else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)


_BAR = 0.62
_TICKS = 4


class TimeChart(StaticChart):
    """Respondents over time: those done below, those who are not above them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFixedHeight(theme.px(150))
        self._view = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._axes = {side: pg.AxisItem(side, linkView=self._view) for side in ("left", "bottom")}
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addItem(self._axes["left"], 0, 0)
        layout.addItem(self._view, 0, 1)
        layout.addItem(self._axes["bottom"], 1, 1)
        self.setCentralItem(layout)
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

    def draw(self) -> None:
        """Draw again what is shown, in the colours of now."""
        self._view.clear()
        theme = self._theme
        count = len(self._labels)
        top = max((done + begun for done, begun in zip(self._done, self._begun, strict=True)), default=0)
        step, top = _scale(top)
        for height in range(0, top + 1, step):
            tone = "outline" if height == 0 else "line"
            self._view.addItem(pg.InfiniteLine(height, angle=0, pen=pg.mkPen(theme.color(tone), width=1)))
        places = range(count)
        self._bars(places, self._done, "chart")
        # The ground shows between the two, so that they are told apart without their colours.
        gap = [
            top * 0.012 if done and begun else 0 for done, begun in zip(self._done, self._begun, strict=True)
        ]
        bottoms = [done + space for done, space in zip(self._done, gap, strict=True)]
        heights = [max(begun - space, 0) for begun, space in zip(self._begun, gap, strict=True)]
        self._bars(places, heights, "chart_soft", y0=bottoms)
        every = max(1, -(-count * theme.px(64) // max(self.width() - theme.px(50), 1)))
        numbers = [(height, f"{height:,}") for height in range(0, top + 1, step)]
        self._axis("left", numbers)
        left, right = -0.6, max(count, 6) - 0.4
        pitch = (self.width() - self._axes["left"].width()) / (right - left)
        ticks = [
            (place, self._labels[place])
            for place in places
            # At its right end an axis would cut off what does not fit.
            if place % every == 0 and self._width_of(self._labels[place]) / 2 <= (right - place) * pitch
        ]
        self._axis("bottom", ticks)
        self._view.setRange(xRange=(left, right), yRange=(0, top * 1.04), padding=0)

    def _bars(self, x: Sequence[float], heights: Sequence[float], tone: str, **how: object) -> None:
        brush = pg.mkBrush(self._theme.color(tone))
        bars = pg.BarGraphItem(x=list(x), height=list(heights), width=_BAR, brush=brush, pen=None, **how)
        self._view.addItem(bars)

    def _axis(self, side: str, ticks: list[tuple[int, str]]) -> None:
        axis = self._axes[side]
        axis.setTicks([ticks])
        axis.setStyle(tickLength=0, tickFont=self._theme.font(11), hideOverlappingLabels=False)
        axis.setPen(pg.mkPen(None))
        axis.setTextPen(pg.mkPen(self._theme.color("text3")))
        if side == "left":
            axis.setWidth(max(self._width_of(ticks[-1][1]) + 10, 24))
        else:
            axis.setHeight(self._theme.px(22))

    def _width_of(self, label: str) -> int:
        return self._theme.metrics(11).horizontalAdvance(label)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)
        if getattr(self, "_labels", ()):
            self.draw()

    def mouseMoveEvent(self, event: object) -> None:
        place = round(self._view.mapSceneToView(event.position()).x())  # type: ignore[attr-defined]
        if 0 <= place < len(self._labels):
            at = event.globalPosition().toPoint()  # type: ignore[attr-defined]
            QToolTip.showText(at, plain_tip(self._words(place)), self)

    def _words(self, place: int) -> str:
        return f"{self._labels[place]}: {self._done[place]:,} done, {self._begun[place]:,} partial or opened"


def _scale(top: int) -> tuple[int, int]:
    """The step between lines of a grid, and the highest of them: about three, whole and round."""
    step = 1
    while step * _TICKS < top:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step, max(-(-top // step) * step, step)
