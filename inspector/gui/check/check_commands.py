"""The command that opens the window for checking a receiver."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from inspector.domain.capture.rows import AttemptRow
from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window


class CheckCommands(QObject):
    """The command that checks a receiver. It needs an active secret to sign with."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._dialog: CheckDialog | None = None
        window.action("check-receiver").triggered.connect(self.check_receiver)
        SignalBatcher(window.session.secrets.changed, self).passed.connect(self._allow)
        self._allow()

    @Slot()
    def check_receiver(self) -> None:
        """Open the window, or bring it to the front."""
        if self._dialog is None:
            window = self._window
            make = partial(CheckDialog, window.session, window.theme, mask=window.screen_mask)
            self._dialog = window.open_dialog(make, is_modal=False)
            if self._dialog is None:
                return
            self._dialog.finished.connect(self._closed)
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot(object)
    def why_rejected(self, attempt: AttemptRow) -> None:
        """Find out why the receiver rejected the request of an attempt, unless a check is running."""
        targets = self._window.session.targets
        named = (one.name for one in targets.names() if one.url == attempt.target)
        to = next(named, attempt.target)
        if not self._window.action("check-receiver").isEnabled():
            self._window.notify("Add the receiver’s secret first. The test events are signed with it.")
            return
        self.check_receiver()
        if self._dialog is not None:
            if self._dialog.is_checking:
                self._window.notify("A check is running. Stop it first.")
            else:
                self._dialog.explain(attempt.capture_id, to)

    @Slot()
    def _closed(self) -> None:
        self._dialog = None

    @Slot()
    def _allow(self) -> None:
        self._window.action("check-receiver").setEnabled(bool(self._window.session.secrets.active))
