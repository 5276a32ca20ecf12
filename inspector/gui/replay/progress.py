"""The right of the Replay window: progress, each outcome, and the response of the selected attempt."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.clock import short_time
from inspector.base.quantity import duration_text
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptRow, CaptureRow
from inspector.domain.replay.attempt import SINCE_TEXT
from inspector.gui.detail.attempt_change import SinceDelegate
from inspector.gui.detail.attempt_text import elapsed_text, outcome_sentence, outcome_word
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import at, column, grow, row
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.table import LOUD, Cells, RowModel, Table
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.counts import OUTCOME_WORDS, SINCE_WORDS, Counts, Times
from inspector.gui.replay.text import summary_text
from inspector.session.replays import PlanSummary, Progress
from inspector.session.requests import ComparedAttempt
from inspector.session.session import Session

MAX_ROWS = 500
_TITLES = ("#", "Captured", "Event", "Respondent", "Last time", "Now", "Took", "Since last time")
_CAPTURED, _EVENT, _NOW, _TOOK, _SINCE = 1, 2, 5, 6, 7

Shown = tuple[AttemptRow, Cells]


class ReplayProgress(QWidget):
    """Counts, a bar, and a table with the newest attempts on top."""

    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._drawn: Callable[[str], str] = str
        self._newest: dict[str | None, deque[Shown]] = {}
        """The newest attempts, newest first, of all and of each count. So the few early failures of a long
        replay can still be listed at its end."""
        self._visible: list[AttemptRow] = []
        self._number = 0
        self._total = 0
        self._title = Label(theme, "Not started yet", px=15, weight=600)
        self.rate = Label(theme, px=12, tone="text2")
        self.pause = Button(theme, "Pause", icon="pause", key="Space")
        self.pause.setMinimumWidth(self.pause.sizeHint().width())  # the same width for every text
        self.pause.setEnabled(False)
        self.stop = Button(theme, "Stop", icon="stop")
        self.stop.setEnabled(False)
        self._bar = ProgressBar(theme, is_large=True)
        self.outcomes = Counts(theme, OUTCOME_WORDS)
        self.outcomes.selected.connect(self._filter_by_outcome)
        self._skips = Label(theme, px=12, tone="text2")
        self.since = Counts(theme, SINCE_WORDS)
        self.since.selected.connect(self._filter_by_since)
        self.times = Times(theme)
        self.histogram = self.times.histogram
        self.skipped = FlowText(theme, font=theme.font(12), tone="text2")
        self.skipped.hide()
        self.model = RowModel(_TITLES, right=frozenset({0, 6}), loud_column=_NOW, parent=self)
        self.table = Table(theme, self.model, "Attempts of this replay")
        self.table.set_widths(60, 76, 88, 92, 72, 92, 84)
        self.table.give_way(_CAPTURED, _TOOK, _EVENT, last=132)
        self._delegate = SinceDelegate(theme, self.table)
        self.table.setItemDelegateForColumn(_SINCE, self._delegate)
        self.table.selectionModel().currentRowChanged.connect(self._attempt_selected)
        self.sentence = FlowText(theme, font=theme.font(12.5))
        self.response_view = ResponseView(session, theme, mask, has_status=True, explains=True, compares=True)
        self.response_view.setFixedHeight(px(190))
        self.response_view.reason_requested.connect(self.reason_requested)
        self.response_view.hide()
        self.error = FlowText(theme, font=theme.font(12.5, 500), tone="invalid")
        self.error.hide()
        head = column(
            theme,
            row(theme, self._title, grow(self.rate), self.pause, self.stop, spacing=12),
            self._bar,
            row(theme, self.outcomes, grow(self._skips), spacing=12),
            at(Qt.AlignmentFlag.AlignLeft, self.since),
            at(Qt.AlignmentFlag.AlignLeft, self.times),
            self.skipped,
            self.error,
            spacing=8,
            margins=(20, 14, 20, 10),
        )
        below = column(theme, self.sentence, margins=(20, 10, 20, 10))
        parts = (grow(self.table), Hairline(theme), below, self.response_view)
        column(theme, head, Hairline(theme), *parts, on=self)
        self.show_sentence("Each attempt is stored with its capture, under Attempts.")

    @property
    def title(self) -> str:
        """The progress as text: `1 of 12`."""
        return self._title.text()

    @property
    def counts(self) -> str:
        """The counts above the table, as shown."""
        return ", ".join(filter(None, (self.outcomes.text, self._skips.text())))

    @property
    def response(self) -> str:
        """The response of the selected attempt, as shown; empty without one."""
        return "" if self.response_view.isHidden() else self.response_view.text

    def listed(self, column: int) -> list[str]:
        """Return the texts of one column of the table."""
        return [self.model.index(row, column).data() for row in range(self.model.rowCount())]

    def begin(self) -> None:
        """Show that a run has started and nothing has been sent yet."""
        self._newest, self._visible, self._number = {}, [], 0
        self.model.show_rows([])
        for counts in (self.outcomes, self.since):
            counts.begin()
        self.times.begin()
        self._show_response(None)
        self.show_sentence("Each attempt is stored with its capture, under Attempts.")
        self.notify("")
        for button in (self.pause, self.stop):
            button.setEnabled(True)

    def show_sentence(self, sentence: str) -> None:
        """Show below the table what will happen, or the result."""
        self.sentence.show_text(sentence)

    def notify(self, problem: str) -> None:
        """Show why the run ended or could not start; an empty text hides it."""
        self.error.show_text(problem)
        self.error.setVisible(bool(problem))

    def show_progress(self, progress: Progress, elapsed_s: float) -> None:
        """Show the progress of the run after `elapsed_s`."""
        done = progress.sent + progress.skipped
        total = self._total = progress.total
        self._title.setText(f"{done:,} of {total:,}")
        parts = [f"{done * 100 // total if total else 100} %"]
        if progress.sent and elapsed_s > 0:
            parts.append(f"{progress.sent / elapsed_s:,.1f}/s")
        if progress.state != "running":
            parts.append(progress.state)
        elif progress.seconds_left is not None:
            parts.append(f"{duration_text(round(progress.seconds_left) * 1000)} left")
        self.rate.setText("  ·  ".join(parts))
        self._bar.show_part(share := done / total if total else 1.0)
        self._bar.setAccessibleName(f"{share:.0%} done")
        self.outcomes.show_counts(
            {
                "succeeded": progress.succeeded - progress.accepted,
                "rejected": progress.rejected,
                "accepted": progress.accepted,
                "failed": progress.failed - progress.rejected,
            }
        )
        skipped = progress.skipped - progress.dropped
        self._skips.setText(f"{skipped:,} skipped" if skipped else "")
        lines = " ".join(f"{count:,} skipped: {visible(why)}" for why, count in progress.skipped_because)
        self.skipped.show_text(lines)
        self.skipped.setVisible(bool(lines))
        is_paused = progress.state == "paused"
        self.pause.show_as("Resume" if is_paused else "Pause", "play" if is_paused else "pause")

    def end(self, problem: str) -> None:
        """Show that the run is over; `problem` is why it ended early, or empty."""
        self.pause.setEnabled(False)
        self.stop.setEnabled(False)
        self.notify(problem)

    def show_times(self, summary: PlanSummary) -> None:
        """Show the response times so far."""
        self.times.show_times(summary)

    def show_summary(self, summary: PlanSummary) -> None:
        """Show the response times, and what the receiver did with faults."""
        self.times.show_times(summary)
        if (lines := summary_text(summary)) and not self.response_view.isVisible():
            self.show_sentence(lines)

    def add(
        self,
        attempts: Sequence[AttemptRow],
        rows: Mapping[int, CaptureRow],
        compared: Mapping[int, ComparedAttempt],
    ) -> None:
        """Add new attempts. If there are too many for the table, only those of `worth_a_row` get a row."""
        words = [compared[one.id].since if one.id in compared else None for one in attempts]
        self.since.show_counts(Counter(self.since.counts) + Counter(word for word in words if word))
        shown = {attempt.id for attempt in worth_a_row(attempts)}
        for attempt, word in zip(attempts, words, strict=True):
            self._number += 1
            if attempt.id not in shown:
                continue
            cells = _cells(self._number, attempt, rows.get(attempt.capture_id), compared.get(attempt.id))
            keys = {None, outcome_key(attempt), word}
            for key in keys:
                self._newest.setdefault(key, deque(maxlen=MAX_ROWS)).appendleft((attempt, cells))
            if self._key in keys:
                self._visible.insert(0, attempt)
                self.model.prepend(cells, MAX_ROWS)
        del self._visible[MAX_ROWS:]
        if self._total == 1 and self._visible:
            self.table.selectRow(0)  # it is the only row

    @property
    def _key(self) -> str | None:
        return self.outcomes.key or self.since.key

    @property
    def capture_ids(self) -> list[int]:
        """The captures in the table, regardless of its filter."""
        return sorted({attempt.capture_id for newest in self._newest.values() for attempt, _ in newest})

    def draw_again(self, rows: Mapping[int, CaptureRow]) -> None:
        """Show the captures in the table as `rows` have them now."""
        for newest in self._newest.values():
            for place, (attempt, cells) in enumerate(newest):
                newest[place] = attempt, _of_capture(cells, rows.get(attempt.capture_id))
        self._show_newest()
        self.show_sentence(self._drawn(self.sentence.toPlainText()))

    def draw_sentences_by(self, drawn: Callable[[str], str]) -> None:
        """Hide masked values in sentences that may name a target, with `drawn`."""
        self._drawn = drawn

    def _show_response(self, attempt: AttemptRow | None) -> None:
        """Show the response of the selected attempt, with what changed in it; None hides it."""
        self.response_view.setVisible(attempt is not None and attempt.status is not None)
        self.response_view.show_attempt(attempt)

    @Slot(object)
    def _filter_by_outcome(self, _: object) -> None:
        self.since.release()
        self._show_newest()

    @Slot(object)
    def _filter_by_since(self, _: object) -> None:
        self.outcomes.release()
        self._show_newest()

    def _show_newest(self) -> None:
        selected = self._selected
        newest = self._newest.get(self._key, ())
        self._visible = [attempt for attempt, _ in newest]
        self.model.show_rows([cells for _, cells in newest])
        if selected in self._visible:
            self.table.selectRow(self._visible.index(selected))
        elif selected is not None:  # a response without its row would seem to belong to another one
            self.show_sentence("")
            self._show_response(None)

    @property
    def _selected(self) -> AttemptRow | None:
        row = self.table.currentIndex().row()
        is_selected = self.table.selectionModel().hasSelection() and 0 <= row < len(self._visible)
        return self._visible[row] if is_selected else None

    @Slot(QModelIndex, QModelIndex)
    def _attempt_selected(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._visible):
            attempt = self._visible[current.row()]
            self.show_sentence(self._drawn(outcome_sentence(attempt)))
            self._show_response(attempt)


def outcome_key(attempt: AttemptRow) -> str:
    """Return the key of OUTCOME_WORDS under which an attempt is counted."""
    if attempt.outcome == "ok":
        return "succeeded" if attempt.is_expected else "accepted"
    return "rejected" if attempt.is_expected else "failed"


def worth_a_row(attempts: Sequence[AttemptRow]) -> list[AttemptRow]:
    """Return the newest attempts and the newest unexpected ones, so that some of these are among the last
    hundreds."""
    failed = [attempt for attempt in attempts if not attempt.is_expected]
    return [*failed[-MAX_ROWS:], *attempts[-MAX_ROWS:]]


def _cells(
    number: int, attempt: AttemptRow, row: CaptureRow | None, compared: ComparedAttempt | None
) -> Cells:
    before = "–" if compared is None or compared.before is None else outcome_word(compared.before)
    since = "–" if compared is None or compared.since is None else SINCE_TEXT[compared.since]
    mark = "" if attempt.is_expected else LOUD
    blank = (f"{number:,}", *("–",) * 3, before, outcome_word(attempt), elapsed_text(attempt), since, mark)
    return _of_capture(blank, row)


def _of_capture(cells: Cells, row: CaptureRow | None) -> Cells:
    """Return the cells of an attempt with those of its capture, if the capture is stored."""
    if row is None:
        return cells
    order = "" if row.question_order is None else f" {row.question_order}"
    what = {"response_group": "Completion", "answer": f"Answer{order}"}.get(row.event, "Unknown")
    who = shortened(visible(row.user_id or "–"), 60)
    return (cells[0], short_time(row.received_ms), what, who, *cells[4:])
