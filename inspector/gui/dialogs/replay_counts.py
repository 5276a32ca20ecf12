"""How many attempts of a replay were fixed, regressed and so on; each filters the table, and a histogram."""

from __future__ import annotations

from collections import Counter
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from inspector.domain.attempt import SINCE_TEXT, Since
from inspector.gui.buttons import paint_focus
from inspector.gui.detail.since import paint_since
from inspector.gui.dialogs.replay_words import bar_text
from inspector.gui.labels import Label, plain_tip
from inspector.gui.theme import Theme
from inspector.session.plan_summary import Bar, PlanSummary

_ORDER: tuple[Since, ...] = ("fixed", "regressed", "still-failing", "still-passing", "first")


class SinceCounts(QWidget):
    """One choice at a time, or none: then the table shows all."""

    chosen = Signal(object)
    """The word to show alone, or null."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: Counter[Since] = Counter()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        self.buttons = {since: _Count(theme, since) for since in _ORDER}
        for since, button in self.buttons.items():
            button.clicked.connect(partial(self._choose, since))
            row.addWidget(button)
        row.addStretch(1)
        self.begin()

    @property
    def since(self) -> Since | None:
        """The word that the table is filtered by."""
        return next((since for since, button in self.buttons.items() if button.isChecked()), None)

    @property
    def counts(self) -> dict[Since, int]:
        """How many there are of each word."""
        return {since: self._counts[since] for since in _ORDER}

    def begin(self) -> None:
        """Nothing has been attempted yet."""
        self._counts.clear()
        for button in self.buttons.values():
            button.setChecked(False)
            button.show_count(0)

    def add(self, words: list[Since | None]) -> None:
        """Count these in."""
        self._counts.update(word for word in words if word is not None)
        for since, button in self.buttons.items():
            button.show_count(self._counts[since])

    def _choose(self, since: Since) -> None:
        for other, button in self.buttons.items():
            if other != since:
                button.setChecked(False)
        self.chosen.emit(self.since)


class _Count(QToolButton):
    """A glyph, a number and a word."""

    def __init__(self, theme: Theme, since: Since) -> None:
        super().__init__()
        self._theme = theme
        self._since: Since = since
        self._text = ""
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(plain_tip(f"Show only: {SINCE_TEXT[since]}"))
        theme.changed.connect(self.update)

    def show_count(self, count: int) -> None:
        """Show another number; none hides it, so that only what there is takes room."""
        self._text = f"{count:,} {SINCE_TEXT[self._since]}"
        self.setAccessibleName(self._text)
        self.setVisible(bool(count) or self.isChecked())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(12))
        px = self._theme.px
        return QSize(px(6 + 14 + 6 + 6) + self.fontMetrics().horizontalAdvance(self._text), px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selection" if self.isChecked() else "raised"))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        paint_since(painter, QRectF(px(6), 0, px(14), self.height()), self._since, self._theme)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("text"))
        words = self.rect().adjusted(px(26), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text)
        if self.hasFocus():
            paint_focus(painter, self)


class Times(QWidget):
    """How long answers took: the numbers, and beside them a histogram."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers = Label(theme, px=12, tone="text2")
        self.histogram = Histogram(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.numbers)
        row.addWidget(self.histogram)
        self.setFixedHeight(theme.px(24))  # so that nothing moves once they are known

    def begin(self) -> None:
        """Nothing was answered yet."""
        self.numbers.setText("")
        self.histogram.show_bars(())

    def show_times(self, summary: PlanSummary) -> None:
        """Show what is known by now."""
        self.numbers.setText(summary.times or "")
        self.histogram.show_bars(summary.bars)


class Histogram(QWidget):
    """How long answers took; each bar's number is in its tool tip and its name."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[Bar, ...] = ()
        self.setFixedSize(theme.px(96), theme.px(24))
        theme.changed.connect(self.update)
        self.hide()

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Show other times; none hides it."""
        self._bars = bars
        said = [bar_text(bar) for bar in bars]
        self.setAccessibleName(f"Times of the answers: {'; '.join(said)}")
        self.setToolTip("<br>".join(said))
        self.setVisible(bool(bars))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        most = max((bar.count for bar in self._bars), default=1)
        width = self.width() / max(len(self._bars), 12)
        for number, bar in enumerate(self._bars):
            height = max(1.0, self.height() * bar.count / most) if bar.count else 0.0
            painter.drawRect(QRectF(number * width, self.height() - height, max(1.0, width - 1), height))
        painter.setBrush(self._theme.color("line"))
        painter.drawRect(QRectF(0, self.height() - 1, self.width(), 1))
