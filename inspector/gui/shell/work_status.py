"""Work in progress in the status bar: its name, its progress, and a link that stops it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.visible import shortened, visible
from inspector.gui.inbox.inbox_view import InboxView
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import row
from inspector.gui.kit.links import Link
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.session.replays import Progress, Run
from inspector.session.session import Session
from inspector.session.signature.verification import VerificationProgress

_MOST_RUNS = 2
"""Maximum replays with their own bar. More would hide the counts in a small window."""
_LONGEST = 40
_UNDO_MS = 30_000
_LONGEST_CHANGE = 60
_SHORT_RUN = 200
"""A check of at most this many captures ends before anyone could read about it."""


class WorkStatus(QWidget):
    """The progress of some work, `Exporting 1,200 of 12,408`, with Stop. Hidden without work."""

    link_clicked = Signal()
    """The link at the end was clicked: usually Stop."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._bar = ProgressBar(theme, self)
        self.link = Link(theme, "Stop", parent=self)
        self.link.clicked.connect(self.link_clicked)
        row(theme, self._text, self._bar, self.link, spacing=8, on=self)
        self.hide()

    @property
    def text(self) -> str:
        """The work and its numbers, as shown."""
        return self._text.text()

    def name_stop(self, name: str) -> None:
        """Name what the link stops, if several are next to each other."""
        self.link.setAccessibleName(name)
        self.link.setToolTip(plain_tip(name))

    @Slot(str, object)
    def show_part(self, what: str, part: float | None) -> None:
        """Show the work and its progress from 0 to 1, or None if that is unknown."""
        self._text.setText(what)
        if not self.link.toolTip():
            self.link.setAccessibleName(f"Stop {what.partition(' ')[0].lower()}")
        self._bar.setVisible(part is not None)
        if part is not None:
            self._bar.show_part(part)
        self.show()


class RunStatus(QWidget):
    """The replays in progress, newest first. Hidden without any."""

    ended = Signal(str)
    """The result of a replay as a sentence, emitted once per replay."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: dict[Run, _RunRow] = {}
        self._more = Label(theme, px=12, tone="text2", parent=self)
        self._more.hide()
        self._row = row(theme, self._more, spacing=16, on=self)
        self.hide()

    @property
    def rows(self) -> tuple[WorkStatus, ...]:
        """The replays that have their own bar."""
        return tuple(self._rows.values())

    @property
    def more(self) -> str:
        """`and 2 more`, if not all replays have a bar."""
        return self._more.text()

    @Slot(object)
    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show exactly these replays; `runs` are in the order of their start."""
        shown = runs[-_MOST_RUNS:][::-1]
        for run in [run for run in self._rows if run not in shown]:
            self._rows.pop(run).deleteLater()
        self._rows = {run: self._rows.get(run) or self._added(run, place) for place, run in enumerate(shown)}
        for run, run_row in self._rows.items():
            run_row.show_progress(run.progress)
        others = runs[:-_MOST_RUNS]
        self._more.setText(f"and {len(others):,} more")
        self._more.setToolTip(plain_tip(", ".join(_replay_text(run.progress) for run in others)))
        self._more.setVisible(bool(others))
        self.setVisible(bool(runs))

    def _added(self, run: Run, place: int) -> _RunRow:
        added = _RunRow(self._theme, run, self)
        self._row.insertWidget(place, added)
        return added

    @Slot(object)
    def announce(self, run: Run) -> None:
        """Emit the result of a replay that has ended."""
        self.ended.emit(outcome(run.progress))


class _RunRow(WorkStatus):
    def __init__(self, theme: Theme, run: Run, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._run = run
        self.name_stop(f"Stop the replay to {shortened(visible(run.plan.target.netloc), _LONGEST)}")
        self.link_clicked.connect(self._stop_run)

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
    """Return the result of a replay: `Replayed 30 of 30: 29 succeeded, 1 failed.`"""
    parts = [part for part in progress.counts("succeeded") if part != "0 failed"]
    if skipped := progress.skipped - progress.dropped:
        parts.append(f"{skipped:,} skipped")
    verb = "Stopped at" if progress.state == "stopped" else "Replayed"
    return f"{verb} {progress.sent:,} of {progress.total:,}: {', '.join(parts)}."


class VerificationStatus(WorkStatus):
    """The progress of a re-verification, `Re-verifying 1,200 of 12,408…`, with Stop. The link becomes Resume
    when stopped, Undo after a change of the secrets, and Re-verify if the verdicts have other secrets."""

    reverify_clicked = Signal()
    """The user wants to re-verify all captures."""
    undo_clicked = Signal()
    """The user wants to undo the last change of the secrets."""
    ended = Signal(str)
    """The result, as a sentence."""

    def __init__(self, theme: Theme, session: Session, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._verification = session.verification
        self._stopped_at: VerificationProgress | None = None
        self._is_suggestion = False
        self._changes = session.secret_changes
        self._undone = self._changes.last
        """The change that Undo was shown for last."""
        self._is_undo = False
        self._forget_undo = QTimer(self)
        self._forget_undo.setSingleShot(True)
        self._forget_undo.setInterval(_UNDO_MS)
        self._forget_undo.timeout.connect(self._hide_undo)
        SignalBatcher(self._changes.changed, self).passed.connect(self._hide_undo)
        self.link_clicked.connect(self._stop_or_resume)
        SignalBatcher(self._verification.progressed, self).passed.connect(self.show_progress)
        SignalBatcher(session.secrets.changed, self).passed.connect(self.suggest)
        if self._verification.progress is not None:
            self.show_progress(self._verification.progress)
        self.suggest()

    @Slot()
    def suggest(self) -> None:
        """Suggest a check if the stored verdicts come from other secrets than the active ones."""
        progress = self._verification.progress
        if (progress is None or progress.is_done) and not self._is_undo:
            self._is_suggestion = self._verification.is_outdated
            if self._is_suggestion:
                self._text.setText("Some verdicts were made with other secrets.")
                self._show_link("Re-verify", "Re-verify all captures with the current secrets")
                self._bar.hide()
            self.setVisible(self._is_suggestion)

    @Slot(object)
    def show_progress(self, progress: VerificationProgress) -> None:
        """Show the current progress."""
        if progress is not self._stopped_at:
            self._stopped_at = None  # it was resumed or restarted
        is_stopped = self._stopped_at is not None
        done = f"{progress.done:,} of {progress.total:,}"
        self._is_suggestion = False
        if progress.is_done:
            self.hide()
            self.suggest()
            self._show_undo()
            if progress.total:
                many = "" if progress.total == 1 else "s"
                changed = f"{progress.changed:,} changed" if progress.changed else "no changes"
                self.ended.emit(f"Re-verified {progress.total:,} capture{many}: {changed}.")
            return
        self._is_undo = False
        what = f"Stopped at {done}" if is_stopped else f"Re-verifying {done}…"
        self.show_part(what, progress.done / progress.total if progress.total else 1.0)
        verb = "Resume" if is_stopped else "Stop"
        self._show_link(verb, f"{verb} checking")
        self.setVisible(is_stopped or progress.total > _SHORT_RUN)

    def _show_undo(self) -> None:
        """Show the change of the secrets that led to this check, with Undo, for some time."""
        change = self._changes.last
        if change is None or change is self._undone:
            return
        self._undone, self._is_undo = change, True
        self._text.setText(f"{shortened(change.words, _LONGEST_CHANGE)}.")
        self._show_link("Undo", f"Undo: {change.words}")
        self._bar.hide()
        self.show()
        self._forget_undo.start()

    @Slot()
    def _hide_undo(self) -> None:
        if self._is_undo and (self._changes.last is not self._undone or not self._forget_undo.isActive()):
            self._is_undo = False
            self._forget_undo.stop()
            self.hide()
            self.suggest()

    def _show_link(self, text: str, name: str) -> None:
        self.link.show_text(text)
        self.link.setAccessibleName(name)
        self.link.setEnabled(True)

    @Slot()
    def _stop_or_resume(self) -> None:
        if self._is_undo:
            self.undo_clicked.emit()
        elif self._is_suggestion:
            self.reverify_clicked.emit()
        elif self._stopped_at is not None:
            self._verification.resume()
            self.link.setEnabled(False)  # until it reports progress
        else:
            self._verification.stop()
            self._stopped_at = self._verification.progress
            if self._stopped_at is not None:
                self.show_progress(self._stopped_at)


class DiagnosisStatus(WorkStatus):
    """The number of undiagnosed captures, `31 not diagnosed yet`, with Diagnose all. Hidden if there are
    none."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._bar.hide()
        self.link.show_text("Diagnose all")
        self.link.setAccessibleName("Diagnose all invalid signatures")
        self.left = 0
        """The number of invalid captures without a diagnosis."""

    def show_left(self, left: int, is_all: bool) -> None:
        """Show how many captures are left; `is_all`: all of them are being diagnosed, not only the latest."""
        self.left = left
        self._text.setText(f"Diagnosing, {left:,} left" if is_all else f"{left:,} not diagnosed yet")
        self.link.setVisible(not is_all)
        self.setVisible(left > 0)


class InboxProgress(WorkStatus):
    """The progress of the messages that arrived in a shared inbox while this machine was away. Hidden
    without any."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.link.hide()

    @Slot(object)
    def show_view(self, view: InboxView) -> None:
        """Show how many there are, and how much of them is here."""
        if view.state.word != "catching-up" or view.state.away <= _SHORT_RUN:
            self.hide()
            return
        what = "In the inbox" if view.state.is_first else "Arrived while you were away"
        self.show_part(f"{what}: {view.state.away:,}", view.part)
        self.setToolTip(plain_tip(f"{view.progress} messages received from the shared inbox"))
