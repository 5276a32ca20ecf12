"""Work in progress in the status line: what it is, how much of it is done, and a link that stops it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.base.visible import shortened, visible
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import row
from inspector.gui.kit.links import Link
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.session.replays import Progress, Run
from inspector.session.session import Session
from inspector.session.verification import VerificationProgress


class WorkStatus(QWidget):
    """`Exporting 1,200 of 12,408`, with Stop; hidden while there is no work."""

    stop_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._bar = ProgressBar(theme, self)
        self.stop = Link(theme, "Stop", parent=self)
        self.stop.clicked.connect(self.stop_clicked)
        row(theme, *(self._text, self._bar, self.stop), spacing=8, on=self)
        self.hide()

    @property
    def text(self) -> str:
        """The work and its numbers, as shown."""
        return self._text.text()

    def name_stop(self, name: str) -> None:
        """Say what the link stops, where several are next to each other."""
        self.stop.setAccessibleName(name)
        self.stop.setToolTip(plain_tip(name))

    @Slot(str, object)
    def show_part(self, what: str, part: float | None) -> None:
        """Show the work and how much of it is done, from 0 to 1; None if that is not known."""
        self._text.setText(what)
        if not self.stop.toolTip():
            self.stop.setAccessibleName(f"Stop {what.partition(' ')[0].lower()}")
        self._bar.setVisible(part is not None)
        if part is not None:
            self._bar.show_part(part)
        self.show()


_MOST = 2
"""Replays with a bar of their own: more leave no room for the counts in a small window."""
_LONGEST = 40


class RunStatus(QWidget):
    """The replays in progress, newest first; hidden while there are none."""

    ended = Signal(str)
    """The result of a replay, as a sentence; emitted once for each."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: dict[Run, _RunRow] = {}
        self._more = Label(theme, px=12, tone="text2", parent=self)
        self._more.hide()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.px(16))
        self._row.addWidget(self._more)
        self.hide()

    @property
    def rows(self) -> tuple[WorkStatus, ...]:
        """What is shown of each replay that has its own bar."""
        return tuple(self._rows.values())

    @property
    def more(self) -> str:
        """`and 2 more`, if not all fit."""
        return self._more.text()

    @Slot(object)
    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these, in the order of their start, and no others."""
        shown = runs[-_MOST:][::-1]
        for run in [run for run in self._rows if run not in shown]:
            self._rows.pop(run).deleteLater()
        self._rows = {run: self._rows.get(run) or self._added(run, place) for place, run in enumerate(shown)}
        for run, row in self._rows.items():
            row.show_progress(run.progress)
        others = runs[:-_MOST]
        self._more.setText(f"and {len(others):,} more")
        self._more.setToolTip(plain_tip(", ".join(_replay_text(run.progress) for run in others)))
        self._more.setVisible(bool(others))
        self.setVisible(bool(runs))

    def _added(self, run: Run, place: int) -> _RunRow:
        row = _RunRow(self._theme, run, self)
        self._row.insertWidget(place, row)
        return row

    @Slot(object)
    def announce(self, run: Run) -> None:
        """Emit the result of a replay that has ended."""
        self.ended.emit(outcome(run.progress))


class _RunRow(WorkStatus):
    def __init__(self, theme: Theme, run: Run, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._run = run
        self.name_stop(f"Stop the replay to {shortened(visible(run.plan.target.netloc), _LONGEST)}")
        self.stop_clicked.connect(self._stop_run)

    def show_progress(self, progress: Progress) -> None:
        done = progress.sent + progress.skipped
        self.show_part(_replay_text(progress), done / progress.total if progress.total else 1.0)

    @Slot()
    def _stop_run(self) -> None:
        self._run.stop()


def _replay_text(progress: Progress) -> str:
    paused = ", paused" if progress.state == "paused" else ""
    return f"Replay {progress.sent + progress.skipped:,} of {progress.total:,}{paused}"


def outcome(progress: Progress) -> str:
    """`Replayed 30 of 30: 29 answered 2xx, 1 failed.`"""
    parts = [part for part in progress.counts("answered 2xx") if part != "0 failed"]
    if skipped := progress.skipped - progress.dropped:
        parts.append(f"{skipped:,} skipped")
    verb = "Stopped after" if progress.state == "stopped" else "Replayed"
    return f"{verb} {progress.sent:,} of {progress.total:,}: {', '.join(parts)}."


_SHORT = 200
"""A check of no more captures is over before one could read of it."""


class CheckStatus(QWidget):
    """`Checking 1,200 of 12,408`, with Stop; once stopped, Resume; after other secrets, Check again."""

    check_clicked = Signal()
    """The user wants everything checked again."""
    ended = Signal(str)
    """A sentence on what became of it."""

    def __init__(self, theme: Theme, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._verification = session.verification
        self._stopped_at: VerificationProgress | None = None
        self._is_offer = False
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._bar = ProgressBar(theme, self)
        self._link = Link(theme, "Stop", parent=self)
        self._link.clicked.connect(self._stop_or_go_on)
        row(theme, *(self._text, self._bar, self._link), spacing=8, on=self)
        self.hide()
        SignalBatcher(self._verification.progressed, self).passed.connect(self.show_progress)
        SignalBatcher(session.secrets.changed, self).passed.connect(self.offer)
        if self._verification.progress is not None:
            self.show_progress(self._verification.progress)
        self.offer()

    @Slot()
    def offer(self) -> None:
        """Offer to check again if stored verdicts are of other secrets than the active ones."""
        progress = self._verification.progress
        if progress is None or progress.is_done:
            self._is_offer = self._verification.is_outdated
            if self._is_offer:
                self._text.setText("Stored verdicts are of other secrets")
                self._link.show_text("Check again")
                self._link.setAccessibleName("Check everything again with the current secrets")
                self._link.setEnabled(True)
                self._bar.hide()
            self.setVisible(self._is_offer)

    @Slot(object)
    def show_progress(self, progress: VerificationProgress) -> None:
        """How far it is now; a burst of announcements shows the last alone."""
        if progress is not self._stopped_at:
            self._stopped_at = None  # it goes on, or began anew
        is_stopped = self._stopped_at is not None
        done = f"{progress.done:,} of {progress.total:,}"
        self._is_offer = False
        if progress.is_done:
            self.hide()
            self.offer()
            many = "" if progress.total == 1 else "s"
            changed = f"{progress.changed:,} changed" if progress.changed else "nothing changed"
            self.ended.emit(f"Checked {progress.total:,} capture{many} again: {changed}.")
            return
        self._text.setText(f"Stopped checking at {done}" if is_stopped else f"Checking {done}")
        self._bar.show()
        self._bar.show_part(progress.done / progress.total if progress.total else 1.0)
        self._link.show_text("Resume" if is_stopped else "Stop")
        self._link.setAccessibleName("Resume checking" if is_stopped else "Stop checking")
        self._link.setEnabled(True)
        self.setVisible(is_stopped or progress.total > _SHORT)

    @Slot()
    def _stop_or_go_on(self) -> None:
        if self._is_offer:
            self.check_clicked.emit()
            return
        if self._stopped_at is not None:
            self._verification.resume()
            self._link.setEnabled(False)  # until it says how far it is
            return
        self._verification.stop()
        self._stopped_at = self._verification.progress
        if self._stopped_at is not None:
            self.show_progress(self._stopped_at)


class DiagnosisStatus(QWidget):
    """`31 not examined yet`, with Diagnose all; nothing while none is left."""

    diagnose_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._link = Link(theme, "Diagnose all", parent=self)
        self._link.setAccessibleName("Diagnose all invalid signatures")
        self._link.clicked.connect(self.diagnose_clicked)
        row(theme, self._text, self._link, spacing=8, on=self)
        self.left = 0
        """How many invalid captures were not examined yet."""
        self.hide()

    def show_left(self, left: int, is_all: bool) -> None:
        """So many are left, of which all are being examined or only those that arrived last."""
        self.left = left
        self._text.setText(f"Seeking causes, {left:,} left" if is_all else f"{left:,} not examined yet")
        self._link.setVisible(not is_all)
        self.setVisible(left > 0)
