"""The right of the Replay window: how far it is, what became of each, and the words for a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.clock import local_time
from inspector.base.visible import shortened, visible
from inspector.domain.rows import AttemptRow, CaptureRow
from inspector.gui.buttons import Button
from inspector.gui.detail.flow_text import FlowText
from inspector.gui.detail.outcomes import elapsed_text, outcome_sentence, outcome_word
from inspector.gui.detail.table import LOUD, Cells, RowModel, Table
from inspector.gui.labels import Hairline, Label
from inspector.gui.theme import Theme
from inspector.session.plan import Progress

MAX_ROWS = 500
_TITLES = ("#", "Captured", "Event", "Respondent", "Answered", "Took")


class ReplayProgress(QWidget):
    """Numbers, a bar, and the newest attempts on top."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._attempts: list[AttemptRow] = []
        self._number = 0
        self._title = Label(theme, "Not started yet", px=15, weight=600)
        self._rate = Label(theme, px=12, tone="text2")
        self.stop = Button(theme, "Stop", icon="stop")
        self.stop.setEnabled(False)
        self._bar = _Bar(theme)
        self._counts = Label(theme, px=12, tone="text2")
        self._skipped = FlowText(theme, font=theme.font(12), tone="text2")
        self._skipped.hide()
        self._model = RowModel(_TITLES, right=frozenset({0, 5}), loud_column=4, parent=self)
        self._table = Table(theme, self._model, "Attempts of this replay")
        self._table.set_widths(56, 84, 92, 140, 96)
        self._table.selectionModel().currentRowChanged.connect(self._chosen)
        self._sentence = FlowText(theme, font=theme.font(12.5))
        self.trouble = FlowText(theme, font=theme.font(12.5, 500), tone="invalid")
        self.trouble.hide()
        top = QHBoxLayout()
        top.setSpacing(px(12))
        top.addWidget(self._title)
        top.addWidget(self._rate, 1)
        top.addWidget(self.stop)
        head = QVBoxLayout()
        head.setContentsMargins(px(20), px(14), px(20), px(10))
        head.setSpacing(px(8))
        head.addLayout(top)
        head.addWidget(self._bar)
        head.addWidget(self._counts)
        head.addWidget(self._skipped)
        head.addWidget(self.trouble)
        below = QVBoxLayout()
        below.setContentsMargins(px(20), px(10), px(20), px(10))
        below.addWidget(self._sentence)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(Hairline(theme))
        layout.addWidget(self._table, 1)
        layout.addWidget(Hairline(theme))
        layout.addLayout(below)
        self._sentence.show_text("Each attempt is kept with its capture, under Attempts.")

    def begin(self) -> None:
        """A run begins: nothing has been sent yet."""
        self._attempts, self._number = [], 0
        self._model.show_rows([])
        self.tell("")

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
        if progress.is_done:
            parts.append("stopped" if progress.state == "stopped" else "done")
        elif progress.seconds_left is not None:
            parts.append(f"{_span(progress.seconds_left)} left")
        self._rate.setText("  ·  ".join(parts))
        self._bar.show_share(done / total if total else 1.0)
        self._counts.setText(
            f"{progress.succeeded:,} answered 2xx   ·   {progress.failed:,} failed"
            f"   ·   {progress.skipped:,} skipped"
        )
        said = " ".join(f"{count:,} skipped: {visible(why)}" for why, count in progress.skipped_because)
        self._skipped.show_text(said)
        self._skipped.setVisible(bool(said))
        self.stop.setEnabled(not progress.is_done)

    def add(self, attempts: Sequence[AttemptRow], rows: Mapping[int, CaptureRow]) -> None:
        """Add what has been attempted since; of many at once the newest alone are worth a row."""
        self._number += max(0, len(attempts) - MAX_ROWS)
        for attempt in attempts[-MAX_ROWS:]:
            self._number += 1
            self._attempts.insert(0, attempt)
            self._model.prepend(_cells(self._number, attempt, rows.get(attempt.capture_id)), MAX_ROWS)
        del self._attempts[MAX_ROWS:]

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._attempts):
            self._sentence.show_text(f"{outcome_sentence(self._attempts[current.row()])}")


def _cells(number: int, attempt: AttemptRow, row: CaptureRow | None) -> Cells:
    when = what = who = "–"
    if row is not None:
        when = f"{local_time(row.received_ms):%H:%M:%S}"
        order = "" if row.question_order is None else f" {row.question_order}"
        what = {"response_group": "Completion", "answer": f"Answer{order}"}.get(row.event, "Unknown")
        who = shortened(visible(row.user_id or "–"), 60)
    mark = "" if attempt.outcome == "ok" else LOUD
    return f"{number:,}", when, what, who, outcome_word(attempt), elapsed_text(attempt), mark


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
    )


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
