"""The command that opens the palette, and its entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from inspector.base.visible import shortened, visible
from inspector.domain.query.scope import Scope
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.command_table import COMMANDS, Command
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.controls.key_hint import KeyReminder
from inspector.gui.palette.entry import CAPTURE_MARK, PaletteEntry
from inspector.gui.palette.palette import CommandPalette

_SURVEYS = 12
_CAPTURES = 8
_LONGEST = 60
_LEFT_OUT = ("palette",)


class PaletteCommands(QObject):
    """The command that opens the palette."""

    opened = Signal()

    def __init__(self, window: Window, actions: Actions, open_setting: Callable[[str], None]) -> None:
        super().__init__(window.widget)
        self._window = window
        self._actions = actions
        self._has_capture = False
        self._sources = EntrySources(window, actions, open_setting)
        self.palette = CommandPalette(window.theme, window.widget, self._entries, self._sources.capture)
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

    def _entries(self) -> list[PaletteEntry]:
        self.opened.emit()
        return self._sources.entries(self._has_capture)


class EntrySources:
    """Collects the entries of the palette from bounded reads: commands, surveys, captures and settings."""

    def __init__(self, window: Window, actions: Actions, open_setting: Callable[[str], None]) -> None:
        self._window = window
        self._session = window.session
        self._mask = window.screen_mask
        self._actions = actions
        self._open_setting = open_setting
        self._seen: list[int] = []

    def look_at(self, capture_id: int | None) -> None:
        """Remember a selected capture."""
        if capture_id is not None:
            self._seen = [capture_id, *(one for one in self._seen if one != capture_id)][:_CAPTURES]

    def entries(self, has_capture: bool) -> list[PaletteEntry]:
        """Return all current entries; `has_capture` says whether a capture is selected."""
        return [*self._commands(has_capture), *self._surveys(), *self._captures(), *self._settings()]

    def capture(self, typed: str) -> PaletteEntry:
        """Return the entry for `#17`, which selects capture 17."""
        number = typed.removeprefix(CAPTURE_MARK).strip()
        is_number = number.isascii() and number.isdigit() and len(number) < 16
        there = is_number and int(number) in self._session.captures.rows([int(number)])
        reason = "" if there else "no capture with this number" if is_number else "type a number"
        return PaletteEntry(
            title=f"Go to capture {number}".strip(),
            part="Go to",
            icon="arrow-right",
            reason=reason,
            run=partial(self._window.select_capture, int(number) if there else 0),
        )

    def _commands(self, has_capture: bool) -> list[PaletteEntry]:
        return [
            self._command(command, has_capture)
            for command in COMMANDS
            if command.name not in _LEFT_OUT and self._actions[command.name].isVisible()
        ]

    def _command(self, command: Command, has_capture: bool) -> PaletteEntry:
        action = self._actions[command.name]
        is_possible = action.isEnabled() and (has_capture or command.part != "This capture")
        return PaletteEntry(
            title=action.text().replace("&", ""),
            hint=command.hint,
            part=command.part,
            icon=command.icon,
            keys=self._actions.caps(command.name),
            reason="" if is_possible else command.why_not(has_capture),
            run=action.trigger,
        )

    def _surveys(self) -> list[PaletteEntry]:
        page = self._session.groups.surveys(limit=_SURVEYS)
        return [
            PaletteEntry(
                title=self._name("survey_name" if row.name else "survey_id", row.name or row.survey_id),
                hint=f"survey, {row.captures:,} capture{'' if row.captures == 1 else 's'}",
                part="Go to",
                icon="inbox",
                run=partial(self._window.show_scope, Scope(part="surveys", survey_id=row.survey_id)),
            )
            for row in page.rows
        ]

    def _captures(self) -> list[PaletteEntry]:
        rows = self._mask.rows(self._seen)
        return [
            PaletteEntry(
                title=f"Capture {one}",
                hint=visible(shortened(", ".join(_about(rows[one])), _LONGEST)),
                part="Go to",
                icon="arrow-right",
                run=partial(self._window.select_capture, one),
            )
            for one in self._seen
            if one in rows
        ]

    def _settings(self) -> list[PaletteEntry]:
        return [
            PaletteEntry(
                title=f"Settings: {preference.title.lower()}",
                hint=preference.help.rstrip("."),
                also=f"{preference.part} {preference.name.replace('_', ' ')}",
                part="Settings",
                icon="settings",
                is_setting=True,
                run=partial(self._open_setting, preference.name),
            )
            for preference in self._session.preferences.all()
        ]

    def _name(self, field: str, text: str) -> str:
        return visible(shortened(self._mask.name(field, text), _LONGEST))


def _about(row: object) -> list[str]:
    names = ("survey_name", "user_id", "summary")
    return [text for name in names if (text := getattr(row, name))]
