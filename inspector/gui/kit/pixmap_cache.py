"""A cache of drawn images: scrolling copies pixels instead of drawing again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QRect, QSize, Slot
from PySide6.QtGui import QImage, QPainter

from inspector.gui.kit.theme import Theme


class PixmapCache(QObject):
    """At most `most` images. Their keys contain everything that their look depends on, except the theme."""

    def __init__(self, theme: Theme, most: int, parent: QObject) -> None:
        super().__init__(parent)
        self._most = most
        self._pictures: OrderedDict[Hashable, QImage] = OrderedDict()
        theme.changed.connect(self.forget)

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, key: Hashable) -> QImage | None:
        """Return the cached image of a key, or None."""
        return self._pictures.get(key)

    def draw(
        self, key: Hashable, size: QSize, ratio: float, draw: Callable[[QPainter, QRect], None]
    ) -> QImage:
        """Draw the image of a key with `draw`, which must cover all of `size` (in points), and cache it."""
        # An image, because a pixmap must not outlive the application, and Python may keep one longer.
        picture = QImage(size * ratio, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        painter = QPainter(picture)
        draw(painter, QRect(0, 0, size.width(), size.height()))
        painter.end()
        self._pictures[key] = picture
        if len(self._pictures) > self._most:
            self._pictures.popitem(last=False)
        return picture

    @Slot()
    def forget(self) -> None:
        """Remove all images, because colours or fonts have changed."""
        self._pictures.clear()
