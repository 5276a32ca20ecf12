"""The answers from 0 to 10, in the colours of detractors, passives and promoters."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from inspector.domain.statistics.scores import Nps, share_text
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.drawing import Drawing

# First and last number of a span, what those who answer so are called, and the colour of their bars.
_SPANS = (
    (0, 6, "Detractors", "chart_clay"),
    (7, 8, "Passives", "chart_grey"),
    (9, 10, "Promoters", "chart"),
)


class NpsChart(Drawing):
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
