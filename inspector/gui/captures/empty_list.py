"""What an empty list shows: that no captures match, and the button that clears the filter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, at, column
from inspector.gui.kit.theme import Theme

NO_MATCH = "No captures match."


class EmptyList(QWidget):
    """A sentence over the rows of a list, hidden while there are some or while a search may find some."""

    clear_requested = Signal()

    def __init__(self, theme: Theme, rows: QWidget) -> None:
        """`rows` is the part of the list that it covers."""
        super().__init__(rows)
        self._rows = rows
        self._has_filter = False
        self.sentence = Label(theme, tone="text2", parent=self)
        self.clear = Button(theme, "Clear the filter", parent=self)
        self.clear.clicked.connect(self.clear_requested)
        centre = Qt.AlignmentFlag.AlignHCenter
        column(
            theme,
            at(centre, self.sentence),
            at(centre, self.clear),
            STRETCH,
            spacing=12,
            margins=(16, 40, 16, 16),
            on=self,
        )
        self.hide()
        rows.installEventFilter(self)

    def show_sentence(self, sentence: str) -> None:
        """Show a sentence, or nothing if it is empty."""
        self.sentence.setText(sentence)
        self.clear.setVisible(self._has_filter)
        self.setGeometry(self._rows.rect())
        self.setVisible(bool(sentence))

    @Slot(bool)
    def show_filter(self, has_filter: bool) -> None:
        """Show the button only while there is a filter."""
        self._has_filter = has_filter
        self.clear.setVisible(has_filter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False
