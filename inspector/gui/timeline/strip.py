"""The time strip: bars at the left, the counts of the listed captures at the right, each a filter."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from inspector.domain.query import QueryError
from inspector.domain.query.terms import required, with_also, without
from inspector.domain.statistics.timeline import NONE, VerdictTally
from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import hover_tint, paint_focus
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.timeline.bars import Bars

# In the order of the counts: the badge, and the filter that chooses such captures.
ENTRIES = (
    (Badge.VALID, "verdict:valid -verdict:rewritten"),
    (Badge.REWRITTEN, "verdict:rewritten"),
    (Badge.INVALID, "verdict:invalid"),
    (Badge.UNSIGNED, "verdict:unsigned"),
    (Badge.UNCHECKED, "verdict:unchecked"),
)

_WORD, _GAP = 26, 12
"""Where the word begins, and what stands at least between it and the number."""
_USUAL = "00,000"


def is_chosen(text: str, term: str) -> bool:
    """Whether a query asks for what `term` asks for; one that cannot be read asks for nothing."""
    try:
        return _meanings(term) <= _meanings(text)
    except QueryError:
        return False


def toggled(text: str, term: str) -> str:
    """The query with the filter of one entry in place of any other's, or without it where it had it.

    Raises QueryError.
    """
    of_entries = frozenset().union(*(_meanings(one) for _, one in ENTRIES))
    rest = without(text, lambda one: one.meaning in of_entries)
    return rest if is_chosen(text, term) else with_also(rest, term)


def _meanings(text: str) -> frozenset[object]:
    return frozenset(one.meaning for one in required(text))


class LegendEntry(QAbstractButton):
    """`glyph Word  12,408`, 20 high; down while the filter chooses it."""

    def __init__(self, theme: Theme, badge: Badge, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._badge = badge
        self._number = 0
        self.setCheckable(True)
        self.setText(badge.word)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # as wide as its column
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_number(0)

    def show_number(self, number: int) -> None:
        """Show how many there are."""
        if number == self._number and self.accessibleName():
            return
        is_longer = len(f"{number:,}") > max(len(f"{self._number:,}"), len(_USUAL))
        self._number = number
        if is_longer:
            self.updateGeometry()
        self.setAccessibleName(f"{self._badge.word}, {number:,}")
        self.setToolTip(f"Show only {self._badge.word.lower()} captures")
        self.update()

    def sizeHint(self) -> QSize:
        """Room for any word beside a number of five digits, so that nothing moves while it grows to that."""
        px, metrics = self._theme.px, self._theme.metrics(12)
        word = max(metrics.horizontalAdvance(badge.word) for badge, _ in ENTRIES)
        number = max(map(metrics.horizontalAdvance, (_USUAL, f"{self._number:,}")))
        return QSize(max(px(132), px(_WORD) + word + px(_GAP) + number + px(6)), px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            ground = self._theme.color("selection") if self.isChecked() else hover_tint(self._theme)
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        paint_glyph(painter, QRectF(px(6), 0, px(14), self.height()), self._badge, self._theme)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("text2"))
        words = QRectF(px(_WORD), 0, self.width() - px(_WORD), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._badge.word)
        painter.setPen(self._theme.color("text"))
        number = QRectF(0, 0, self.width() - px(6), self.height())
        painter.drawText(
            number, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{self._number:,}"
        )
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


class Legend(QWidget):
    """Three entries and two, in columns."""

    term_clicked = Signal(str)
    """A filter that is to be there, or no more where it is."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, theme.px(5), 0, theme.px(5))
        grid.setHorizontalSpacing(theme.px(4))
        grid.setVerticalSpacing(0)
        self.counts: VerdictTally = NONE
        self.entries: list[LegendEntry] = []
        for place, (badge, term) in enumerate(ENTRIES):
            entry = LegendEntry(theme, badge, self)
            entry.clicked.connect(partial(self._clicked, term))
            grid.addWidget(entry, place % 3, place // 3)
            self.entries.append(entry)

    def show_counts(self, counts: VerdictTally) -> None:
        """Show how many captures of each verdict are listed."""
        self.counts = counts
        for entry, number in zip(self.entries, counts, strict=True):
            entry.show_number(number)

    def show_filter(self, text: str) -> None:
        """Mark the entry that a filter has chosen."""
        for entry, (_, term) in zip(self.entries, ENTRIES, strict=True):
            entry.setChecked(is_chosen(text, term))

    def _clicked(self, term: str) -> None:
        self.term_clicked.emit(term)


class TimeStrip(QWidget):
    """72 high with the hairline below it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.bars = Bars(theme, self)
        self.legend = Legend(theme, self)
        row(theme, grow(self.bars), self.legend, spacing=20, margins=(16, 0, 12, 0), on=self)
