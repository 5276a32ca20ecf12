"""The strip as a whole: bars at the left, what they add up to at the right."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.strip.bars import Bars
from inspector.gui.strip.legend import Legend
from inspector.gui.theme import Theme


class TimeStrip(QWidget):
    """72 high with the hairline below it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.bars = Bars(theme, self)
        self.legend = Legend(theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), 0, theme.px(12), 0)
        row.setSpacing(theme.px(20))
        row.addWidget(self.bars, 1)
        row.addWidget(self.legend)

    @Slot()
    def show_sums(self) -> None:
        """Add up what the bars show, or the span of it that is chosen."""
        self.legend.show_counts(self.bars.sums())
