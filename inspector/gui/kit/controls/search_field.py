"""Search fields."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QSizePolicy, QWidget

from inspector.gui.kit.icons import icon, paint_icon
from inspector.gui.kit.theme import Theme


class SearchField(QLineEdit):
    """A field 28 px high with a lens. Esc clears it. If it is empty, Esc leaves the field or closes the
    dialog."""

    left_downwards = Signal()
    """The user goes to the results: by Down, Return, or Esc in an empty field."""

    def __init__(self, theme: Theme, placeholder: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setFont(theme.font(13))
        self.setTextMargins(theme.px(26), 0, theme.px(4), 0)
        self.setClearButtonEnabled(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._tint)
        self._tint()

    @Slot()
    def _tint(self) -> None:
        for action in self.findChildren(QAction):  # the action that clears the field
            action.setIcon(icon("close", self.theme))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.theme.px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.theme.px(80), self.theme.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        area = QRectF(self.theme.px(8), 0, self.theme.px(16), self.height())
        paint_icon(painter, "search", self.theme, area)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Escape and isinstance(self.window(), QDialog):
            event.ignore()  # Esc closes the dialog
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)
