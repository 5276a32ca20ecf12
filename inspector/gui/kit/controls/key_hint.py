"""Key caps, alone or with a text, as hints or as buttons: `Ctrl K  All commands`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from inspector.gui.kit.buttons import hover_tint, key_cap_width, paint_focus, paint_key_cap
from inspector.gui.kit.theme import Theme

_CAP, _GAP, _PAD = 18, 8, 4


class KeyHint(QWidget):
    """A shortcut hint that is not clickable."""

    def __init__(
        self, theme: Theme, keys: Sequence[str], text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = tuple(keys)
        self.show_text(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """The text after the keys."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show another text after the keys."""
        self._text = text
        keys = "+".join(self._keys)
        self.setAccessibleName(f"{keys}: {text}" if text else keys)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        text = px(_GAP) + self._theme.metrics(12).horizontalAdvance(self._text) if self._text else 0
        return QSize(_caps_width(self._keys, self._theme, self) + text + 2, px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = _paint_caps(painter, 0, self.height(), self._keys, self._theme, self)
        _paint_text(painter, x + self._theme.px(_GAP), self, self._text, self._theme)


class KeyReminder(QAbstractButton):
    """A button that shows the keys of its command."""

    def __init__(self, theme: Theme, text: str, keys: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = (" ".join(keys),)
        self._word = text
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        px = self._theme.px
        text = self._theme.metrics(12).horizontalAdvance(self._word)
        width = 2 * px(_PAD) + text + px(_GAP) + _caps_width(self._keys, self._theme, self)
        return QSize(width + 2, px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(hover_tint(theme))
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        x = _paint_text(painter, px(_PAD), self, self._word, theme)
        _paint_caps(painter, x + px(_GAP), self.height(), self._keys, theme, self)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


class KeyWords(QAbstractButton):
    """Key caps and what they do, such as `Tab or Enter accept`. A click on it does nothing unless it is
    connected."""

    def __init__(self, theme: Theme, keys: Sequence[Sequence[str]], words: str, parent: QWidget) -> None:
        """`keys`: alternatives, each of one or more keys that are pressed together."""
        super().__init__(parent)
        self._theme = theme
        self._keys = [" ".join(caps) for caps in keys]
        self.setText(words)
        self.setAccessibleName(f"{' or '.join(self._keys)}: {words}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        px, metrics = self._theme.px, self._theme.metrics(12)
        caps = sum(key_cap_width(key, self._theme, self) for key in self._keys)
        between = (len(self._keys) - 1) * (metrics.horizontalAdvance("or") + px(12))
        return QSize(caps + between + px(_GAP) + metrics.horizontalAdvance(self.text()), px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0
        for number, key in enumerate(self._keys):
            if number:
                x = _paint_text(painter, x + px(6), self, "or", theme) + px(6)
            width = key_cap_width(key, theme, self)
            paint_key_cap(painter, QRectF(x, (self.height() - px(17)) / 2, width, px(17)), key, theme)
            x += width
        _paint_text(painter, x + px(_GAP), self, self.text(), theme)


class KeyCap(QWidget):
    """A key that acts here, 16 px high. Its tool tip says what it does."""

    def __init__(self, theme: Theme, key: str, tip: str) -> None:
        super().__init__()
        self._theme = theme
        self._key = key
        self.setToolTip(tip)
        self.setFixedSize(key_cap_width(key, theme, self), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_key_cap(painter, QRectF(self.rect()), self._key, self._theme)


def _caps_width(keys: Sequence[str], theme: Theme, widget: QWidget) -> int:
    between = theme.px(4) * (len(keys) - 1)
    return sum(key_cap_width(key, theme, widget) for key in keys) + between


def _paint_caps(
    painter: QPainter, x: int, height: int, keys: Sequence[str], theme: Theme, widget: QWidget
) -> int:
    side = theme.px(_CAP)
    for key in keys:
        width = key_cap_width(key, theme, widget)
        paint_key_cap(painter, QRectF(x, (height - side) / 2, width, side), key, theme)
        x += width + theme.px(4)
    return x - theme.px(4)


def _paint_text(painter: QPainter, x: int, widget: QWidget, text: str, theme: Theme) -> int:
    painter.setFont(theme.font(12))
    painter.setPen(theme.color("text2"))
    width = theme.metrics(12).horizontalAdvance(text)
    painter.drawText(QRectF(x, 0, width + 2, widget.height()), Qt.AlignmentFlag.AlignVCenter, text)
    return x + width
