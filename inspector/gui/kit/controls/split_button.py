"""A button with a second, narrow part that opens a menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolButton

from inspector.gui.kit.buttons import Button, hover_tint, paint_focus
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.theme import Theme

_ARROW = 30
_OVERLAP = 6
"""The margin after the key is narrower than at the right edge of other buttons."""
_INSET = 5


class SplitButton(Button):
    """A button of fixed width. Its right end, and Down, open a menu."""

    def __init__(
        self, theme: Theme, text: str, *, icon: str, key: str, width: int, menu_name: str, menu: QMenu
    ) -> None:
        """`width` is in px of the drawing. `menu_name` names the right end for screen readers."""
        super().__init__(theme, text, icon=icon, key=key)
        self._width = width
        self._menu = menu
        menu.setParent(self, menu.windowFlags())
        self.arrow = _Arrow(theme, menu_name, self)
        self.arrow.clicked.connect(self.open_menu)

    @Slot()
    def open_menu(self) -> None:
        """Open the menu below the button, aligned with its right edge."""
        shift = self.width() - self._menu.sizeHint().width()
        self._menu.popup(self.mapToGlobal(QPoint(shift, self.height())))

    def inner_width(self) -> int:
        return self.width() - self._theme.px(_ARROW - _OVERLAP)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(self._width), super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        arrow = self._theme.px(_ARROW)
        self.arrow.setGeometry(self.width() - arrow, 0, arrow, self.height())


class _Arrow(QToolButton):
    def __init__(self, theme: Theme, name: str, parent: SplitButton) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            inner = QRectF(self.rect()).adjusted(2, 2, -2, -2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(hover_tint(self._theme))
            painter.drawRoundedRect(inner, 2, 2)
        painter.fillRect(QRectF(0, px(_INSET), 1, self.height() - 2 * px(_INSET)), self._theme.color("line"))
        paint_icon(painter, "chevron-down", self._theme, QRectF(self.rect()), "text2", 13)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)
