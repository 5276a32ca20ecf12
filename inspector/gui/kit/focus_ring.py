"""The focus ring for widgets that draw none: lists, scroll areas, texts without a frame."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from inspector.gui.kit.theme import Theme


class FocusRing(QWidget):
    """A ring over the edge of the focused widget, shown if the focus was moved by keyboard."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._around: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    @Slot(QWidget, QWidget)
    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._around is not None:
            self._around.removeEventFilter(self)
            self._around = None
        self.hide()
        window = self.parentWidget()
        if (
            isinstance(now, QAbstractScrollArea)
            and now.frameShape() == QFrame.Shape.NoFrame
            and window is not None
            and now.window() is window
            and window.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        ):
            self._around = now
            now.installEventFilter(self)
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._around:
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
                self._fit()
            elif event.type() == QEvent.Type.Hide:
                self.hide()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        around, window = self._around, self.parentWidget()
        if around is None or window is None or not around.isVisible():
            return
        self.setGeometry(QRect(around.mapTo(window, around.rect().topLeft()), around.size()))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("accent"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
