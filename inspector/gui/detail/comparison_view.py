"""Two texts line by line in one: what is gone with a −, what has come with a +, on one neutral tint."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette, QTextBlockFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from inspector.base.visible import shortened
from inspector.domain.capture.line_diff import LineDiff, LinePair
from inspector.gui.kit.theme import Theme

BEFORE, AFTER, SAME = "− ", "+ ", "  "
_LONGEST = 2_000
"""Characters of a line; laying out a longer one takes too long."""
CUT = "… The rest is longer than what is compared."


class ComparisonView(QPlainTextEdit):
    """Red and green would say that an error is good, so a change has one tint and a sign."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._changed: list[int] = []
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fixed_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.document().setDocumentMargin(theme.px(8))
        theme.changed.connect(self._tint)
        self._tint()

    def show_comparison(self, comparison: LineDiff) -> None:
        """Show other texts; the place that was looked at stays."""
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
        theme = self._theme
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.color("base"))
        palette.setColor(QPalette.ColorRole.Text, theme.color("text"))
        palette.setColor(QPalette.ColorRole.Highlight, theme.color("selection"))
        palette.setColor(QPalette.ColorRole.HighlightedText, theme.color("text"))
        self.setPalette(palette)
        selections = []
        for number in self._changed:
            selection = QTextEdit.ExtraSelection()
            selection.format.setBackground(theme.color("fresh"))
            selection.format.setProperty(QTextBlockFormat.Property.FullWidthSelection, True)
            selection.cursor = QTextCursor(self.document().findBlockByNumber(number))
            selections.append(selection)
        self.setExtraSelections(selections)


def _signed(pairs: tuple[LinePair, ...]) -> Iterator[tuple[str, str]]:
    """Each line with its sign; neighbours that changed stand together, what is gone before what has come."""
    gone: list[str] = []
    come: list[str] = []
    for pair in pairs:
        if not pair.is_same:
            gone += [] if pair.before is None else [pair.before]
            come += [] if pair.after is None else [pair.after]
            continue
        yield from ((BEFORE, line) for line in gone)
        yield from ((AFTER, line) for line in come)
        gone, come = [], []
        yield SAME, pair.before or ""
    yield from ((BEFORE, line) for line in gone)
    yield from ((AFTER, line) for line in come)
