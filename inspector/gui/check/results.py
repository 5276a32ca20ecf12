"""The results of the tests of a receiver: one line per test, with a symbol, a word and the full text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyleOptionViewItem, QWidget

from inspector.base.visible import visible
from inspector.domain.receiver.receiver_test import Result
from inspector.gui.detail.attempt_text import milliseconds
from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.table import AnyIndex, CellDelegate, Cells, RowModel, Table
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.check import TITLES, CheckResult

_HEADS = ("Result", "Test", "Behaviour", "Response", "Took")
_RESULT, _SAYS, _RESPONSE, _TOOK = 0, 2, 3, 4
_WIDTHS = (96, 192, 280, 92, 76)
_ROW = 28
_PADDING = 10
"""Total space above and below wrapped lines."""
_BADGES: Mapping[Result, Badge | None] = {
    "passed": Badge.VALID,
    "warning": None,  # the sign of the banner, which is not a verdict's
    "failed": Badge.INVALID,
    "undecided": Badge.UNCHECKED,
}
_WAITING, _SENDING, _NONE = "–", "Sending", "–"


class CheckResults(Table):
    """A table that lists every test from the start. Results are filled in as they arrive."""

    selected = Signal(int)
    """The row of the test that is selected."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._lines = RowModel(_HEADS, right=frozenset({_RESPONSE, _TOOK}), has_tips=True)
        super().__init__(theme, self._lines, "Tests of the receiver and their results", parent)
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
        self.selectionModel().currentRowChanged.connect(self._select)
        self.show_results((), is_running=False)

    def show_results(self, results: Sequence[CheckResult], *, is_running: bool) -> None:
        """Show the results so far. While the check runs, the next test is in progress."""
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

    def select_first_wrong(self) -> None:
        """Select the first failed test, or else the first with a warning, or else the first."""
        self.scrollToTop()
        results = [_result(self._lines.index(row, _RESULT)) for row in range(self._lines.rowCount())]
        worst: tuple[Result, ...] = ("failed", "warning")
        self.selectRow(next((results.index(one) for one in worst if one in results), 0))

    def sizeHint(self) -> QSize:
        """Return the size of a few rows. The table takes the remaining space of its window."""
        return QSize(super().sizeHint().width(), self._theme.px(3 * _ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot(QModelIndex, QModelIndex)
    def _select(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.selected.emit(current.row())

    @Slot()
    def _fit(self) -> None:
        """Make the rows as high as their sentences, which must not be cut."""
        self.resizeRowsToContents()


def _found(result: CheckResult) -> Cells:
    says = visible(result.says)
    status = _NONE if result.status is None else str(result.status)
    sentence = f"{says[:1].upper()}{says[1:]}."
    return (
        result.result.capitalize(),
        result.title,
        sentence,
        status,
        milliseconds(result.elapsed_ms),
        sentence,
    )


def _waiting(title: str, word: str) -> Cells:
    return word, title, "", "", "", ""


class _TextDelegate(CellDelegate):
    """Draws text in several lines with space around it, grey until the result is known."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        if _result(index) is None:
            _set_tone(option, self._theme, "text2")

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(0, self._theme.px(_PADDING))


class _ResultDelegate(_TextDelegate):
    """Draws the word after its sign. Only a failed test is emphasised."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        result = _result(index)
        if result is not None:
            badge = _BADGES[result]
            is_loud = badge is None or badge.is_loud
            option.font = self._theme.font(12, 600 if is_loud else 400)
            _set_tone(option, self._theme, "warning" if badge is None else badge.word_tone)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        result, px = _result(index), self._theme.px
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""  # the selection must include the sign
        style: Any = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, ground, painter, option.widget)
        words = QStyleOptionViewItem(option)
        words.rect = option.rect.adjusted(px(20), 0, 0, 0) if result is not None else option.rect
        super().paint(painter, words, index)
        if result is None:
            return
        sign = QRectF(option.rect.left() + px(3), option.rect.top(), px(14), option.rect.height())
        badge = _BADGES[result]
        if badge is None:
            paint_icon(painter, "warning", self._theme, sign, "warning", 14)
        else:
            paint_glyph(painter, sign, badge, self._theme)


def _result(index: AnyIndex) -> Result | None:
    """Return the result of the test in this row; None if it is not known yet."""
    word = str(index.sibling(index.row(), _RESULT).data(Qt.ItemDataRole.DisplayRole)).lower()
    return next((result for result in _BADGES if result == word), None)


def _set_tone(option: QStyleOptionViewItem, theme: Theme, tone: str) -> None:
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
        option.palette.setColor(role, theme.color(tone))
