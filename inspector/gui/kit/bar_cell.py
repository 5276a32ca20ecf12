"""One part of the connection bar: a caption above a row of widgets, and the dot of a state."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme

_LEAST_HEALTH = 56
_ROW = 24


class BarCell(QWidget):
    """A caption, with a health in words next to it, above a row of widgets."""

    def __init__(self, theme: Theme, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.caption = Label(theme, caption, px=11, tone="text2", parent=self)
        self._health = ElidedLabel(theme, px=11, weight=500, parent=self)
        # The width of the cell does not depend on the health, so that a new one moves no other cell.
        self._health.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._health.setMinimumWidth(theme.px(_LEAST_HEALTH))
        self._dot = Label(theme, "·", px=11, tone="text2", parent=self)
        self.row = row(theme, spacing=6)
        self.row.addStrut(theme.px(_ROW))  # the same height without buttons
        head = row(theme, self.caption, self._dot, grow(self._health), spacing=5)
        column(theme, head, grow(self.row), margins=(0, 8, 0, 5), on=self)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._shown_health: tuple[str, str] | None = None
        self.show_health("", "text2")

    def add(self, *widgets: QWidget) -> None:
        """Put widgets under the caption, from left to right."""
        for widget in widgets:
            self.row.addWidget(widget)

    @property
    def health(self) -> str:
        """The health next to the caption, or an empty text."""
        return self._health.text()

    def show_health(self, health: str, tone: str) -> None:
        """Show a health next to the caption, in the colour of a token. An empty text hides it."""
        if (health, tone) == self._shown_health:
            return
        self._shown_health = health, tone
        self._health.setText(health)
        self._health.set_tone(tone)
        for part in (self._dot, self._health):
            part.setVisible(bool(health))


class Dot(QWidget):
    """The dot of a state, next to a text that names it: filled, or a ring."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone, self._is_filled = "text2", False
        self.setFixedSize(theme.px(12), theme.px(16))
        theme.changed.connect(self.update)

    def show_state(self, tone: str, *, is_filled: bool) -> None:
        """Show a filled dot or a ring in the colour of a token."""
        if (tone, is_filled) != (self._tone, self._is_filled):
            self._tone, self._is_filled = tone, is_filled
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self._theme.px(8)
        color = self._theme.color(self._tone)
        painter.setPen(QPen(color, 1.4))
        painter.setBrush(color if self._is_filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side))
