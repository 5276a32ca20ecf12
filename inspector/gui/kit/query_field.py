"""Search fields, and a field for a query that marks errors."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QLineEdit, QSizePolicy, QToolTip, QWidget

from inspector.domain.query import QueryError
from inspector.gui.kit.icons import icon, paint_icon
from inspector.gui.kit.labels import plain_tip
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


class QueryField(SearchField):
    """A search field for a query. An error is underlined, and the tool tip explains it."""

    was_left = Signal()
    """The field has lost the focus."""
    suggestions_requested = Signal()
    """The user asks for suggestions at the cursor, by Down or Ctrl+Space."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Filter: words, survey:nps, verdict:invalid …", "Filter", parent)
        self._error: QueryError | None = None

    @Slot(object)
    def show_error(self, error: QueryError | None) -> None:
        """Mark an error; None removes the mark."""
        self._error = error
        sentence = "" if error is None else str(error)
        self.setToolTip(plain_tip(sentence))
        self.setAccessibleDescription(sentence)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_space = (
            event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        )
        if event.key() == Qt.Key.Key_Down or is_space:
            self.suggestions_requested.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        QToolTip.hideText()
        self.was_left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._error is None:
            return
        cursor = self.x_of(self._error.position)
        width = self.fontMetrics().horizontalAdvance(
            self.text()[self._error.position : self._error.position + self._error.length]
        )
        width = max(width, self.theme.px(7))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.color("invalid"), 1.4))
        bottom = self.height() - self.theme.px(6)
        right = min(cursor + width, self.width() - self.theme.px(4))
        wave = QPainterPath()
        wave.moveTo(cursor, bottom)
        x, is_up = float(cursor), True
        while x < right:
            x += 2
            wave.lineTo(x, bottom - (2 if is_up else 0))
            is_up = not is_up
        painter.setClipRect(self.rect().adjusted(self.theme.px(28), 0, 0, 0))
        painter.drawPath(wave)

    def x_of(self, position: int) -> int:
        """Return the x of a character in pixels: that of the cursor minus the text in between."""
        text = self.text()
        here = self.cursorPosition()
        x = self.cursorRect().center().x()
        advance = self.fontMetrics().horizontalAdvance
        return x + advance(text[:position]) - advance(text[:here])
