"""The charts of a survey page. Importing pyqtgraph, which draws the chart over time, takes half a second."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsView, QSizePolicy, QToolTip, QWidget

from inspector.domain.statistics.scores import Nps, share_text
from inspector.gui.detail.answers.ratings import paint_face
from inspector.gui.kit.answer_row import STAR, STAR_WIDTH
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page import draw_text

_BAR = 0.62
"""The width of a bar as a fraction of its time span."""
_MAX_STEPS = 4
"""The maximum number of steps between the lowest and the highest grid line."""
_LINE_PX = 24
"""The height of a bar with its label."""
_MIN_PX = 120


class TimeChart(pg.GraphicsView):  # type: ignore[misc]
    """Respondents over time as stacked bars, with those who are done at the bottom.

    Dragging over the bars, or arrow keys with Shift and then Return, select a span of time.

    Not a PlotItem of pyqtgraph, because creating its menu takes 50 ms.
    """

    selected = Signal(int, int)
    """The first and the last bar of the span that the user selected."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._theme = theme
        self._labels: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._done: tuple[int, ...] = ()
        self._begun: tuple[int, ...] = ()
        self._shade: QGraphicsRectItem | None = None
        self._top = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(150))
        self._brush: tuple[int, int] | None = None
        """The bar where the selection begins, and the one where it ends."""
        self._is_dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # Otherwise the background is cached as pixels, even in a saved drawing.
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self._view = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._axes = {side: pg.AxisItem(side, linkView=self._view) for side in ("left", "bottom")}
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addItem(self._axes["left"], 0, 0)
        layout.addItem(self._view, 0, 1)
        layout.addItem(self._axes["bottom"], 1, 1)
        self.setCentralItem(layout)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Respondents over time")
        theme.changed.connect(self._tint)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The labels of the time axis, with the position of their middle in px from the left."""
        [ticks] = self._axes["bottom"]._tickLevels
        return [(self._view.mapViewToScene(QPointF(place, 0)).x(), label) for place, label in ticks]

    @property
    def plot_area(self) -> QRectF:
        """The area of the bars in px."""
        return QRectF(self._view.sceneBoundingRect())

    @property
    def view_range(self) -> QRectF:
        """The range in the area of the bars: time spans from left to right, respondents upwards."""
        return QRectF(self._view.viewRect())

    def show_counts(
        self, labels: Sequence[str], done: Sequence[int], begun: Sequence[int], *, names: Sequence[str] = ()
    ) -> None:
        """Show the respondents per time span: those who are done, and the others.

        `names` are the labels of single spans in words, by default `labels`.
        """
        shown = tuple(labels), tuple(names or labels), tuple(done), tuple(begun)
        if shown != (self._labels, self._names, self._done, self._begun):
            self._labels, self._names, self._done, self._begun = shown
            self.setAccessibleDescription("; ".join(self._words(place) for place in range(len(labels))[-12:]))
            self._draw()

    def _draw(self) -> None:
        self._view.clear()
        self._shade = None
        theme, count = self._theme, len(self._labels)
        pairs = list(zip(self._done, self._begun, strict=True))
        step, top = _scale(max(map(sum, pairs), default=0))
        for height in range(0, top + 1, step):
            tone = "outline" if height == 0 else "line"
            self._view.addItem(pg.InfiniteLine(height, angle=0, pen=pg.mkPen(theme.color(tone), width=1)))
        # A gap separates the two parts, so that the colours are not needed to distinguish them.
        gaps = [top * 0.012 if done and begun else 0 for done, begun in pairs]
        self._add_bars(self._done, [0.0] * count, "chart")
        self._add_bars(
            [max(begun - gap, 0) for (_, begun), gap in zip(pairs, gaps, strict=True)],
            [done + gap for (done, _), gap in zip(pairs, gaps, strict=True)],
            "chart_soft",
        )
        self._label("left", [(height, f"{height:,}") for height in range(0, top + 1, step)])
        every = max(1, -(-count * theme.px(64) // max(self.width() - theme.px(50), 1)))
        left, right = -0.6, max(count, 6) - 0.4
        pitch = (self.width() - self._axes["left"].width()) / (right - left)
        # The axis would cut off a label that does not fit at its right end.
        ticks = [
            (place, self._labels[place])
            for place in _spaced(self._labels, every)
            if self._width_of(self._labels[place]) / 2 <= (right - place) * pitch
        ]
        self._label("bottom", ticks)
        self._view.setRange(xRange=(left, right), yRange=(0, top * 1.04), padding=0)
        self._top = top * 1.04
        self._show_brush()

    def _show_brush(self) -> None:
        if self._shade is not None:
            self._view.removeItem(self._shade)
            self._shade = None
        if self._brush is not None:
            first, last = min(self._brush), max(self._brush)
            tint = self._theme.color("accent")
            self._shade = QGraphicsRectItem(first - 0.5, 0, last - first + 1, self._top)
            self._shade.setPen(pg.mkPen(tint, width=1))
            tint.setAlphaF(0.14)
            self._shade.setBrush(pg.mkBrush(tint))
            self._view.addItem(self._shade, ignoreBounds=True)

    def _set_brush(self, brush: tuple[int, int] | None) -> None:
        if brush != self._brush:
            self._brush = brush
            self._show_brush()
            if brush is not None:
                words = " to ".join(dict.fromkeys(self._words(place) for place in sorted(brush)))
                self.setAccessibleName(f"Respondents over time, {words}")

    def _place_of(self, event: QMouseEvent) -> int:
        place: int = round(self._view.mapSceneToView(event.position()).x())
        return min(max(place, 0), len(self._labels) - 1)

    def _select(self) -> None:
        brush = self._brush
        self._set_brush(None)
        if brush is not None:
            self.selected.emit(min(brush), max(brush))

    def _add_bars(self, heights: Sequence[float], bottoms: Sequence[float], tone: str) -> None:
        places, brush = list(range(len(heights))), pg.mkBrush(self._theme.color(tone))
        bars = pg.BarGraphItem(
            x=places, y0=list(bottoms), height=list(heights), width=_BAR, brush=brush, pen=None
        )
        self._view.addItem(bars)

    def _label(self, side: str, ticks: list[tuple[int, str]]) -> None:
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

    def _words(self, place: int) -> str:
        return (
            f"{self._names[place]}: {self._done[place]:,} complete, {self._begun[place]:,} partial or opened"
        )

    @Slot()
    def _tint(self) -> None:
        self.setBackground(self._theme.color("base"))
        self._draw()

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if getattr(self, "_labels", ()):  # pyqtgraph resizes the chart before it is built
            self._draw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # so that the page scrolls

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._labels:
            self._is_dragging = True
            self._set_brush((self._place_of(event), self._place_of(event)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging and event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging = False
            self._select()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # pyqtgraph would handle it

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._labels) - 1
        if last >= 0 and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            start, end = self._brush or ((last + 1, last + 1) if key == Qt.Key.Key_Left else (-1, -1))
            end = min(max(end + (1 if key == Qt.Key.Key_Right else -1), 0), last)
            is_longer = (
                bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and self._brush is not None
            )
            self._set_brush((start if is_longer else end, end))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._brush is not None:
            self._select()
        elif key == Qt.Key.Key_Escape and self._brush is not None:
            self._is_dragging = False
            self._set_brush(None)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self._is_dragging:
            self._set_brush(None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging and self._brush is not None:
            self._set_brush((self._brush[0], self._place_of(event)))
        place = round(self._view.mapSceneToView(event.position()).x())
        if 0 <= place < len(self._labels):
            QToolTip.showText(event.globalPosition().toPoint(), plain_tip(self._words(place)), self)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_MIN_PX), self.height())


def _spaced(labels: Sequence[str], every: int) -> list[int]:
    """Return the places of the labels that have room, each `every` places or more from the next: dates first,
    and times of the clock between them."""
    found: list[int] = []
    days = [place for place, label in enumerate(labels) if ":" not in label]
    for place in [*days, *range(len(labels))]:
        at = bisect(found, place)
        if all(abs(place - other) >= every for other in found[max(at - 1, 0) : at + 1]):
            found.insert(at, place)
    return found


def _scale(top: int) -> tuple[int, int]:
    """Return the step between grid lines, a round integer, and the highest line."""
    step = 1
    while step * _MAX_STEPS < top:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step, max(-(-top // step) * step, step)


class _PaintedChart(QWidget):
    """A chart as wide as its card, painted in the colours of the theme."""

    def __init__(self, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_MIN_PX), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_MIN_PX), self.height())


class _Group(NamedTuple):
    """The respondents who gave the numbers `first` to `last`."""

    first: int
    last: int
    name: str
    tone: str


_GROUPS = (
    _Group(0, 6, "Detractors", "chart_clay"),
    _Group(7, 8, "Passives", "chart_grey"),
    _Group(9, 10, "Promoters", "chart"),
)


class NpsChart(_PaintedChart):
    """Eleven bars with their numbers, above the three groups of respondents with their shares."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._counts: tuple[int, ...] = (0,) * 11
        self._nps = Nps(detractors=0, passives=0, promoters=0)
        self.setFixedHeight(theme.px(176))

    def show_counts(self, counts: Sequence[int], nps: Nps) -> None:
        """Show how often each number from 0 to 10 was given."""
        self._counts, self._nps = tuple(counts), nps
        self.setAccessibleName(f"NPS {nps.text}")
        description = ", ".join(f"{number}: {count:,}" for number, count in enumerate(counts))
        self.setAccessibleDescription(description)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        step, bottom = self.width() / 11, self.height() - px(72)
        room, top = bottom - px(18), max(*self._counts, 1)
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        parts = (self._nps.detractors, self._nps.passives, self._nps.promoters)
        for group, part in zip(_GROUPS, parts, strict=True):
            color = theme.color(group.tone)
            for number in range(group.first, group.last + 1):
                count, left = self._counts[number], number * step
                # A few answers among many stay visible.
                height = max(room * count / top, px(2)) if count else 0
                painter.fillRect(QRectF(left + px(2), bottom - height, step - px(4), height), color)
                above = QRectF(left, bottom - height - px(18), step, px(16))
                draw_text(painter, theme, above, f"{count:,}", "text2")
                below = QRectF(left, bottom + px(2), step, px(16))
                draw_text(painter, theme, below, str(number), "text")
            left, width = group.first * step + px(2), (group.last - group.first + 1) * step - px(4)
            painter.fillRect(QRectF(left, bottom + px(22), width, px(3)), color)
            area = QRectF(left, bottom + px(29), width, px(16))
            share = share_text(part / max(self._nps.total, 1))
            draw_text(painter, theme, area, share, "text", weight=600, alignment=side)
            draw_text(painter, theme, area.translated(0, px(16)), group.name, "text2", alignment=side)


class RankChart(_PaintedChart):
    """One line per option or rating: its label, a bar, its share and count."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._rows: tuple[tuple[str, int, float], ...] = ()
        self._glyph = ""
        self.setMouseTracking(True)

    def show_rows(self, rows: Sequence[tuple[str, int, float]], glyph: str = "") -> None:
        """Show the label, count and share (0 to 1) of each line.

        `glyph` is drawn after the labels: `star`, or `face` for labels from 1 to 5.
        """
        self._rows, self._glyph = tuple(rows), glyph
        self.setFixedHeight(self._theme.px(_LINE_PX) * max(len(rows), 1))
        self.setAccessibleDescription(
            "; ".join(f"{label}: {count:,}, {share_text(share)}" for label, count, share in rows)
        )
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y() // self._theme.px(_LINE_PX))
        if 0 <= place < len(self._rows) and (label := self._rows[place][0]):
            QToolTip.showText(event.globalPosition().toPoint(), plain_tip(label), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        metrics = theme.metrics(13)
        widest = max((metrics.horizontalAdvance(label) for label, _, _ in self._rows), default=0)
        label_width = min(widest + 2, round(self.width() * 0.4))
        count_width = max((metrics.horizontalAdvance(f"{count:,}") for _, count, _ in self._rows), default=0)
        share_width = px(50)
        left = label_width + (px(20) if self._glyph else 0) + px(14)
        right = self.width() - count_width - share_width - px(8)
        height = px(_LINE_PX)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(13))
        for place, (label, count, share) in enumerate(self._rows):
            top = place * height
            middle = top + height / 2
            shown = metrics.elidedText(label, Qt.TextElideMode.ElideRight, label_width)
            self._text(painter, QRectF(0, top, label_width + 2, height), shown, "text", is_left=True)
            if self._glyph:
                self._paint_glyph(painter, label_width + px(5), middle, label)
            painter.setPen(Qt.PenStyle.NoPen)
            lane = QRectF(left, middle - px(4), max(right - left, 0), px(8))
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(lane, 2, 2)
            if share > 0:
                painter.setBrush(theme.color("chart_soft"))
                lane.setWidth(max(lane.width() * min(share, 1), 2))
                painter.drawRoundedRect(lane, 2, 2)
            self._text(painter, QRectF(right, top, share_width, height), share_text(share), "text")
            area = QRectF(self.width() - count_width - 2, top, count_width + 2, height)
            self._text(painter, area, f"{count:,}", "text2")

    def _text(self, painter: QPainter, area: QRectF, text: str, tone: str, *, is_left: bool = False) -> None:
        painter.setPen(self._theme.color(tone))
        side = Qt.AlignmentFlag.AlignLeft if is_left else Qt.AlignmentFlag.AlignRight
        draw_line(painter, area, text, side | Qt.AlignmentFlag.AlignVCenter)

    def _paint_glyph(self, painter: QPainter, left: float, middle: float, label: str) -> None:
        side, color = self._theme.px(13), self._theme.color("text2")
        painter.save()
        painter.translate(left + side / 2, middle)
        if self._glyph == "star":
            painter.scale(side / STAR_WIDTH, side / STAR_WIDTH)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(STAR)
        elif label.isdecimal():
            painter.scale(side / 24, side / 24)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawEllipse(QPointF(0, 0), 11, 11)
            paint_face(painter, int(label))
        painter.restore()
