"""Long plain text that fills while the window goes on: a little at each turn, folded where a line is long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QMimeData, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from inspector.gui.detail.json_colours import colour_spans, ends_in_string
from inspector.gui.detail.long_text import (
    COLOURS,
    CONTINUED,
    FOLD,
    IN_STRING,
    Piece,
    Span,
    flags,
    is_continued,
    search,
    unfolded,
)
from inspector.gui.kit.theme import Theme

FOLD_MARK = "↩"
"""Drawn where a long line is folded: it is not part of the text."""
FIRST_LINES = 20_000
"""Lines that are shown at first: each resize lays all of them out, a million of them in a second."""
MOST_LINES = 400_000
"""Lines that are shown if the user asks for all, and accepts that the window waits a moment for them."""
MARKED = 500
"""Places found that are marked before and after the chosen one."""


class TextView(QPlainTextEdit):
    """Read-only text in the fixed font. What is copied from it has no folds in it."""

    paused = Signal()
    """The limit was reached, or the source has ended: `is_whole` and `trouble` tell which."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source: Iterator[Piece] | None = None
        self._limit = 0
        self._line_limit = FIRST_LINES
        self._length = 0
        self._column = 0
        self._is_in_string = False
        self._is_json = False
        self._colours = 1
        """Which colours are in use; a block that bears another number is coloured when it is seen."""
        self.is_whole = True
        self.lines_shown: int | None = None
        """The number of lines, if their limit is the reason why no more are shown."""
        self.trouble: str | None = None
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fixed_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.document().setDocumentMargin(theme.px(8))
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._add)
        theme.changed.connect(self._tint)
        self._tint()

    def fill(
        self, source: Iterator[Piece], limit: int, *, lines: int = FIRST_LINES, is_json: bool = False
    ) -> None:
        """Show another text, up to about `limit` characters and `lines` lines, in the colours of JSON if it
        is."""
        self.setExtraSelections([])
        self.setPlainText("")
        self._source, self._limit, self._length, self._column = source, limit, 0, 0
        self._line_limit, self.lines_shown = lines, None
        self._is_json, self._is_in_string = is_json, False
        self.is_whole, self.trouble = False, None
        self._add()
        self.moveCursor(QTextCursor.MoveOperation.Start)  # what is inserted where it stands pushes it on
        if self._source is not None and not self.is_whole:
            self._timer.start()

    def fill_up(self, limit: int) -> None:
        """Go on to another limit, and to as many lines as can be shown."""
        self._limit, self._line_limit = limit, MOST_LINES
        if self._source is not None:
            self._timer.start()

    def forget(self) -> None:
        """Show nothing, and take nothing more."""
        self._timer.stop()
        self._source = None
        self.setExtraSelections([])
        self.setPlainText("")

    def fold_marks(self) -> list[QRectF]:
        """Where in the viewport a mark shows that a line continues, although the view starts a new row.

        A row that is full needs none: it looks like any other wrapped row.
        """
        marks: list[QRectF] = []
        width = self.fontMetrics().horizontalAdvance(FOLD_MARK)
        block, view = self.firstVisibleBlock(), self.viewport().rect()
        while block.isValid() and self._top_of(block) < view.bottom():
            layout = block.layout()
            if is_continued(block) and layout.lineCount():
                last = layout.lineAt(layout.lineCount() - 1)
                area = last.naturalTextRect().translated(layout.position())
                area.translate(self.contentOffset().x(), self._top_of(block) - layout.position().y())
                if area.right() + width <= view.right():
                    marks.append(QRectF(area.right(), area.top(), width, area.height()))
            block = block.next()
        return marks

    # ---- searching what is shown

    @property
    def anchor(self) -> int:
        """From where a search goes on."""
        return self.textCursor().selectionStart()

    def search(self, needle: str) -> Iterator[list[Span]]:
        """Where `needle` stands, ignoring case, in steps; no fold hides it."""
        return search(self.document(), needle)

    def show_match(self, span: Span, around: Sequence[Span]) -> None:
        """Choose a place that was found and bring it into sight, with the others near it marked."""
        cursor = self.textCursor()
        cursor.setPosition(span[0])
        cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()
        self._light(is_found=True)
        marks = []
        for one in around:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(one[0])
            mark.cursor.setPosition(one[1], QTextCursor.MoveMode.KeepAnchor)
            mark.format.setBackground(self._theme.color("found"))
            mark.format.setForeground(self._theme.color("text"))
            marks.append(mark)
        self.setExtraSelections(marks)

    def show_no_match(self) -> None:
        """Mark nothing."""
        self.setExtraSelections([])
        self._light(is_found=False)

    def text_at_cursor(self, most: int) -> tuple[str, int] | None:
        """What is shown, without folds, and the place of the cursor in it; None for more than `most`."""
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

    @property
    def is_full(self) -> bool:
        """No more lines can be shown."""
        return self.lines_shown is not None and self.lines_shown >= MOST_LINES

    def _pause(self) -> None:
        self._timer.stop()
        if self.is_whole:
            self._source = None
        self.paused.emit()

    def _append(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.block().setUserState(flags(cursor.block()))  # it gets longer, and its colours with it
        cursor.beginEditBlock()
        ready = ""  # as much as has no fold in it: Qt takes several lines faster than one by one
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
        """Colour the blocks in sight that are not yet: of a large text only what is looked at."""
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        while block.isValid() and self._top_of(block) < bottom:
            if max(block.userState(), 0) // COLOURS != self._colours and block.text():
                ranges = []
                for start, length, tone in colour_spans(block.text(), bool(flags(block) & IN_STRING)):
                    span = QTextLayout.FormatRange()
                    span.start, span.length, span.format = start, length, self._formats[tone]
                    ranges.append(span)
                block.layout().setFormats(ranges)
                block.setUserState(flags(block) + COLOURS * self._colours)
            block = block.next()

    def _top_of(self, block: QTextBlock) -> float:
        return self.blockBoundingGeometry(block).translated(self.contentOffset()).top()

    def _light(self, *, is_found: bool) -> None:
        """What is selected is a tint; what was found stands out from the others that were."""
        palette = QPalette(self.palette())
        ground, text = ("accent_fill", "on_accent") if is_found else ("selection", "text")
        palette.setColor(QPalette.ColorRole.Highlight, self._theme.color(ground))
        palette.setColor(QPalette.ColorRole.HighlightedText, self._theme.color(text))
        self.setPalette(palette)

    @Slot()
    def _tint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("base"))
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text"))
        self.setPalette(palette)
        self._light(is_found=bool(self.extraSelections()))
        self._formats: dict[str, QTextCharFormat] = {}
        for tone in ("code_string", "code_number", "code_word"):
            self._formats[tone] = QTextCharFormat()
            self._formats[tone].setForeground(self._theme.color(tone))
        self._colours = self._colours % 1_000 + 1
        self.viewport().update()
