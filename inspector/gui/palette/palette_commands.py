"""Opens the palette and the sheet of shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.window import Window
from inspector.gui.palette.entry import PaletteEntry
from inspector.gui.palette.key_hint import KeyReminder
from inspector.gui.palette.palette import CommandPalette
from inspector.gui.palette.shortcuts import ShortcutsSheet
from inspector.gui.palette.sources import Sources


class PaletteCommands(QObject):
    """The commands that show every command."""

    opened = Signal()

    def __init__(self, window: Window, actions: Actions, open_setting: Callable[[str], None]) -> None:
        super().__init__(window.widget)
        self._window = window
        self._actions = actions
        self._has_capture = False
        self._sources = Sources(window, actions, open_setting)
        self.palette = CommandPalette(window.theme, window.widget, self._entries, self._sources.capture)
        self.reminders = tuple(
            self._reminder(name, text)
            for name, text in (("mask", "Masked"), ("palette", "All commands"), ("shortcuts", "Shortcuts"))
        )
        """Buttons for the status bar that show the keys of a command."""
        actions["palette"].triggered.connect(self.open_palette)
        actions["shortcuts"].triggered.connect(self.open_shortcuts)

    def _reminder(self, name: str, text: str) -> KeyReminder:
        action = self._actions[name]
        reminder = KeyReminder(self._window.theme, text, self._actions.caps(name))
        reminder.setToolTip(action.text())
        reminder.clicked.connect(action.trigger)
        if action.isCheckable():  # shown while it is checked
            reminder.hide()
            action.toggled.connect(reminder.setVisible)
        return reminder

    @Slot()
    def open_palette(self) -> None:
        """Open the palette over the window, or close it."""
        self.palette.open()

    @Slot()
    def open_shortcuts(self) -> None:
        """Show the sheet of shortcuts."""
        self._window.open_dialog(partial(ShortcutsSheet, self._window.theme, self._actions))

    @Slot(object)
    def look_at(self, capture_id: int | None) -> None:
        """Suggest a capture that was selected."""
        self._sources.look_at(capture_id)

    @Slot(object)
    def selection_changed(self, ids: tuple[int, ...]) -> None:
        """Allow the commands on captures while any is selected."""
        self._has_capture = bool(ids)

    def _entries(self) -> list[PaletteEntry]:
        self.opened.emit()
        return self._sources.entries(self._has_capture)
