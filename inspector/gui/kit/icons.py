"""The program's own icons: 16 px line drawings in `resources/icons`, tinted when they are drawn."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.base.files import resource
from inspector.gui.kit.theme import Theme

APP_SIZES = (16, 20, 22, 24, 32, 40, 48, 64, 96, 128, 256, 512)
"""Sizes for title bars, task bars and switchers of the platforms, at 100 to 200 %."""
_LARGEST_SMALL = 24


def icon(name: str, theme: Theme, tone: str = "text2") -> QIcon:
    """Return the icon `name` in the colour of a token. Call it again when the theme has changed."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        result.addPixmap(pixmap(name, theme, tone, 16, ratio))
        result.addPixmap(pixmap(name, theme, "disabled", 16, ratio), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, theme: Theme, tone: str = "text2", size: float = 16, ratio: float = 1.0) -> QPixmap:
    """Return the icon `name` as pixels: `size` in px of the drawing, `ratio` in pixels per point."""
    key = (name, tone, size, ratio)
    if key not in theme.pixmaps:
        theme.pixmaps[key] = QPixmap.fromImage(
            _drawn(name, theme.px(size), ratio, getattr(theme.tokens, tone))
        )
    return theme.pixmaps[key]


def app_icon() -> QIcon:
    """Return the program's icon in every size that desktops use; small sizes have their own drawing."""
    result = QIcon()
    for side in APP_SIZES:
        name = "webhook-inspector-small" if side <= _LARGEST_SMALL else "webhook-inspector"
        result.addPixmap(QPixmap.fromImage(_drawn(name, side)))
    return result


def paint_icon(
    painter: QPainter, name: str, theme: Theme, rect: QRectF, tone: str = "text2", size: float = 16
) -> None:
    """Draw the icon `name` in the middle of `rect`."""
    pixels = pixmap(name, theme, tone, size, painter.device().devicePixelRatioF())
    side = theme.px(size)
    left = round(rect.center().x() - side / 2)
    top = round(rect.center().y() - side / 2)
    painter.drawPixmap(left, top, pixels)


class IconMark(QWidget):
    """An icon that is not clickable, next to words that say the same."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        px: float = 16,
        width: int = 16,
        height: int = 16,
        parent: QWidget | None = None,
    ) -> None:
        """`px` is the size of the icon, `width` and `height` are those of the widget."""
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._px = px
        self._tone = "text2"
        self.setFixedSize(theme.px(width), theme.px(height))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_icon(self, name: str) -> None:
        """Show another icon."""
        self._name = name
        self.update()

    def set_tone(self, tone: str) -> None:
        """Draw the icon in the colour of another token."""
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_icon(QPainter(self), self._name, self._theme, QRectF(self.rect()), self._tone, self._px)


@lru_cache(maxsize=1_000)
def _drawn(name: str, side: int, ratio: float = 1.0, color: str = "") -> QImage:
    """Return an icon as it is drawn once for all windows and themes. (A pixmap must not outlive Qt.)"""
    pixels = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    drawing = _source(name).replace(b"currentColor", color.encode())
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixels


@cache
def _source(name: str) -> bytes:
    return resource(f"icons/{name}.svg").read_bytes()
