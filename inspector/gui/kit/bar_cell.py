"""One part of the connection bar: a caption above a row of widgets."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme


class BarCell(QWidget):
    """A caption above a row of widgets."""

    def __init__(self, theme: Theme, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.caption = Label(theme, caption, px=11, tone="text2", parent=self)
        self.row = row(theme, spacing=6)
        column(theme, self.caption, grow(self.row), margins=(0, 8, 0, 5), on=self)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def add(self, *widgets: QWidget) -> None:
        """Put widgets under the caption, from left to right."""
        for widget in widgets:
            self.row.addWidget(widget)
