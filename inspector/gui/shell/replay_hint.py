"""The hint of what `R` does while nothing is selected: it replays the newest capture to the last target."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.base.visible import shortened, visible
from inspector.domain.replay.address_text import short_address
from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.shell.status_bar import StatusBar

_LONGEST = 60


class ReplayHint(QObject):
    """Names the target in the status bar, and follows the selection and the last target."""

    def __init__(self, window: Window, captures: CaptureList, status: StatusBar) -> None:
        super().__init__(window.widget)
        self._window = window
        self._view = captures.view
        self._status = status
        self._replay = window.action("replay")
        self._replay.changed.connect(self.refresh)
        self._view.selection_changed.connect(self.refresh)
        captures.listing.loaded.connect(self.refresh)
        window.screen_mask.changed.connect(self.refresh)
        for moment in (window.session.replays.started, window.session.replays.ended):
            SignalBatcher(moment, self).passed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Show the current target, or nothing if the key would not replay the newest capture."""
        is_newest = self._replay.isEnabled() and not self._view.selectionModel().hasSelection()
        to = self._window.session.replays.last_target if is_newest else None
        if to is None:
            self._status.show_hint("")
        else:
            target = shortened(visible(self._window.screen_mask.sentence(short_address(to))), _LONGEST)
            self._status.show_hint(f"replays the newest to {target}")
