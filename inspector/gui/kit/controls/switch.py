"""A switch: on or off, at once."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.theme import Theme

_WIDTH, _HEIGHT, _GAP = 36, 20, 3


class Switch(QCheckBox):
    """A check box drawn as a switch, without a text. Screen readers and the keyboard see a check box.

    The position of the knob says whether it is on, in addition to the colour.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        """`name` is for screen readers."""
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_WIDTH), self._theme.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, is_on = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill = "accent_fill" if is_on else "base"
        outline = "accent_fill" if is_on else "control_outline"
        if not self.isEnabled():
            fill, outline = ("disabled" if is_on else "base"), "disabled"
        painter.setPen(QPen(theme.color(outline), 1))
        painter.setBrush(theme.color(fill))
        painter.drawRoundedRect(groove, groove.height() / 2, groove.height() / 2)
        gap = theme.px(_GAP)
        side = self.height() - 2 * gap
        left = self.width() - gap - side if is_on else gap
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("on_accent" if is_on else outline))
        painter.drawEllipse(QRectF(left, gap, side, side))
        if self.hasFocus():
            paint_focus(painter, self, theme)
