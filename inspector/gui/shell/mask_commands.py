"""Switches the mask of the screen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.gui.kit.context.window import Window
from inspector.gui.kit.links import Link

_SHOWN = "Everything is shown again."


class MaskCommands(QObject):
    """The command that masks the screen, and a message about what is hidden."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._mask = window.screen_mask
        self.choose_fields = Link(window.theme, "Choose fields…", parent=window.widget)
        """Next to the message about what is hidden."""
        self.choose_fields.setAccessibleName("Choose the fields that are hidden")
        self.choose_fields.hide()
        window.action("mask").toggled.connect(self._mask.set_on)
        self._mask.changed.connect(self._show)

    @Slot()
    def _show(self) -> None:
        is_on = self._mask.is_on
        self._window.action("mask").setChecked(is_on)
        self._window.notify(self._mask.summary if is_on else _SHOWN)

    @Slot(str)
    def show_link(self, message: str) -> None:
        """Show the link next to `message` if that says what is hidden."""
        self.choose_fields.setVisible(self._mask.is_on and message == self._mask.summary)
