"""Commands that open the log and the maintenance of the file."""

from __future__ import annotations

from collections import deque
from functools import partial

from PySide6.QtCore import QObject, Slot

from inspector.base.clock import local_time, now_ms
from inspector.gui.kit.context.runner import BUG
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.links import Link
from inspector.gui.maintenance.log import LogDialog
from inspector.gui.maintenance.maintenance_dialog import MaintenanceDialog

_MESSAGES = 100


class MaintenanceCommands(QObject):
    """The commands that maintain the file and show errors."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._messages: deque[str] = deque(maxlen=_MESSAGES)
        self._message = ""
        self.details = Link(window.theme, "Details", parent=window.widget)
        """A link to the log, next to a message that has details there."""
        self.details.setAccessibleName("Details of the error")
        self.details.clicked.connect(self.open_log)
        self.details.hide()
        window.action("log").triggered.connect(self.open_log)
        window.action("maintenance").triggered.connect(self.maintain)
        window.runner.detailed.connect(self._keep)

    @Slot()
    def open_log(self) -> None:
        """Show the log."""
        self.details.hide()
        make = partial(LogDialog, self._window.session, self._window.theme, self._messages)
        self._window.open_dialog(make, is_modal=False)  # next to the window, because it follows the file

    @Slot()
    def maintain(self) -> None:
        """Open the maintenance dialog."""
        self._window.open_dialog(partial(MaintenanceDialog, self._window.session, self._window.theme))

    @Slot(str)
    def show_details(self, message: str) -> None:
        """Show the link next to `message` if the log has details about it."""
        self._message = message
        is_known = message == BUG or any(message in more for more in self._messages)
        self.details.setVisible(bool(message) and is_known)

    @Slot(str)
    def _keep(self, sentence: str) -> None:
        """Store the cause of a failure for the log."""
        self._messages.append(f"{local_time(now_ms()):%H:%M:%S} {sentence}")
        self.show_details(self._message)
