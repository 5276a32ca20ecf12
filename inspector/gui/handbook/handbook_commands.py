"""The command that opens the handbook."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.gui.handbook.handbook_window import HandbookWindow
from inspector.gui.kit.context.window import Window, bring_to_front
from inspector.session.handbook import TOPICS, Handbook


class HandbookCommands(QObject):
    """Opens the handbook in a window of its own, one at a time."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._handbook = Handbook()
        self._reader: HandbookWindow | None = None
        window.action("handbook").triggered.connect(self.open_first)

    @Slot()
    def open_first(self) -> None:
        """Open the handbook at its first page, or bring the open one to the front as it is."""
        if self._reader is None:
            self.open(TOPICS[0])
        else:
            bring_to_front(self._reader)

    @Slot(str)
    def open_finding(self, code: str) -> None:
        """Open the section on a finding."""
        self.open("findings", code)

    def open(self, topic: str, anchor: str = "") -> HandbookWindow:
        """Open a page of the handbook, from a heading if `anchor` names one."""
        if self._reader is None:
            self._reader = HandbookWindow(self._window.theme, self._handbook, self._window.widget)
            self._reader.finished.connect(self._forget)
        self._reader.show_topic(topic, anchor)
        bring_to_front(self._reader)
        return self._reader

    @Slot()
    def _forget(self) -> None:
        self._reader = None
