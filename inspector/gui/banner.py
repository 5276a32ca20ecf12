"""A bar under the connection bar, there only while something keeps captures from being taken."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.buttons import Button
from inspector.gui.icons import paint_icon
from inspector.gui.labels import Label
from inspector.gui.theme import Theme


class Banner(QWidget):
    """An amber bar with one sentence, and a button if there is a way out."""

    accepted = Signal()
    """The button was pressed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = Label(theme, weight=500, tone="warning", wraps=True, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(40), theme.px(8), theme.px(16), theme.px(8))
        row.setSpacing(theme.px(12))
        row.addWidget(self._text, 1)
        self.button = Button(theme, "", parent=self)
        self.button.clicked.connect(self.accepted)
        self.button.hide()
        row.addWidget(self.button)
        self.hide()

    @property
    def sentence(self) -> str:
        """What is shown."""
        return self._text.text()

    @Slot(object)
    def show_sentence(self, sentence: str | None) -> None:
        """Show what is wrong; None hides the bar."""
        self.button.hide()
        self._text.setText(sentence or "")
        self.setAccessibleName(sentence or "")
        self.setVisible(sentence is not None)

    @Slot(str, str)
    def suggest(self, sentence: str, verb: str) -> None:
        """Show what is wrong, with a button that says `verb`."""
        self.show_sentence(sentence)
        self.button.show_as(verb, None)
        self.button.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("warning_soft"))
        area = QRectF(self._theme.px(16), 0, self._theme.px(16), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning")
