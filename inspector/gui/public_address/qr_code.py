"""The public address as a QR code, dark on white in both themes, because cameras expect that."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from inspector.base.qr_code import Modules, qr_modules
from inspector.gui.kit.theme import Theme

_MARGIN = 10
_DARK, _LIGHT = "#111111", "#ffffff"


class QrCode(QWidget):
    """A square of a fixed size, so that nothing moves when the address appears."""

    def __init__(self, theme: Theme, side: int, parent: QWidget | None = None) -> None:
        """`side` is in px of the drawing."""
        super().__init__(parent)
        self._theme = theme
        self._text: str | None = None
        self._modules: Modules = ()
        self.words = ""
        self.setFixedSize(theme.px(side), theme.px(side))
        theme.changed.connect(self.update)
        self.show_text(None, "QR code")

    def show_text(self, text: str | None, words: str = "") -> None:
        """Show the code of `text`, or `words` in its place if `text` is None or too long."""
        self.words = words
        if text != self._text:
            self._text = text
            self._modules = () if text is None else qr_modules(text)
        name = "QR code of the public address" if self._modules else f"No QR code: {words}"
        self.setAccessibleName(name)
        self.update()

    @property
    def text(self) -> str | None:
        """The text in the code, or None."""
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.color("outline" if self._modules else "line"), 1))
        painter.setBrush(QColor(_LIGHT) if self._modules else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area, 4, 4)
        if not self._modules:
            painter.setPen(theme.color("text3"))
            painter.setFont(theme.font(11))
            inner = area.adjusted(theme.px(8), 0, -theme.px(8), 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, flags, self.words)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        ratio = self.devicePixelRatioF()
        # Whole device pixels per module: a blurred code cannot be scanned.
        room = (self.width() - 2 * theme.px(_MARGIN)) * ratio
        step = max(int(room // len(self._modules)), 1) / ratio
        left = round((self.width() - step * len(self._modules)) / 2 * ratio) / ratio
        for y, line in enumerate(self._modules):
            for x, is_dark in enumerate(line):
                if is_dark:
                    module = QRectF(left + x * step, left + y * step, step, step)
                    painter.fillRect(module, QColor(_DARK))
