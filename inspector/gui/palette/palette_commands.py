"""The command that opens the palette, and what was run last."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal, Slot

from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.controls.key_hint import KeyReminder
from inspector.gui.palette.entry import PaletteEntry
from inspector.gui.palette.palette import CommandPalette
from inspector.gui.palette.sources import EntrySources

_MOST_RECENT = 30


class PaletteCommands(QObject):
    """The command that opens the palette."""

    opened = Signal()

    def __init__(
        self,
        window: Window,
        actions: Actions,
        open_setting: Callable[[str], None],
        replay_to: Callable[[str], None],
        apply_filter: Callable[[str], None],
    ) -> None:
        """`open_setting` shows a setting by name; `replay_to` sends the selection to a target; `apply_filter`
        lists the captures of a saved filter."""
        super().__init__(window.widget)
        self._window = window
        self._actions = actions
        self._has_capture = False
        self._recent: tuple[str, ...] = ()
        self._sources = EntrySources(window, actions, open_setting, replay_to, apply_filter)
        self.palette = CommandPalette(
            window.theme, window.widget, window.session.tasks, self._sources, self._entries
        )
        self.palette.ran.connect(self._remember)
        self.reminders = tuple(
            self._reminder(name, text)
            for name, text in (("mask", "Masked"), ("palette", "All commands"), ("shortcuts", "Shortcuts"))
        )
        """Buttons for the status bar that show the keys of a command."""
        actions["palette"].triggered.connect(self.open_palette)

    def _reminder(self, name: str, text: str) -> KeyReminder:
        action = self._actions[name]
        reminder = KeyReminder(self._window.theme, text, self._actions.caps(name))
        reminder.setToolTip(action.text())
        reminder.clicked.connect(action.trigger)
        if action.isCheckable():  # shown while it is checked
            reminder.hide()
            action.toggled.connect(reminder.setVisible)
        return reminder

    @property
    def recent(self) -> tuple[str, ...]:
        """The keys of the entries that were run last, the latest first."""
        return self._recent

    def use_recent(self, keys: Iterable[str]) -> None:
        """Continue with the keys of an earlier run."""
        self._recent = tuple(dict.fromkeys(keys))[:_MOST_RECENT]

    @Slot()
    def open_palette(self) -> None:
        """Open the palette over the window, or close it."""
        self.palette.open()

    @Slot(object)
    def look_at(self, capture_id: int | None) -> None:
        """Suggest a selected capture."""
        self._sources.look_at(capture_id)

    @Slot(object)
    def selection_changed(self, ids: tuple[int, ...]) -> None:
        """Enable the commands for captures while any is selected."""
        self._has_capture = bool(ids)

    @Slot(object)
    def _remember(self, entry: PaletteEntry) -> None:
        if entry.kind != "capture":  # their ids mean nothing in another file
            self.use_recent((entry.key, *self._recent))

    def _entries(self) -> tuple[list[PaletteEntry], tuple[str, ...]]:
        self.opened.emit()
        return self._sources.entries(self._has_capture, self._recent), self._recent
