"""Selects a capture in the list, at once or as soon as the list has it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QLineEdit

from inspector.domain.query.scope import EVERYTHING
from inspector.gui.captures.listing import Listing
from inspector.gui.captures.view import CaptureView
from inspector.gui.kit.context.window import Window


class CaptureSelector(QObject):
    """Waits for one capture at a time, and forgets it once the list is complete without it."""

    def __init__(self, window: Window, view: CaptureView, listing: Listing, field: QLineEdit) -> None:
        super().__init__(window.widget)
        self._window = window
        self._view = view
        self._listing = listing
        self._field = field
        self._id: int | None = None
        self._yields = False
        listing.loaded.connect(self._look)

    def select(self, capture_id: int) -> None:
        """Select a capture. A filter that excludes it is cleared, and a scope without it is left."""
        if self._view.choose(capture_id):
            return
        self.select_when_listed(capture_id)
        self._field.clear()
        if not self._window.session.captures.matching([capture_id], self._listing.scope, ""):
            self._window.show_scope(EVERYTHING)
        self._listing.chosen()  # takes the empty filter at once
        if not self._listing.is_searching:
            self._listing.reload()

    def select_when_listed(self, capture_id: int, *, yields: bool = False) -> None:
        """Select a capture once it is loaded. With `yields`, one that the user selects meanwhile stays."""
        self._id, self._yields = capture_id, yields

    @Slot()
    def _look(self) -> None:
        if self._id is None:
            return
        is_over = (self._yields and self._view.shown is not None) or self._view.choose(self._id)
        if is_over or not self._listing.is_searching:
            self._id = None
