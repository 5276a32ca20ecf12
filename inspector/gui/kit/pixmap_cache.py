"""Pictures of what is drawn again and again, each drawn once: what moves costs no more than its pixels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QRect, QSize, Slot
from PySide6.QtGui import QImage, QPainter

from inspector.gui.kit.theme import Theme


class PixmapCache(QObject):
    """A bounded number of them, by keys that tell everything their look depends on but the theme."""

    def __init__(self, theme: Theme, most: int, parent: QObject) -> None:
        super().__init__(parent)
        self._most = most
        self._kept: OrderedDict[Hashable, QImage] = OrderedDict()
        theme.changed.connect(self.forget)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> QImage | None:
        """The picture that was drawn for a key, if it is still kept."""
        return self._kept.get(key)

    def draw(
        self, key: Hashable, size: QSize, ratio: float, draw: Callable[[QPainter, QRect], None]
    ) -> QImage:
        """The picture that `draw` makes for a key, in an area of a size; it has to cover all of it."""
        # An image, as a pixmap must not outlive the application, and Python may keep one longer.
        picture = QImage(size * ratio, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        painter = QPainter(picture)
        draw(painter, QRect(0, 0, size.width(), size.height()))
        painter.end()
        self._kept[key] = picture
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return picture

    @Slot()
    def forget(self) -> None:
        """Draw everything anew: colours or fonts are others now."""
        self._kept.clear()
