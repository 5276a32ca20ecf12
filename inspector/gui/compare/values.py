"""The two values of a chosen line, whole, with what differs between them underlined."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from inspector.gui.detail.json_colours import utf16_length
from inspector.gui.detail.signature.changed_text import parting
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.theme import Theme


class Value(FlowText):
    """One of the two; the part that the other has not so is underlined, on a ground of its own."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, font=theme.fixed_font(), parent=parent)
        self._span = (0, 0)
        self.setAccessibleName(name)
        theme.changed.connect(self._mark)

    def show_value(self, text: str | None, other: str | None) -> None:
        """Show a value beside the other; None where there is none."""
        self._span = (0, 0) if text is None or other is None else differing(text, other)
        self.set_tone("text2" if text is None else "text")
        self.show_text("It has none." if text is None else text)
        self._mark()

    @Slot()
    def _mark(self) -> None:
        start, end = self._span
        if start >= end:
            return
        text = self.toPlainText()
        mark = QTextCharFormat()
        mark.setBackground(self._theme.color("found"))
        mark.setForeground(self._theme.color("text"))
        mark.setFontUnderline(True)
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16_length(text[:start]))
        cursor.setPosition(utf16_length(text[:end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(mark)


def differing(text: str, other: str) -> tuple[int, int]:
    """From where to where `text` is not as `other`: what both begin and end with is left out."""
    first = parting(text, other)
    last = parting(text[first:][::-1], other[first:][::-1])
    return first, len(text) - last
