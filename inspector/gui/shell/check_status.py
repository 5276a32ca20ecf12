"""Checking again, and seeking causes, in the status line: how far they are, and a way to stop or go on."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import row
from inspector.gui.kit.links import Link
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.session.verification import VerificationProgress

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
