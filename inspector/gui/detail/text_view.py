"""Long plain text in the fixed font: filled a little at a time with long lines folded, or line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QMimeData, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from inspector.base.visible import shortened
from inspector.domain.capture.line_diff import LineDiff, LinePair
from inspector.gui.detail.long_text import (
    COLOURS,
    CONTINUED,
    FOLD,
    IN_STRING,
    Piece,
    Span,
    colour_spans,
    ends_in_string,
    flags,
    is_continued,
    search,
    unfolded,
)
from inspector.gui.kit.theme import Theme

FOLD_MARK = "↩"
"""Drawn at the end of a folded line. It is not part of the text."""
FIRST_LINES = 20_000
"""Lines that are shown at first: each resize lays all of them out, a million of them in a second."""
MOST_LINES = 400_000
"""Lines that are shown if the user asks for all, and accepts that the window waits a moment for them."""
BEFORE, AFTER, SAME = "− ", "+ ", "  "
_LONGEST = 2_000
"""Characters of a compared line; laying out a longer one takes too long."""
CUT = "… The rest is longer than what is compared."


class _FixedTextView(QPlainTextEdit):
    """Read-only text in the fixed font, wrapped anywhere."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fixed_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.document().setDocumentMargin(theme.px(8))
        theme.changed.connect(self._tint)

    def _tint(self) -> None:
        """Take the colours of the theme.

        WORKAROUND(PySide6 6.11): no Slot. An overridden slot stays connected after its object is deleted.
        """
        raise NotImplementedError

    def _use_colors(self, selection: str, selected_text: str) -> None:
        palette = QPalette(self.palette())
        for role, token in (
            (QPalette.ColorRole.Base, "base"),
            (QPalette.ColorRole.Text, "text"),
            (QPalette.ColorRole.Highlight, selection),
            (QPalette.ColorRole.HighlightedText, selected_text),
        ):
            palette.setColor(role, self._theme.color(token))
        self.setPalette(palette)

    def _marked(self, first: int, last: int, ground: str) -> QTextEdit.ExtraSelection:
        """Return a mark from one position to another, on a ground of its own."""
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(self.document())
        mark.cursor.setPosition(first)
        mark.cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        mark.format.setBackground(self._theme.color(ground))
        return mark


class TextView(_FixedTextView):
    """Text of any length. Copied text has no folds in it."""

    paused = Signal()
    """The limit was reached, or the source has ended: see `is_whole` and `trouble`."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self._source: Iterator[Piece] | None = None
        self._limit = 0
        self._line_limit = FIRST_LINES
        self._length = 0
        self._column = 0
        self._is_in_string = False
        self._is_json = False
        self._colours = 1
        """The current colours; a block with another number is coloured when it is seen."""
        self.is_whole = True
        self.lines_shown: int | None = None
        """The number of lines, if their limit is why no more are shown."""
        self.trouble: str | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._add)
        self._tint()

    def fill(
        self, source: Iterator[Piece], limit: int, *, lines: int = FIRST_LINES, is_json: bool = False
    ) -> None:
        """Show another text, up to about `limit` characters and `lines` lines; JSON is coloured."""
        self.setExtraSelections([])
        self.setPlainText("")
        self._source, self._limit, self._length, self._column = source, limit, 0, 0
        self._line_limit, self.lines_shown = lines, None
        self._is_json, self._is_in_string = is_json, False
        self.is_whole, self.trouble = False, None
        self._add()
        self.moveCursor(QTextCursor.MoveOperation.Start)  # inserted text has moved it
        if self._source is not None and not self.is_whole:
            self._timer.start()

    def fill_up(self, limit: int) -> None:
        """Continue to another limit, with as many lines as can be shown."""
        self._limit, self._line_limit = limit, MOST_LINES
        if self._source is not None:
            self._timer.start()

    def forget(self) -> None:
        """Show nothing and release the source."""
        self._timer.stop()
        self._source = None
        self.setExtraSelections([])
        self.setPlainText("")

    @property
    def is_filling(self) -> bool:
        """Whether more text is about to be added."""
        return self._timer.isActive()

    @property
    def is_full(self) -> bool:
        """Whether no more lines can be shown."""
        return self.lines_shown is not None and self.lines_shown >= MOST_LINES

    def fold_marks(self) -> list[QRectF]:
        """Return where the viewport marks that a line continues in a new row.

        A full row has no mark: it looks like any other wrapped row.
        """
        marks: list[QRectF] = []
        width = self.fontMetrics().horizontalAdvance(FOLD_MARK)
        right = self.viewport().rect().right()
        for block in self._visible_blocks():
            layout = block.layout()
            if is_continued(block) and layout.lineCount():
                last = layout.lineAt(layout.lineCount() - 1)
                area = last.naturalTextRect().translated(layout.position())
                area.translate(self.contentOffset().x(), self._top_of(block) - layout.position().y())
                if area.right() + width <= right:
                    marks.append(QRectF(area.right(), area.top(), width, area.height()))
        return marks

    # ---- searching what is shown

    @property
    def anchor(self) -> int:
        """The position where a search begins."""
        return self.textCursor().selectionStart()

    def search(self, needle: str) -> Iterator[list[Span]]:
        """Yield the spans of `needle` in steps, ignoring case and folds."""
        return search(self.document(), needle)

    def show_match(self, span: Span, around: Sequence[Span]) -> None:
        """Select a match and scroll to it; mark those `around` it."""
        cursor = self.textCursor()
        cursor.setPosition(span[0])
        cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()
        self._use_colors("accent_fill", "on_accent")
        marks = [self._marked(*one, "found") for one in around]
        for mark in marks:
            mark.format.setForeground(self._theme.color("text"))
        self.setExtraSelections(marks)

    def show_no_match(self) -> None:
        """Mark nothing."""
        self.setExtraSelections([])
        self._use_colors("selection", "text")

    def text_at_cursor(self, most: int) -> tuple[str, int] | None:
        """Return the shown text without folds and the cursor's place in it; None above `most` characters."""
        if self._length > most:
            return None
        cursor, document = self.textCursor().selectionStart(), self.document()
        before = unfolded(document, 0, cursor)
        return before + unfolded(document, cursor, document.characterCount()), len(before)

    # ---- Qt's side

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        data = QMimeData()
        data.setText(unfolded(self.document(), cursor.selectionStart(), cursor.selectionEnd()))
        return data

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_json:
            self._colour_visible()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text3"))
        for place in self.fold_marks():
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, FOLD_MARK)

    # ---- filling it

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
        lines = self.document().blockCount()
        self.lines_shown = lines if lines >= self._line_limit else None
        if self.lines_shown is not None or self._length >= self._limit:
            self._pause()

    def _pause(self) -> None:
        self._timer.stop()
        if self.is_whole:
            self._source = None
        self.paused.emit()

    def _append(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.block().setUserState(flags(cursor.block()))  # it grows, so it is coloured again
        cursor.beginEditBlock()
        ready = ""  # text without a fold: Qt inserts several lines faster than one by one
        for number, line in enumerate(text.split("\n")):
            if number:
                ready += "\n"
                self._column = 0
            while self._column + len(line) > FOLD:
                room = FOLD - self._column
                self._insert(cursor, ready + line[:room])
                ready = ""
                state = IN_STRING if self._is_in_string else 0
                cursor.block().setUserState(flags(cursor.block()) | CONTINUED)
                cursor.insertBlock()
                cursor.block().setUserState(state)
                line, self._column = line[room:], 0
            ready += line
            self._column += len(line)
        self._insert(cursor, ready)
        cursor.endEditBlock()

    def _insert(self, cursor: QTextCursor, text: str) -> None:
        cursor.insertText(text)
        if self._is_json:
            _, feed, line = text.rpartition("\n")
            self._is_in_string = ends_in_string(line, self._is_in_string and not feed)

    # ---- its colours

    def _colour_visible(self) -> None:
        """Colour the visible blocks: of a large text only what the user looks at."""
        for block in self._visible_blocks():
            if max(block.userState(), 0) // COLOURS != self._colours and block.text():
                ranges = []
                for start, length, tone in colour_spans(block.text(), bool(flags(block) & IN_STRING)):
                    span = QTextLayout.FormatRange()
                    span.start, span.length, span.format = start, length, self._formats[tone]
                    ranges.append(span)
                block.layout().setFormats(ranges)
                block.setUserState(flags(block) + COLOURS * self._colours)

    def _visible_blocks(self) -> Iterator[QTextBlock]:
        block, bottom = self.firstVisibleBlock(), self.viewport().height()
        while block.isValid() and self._top_of(block) < bottom:
            yield block
            block = block.next()

    def _top_of(self, block: QTextBlock) -> float:
        return self.blockBoundingGeometry(block).translated(self.contentOffset()).top()

    @Slot()
    def _tint(self) -> None:
        is_found = bool(self.extraSelections())
        self._use_colors(*(("accent_fill", "on_accent") if is_found else ("selection", "text")))
        self._formats: dict[str, QTextCharFormat] = {}
        for tone in ("code_string", "code_number", "code_word"):
            self._formats[tone] = QTextCharFormat()
            self._formats[tone].setForeground(self._theme.color(tone))
        self._colours = self._colours % 1_000 + 1
        self.viewport().update()


class LineDiffView(_FixedTextView):
    """Two texts line by line in one: removed lines have a −, added lines a +, both on one neutral tint.

    Red and green would present an error as good.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self._changed: list[int] = []
        self._tint()

    def show_comparison(self, comparison: LineDiff) -> None:
        """Show other texts; the scroll position stays."""
        lines = list(_signed(comparison.lines))
        if comparison.is_cut:
            lines.append((SAME, CUT))
        self._changed = [number for number, (sign, _) in enumerate(lines) if sign != SAME]
        text = "\n".join(sign + shortened(line, _LONGEST) for sign, line in lines)
        if text != self.toPlainText():
            place = self.verticalScrollBar().value()
            self.setPlainText(text)
            self.verticalScrollBar().setValue(place)
        self._tint()

    def forget(self) -> None:
        """Show nothing."""
        self._changed = []
        self.setPlainText("")
        self._tint()

    @Slot()
    def _tint(self) -> None:
        self._use_colors("selection", "text")
        marks = []
        for number in self._changed:
            place = self.document().findBlockByNumber(number).position()
            mark = self._marked(place, place, "fresh")
            mark.format.setProperty(QTextBlockFormat.Property.FullWidthSelection, True)
            marks.append(mark)
        self.setExtraSelections(marks)


def _signed(pairs: tuple[LinePair, ...]) -> Iterator[tuple[str, str]]:
    """Yield each line with its sign; of adjacent changed lines the removed ones come first."""
    removed: list[str] = []
    added: list[str] = []
    for pair in (*pairs, None):
        if pair is not None and not pair.is_same:
            removed += [] if pair.before is None else [pair.before]
            added += [] if pair.after is None else [pair.after]
            continue
        yield from ((BEFORE, line) for line in removed)
        yield from ((AFTER, line) for line in added)
        removed, added = [], []
        if pair is not None:
            yield SAME, pair.before or ""
