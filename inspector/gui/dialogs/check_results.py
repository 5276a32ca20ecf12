"""What each test of a receiver found: a line a test, with a sign, a word, and all of what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.base.visible import visible
from inspector.gui.badges import Badge, paint_glyph
from inspector.gui.detail.outcomes import milliseconds
from inspector.gui.detail.table import AnyIndex, Cells, RowModel, Table
from inspector.gui.theme import Theme
from inspector.session.check_words import WORDS
from inspector.session.receiver_check import TITLES, CheckResult

_HEADS = ("Result", "Test", "What it does", "Answer", "Took")
_RESULT, _SAYS, _ANSWER, _TOOK = 0, 2, 3, 4
_WIDTHS = (84, 196, 300, 64, 76)
_ROW = 28
_PADDING = 10
"""Above and below lines that are broken, together."""
_BADGES = {WORDS[True].capitalize(): Badge.VALID, WORDS[False].capitalize(): Badge.INVALID}
_WAITING, _SENDING, _NONE = "–", "Sending", "–"


class CheckResults(Table):
    """Every test stands there from the first; what it found is filled in once it is known."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._lines = RowModel(_HEADS, right=frozenset({_ANSWER, _TOOK}), has_tips=True)
        super().__init__(theme, self._lines, "Tests of the receiver, and what they found", parent)
        self._lines.setParent(self)
        self._text_delegate = _TextDelegate(theme, self)
        self._result_delegate = _ResultDelegate(theme, self)
        self.setItemDelegate(self._text_delegate)
        self.setItemDelegateForColumn(_RESULT, self._result_delegate)
        self.setWordWrap(True)
        self.setVerticalScrollMode(Table.ScrollMode.ScrollPerPixel)
        self.set_widths(*_WIDTHS)
        head = self.horizontalHeader()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(_SAYS, QHeaderView.ResizeMode.Stretch)
        head.sectionResized.connect(self._fit)
        self.show_results((), is_running=False)

    def show_results(self, results: Sequence[CheckResult], *, is_running: bool) -> None:
        """What is known by now; while it runs, the test after that is being sent."""
        number = len(results)
        waiting = [_waiting(title, _WAITING) for title in TITLES[number:]]
        if is_running and waiting:
            waiting[0] = _waiting(TITLES[number], _SENDING)
        row, place = self.currentIndex().row(), self.verticalScrollBar().value()
        self._lines.show_rows([*map(_found, results), *waiting])
        self._fit()
        if results and row >= 0:
            self.selectRow(row)
        self.verticalScrollBar().setValue(place)
        if is_running:
            self.scrollTo(self._lines.index(min(number, len(TITLES) - 1), _RESULT))

    def choose_first_wrong(self) -> None:
        """Bring the first that is wrong into sight, else the first."""
        self.scrollToTop()
        rows = range(self._lines.rowCount())
        wrong = (row for row in rows if _badge(self._lines.index(row, _RESULT)) is Badge.INVALID)
        self.selectRow(next(wrong, 0))

    def sizeHint(self) -> QSize:
        """A few rows; it takes what the rest of its window leaves."""
        return QSize(super().sizeHint().width(), self._theme.px(3 * _ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Rows are as high as what they say: it is to be read, not guessed."""
        self.resizeRowsToContents()


def _found(result: CheckResult) -> Cells:
    says = visible(result.says)
    status = _NONE if result.status is None else str(result.status)
    sentence = f"{says[:1].upper()}{says[1:]}."
    word = WORDS[result.ok].capitalize()
    return word, result.title, sentence, status, milliseconds(result.elapsed_ms), sentence


def _waiting(title: str, word: str) -> Cells:
    return word, title, "", "", "", ""


class _TextDelegate(QStyledItemDelegate):
    """Text over several lines with room around it; grey where nothing is known yet."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        if _badge(index) is None:
            _set_tone(option, self._theme, "text2")

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(0, self._theme.px(_PADDING))


class _ResultDelegate(_TextDelegate):
    """The word with its sign before it: what is fine is quiet, what is wrong is not."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        badge = _badge(index)
        if badge is not None:
            option.font = self._theme.font(12, 600 if badge.is_loud else 400)
            _set_tone(option, self._theme, badge.word_tone)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        badge, px = _badge(index), self._theme.px
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""  # the selection reaches below the sign, too
        style: Any = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, ground, painter, option.widget)
        words = QStyleOptionViewItem(option)
        words.rect = option.rect.adjusted(px(20), 0, 0, 0) if badge is not None else option.rect
        words.state &= ~QStyle.StateFlag.State_HasFocus  # drawn with the ground
        super().paint(painter, words, index)
        if badge is not None:
            sign = QRectF(option.rect.left() + px(3), option.rect.top(), px(14), option.rect.height())
            paint_glyph(painter, sign, badge, self._theme)


def _badge(index: AnyIndex) -> Badge | None:
    """What the test of this row came to; null where that is not known."""
    return _BADGES.get(str(index.sibling(index.row(), _RESULT).data(Qt.ItemDataRole.DisplayRole)))


def _set_tone(option: QStyleOptionViewItem, theme: Theme, tone: str) -> None:
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
        option.palette.setColor(role, theme.color(tone))
