"""Long plain text in the fixed font: added in steps with long lines folded, or as a line diff."""

from __future__ import annotations

import re
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
from inspector.domain.json.json_edit import shared_ends
from inspector.gui.detail.long_text import (
    COLOURS,
    CONTINUED,
    FOLD,
    IN_STRING,
    ColourSpan,
    Piece,
    Span,
    colour_spans,
    ends_in_string,
    flags,
    is_continued,
    search,
    unfolded,
    utf16_length,
)
from inspector.gui.kit.theme import Theme

FOLD_MARK = "↩"
"""Drawn at the end of a folded line. Not part of the text."""
FIRST_LINES = 20_000
"""Lines shown at first. Each resize lays out all of them: a million takes a second."""
MOST_LINES = 400_000
"""Maximum lines if the user requests all and accepts a short delay of the window."""
BEFORE, AFTER, SAME = "− ", "+ ", "  "
_LONGEST = 2_000
"""Characters of a compared line. Laying out a longer one takes too long."""
CUT = "… The rest is too long to compare."


class _FixedTextView(QPlainTextEdit):
    """Read-only text in the fixed font, wrapped at any character."""

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
        """Apply the colours of the theme.

        WORKAROUND(PySide6 6.11): not a Slot. An overridden slot stays connected after its object is deleted.
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
        """Return a mark from one position to another with background `ground`."""
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(self.document())
        mark.cursor.setPosition(first)
        mark.cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        mark.format.setBackground(self._theme.color(ground))
        return mark


class TextView(_FixedTextView):
    """Text of any length. Copied text does not contain the folds."""

    paused = Signal()
    """Emitted at the limit or the end of the source: see `is_whole` and `problem`."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self._source: Iterator[Piece] | None = None
        self._limit = 0
        self._line_limit = FIRST_LINES
        self._length = 0
        self._column = 0
        self._is_in_string = False
        self._is_json = False
        self._head_lines = 0
        self._colours = 1
        """The number of the current colours. Blocks with another number are recoloured when visible."""
        self.is_whole = True
        self.lines_shown: int | None = None
        """The number of lines, if no more are shown because of their limit."""
        self.problem: str | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._add)
        self._tint()

    def fill(
        self,
        source: Iterator[Piece],
        limit: int,
        *,
        lines: int = FIRST_LINES,
        is_json: bool = False,
        head_lines: int = 0,
    ) -> None:
        """Show another text, up to about `limit` characters and `lines` lines. JSON is coloured.

        In the first `head_lines`, the names before a colon are grey instead, because they are headers.
        """
        self.setExtraSelections([])
        self.setPlainText("")
        self._source, self._limit, self._length, self._column = source, limit, 0, 0
        self._line_limit, self.lines_shown = lines, None
        self._is_json, self._is_in_string, self._head_lines = is_json, False, head_lines
        self.is_whole, self.problem = False, None
        self._add()
        self.moveCursor(QTextCursor.MoveOperation.Start)  # insertion has moved it
        if self._source is not None and not self.is_whole:
            self._timer.start()

    def fill_up(self, limit: int) -> None:
        """Continue up to another limit, with up to `MOST_LINES` lines."""
        self._limit, self._line_limit = limit, MOST_LINES
        if self._source is not None:
            self._timer.start()

    def forget(self) -> None:
        """Show nothing, and release the source."""
        self._timer.stop()
        self._source = None
        self.setExtraSelections([])
        self.setPlainText("")

    @property
    def is_filling(self) -> bool:
        """Whether more text will be added."""
        return self._timer.isActive()

    @property
    def is_full(self) -> bool:
        """Whether the maximum number of lines is shown."""
        return self.lines_shown is not None and self.lines_shown >= MOST_LINES

    def fold_marks(self) -> list[QRectF]:
        """Return the viewport areas of the marks at the ends of folded lines.

        A full row has no mark and looks like any other wrapped row.
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

    # ---- searching

    @property
    def anchor(self) -> int:
        """The position where a search begins."""
        return self.textCursor().selectionStart()

    def search(self, needle: str) -> Iterator[list[Span]]:
        """Yield the spans of `needle` in steps, ignoring case and folds."""
        return search(self.document(), needle)

    def show_match(self, span: Span, around: Sequence[Span]) -> None:
        """Select a match, scroll to it, and mark those `around` it."""
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
        """Remove all marks."""
        self.setExtraSelections([])
        self._use_colors("selection", "text")

    def text_at_cursor(self, most: int) -> tuple[str, int] | None:
        """Return the text without folds and the cursor's index in it, or None above `most` characters."""
        if self._length > most:
            return None
        cursor, document = self.textCursor().selectionStart(), self.document()
        before = unfolded(document, 0, cursor)
        return before + unfolded(document, cursor, document.characterCount()), len(before)

    # ---- Qt overrides

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        data = QMimeData()
        data.setText(unfolded(self.document(), cursor.selectionStart(), cursor.selectionEnd()))
        return data

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_json or self._head_lines:
            self._colour_visible()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text3"))
        for place in self.fold_marks():
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, FOLD_MARK)

    # ---- filling

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
        if piece.problem is not None:
            self.problem = piece.problem
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
        cursor.block().setUserState(flags(cursor.block()))  # it grows, so recolour it
        cursor.beginEditBlock()
        ready = ""  # text without a fold: Qt inserts many lines at once faster than one at a time
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

    # ---- colours

    def _colour_visible(self) -> None:
        """Colour only the visible blocks, because the text can be large."""
        for block in self._visible_blocks():
            if max(block.userState(), 0) // COLOURS != self._colours and block.text():
                ranges = []
                for start, length, tone in self._spans(block):
                    span = QTextLayout.FormatRange()
                    span.start, span.length, span.format = start, length, self._formats[tone]
                    ranges.append(span)
                block.layout().setFormats(ranges)
                block.setUserState(flags(block) + COLOURS * self._colours)

    def _spans(self, block: QTextBlock) -> Iterator[ColourSpan]:
        if block.blockNumber() >= self._head_lines:
            if self._is_json:
                yield from colour_spans(block.text(), bool(flags(block) & IN_STRING))
        elif (name := block.text().partition(": ")[0]) != block.text():
            yield ColourSpan(0, utf16_length(name) + 1, "text2")

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
        for tone in ("code_string", "code_number", "code_word", "text2"):
            self._formats[tone] = QTextCharFormat()
            self._formats[tone].setForeground(self._theme.color(tone))
        self._colours = self._colours % 1_000 + 1
        self.viewport().update()


class LineDiffView(_FixedTextView):
    """Two texts in a line diff: removed lines have −, added lines +, both on the same neutral tint.

    Red and green would mark errors as good or bad.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self._changed: list[int] = []
        self._quiet: list[tuple[int, int, int]] = []
        """Line, start and end of text that both lines of a pair share."""
        self._tint()

    def show_comparison(self, comparison: LineDiff, *, is_paired: bool = False) -> None:
        """Show other texts. The scroll position stays. With `is_paired`, each changed line is followed by its
        new one, only that one is tinted, and the text that both share is grey."""
        groups = [(pair,) for pair in comparison.lines] if is_paired else [comparison.lines]
        lines = [line for group in groups for line in _signed(group)]
        if comparison.is_cut:
            lines.append((SAME, CUT))
        plain = (SAME, BEFORE) if is_paired else (SAME,)
        self._quiet = list(_shared_parts(comparison.lines)) if is_paired else []
        self._changed = [number for number, (sign, _) in enumerate(lines) if sign not in plain]
        text = "\n".join(sign + shortened(line, _LONGEST) for sign, line in lines)
        if text != self.toPlainText():
            place = self.verticalScrollBar().value()
            self.setPlainText(text)
            self.verticalScrollBar().setValue(place)
        self._tint()

    def forget(self) -> None:
        """Show nothing."""
        self._changed, self._quiet = [], []
        self.setPlainText("")
        self._tint()

    @Slot()
    def _tint(self) -> None:
        self._use_colors("selection", "text")
        marks = []
        for number in self._changed:
            place = self.document().findBlockByNumber(number).position()
            mark = self._marked(place, place, "accent_soft")
            mark.format.setProperty(QTextBlockFormat.Property.FullWidthSelection, True)
            marks.append(mark)
        for number, start, end in self._quiet:
            place = self.document().findBlockByNumber(number).position()
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(place + start)
            mark.cursor.setPosition(place + end, QTextCursor.MoveMode.KeepAnchor)
            mark.format.setForeground(self._theme.color("text2"))
            marks.append(mark)
        self.setExtraSelections(marks)


_WORD = re.compile(r"[\w.%+-]+")


def _shared_parts(pairs: tuple[LinePair, ...]) -> Iterator[tuple[int, int, int]]:
    """Yield the parts that both lines of a changed pair share, up to whole words, with their line numbers."""
    number = 0
    for pair in pairs:
        before, after = pair.before, pair.after
        if pair.is_same or before is None or after is None:
            number += 1
            continue
        first, last = shared_ends(before, after)
        for line in (before, after):
            line = shortened(line, _LONGEST)
            words = [word.span() for word in _WORD.finditer(line)]
            start = next((begin for begin, end in words if begin < first < end), first)
            stop = next((end for begin, end in words if begin < len(line) - last < end), len(line) - last)
            length = utf16_length
            yield number, len(BEFORE), len(BEFORE) + length(line[:start])
            yield number, len(BEFORE) + length(line[:stop]), len(BEFORE) + length(line)
            number += 1


def _signed(pairs: tuple[LinePair, ...]) -> Iterator[tuple[str, str]]:
    """Yield each line with its sign. In adjacent changed lines, the removed ones come first."""
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
