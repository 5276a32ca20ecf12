"""The right of the Replay window: how far it is, what became of each, and both answers of the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.domain.attempt import SINCE_TEXT, Since
from inspector.domain.rows import AttemptRow, CaptureRow
from inspector.domain.side_by_side import Comparison
from inspector.gui.buttons import Button
from inspector.gui.detail.comparison_view import ComparisonView
from inspector.gui.detail.flow_text import FlowText
from inspector.gui.detail.outcomes import elapsed_text, outcome_sentence, outcome_word
from inspector.gui.detail.since import SinceDelegate
from inspector.gui.detail.table import LOUD, Cells, RowModel, Table
from inspector.gui.dialogs.replay_counts import SinceCounts, Times
from inspector.gui.dialogs.replay_words import span, summary_text
from inspector.gui.labels import Hairline, Label
from inspector.gui.theme import Theme
from inspector.session.plan import Progress
from inspector.session.plan_summary import PlanSummary
from inspector.session.requests import Compared

MAX_ROWS = 500
_TITLES = ("#", "Captured", "Event", "Respondent", "Last time", "Now", "Took", "Since last time")
_CAPTURED, _EVENT, _NOW, _TOOK, _SINCE = 1, 2, 5, 6, 7

Shown = tuple[AttemptRow, Since | None, Cells]


class ReplayProgress(QWidget):
    """Numbers, a bar, and the newest attempts on top."""

    chosen = Signal(object)
    """The attempt whose answer is to be compared with the one before it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._drawn: Callable[[str], str] = str
        self._shown: list[Shown] = []
        """Newest first; what the table shows is chosen of it."""
        self._visible: list[AttemptRow] = []
        self._number = 0
        self._title = Label(theme, "Not started yet", px=15, weight=600)
        self._rate = Label(theme, px=12, tone="text2")
        self.pause = Button(theme, "Pause", icon="pause", key="Space")
        self.pause.setMinimumWidth(self.pause.sizeHint().width())  # whatever it says
        self.pause.setEnabled(False)
        self.stop = Button(theme, "Stop", icon="stop")
        self.stop.setEnabled(False)
        self._bar = _Bar(theme)
        self._counts = Label(theme, px=12, tone="text2")
        self.since = SinceCounts(theme)
        self.since.chosen.connect(self._filter)
        self._times = Times(theme)
        self.histogram = self._times.histogram
        self._skipped = FlowText(theme, font=theme.font(12), tone="text2")
        self._skipped.hide()
        self._model = RowModel(_TITLES, right=frozenset({0, 6}), loud_column=_NOW, parent=self)
        self.table = Table(theme, self._model, "Attempts of this replay")
        self.table.set_widths(60, 76, 88, 92, 72, 92, 84)
        self.table.give_way(_CAPTURED, _TOOK, _EVENT, last=112)
        self._delegate = SinceDelegate(theme, self.table)
        self.table.setItemDelegateForColumn(_SINCE, self._delegate)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self._sentence = FlowText(theme, font=theme.font(12.5))
        self._comparison = ComparisonView(theme, "Both answers, line by line")
        self._comparison.setFixedHeight(px(150))
        self._comparison.hide()
        self.trouble = FlowText(theme, font=theme.font(12.5, 500), tone="invalid")
        self.trouble.hide()
        top = QHBoxLayout()
        top.setSpacing(px(12))
        top.addWidget(self._title)
        top.addWidget(self._rate, 1)
        top.addWidget(self.pause)
        top.addWidget(self.stop)
        counts = QHBoxLayout()
        counts.setSpacing(px(12))
        counts.addWidget(self._counts, 1)
        counts.addWidget(self._times)
        head = QVBoxLayout()
        head.setContentsMargins(px(20), px(14), px(20), px(10))
        head.setSpacing(px(8))
        head.addLayout(top)
        head.addWidget(self._bar)
        head.addLayout(counts)
        head.addWidget(self.since)
        head.addWidget(self._skipped)
        head.addWidget(self.trouble)
        below = QVBoxLayout()
        below.setContentsMargins(px(20), px(10), px(20), px(10))
        below.addWidget(self._sentence)
        below.addWidget(self._comparison)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(Hairline(theme))
        layout.addWidget(self.table, 1)
        layout.addWidget(Hairline(theme))
        layout.addLayout(below)
        self.say("Each attempt is kept with its capture, under Attempts.")

    def begin(self) -> None:
        """A run begins: nothing has been sent yet."""
        self._shown, self._visible, self._number = [], [], 0
        self._model.show_rows([])
        self.since.begin()
        self._times.begin()
        self._comparison.hide()
        self.say("Each attempt is kept with its capture, under Attempts.")
        self.tell("")
        for button in (self.pause, self.stop):
            button.setEnabled(True)

    def say(self, sentence: str) -> None:
        """Say below the table what is to come, or what has come of it."""
        self._sentence.show_text(sentence)

    def tell(self, trouble: str) -> None:
        """Say what ended the run, or kept it from beginning."""
        self.trouble.show_text(trouble)
        self.trouble.setVisible(bool(trouble))

    def show_progress(self, progress: Progress, elapsed_s: float) -> None:
        """Show how far it is."""
        done = progress.sent + progress.skipped
        total = progress.total
        self._title.setText(f"{done:,} of {total:,}")
        parts = [f"{done * 100 // total if total else 100} %"]
        if progress.sent and elapsed_s > 0:
            parts.append(f"{progress.sent / elapsed_s:,.1f}/s")
        if progress.state != "running":
            parts.append(progress.state)
        elif progress.seconds_left is not None:
            parts.append(f"{span(progress.seconds_left)} left")
        self._rate.setText("  ·  ".join(parts))
        self._bar.show_share(done / total if total else 1.0)
        self._counts.setText(
            f"{progress.succeeded:,} answered 2xx   ·   {progress.failed:,} failed"
            f"   ·   {progress.skipped:,} skipped"
        )
        said = " ".join(f"{count:,} skipped: {visible(why)}" for why, count in progress.skipped_because)
        self._skipped.show_text(said)
        self._skipped.setVisible(bool(said))
        is_paused = progress.state == "paused"
        self.pause.show_as("Go on" if is_paused else "Pause", "play" if is_paused else "pause")

    def end(self, trouble: str) -> None:
        """It is over; `trouble` is what ended it early, or empty."""
        self.pause.setEnabled(False)
        self.stop.setEnabled(False)
        self.tell(trouble)

    def show_times(self, summary: PlanSummary) -> None:
        """Show how long answers took so far."""
        self._times.show_times(summary)

    def show_summary(self, summary: PlanSummary) -> None:
        """Show how long answers took, and what the receiver did with faults."""
        self._times.show_times(summary)
        if (said := summary_text(summary)) and not self._comparison.isVisible():
            self.say(said)

    def add(
        self,
        attempts: Sequence[AttemptRow],
        rows: Mapping[int, CaptureRow],
        compared: Mapping[int, Compared],
    ) -> None:
        """Add what has been attempted since; of many at once the newest alone are worth a row."""
        words = [compared[one.id].since if one.id in compared else None for one in attempts]
        self.since.add(words)
        self._number += max(0, len(attempts) - MAX_ROWS)
        for attempt, word in list(zip(attempts, words, strict=True))[-MAX_ROWS:]:
            self._number += 1
            row = rows.get(attempt.capture_id)
            cells = _cells(self._number, attempt, row, compared.get(attempt.id))
            self._shown.insert(0, (attempt, word, cells))
            if self.since.since in (None, word):
                self._visible.insert(0, attempt)
                self._model.prepend(cells, MAX_ROWS)
        del self._shown[MAX_ROWS:]
        del self._visible[MAX_ROWS:]

    @property
    def capture_ids(self) -> list[int]:
        """The captures that the table tells of."""
        return [attempt.capture_id for attempt, _, _ in self._shown]

    def draw_again(self, rows: Mapping[int, CaptureRow]) -> None:
        """Tell of the captures in the table as `rows` have them now."""
        self._shown = [
            (attempt, word, _of_capture(cells, rows.get(attempt.capture_id)))
            for attempt, word, cells in self._shown
        ]
        self._filter(self.since.since)
        self.say(self._drawn(self._sentence.toPlainText()))

    def draw_sentences_by(self, drawn: Callable[[str], str]) -> None:
        """Have what is drawn of a sentence that may name a target decided by `drawn`."""
        self._drawn = drawn

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show the answer of the chosen attempt beside the one before it; null where there is none."""
        self._comparison.setVisible(comparison is not None)
        if comparison is not None:
            self._comparison.show_comparison(comparison)

    @Slot(object)
    def _filter(self, since: Since | None) -> None:
        chosen = [one for one in self._shown if since in (None, one[1])]
        self._visible = [attempt for attempt, _, _ in chosen]
        self._model.show_rows([cells for _, _, cells in chosen])

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._visible):
            attempt = self._visible[current.row()]
            self.say(self._drawn(outcome_sentence(attempt)))
            self.chosen.emit(attempt)


def _cells(number: int, attempt: AttemptRow, row: CaptureRow | None, compared: Compared | None) -> Cells:
    before = "–" if compared is None or compared.before is None else outcome_word(compared.before)
    since = "–" if compared is None or compared.since is None else SINCE_TEXT[compared.since]
    mark = "" if attempt.outcome == "ok" else LOUD
    blank = (f"{number:,}", *("–",) * 3, before, outcome_word(attempt), elapsed_text(attempt), since, mark)
    return _of_capture(blank, row)


def _of_capture(cells: Cells, row: CaptureRow | None) -> Cells:
    """The cells of an attempt with what they tell of its capture, where that is there."""
    if row is None:
        return cells
    order = "" if row.question_order is None else f" {row.question_order}"
    what = {"response_group": "Completion", "answer": f"Answer{order}"}.get(row.event, "Unknown")
    who = shortened(visible(row.user_id or "–"), 60)
    return (cells[0], short_time(row.received_ms), what, who, *cells[4:])


class _Bar(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self.setFixedHeight(theme.px(10))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        self._share = share
        self.setAccessibleName(f"{share:.0%} done")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setBrush(self._theme.color("accent_fill"))
        painter.setClipRect(QRectF(0, 0, self.width() * self._share, self.height()))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
