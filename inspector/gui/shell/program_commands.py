"""What the window offers about itself: all commands, shortcuts, settings, the log, the mask, alerts."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot

from inspector.base.clock import local_time, now_ms
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.alerts.alert_notifier import AlertNotifier
from inspector.gui.compare.window import CompareWindow
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import BUG
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.dialog import open_dialog
from inspector.gui.kit.focus_ring import FocusRing
from inspector.gui.kit.links import Link
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.log import LogDialog
from inspector.gui.palette.entry import PaletteEntry
from inspector.gui.palette.key_hint import KeyReminder
from inspector.gui.palette.palette import CommandPalette
from inspector.gui.palette.shortcuts import ShortcutsSheet
from inspector.gui.palette.sources import Sources
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.session.session import Session

if TYPE_CHECKING:
    from inspector.gui.shell.main_window import MainWindow

_MESSAGES = 100
_SHOWN = "Everything is shown again."


class ProgramCommands(QObject):
    """Connects its own actions, and what they need of the window."""

    def __init__(self, window: MainWindow, session: Session, theme: Theme, mask: Mask) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._theme = theme
        self._mask = mask
        self._messages: deque[str] = deque(maxlen=_MESSAGES)
        actions = window.actions_table
        self.sources = Sources(
            session,
            actions,
            mask,
            go_to_capture=self.show_capture,
            go_to_scope=self._go_to_scope,
            open_setting=self.open_setting,
        )
        FocusRing(theme, window)
        self.palette = CommandPalette(theme, window, self._entries, self.sources.capture)
        self.desk = AlertNotifier(window, session, mask, window.runner)
        self.desk.message_posted.connect(window.status.notify)
        self.desk.opened.connect(self._bring_up)
        actions["palette"].triggered.connect(self.open_palette)
        actions["shortcuts"].triggered.connect(self.open_shortcuts)
        actions["settings"].triggered.connect(self.open_settings)
        actions["log"].triggered.connect(self.open_log)
        actions["mask"].toggled.connect(mask.set_on)
        actions["mask"].toggled.connect(window.first_start.mask_secret)
        mask.changed.connect(self._masked)
        window.survey_model.draw_names_by(mask.name)
        window.stage.bar.draw_names_by(mask.name)
        for page in (window.stage.survey, window.stage.respondent):
            MaskOverlay(theme, mask, page)
        window.list.selected.connect(self.sources.look_at)
        window.runner.detailed.connect(self._keep)
        window.status.message_changed.connect(self._show_details)
        self._add_to_status()
        SignalBatcher(session.preferences.changed, self).passed.connect(self._show_retention)
        self._show_retention()

    def _add_to_status(self) -> None:
        actions, row = self._window.actions_table, self._window.status.layout()
        assert row is not None
        self.details = Link(self._theme, "Details")
        self.details.setAccessibleName("Details of what went wrong")
        self.details.clicked.connect(actions["log"].trigger)
        self.details.hide()
        row.addWidget(self.details)
        self.choose_fields = Link(self._theme, "Choose fields…")
        self.choose_fields.setAccessibleName("Choose the fields that are hidden")
        self.choose_fields.clicked.connect(self._open_fields)
        self.choose_fields.hide()
        row.addWidget(self.choose_fields)
        for name, text in (("mask", "Masked"), ("palette", "All commands"), ("shortcuts", "Shortcuts")):
            reminder = KeyReminder(self._theme, text, actions.caps(name))
            reminder.setToolTip(actions[name].text())
            reminder.clicked.connect(actions[name].trigger)
            if name == "mask":  # there while the screen is masked
                reminder.hide()
                actions[name].toggled.connect(reminder.setVisible)
            row.addWidget(reminder)

        self._window.status.retention.clicked.connect(self._open_retention)

    @Slot()
    def _open_retention(self) -> None:
        self.open_setting("keep_count")

    @Slot()
    def _show_retention(self) -> None:
        self._window.status.show_retention(self._session.maintenance.limits)

    # ---- all commands

    @Slot()
    def open_palette(self) -> None:
        """Lie over the window with every command; once more closes it."""
        self.palette.open()

    def _entries(self) -> list[PaletteEntry]:
        self._window.replay_commands.look()  # for the next time: this list is made at once
        return self.sources.entries(bool(self._window.list.selected_ids()))

    @Slot()
    def open_shortcuts(self) -> None:
        """Show the sheet of shortcuts."""
        made = partial(ShortcutsSheet, self._theme, self._window.actions_table, self._window)
        open_dialog(self._window, made)

    # ---- settings and the log

    @Slot()
    def open_settings(self) -> None:
        """Show every setting."""
        self._open_settings()

    def open_setting(self, name: str) -> None:
        """Show every setting, with one of them in sight."""
        if (dialog := self._open_settings()) is not None:
            dialog.show_setting(name)

    def _open_settings(self) -> SettingsDialog | None:
        made = partial(SettingsDialog, self._session, self._theme, self._window)
        return open_dialog(self._window, made)

    @Slot()
    def open_log(self) -> None:
        """Show what went wrong."""
        self.details.hide()
        made = partial(LogDialog, self._session, self._theme, self._messages, self._window)
        open_dialog(self._window, made, is_modal=False)  # next to the window: it follows

    @Slot()
    def _open_fields(self) -> None:
        self.open_setting("masked_fields")

    @Slot()
    def _show_details(self) -> None:
        """Show the link that belongs to the current message, if one does."""
        told = self._window.status.message
        self.choose_fields.setVisible(self._mask.is_on and told == self._mask.summary)
        self.details.setVisible(bool(told) and (told == BUG or any(told in more for more in self._messages)))

    @Slot(str)
    def _keep(self, sentence: str) -> None:
        """The cause of a failure that was told; details on request."""
        self._messages.append(f"{local_time(now_ms()):%H:%M:%S} {sentence}")
        self._show_details()

    # ---- the way to a capture

    @Slot(object)
    def _bring_up(self, capture_id: int) -> None:
        """A notification was clicked: the window comes to the front with its capture."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self.show_capture(capture_id)

    def show_capture(self, capture_id: int) -> None:
        """Choose a capture; where scope or filter leave it out, everything is listed first."""
        window = self._window
        if window.list.choose(capture_id):
            return
        window.wanted.want(capture_id)
        window.filter_row.field.clear()
        window.surveys.tree.choose(EVERYTHING)
        if window.listing.chosen() is not None:  # takes the empty filter at once
            window.listing.reload()

    def _go_to_scope(self, scope: Scope) -> None:
        self._window.surveys.tree.choose(scope)

    # ---- the mask

    @Slot()
    def _masked(self) -> None:
        """Draw everything anew, and say so."""
        window, is_on = self._window, self._mask.is_on
        window.actions_table["mask"].setChecked(is_on)
        window.model.forget()
        window.survey_model.refresh()
        window.detail.show_again()
        window.stage.refresh()
        window.announced.show_forwards()
        for compared in window.findChildren(CompareWindow):
            compared.close()  # made of what is hidden now; opened again, it is masked
        window.status.notify(self._mask.summary if is_on else _SHOWN)
