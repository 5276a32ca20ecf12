"""Back and forward through the places that the user has seen: scopes, filters, captures and summaries."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent, QWindow

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.kit.context.window import Window
from inspector.gui.summary.page_bar import CAPTURES, SUMMARY
from inspector.gui.summary.summary_stack import SummaryStack

_MOST = 100
_SEEN_S = 1.0
"""A capture that was shown for less time was only passed, as by a held key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the window shows at a moment."""

    scope: Scope = EVERYTHING
    query: str = ""
    part: int = CAPTURES
    """`CAPTURES` or `SUMMARY`."""
    capture: int | None = None
    """The id of the shown capture."""


class History(QObject):
    """The places of one window, with the actions and mouse buttons that return to them."""

    def __init__(self, window: Window, captures: CaptureList, stack: SummaryStack) -> None:
        super().__init__(window.widget)
        self._window = window
        self._captures = captures
        self._stack = stack
        self._places = [Place()]
        self._at = 0
        self._has_begun = False
        """Whether the window has restored the place of the last time, which is the first one."""
        self._since = -_SEEN_S
        self._target: Place | None = None
        """The place that the window is turning to, until it is there."""
        self._noting = QTimer(self)
        self._noting.setSingleShot(True)
        self._noting.setInterval(0)  # a selection in the tree changes several things at once
        self._noting.timeout.connect(self._note)
        self._back, self._forward = window.action("back"), window.action("forward")
        self._back.triggered.connect(self.go_back)
        self._forward.triggered.connect(self.go_forward)
        for changed in (captures.view.selected, captures.listing.loaded, stack.shown):
            changed.connect(self._noting.start)
        self._allow()

    def watch(self, handle: QWindow) -> None:
        """Also go back and forward by the mouse buttons 4 and 5 anywhere in this window."""
        handle.installEventFilter(self)  # before its widgets, which accept every button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() in (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseButtonDblClick,
        ):
            if event.button() == Qt.MouseButton.BackButton:
                self._back.trigger()
                return True
            if event.button() == Qt.MouseButton.ForwardButton:
                self._forward.trigger()
                return True
        return False

    @Slot()
    def go_back(self) -> None:
        """Return to the previous place."""
        self._go(self._at - 1)

    @Slot()
    def go_forward(self) -> None:
        """Return to the place that was left by going back."""
        self._go(self._at + 1)

    def _go(self, at: int) -> None:
        if not 0 <= at < len(self._places):
            return
        self._at = at
        self._allow()
        place = self._target = self._places[at]
        view, field = self._captures.view, self._captures.filter_row.field
        if field.text() != place.query:
            field.setText(place.query)
            self._captures.listing.current_query()  # now, not after a pause in typing
        if self._stack.scope != place.scope:
            self._window.show_scope(place.scope)
        self._stack.show_part(place.part)
        if place.capture is None:
            view.select_nothing()
        elif not view.select_capture(place.capture):
            self._captures.selector.select_when_listed(place.capture)
        self._noting.start()

    @property
    def depth(self) -> int:
        """The number of places that are remembered."""
        return len(self._places)

    @property
    def here(self) -> Place:
        """The place in the history that the window shows."""
        return self._places[self._at]

    @property
    def _shown(self) -> Place:
        is_summary, view = self._stack.is_summary, self._captures.view
        return Place(
            scope=self._stack.scope,
            query=self._captures.listing.text,
            part=SUMMARY if is_summary else CAPTURES,
            capture=None if is_summary else view.shown,
        )

    @Slot()
    def _note(self) -> None:
        """Add the current place, unless the window is still turning to one."""
        here, latest = self._shown, self.here
        if not self._has_begun:
            self._places[0] = here
            self._has_begun = self._captures.listing.has_found and not self._captures.listing.is_searching
            return
        if here.part == CAPTURES and not self._captures.listing.is_current:
            return  # the list still has the captures of the previous filter
        if self._target is not None:
            if here != self._target and self._captures.listing.is_searching:
                return
            self._target = None
            if here != latest:  # its capture is gone by now
                self._places[self._at] = here
        elif here != latest:
            is_passed = (
                here.capture is not None
                and latest.capture is not None
                and replace(here, capture=latest.capture) == latest
                and time.monotonic() - self._since < _SEEN_S
            )
            del self._places[self._at + (0 if is_passed else 1) :]
            self._places.append(here)
            del self._places[:-_MOST]
            self._at = len(self._places) - 1
        else:
            return
        self._since = time.monotonic()
        self._allow()

    def _allow(self) -> None:
        self._back.setEnabled(self._at > 0)
        self._forward.setEnabled(self._at < len(self._places) - 1)
