"""A capture that will be selected once the list contains it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.gui.captures.listing import Listing
from inspector.gui.captures.view import CaptureView


class WantedCapture(QObject):
    """Waits for one capture at a time, and forgets it once the list is complete without it."""

    def __init__(self, view: CaptureView, listing: Listing, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._listing = listing
        self._id: int | None = None
        self._yields = False
        listing.loaded.connect(self._look)

    def want(self, capture_id: int, *, yields: bool = False) -> None:
        """Select a capture once it is loaded. With `yields`, one that the user selects meanwhile stays."""
        self._id, self._yields = capture_id, yields

    @Slot()
    def _look(self) -> None:
        if self._id is None:
            return
        is_over = (self._yields and self._view.shown is not None) or self._view.choose(self._id)
        if is_over or not self._listing.is_searching:
            self._id = None
