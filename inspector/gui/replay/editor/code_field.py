"""A field for JSON or raw text, with line numbers and a tint behind changed lines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextLayout,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from inspector.domain.json.json_edit import shared_ends
from inspector.gui.detail.long_text import ColourSpan, colour_spans, utf16_length, wrap_mode
from inspector.gui.kit.theme import Theme

_MOST_COLOURED = 32 * 1024
"""Maximum length of a coloured line: each key press colours its line again."""
_GAP = 14


class CodeField(QPlainTextEdit):
    """Editable text in the fixed font. Only edits by the user emit `edited`."""

    edited = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._known = ""
        """The text after the last change. Qt reports new colours as a change, too."""
        self._lines: tuple[int, ...] = ()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fixed_font())
        self.setWordWrapMode(wrap_mode(""))
        self.setTabChangesFocus(True)
        self.numbers = _LineNumbers(self, theme)
        self._themes = 0
        """The number of theme changes, after each of which lines are coloured again."""
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scroll_numbers)
        self.textChanged.connect(self._changed)
        theme.changed.connect(self._tint)
        self._make_room()
        self._tint()

    def whole_text(self) -> str:
        """Return the exact text; `toPlainText` would replace no-break spaces by plain ones."""
        return self.document().toRawText().replace("\u2029", "\n")

    def show_text(self, text: str) -> None:
        """Show another text. Only the part that differs is replaced, so that the cursor and undo stay."""
        before = self.whole_text()
        if text == before:
            return
        if not before:
            self.fill(text)  # the cursor is at its beginning
            return
        first, last = shared_ends(before, text)
        start, end = utf16_length(before[:first]), utf16_length(before[: len(before) - last])
        self._known = text
        self.setWordWrapMode(wrap_mode(text))
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[first : len(text) - last])

    def fill(self, text: str) -> None:
        """Show the text of another capture, from its beginning."""
        self._known = text
        self.setWordWrapMode(wrap_mode(text))
        self.setPlainText(text)

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.setWordWrapMode(wrap_mode(self.whole_text() + source.text()))
        super().insertFromMimeData(source)

    def mark_lines(self, lines: Sequence[int]) -> None:
        """Tint these lines, counted from 0."""
        self._lines = tuple(lines)
        self._mark()

    def show_line(self, line: int) -> None:
        """Scroll so that a line is visible. The cursor stays."""
        bar, block = self.verticalScrollBar(), self.document().findBlockByNumber(line)
        top, page = bar.value(), bar.pageStep()
        place = block.firstLineNumber()
        if not top <= place < top + page - 1:
            bar.setValue(max(0, place - page // 3))

    @Slot()
    def _changed(self) -> None:
        text = self.whole_text()
        if text != self._known:
            self._known = text
            self.edited.emit()

    # ---- drawing

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        width = self.numbers.width_needed() + int(self.document().documentMargin())
        self.numbers.setGeometry(QRect(area.left(), area.top(), width, area.height()))

    @Slot()
    def _make_room(self) -> None:
        self.setViewportMargins(self.numbers.width_needed(), 0, 0, 0)

    @Slot(QRect, int)
    def _scroll_numbers(self, area: QRect, by: int) -> None:
        if by:
            self.numbers.scroll(0, by)
        else:
            self.numbers.update(0, area.y(), self.numbers.width(), area.height())

    def paint_numbers(self, painter: QPainter, width: int) -> None:
        """Draw the numbers of the visible lines, right-aligned before the text."""
        theme = self._theme
        painter.setFont(theme.fixed_font(11))
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        changed = set(self._lines)
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if area.top() > bottom:
                break
            if block.blockNumber() in changed:
                painter.fillRect(
                    QRect(0, round(area.top()), width, round(area.height())), theme.color("accent_soft")
                )
            painter.setPen(theme.color("text3"))
            line = QRect(0, round(area.top()), width - theme.px(_GAP), self.fontMetrics().lineSpacing())
            painter.drawText(
                line,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                str(block.blockNumber() + 1),
            )
            block = block.next()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._colour_visible()
        super().paintEvent(event)

    def _colour_visible(self) -> None:
        """Colour names, strings, numbers and words as the Body tab does, of visible lines only: a body can
        have 20,000 lines, for which a QSyntaxHighlighter takes 0.3 s."""
        block, bottom = self.firstVisibleBlock(), self.viewport().height()
        while (
            block.isValid()
            and self.blockBoundingGeometry(block).translated(self.contentOffset()).top() < bottom
        ):
            state = 2 * block.revision() + self._themes % 2
            if block.userState() != state:
                spans = colour_spans(block.text()) if block.length() <= _MOST_COLOURED else ()
                block.layout().setFormats([self._format(span) for span in spans])
                block.setUserState(state)
            block = block.next()

    def _format(self, span: ColourSpan) -> QTextLayout.FormatRange:
        found = QTextLayout.FormatRange()
        found.start, found.length = span.start, span.length
        found.format.setForeground(self._theme.color(span.tone))
        return found

    def _tint(self) -> None:
        self._themes += 1
        self.setPalette(self._theme.code_palette(self.palette()))
        self._mark()

    def _mark(self) -> None:
        marks = []
        for number in self._lines:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document().findBlockByNumber(number))
            mark.format.setBackground(self._theme.color("accent_soft"))
            mark.format.setProperty(QTextBlockFormat.Property.FullWidthSelection, True)
            marks.append(mark)
        self.setExtraSelections(marks)
        self.numbers.update()


class _LineNumbers(QWidget):
    """The column of line numbers of a field."""

    def __init__(self, field: CodeField, theme: Theme) -> None:
        super().__init__(field)
        self._field = field
        self._theme = theme

    def width_needed(self) -> int:
        digits = max(2, len(str(self._field.blockCount())))
        return self._field.fontMetrics().horizontalAdvance("9") * digits + self._theme.px(_GAP + 8)

    def sizeHint(self) -> QSize:
        return QSize(self.width_needed(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("base"))
        self._field.paint_numbers(painter, self.width())
