"""What a tried secret makes of each chosen capture: a few lines, those that are valid first."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.domain.capture.rows import CaptureRow
from inspector.domain.signature.verdict import Verdict
from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.theme import Theme

_SHOWN, _LINE = 6, 24
_COLUMNS = (20, 88, 66, 88)
"""Widths of glyph, verdict, time and event; the respondent has the rest."""


class TriedList(QWidget):
    """As high as it will ever be, so that nothing jumps while one types."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: list[tuple[Badge, CaptureLine]] = []
        self._more = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_verdicts(self, rows: Mapping[int, CaptureRow], verdicts: Mapping[int, Verdict]) -> None:
        """Show other verdicts; of a capture that is gone there is no line."""
        found = [(one, verdict) for one, verdict in verdicts.items() if one in rows]
        found.sort(key=lambda pair: (pair[1].word != "valid", -pair[0]))
        self._lines = [
            (Badge.of(verdict, rows[one].is_json), line_of(one, rows[one])) for one, verdict in found[:_SHOWN]
        ]
        self._more = len(found) - len(self._lines)
        said = [f"{badge.word}: {line.time}, {line.event}" for badge, line in self._lines]
        self.setAccessibleName("; ".join(said) or "Nothing tried yet")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(400), self._theme.px(_LINE) * (_SHOWN + 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, height = self._theme, self._theme.px(_LINE)
        painter = QPainter(self)
        for number, (badge, line) in enumerate(self._lines):
            top = number * height
            paint_glyph(painter, QRectF(0, top, theme.px(14), height), badge, theme)
            x = theme.px(_COLUMNS[0])
            cells = (
                (badge.word, badge.word_tone, 500 if badge.is_loud else 400, _COLUMNS[1]),
                (line.time, "text2", 400, _COLUMNS[2]),
                (line.event, "text", 500 if line.is_loud else 400, _COLUMNS[3]),
                (line.respondent, "text2", 400, 0),
            )
            for text, tone, weight, column in cells:
                width = theme.px(column) if column else self.width() - x
                painter.setFont(theme.font(13, weight))
                painter.setPen(theme.color(tone))
                shown = theme.metrics(13, weight).elidedText(
                    text, Qt.TextElideMode.ElideRight, max(width - theme.px(6), 0)
                )
                painter.drawText(QRectF(x, top, width, height), Qt.AlignmentFlag.AlignVCenter, shown)
                x += width
        if self._more:
            painter.setFont(theme.font(12))
            painter.setPen(theme.color("text2"))
            area = QRectF(theme.px(_COLUMNS[0]), len(self._lines) * height, self.width(), height)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, f"and {self._more:,} more")
