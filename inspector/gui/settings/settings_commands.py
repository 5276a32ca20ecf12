"""Commands that open the settings."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from inspector.gui.kit.context.window import Window
from inspector.gui.settings.settings_dialog import SHORTCUTS, SettingsDialog


class SettingsCommands(QObject):
    """The commands that show settings."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        window.action("settings").triggered.connect(self.open_settings)
        window.action("shortcuts").triggered.connect(self.open_shortcuts)

    @Slot()
    def open_settings(self) -> None:
        """Show every setting."""
        self._open()

    def open_setting(self, name: str) -> None:
        """Show the page of a setting and scroll to it."""
        if (dialog := self._open()) is not None:
            dialog.show_setting(name)

    @Slot()
    def open_shortcuts(self) -> None:
        """Show every command with its keys."""
        if (dialog := self._open()) is not None:
            dialog.show_page(SHORTCUTS)

    @Slot()
    def open_retention(self) -> None:
        """Show the settings for the number of stored captures."""
        self.open_setting("keep_days")

    @Slot()
    def open_masked_fields(self) -> None:
        """Show the fields that the mask hides."""
        self.open_setting("masked_fields")

    def _open(self) -> SettingsDialog | None:
        window = self._window
        make = partial(SettingsDialog, window.session, window.theme, window.action, window.screen_mask)
        return window.open_dialog(make)
