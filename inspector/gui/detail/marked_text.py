"""Text with its differing part marked, for two texts that should be equal."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from inspector.gui.detail.long_text import utf16_length
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.theme import Theme


class MarkedText(FlowText):
    """Text in the fixed font with one part underlined, in the colour `mark` on the background `ground`."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        mark: str = "text",
        ground: str = "found",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, font=theme.fixed_font(), parent=parent)
        self._colors = mark, ground
        self._part = (0, 0)
        self.setAccessibleName(name)
        theme.changed.connect(self._mark)

    def show_marked(self, text: str, part: tuple[int, int]) -> None:
        """Show another text, which must already be made visible, and mark the characters in `part`."""
        self._part = part
        self.show_text(text)
        self._mark()

    @Slot()
    def _mark(self) -> None:
        start, end = self._part
        if start >= end:
            return
        text = self.toPlainText()
        color, ground = self._colors
        mark = QTextCharFormat()
        mark.setBackground(self._theme.color(ground))
        mark.setForeground(self._theme.color(color))
        mark.setFontUnderline(True)
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16_length(text[:start]))
        cursor.setPosition(utf16_length(text[:end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(mark)


def first_difference(text: str, other: str) -> int:
    """Return the index of the first character that differs, or the length of the shorter text."""
    pairs = zip(text, other, strict=False)
    return next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(text), len(other)))


def differing_part(text: str, other: str) -> tuple[int, int]:
    """Return the span of `text` between its common beginning and its common end with `other`."""
    first = first_difference(text, other)
    last = first_difference(text[first:][::-1], other[first:][::-1])
    return first, len(text) - last
