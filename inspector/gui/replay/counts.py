"""The numbers of a replay: attempts by outcome, each number a filter, and the times of the responses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from inspector.domain.replay.attempt import SINCE_TEXT, Since
from inspector.gui.detail.attempt_change import paint_since
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import row
from inspector.gui.kit.theme import Theme
from inspector.session.replays import Bar, PlanSummary

_ORDER: tuple[Since, ...] = ("fixed", "regressed", "still-failing", "still-passing", "first")
SINCE_WORDS: Mapping[str, str] = {since: SINCE_TEXT[since] for since in _ORDER}
OUTCOME_WORDS: Mapping[str, str] = {
    "succeeded": "succeeded",
    "rejected": "rejected as expected",
    "accepted": "wrongly accepted",
    "failed": "failed",
}
_SHORT: Mapping[str, str] = {"rejected": "rejected", "accepted": "accepted"}
"""Words for a narrow row. The tool tip and the accessible name have the full words."""
_LEAVING = ("succeeded", "rejected", "fixed")
"""The counts that a row without enough room leaves out, in this order."""
_GAP = 4
_SINCE: Mapping[str, Since] = {since: since for since in _ORDER}


class Counts(QWidget):
    """A row of counts with their words. Clicking one filters by it; at most one is the filter."""

    selected = Signal(object)
    """The key of the count to filter by, or None."""

    def __init__(
        self,
        theme: Theme,
        words: Mapping[str, str],
        parent: QWidget | None = None,
        *,
        has_glyphs: bool = True,
    ) -> None:
        """`words`: the word shown for each key."""
        super().__init__(parent)
        self._theme = theme
        self.counts: dict[str, int] = dict.fromkeys(words, 0)
        """The number of each key."""
        self.buttons = {key: _Count(theme, key, word, has_glyphs) for key, word in words.items()}
        for key, button in self.buttons.items():
            button.clicked.connect(partial(self._select, key))
        row(theme, *self.buttons.values(), spacing=_GAP, on=self)
        self.begin()

    @property
    def key(self) -> str | None:
        """The key that is filtered by."""
        return next((key for key, button in self.buttons.items() if button.isChecked()), None)

    @property
    def text(self) -> str:
        """The counts that are shown, with their words."""
        return ", ".join(button.shown for button in self.buttons.values() if not button.isHidden())

    def begin(self) -> None:
        """Set every count to 0, without a filter."""
        self.release()
        self.show_counts(dict.fromkeys(self.counts, 0))

    def release(self) -> None:
        """Remove the filter."""
        for button in self.buttons.values():
            button.setChecked(False)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show other counts; missing keys are 0."""
        self.counts = {key: counts.get(key, 0) for key in self.counts}
        for key, button in self.buttons.items():
            button.show_count(self.counts[key])

    def fit(self, room: int) -> None:
        """Use at most this width in pixels: first with shorter words, then without the expected outcomes."""
        gap = self._theme.px(_GAP)
        left_out: set[str] = set()
        for is_short, key in ((False, None), (True, None), *((True, one) for one in _LEAVING)):
            left_out |= {key} if key in self.buttons and key != self.key else set()
            shown = [button for one, button in self.buttons.items() if one not in left_out]
            widths = [width for button in shown if (width := button.wish(is_short))]
            if sum(widths) + gap * (len(widths) - 1) <= room:
                break
        for one, button in self.buttons.items():
            button.show_form(is_short, one in left_out)

    def _select(self, key: str) -> None:
        for other, button in self.buttons.items():
            if other != key:
                button.setChecked(False)
        self.selected.emit(self.key)


class _Count(QToolButton):
    """A count and its word, after the glyph of the word if there is one."""

    def __init__(self, theme: Theme, key: str, word: str, has_glyph: bool) -> None:
        super().__init__()
        self._theme = theme
        self._since = _SINCE.get(key) if has_glyph else None
        self._word, self._short = word, _SHORT.get(key, word)
        self._is_short = self._is_left_out = False
        self._count = 0
        self.shown = ""
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(plain_tip(f"Show only: {word}"))
        theme.changed.connect(self.update)

    def show_count(self, count: int) -> None:
        """Show another count; 0 hides it, unless it is the filter."""
        self._count = count
        self.shown = f"{count:,} {self._short if self._is_short else self._word}"
        self.setAccessibleName(f"{count:,} {self._word}")
        self.setVisible(self._is_wanted and not self._is_left_out)
        self.updateGeometry()
        self.update()

    @property
    def _is_wanted(self) -> bool:
        return bool(self._count) or self.isChecked()

    def show_form(self, is_short: bool, is_left_out: bool) -> None:
        """Show the short word or the whole one, or leave the count out."""
        if (is_short, is_left_out) != (self._is_short, self._is_left_out):
            self._is_short, self._is_left_out = is_short, is_left_out
            self.show_count(self._count)

    def wish(self, is_short: bool) -> int:
        """Return the width in pixels with the short word or the whole one; 0 if there is nothing to count."""
        return (
            self._width(f"{self._count:,} {self._short if is_short else self._word}")
            if self._is_wanted
            else 0
        )

    def _width(self, text: str) -> int:
        metrics = self._theme.metrics(12)
        return self._words_at + self._theme.px(6) + metrics.horizontalAdvance(text)

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(12))
        return QSize(self._width(self.shown), self._theme.px(24))

    @property
    def _words_at(self) -> int:
        return self._theme.px(6 if self._since is None else 6 + 14 + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selection" if self.isChecked() else "raised"))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        if self._since is not None:
            paint_since(painter, QRectF(px(6), 0, px(14), self.height()), self._since, self._theme)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("accent"))  # it acts as a link
        words = self.rect().adjusted(self._words_at, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


class Times(QWidget):
    """Response times: median and percentile, with a histogram next to them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers = Label(theme, px=12, tone="text2")
        self.histogram = Histogram(theme)
        row(theme, self.numbers, self.histogram, spacing=12, on=self)
        self.setFixedHeight(theme.px(24))  # so that nothing moves once the times are known

    def begin(self) -> None:
        """Show nothing, because there is no response yet."""
        self.numbers.setText("")
        self.histogram.show_bars(())

    def show_times(self, summary: PlanSummary) -> None:
        """Show the response times so far."""
        self.numbers.setText(summary.times or "")
        self.histogram.show_bars(summary.bars)


class Histogram(QWidget):
    """A histogram of response times. Its tool tip and accessible name contain the number of each bar."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[Bar, ...] = ()
        self.setFixedSize(theme.px(96), theme.px(24))
        theme.changed.connect(self.update)
        self.hide()

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Show other bars; none hides the histogram."""
        self._bars = bars
        lines = [f"{bar.edges}: {bar.count:,}" for bar in bars]
        self.setAccessibleName(f"Response times: {'; '.join(lines)}")
        self.setToolTip("<br>".join(lines))
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
