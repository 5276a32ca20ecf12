"""What a window takes of the screen: never more than there is, with what is larger scrolling in it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from inspector.gui.kit.scroll_bars import use_thin_scroll_bars
from inspector.gui.kit.theme import Theme

_TITLE_BAR = 32


def resize_within(window: QWidget, theme: Theme, width: int, height: int) -> None:
    """Be so large as far as the screen goes; a title bar stands above."""
    room = window.screen().availableGeometry()
    window.resize(min(width, room.width()), min(height, room.height() - theme.px(_TITLE_BAR)))


class Scrolled(QScrollArea):
    """`inner`, which scrolls where there is no room for it: what stands below stays in sight."""

    def __init__(self, theme: Theme, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._inner = inner
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(inner)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        use_thin_scroll_bars(self, theme)

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(120))
