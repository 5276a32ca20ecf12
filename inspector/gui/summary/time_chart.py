"""Respondents over time, as stacked bars over a grid."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtWidgets import QToolTip, QWidget

from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.drawing import Drawing

_BAR = 0.62
_TICKS = 4


class TimeChart(Drawing):
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
