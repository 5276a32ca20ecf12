"""Two pieces of a body that should be one, with the place where they part marked in both."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.theme import Theme


class ChangedText(FlowText):
    """Fixed digits; the first character that the other piece does not have there is tinted."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, font=theme.fixed_font(), parent=parent)
        self._from = -1
        self.setAccessibleName(name)
        theme.changed.connect(self._mark)

    def show_piece(self, text: str, other: str) -> None:
        """Show `text`, made visible already, and mark where it parts from `other`."""
        self._from = parting(text, other)
        self.show_text(text)
        self._mark()

    @Slot()
    def _mark(self) -> None:
        length = len(self.toPlainText())
        if not 0 <= self._from < length:
            return
        mark = QTextCharFormat()
        mark.setBackground(self._theme.color("invalid_soft"))
        mark.setForeground(self._theme.color("invalid"))
        mark.setFontUnderline(True)
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._from)
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(mark)


def parting(text: str, other: str) -> int:
    """The place of the first character that differs, the length of the shorter one where none does."""
    pairs = zip(text, other, strict=False)
    return next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(text), len(other)))
