"""Long plain text that fills while the window goes on: a little at each turn, folded where a line is long."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QMimeData, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QTextBlock, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from inspector.gui.detail.pieces import FOLD, Piece
from inspector.gui.scrolling import use_thin_scroll_bars
from inspector.gui.theme import Theme

_CONTINUED = 1
"""The state of a block whose end is a fold and no line feed."""


class TextView(QPlainTextEdit):
    """Read-only text in the fixed font. What is copied from it has no folds in it."""

    paused = Signal()
    """The limit was reached, or the source has ended: `is_whole` and `trouble` tell which."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source: Iterator[Piece] | None = None
        self._limit = 0
        self._length = 0
        self._column = 0
        self.is_whole = True
        self.trouble: str | None = None
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fixed_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.document().setDocumentMargin(theme.px(8))
        use_thin_scroll_bars(self, theme)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._add)
        theme.changed.connect(self._tint)
        self._tint()

    def fill(self, source: Iterator[Piece], limit: int) -> None:
        """Show another text, up to about `limit` characters."""
        self.setPlainText("")
        self._source, self._limit, self._length, self._column = source, limit, 0, 0
        self.is_whole, self.trouble = False, None
        self._add()
        if self._source is not None and not self.is_whole:
            self._timer.start()

    def fill_up(self, limit: int) -> None:
        """Go on to another limit."""
        self._limit = limit
        if self._source is not None:
            self._timer.start()

    def forget(self) -> None:
        """Show nothing, and take nothing more."""
        self._timer.stop()
        self._source = None
        self.setPlainText("")

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        parts: list[str] = []
        block = self.document().findBlock(start)
        while block.isValid() and block.position() <= end:
            text = block.text()
            first = max(0, start - block.position())
            parts.append(text[first : end - block.position()] if _ends_in(block, end) else text[first:])
            if not _ends_in(block, end) and block.userState() != _CONTINUED:
                parts.append("\n")
            block = block.next()
        data = QMimeData()
        data.setText("".join(parts))
        return data

    @Slot()
    def _add(self) -> None:
        piece = next(self._source, None) if self._source is not None else None
        if piece is None:
            self.is_whole = True
            self._pause()
            return
        if piece.text:
            self._append(piece.text)
            self._length += len(piece.text)
        if piece.trouble is not None:
            self.trouble = piece.trouble
        if self._length >= self._limit:
            self._pause()

    def _pause(self) -> None:
        self._timer.stop()
        if self.is_whole:
            self._source = None
        self.paused.emit()

    def _append(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for number, line in enumerate(text.split("\n")):
            if number:
                cursor.insertBlock()
                cursor.block().setUserState(0)
                self._column = 0
            while self._column + len(line) > FOLD:
                room = FOLD - self._column
                cursor.insertText(line[:room])
                cursor.block().setUserState(_CONTINUED)
                cursor.insertBlock()
                cursor.block().setUserState(0)
                line, self._column = line[room:], 0
            cursor.insertText(line)
            self._column += len(line)
        cursor.endEditBlock()

    @Slot()
    def _tint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("base"))
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text"))
        palette.setColor(QPalette.ColorRole.Highlight, self._theme.color("selection"))
        palette.setColor(QPalette.ColorRole.HighlightedText, self._theme.color("text"))
        self.setPalette(palette)


def _ends_in(block: QTextBlock, position: int) -> bool:
    return position < block.position() + block.length()
