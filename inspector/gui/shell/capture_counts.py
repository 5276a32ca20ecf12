"""The number of captures, for every part of the window that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.domain.query.fields import DIAGNOSED_FIELDS
from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.shell.frame import Frame
from inspector.gui.shell.status_bar import StatusBar
from inspector.gui.shell.work_status import DiagnosisStatus
from inspector.session.session import Session
from inspector.session.signature.diagnoses import DiagnosisProgress

_INTERVAL_MS = 500
_LOOKED_AT = 500
"""Maximum arrivals that are looked at to find the first delivery."""


class CaptureCounts(QObject):
    """Shows counts in the status bar, above the list and on the first start page.

    That page is replaced by the list once there are captures.
    """

    pins_changed = Signal()
    """The number of pinned captures has changed."""

    def __init__(
        self,
        session: Session,
        captures: CaptureList,
        parent: QObject,
        *,
        status: StatusBar,
        first_start: FirstStart,
        diagnosing: DiagnosisStatus,
        frame: Frame,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._captures = captures
        self._status = status
        self._first_start = first_start
        self._diagnosing = diagnosing
        self._frame = frame
        self._pinned = 0
        self._has_delivery: bool | None = None
        """Whether a sender's capture has arrived. None until the first look at the file."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.show)

    def start(self, interval_ms: int = _INTERVAL_MS) -> None:
        """Refresh the counts at this interval: arrivals per second change without an event."""
        self._timer.start(interval_ms)

    @Slot()
    def show(self) -> None:
        """Show the current counts."""
        totals = self._session.captures.figures()
        listing, listed = self._captures.listing, self._captures.model.capture_count
        total = max(totals.total, listed)
        self._status.show_totals(totals, self._session.groups.backlog)
        is_by_cause = any(f"{name}:" in listing.text for name in DIAGNOSED_FIELDS)
        unexamined = self._diagnosing.left if is_by_cause else 0
        self._captures.filter_row.show_count(total if listing.is_everything else listed, total, unexamined)
        if self._has_delivery is None:
            self._has_delivery = totals.total > totals.samples
        if not self._has_delivery:  # captures that the user added do not prove a connection
            totals = replace(totals, valid=0, rewritten=0, samples=totals.total)
        self._first_start.show_totals(totals)
        self._frame.show_captures(total > 0 and not self._first_start.is_requested)

    @Slot(object)
    def count_arrivals(self, ids: Sequence[int]) -> None:
        """Count captures that were just committed."""
        self._status.count_arrivals(len(ids))
        if self._has_delivery is False:
            rows = self._session.captures.rows(ids[:_LOOKED_AT]).values()
            self._has_delivery = any(row.kind not in ("sample", "imported") for row in rows)
        self._frame.show_captures(not self._first_start.is_requested)

    @Slot()
    def count_pins(self) -> None:
        """Count the pinned captures, and emit `pins_changed` if the number has changed."""
        pinned = self._session.captures.figures().pinned
        if pinned != self._pinned:
            self._pinned = pinned
            self.pins_changed.emit()

    @Slot(object)
    def show_diagnosis(self, progress: DiagnosisProgress) -> None:
        """Show how many invalid signatures still need a diagnosis."""
        self._diagnosing.show_left(progress.left, progress.is_all)
        self.show()

    async def count_undiagnosed(self) -> None:
        """Show how many invalid signatures were not diagnosed before this start."""
        self._diagnosing.show_left(await self._session.diagnoses.count_left(), False)
