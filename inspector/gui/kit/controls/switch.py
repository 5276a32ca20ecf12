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
        painter = QPainter(self)
        area = QRectF(self.rect())
        paint_switch(painter, area, self._theme, is_on=self.isChecked(), is_enabled=self.isEnabled())
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


def paint_switch(
    painter: QPainter, area: QRectF, theme: Theme, *, is_on: bool, is_enabled: bool = True
) -> None:
    """Draw a switch that fills `area`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    groove = area.adjusted(0.5, 0.5, -0.5, -0.5)
    fill = "accent_fill" if is_on else "base"
    outline = "accent_fill" if is_on else "control_outline"
    if not is_enabled:
        fill, outline = ("disabled" if is_on else "base"), "disabled"
    painter.setPen(QPen(theme.color(outline), 1))
    painter.setBrush(theme.color(fill))
    painter.drawRoundedRect(groove, groove.height() / 2, groove.height() / 2)
    gap = theme.px(_GAP)
    side = area.height() - 2 * gap
    left = area.right() - gap - side if is_on else area.left() + gap
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("on_accent" if is_on else outline))
    painter.drawEllipse(QRectF(left, area.top() + gap, side, side))
    painter.restore()
