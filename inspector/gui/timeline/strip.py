"""The strip as a whole: bars at the left, the counts of the listed captures at the right."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.timeline.bars import Bars
from inspector.gui.timeline.legend import Legend


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
