"""The choice between the themes, each with a picture of a window drawn in its colours."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QRadioButton, QSizePolicy, QWidget

from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.labels import draw_elided
from inspector.gui.kit.layout import STRETCH, row
from inspector.gui.kit.theme import DARK, LIGHT, Theme
from inspector.gui.kit.tokens import Tokens
from inspector.session.preferences import Preference

_WIDTH, _PICTURE, _LABEL, _GAP = 164, 92, 28, 20
_LEAST = 64
_LINES = (0.40, 0.56, 0.44, 0.40, 0.48)
"""The lengths of the answers in the picture, as parts of its width."""


class ThemeCards(QWidget):
    """One card per theme; exactly one is selected. The arrow keys move between them."""

    entered = Signal(object)
    """The user selected this theme, such as `dark`."""

    def __init__(self, theme: Theme, preference: Preference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values = [str(value) for value, _ in preference.choices]
        self._group = QButtonGroup(self)
        layout = row(theme, spacing=_GAP, on=self)
        for place, (value, label) in enumerate(preference.choices):
            card = _Card(theme, str(value), label)
            self._group.addButton(card, place)
            layout.addWidget(card)
        layout.addStretch(STRETCH.factor)
        self._group.idClicked.connect(self._clicked)
        self.show_value(preference)

    def show_value(self, preference: Preference) -> None:
        """Select the saved theme."""
        card = self.card(str(preference.saved))
        card.setChecked(True)
        self.setFocusProxy(card)

    def card(self, value: str) -> QAbstractButton:
        """Return the card of a theme."""
        return self._group.button(self._values.index(value))

    @Slot(int)
    def _clicked(self, place: int) -> None:
        self.entered.emit(self._values[place])


class _Card(QRadioButton):
    """A picture above its label. A radio button for the keyboard and for screen readers."""

    def __init__(self, theme: Theme, value: str, label: str) -> None:
        super().__init__()
        self._theme = theme
        self._value = value
        self._label = label
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._name)
        self._name()

    @property
    def _words(self) -> str:
        if self._value != "system":
            return self._label
        return f"{self._label} ({'dark' if self._theme.is_system_dark else 'light'} now)"

    @Slot()
    def _name(self) -> None:
        self.setAccessibleName(self._words)
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(px(_WIDTH), px(_PICTURE + _LABEL))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_LEAST), self.sizeHint().height())

    def hitButton(self, pos: object) -> bool:
        return True

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture = QRectF(1, 1, self.width() - 2, px(_PICTURE) - 2)
        shape = QPainterPath()
        shape.addRoundedRect(picture, 4, 4)
        painter.setClipPath(shape)
        left, right = {"light": (LIGHT, LIGHT), "dark": (DARK, DARK)}.get(self._value, (LIGHT, DARK))
        middle = picture.left() + picture.width() / 2
        self._paint_window(painter, picture, left)
        if right is not left:
            painter.save()
            half = QRectF(middle, picture.top(), picture.right() - middle, picture.height())
            painter.setClipRect(half, Qt.ClipOperation.IntersectClip)
            self._paint_window(painter, picture, right)
            painter.restore()
        painter.setClipping(False)
        is_on = self.isChecked()
        painter.setPen(QPen(theme.color("accent" if is_on else "outline"), 2 if is_on else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        self._paint_label(painter)
        if self.hasFocus():
            paint_focus(painter, self, theme)

    def _paint_window(self, painter: QPainter, area: QRectF, tokens: Tokens) -> None:
        """Draw a bar, a tree, and rows of which one is selected."""
        px = self._theme.px
        painter.fillRect(area, tokens.base)
        painter.fillRect(QRectF(area.left(), area.top(), area.width(), px(14)), tokens.window)
        tree = QRectF(area.left(), area.top() + px(14), area.width() * 0.26, area.height())
        painter.fillRect(tree, tokens.window)
        left = tree.right() + px(7)
        for place, length in enumerate(_LINES):
            y = area.top() + px(29) + place * px(12)
            painter.fillRect(QRectF(area.left() + px(8), y - px(6), px(26), px(3)), tokens.text2)
            if place == 1:
                painter.fillRect(QRectF(tree.right(), y - px(5), area.width(), px(11)), tokens.selection)
            painter.fillRect(QRectF(left, y - px(1), px(13), px(3)), tokens.text2)
            verdict = tokens.invalid if place == 3 else tokens.valid
            painter.fillRect(QRectF(left + px(20), y - px(1), px(8), px(3)), verdict)
            answer = QRectF(left + px(34), y - px(1), area.width() * length * 0.7, px(3))
            painter.fillRect(answer, tokens.text)

    def _paint_label(self, painter: QPainter) -> None:
        theme, px, is_on = self._theme, self._theme.px, self.isChecked()
        side = px(14)
        ring = QRectF(px(3), px(_PICTURE) + (px(_LABEL) - side) / 2 + px(2), side, side)
        painter.setPen(QPen(theme.color("accent" if is_on else "control_outline"), 1.4))
        painter.setBrush(theme.color("base"))
        painter.drawEllipse(ring)
        if is_on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(ring.adjusted(px(3.5), px(3.5), -px(3.5), -px(3.5)))
        painter.setFont(theme.font(13, 600 if is_on else 400))
        painter.setPen(theme.color("text"))
        words = QRectF(ring.right() + px(8), ring.top() - px(6), self.width() - ring.right(), side + px(12))
        draw_elided(painter, words, self._words)
