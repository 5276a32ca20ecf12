"""What the charts of a survey's page have in common: pyqtgraph's view, whose import takes half a second."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QGraphicsView, QSizePolicy, QWidget

from inspector.gui.kit.theme import Theme


class Drawing(pg.GraphicsView):  # type: ignore[misc]
    """A view that is looked at and not handled: no menu, no zoom, no wheel.

    Without pyqtgraph's PlotItem: it makes a form for its menu, which takes 50 ms, and nobody would see it.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("base"))
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Else the ground is kept as pixels, and gets into a saved drawing as such.
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        theme.changed.connect(self._tint)

    @Slot()
    def _tint(self) -> None:
        self.setBackground(self._theme.color("base"))
        self.draw()

    def draw(self) -> None:
        """Draw again what is shown, in the colours of now."""

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # the page scrolls

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.height())
