"""The commands of the shared inbox, the state that the window shows, and messages about its changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from inspector.base.errors import InspectorError
from inspector.domain.mask.mask import DOTS
from inspector.gui.inbox.gaps_window import GapsWindow
from inspector.gui.inbox.inbox_dialog import InboxDialog
from inspector.gui.inbox.inbox_view import InboxView
from inspector.gui.kit.context.signal_batcher import EachSignalBatcher, SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.session.inbox.state import OFF, InboxGap, InboxState


class InboxCommands(QObject):
    """Connects and disconnects the inbox. Each action is enabled while it is possible."""

    changed = Signal(object)
    """The `InboxView` to show, after each change."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._desk = window.session.desk
        self._last = OFF
        self._address = ""
        """The address that was connected last, as entered; empty after *Disconnect*."""
        self._new_gaps = 0
        """The number of gaps that the user has not looked at."""
        self._has_gaps = bool(self._desk.stored_gaps(1))
        for name, command in (
            ("connect-inbox", self.connect_inbox),
            ("disconnect-inbox", self.disconnect_inbox),
            ("inbox-gaps", self.show_gaps),
            ("copy-inbox", self.copy),
        ):
            window.action(name).triggered.connect(command)
        EachSignalBatcher(self._desk.gaps_found, self).passed.connect(self._count_gaps)
        EachSignalBatcher(self._desk.message_posted, self).passed.connect(window.notify)
        SignalBatcher(self._desk.changed, self).passed.connect(self.show)
        EachSignalBatcher(window.session.preferences.changed, self).passed.connect(self._follow_setting)
        window.screen_mask.changed.connect(self.show)

    @property
    def view(self) -> InboxView:
        """The current state as the window shows it."""
        state, mask = self._desk.state, self._window.screen_mask
        problem = None if state.problem is None else mask.sentence(state.problem)
        member = DOTS if mask.is_on and state.member else state.member  # it usually is a person
        return InboxView(
            state=replace(state, problem=problem, member=member),
            new_gaps=min(self._new_gaps, len(state.gaps)),
        )

    @Slot()
    def show(self) -> None:
        """Emit the current state, and enable the actions that are possible."""
        view = self.view
        for name, is_possible in (
            ("disconnect-inbox", view.is_on),
            ("copy-inbox", view.state.address is not None),
            ("inbox-gaps", self._has_gaps),
        ):
            self._window.action(name).setEnabled(is_possible)
        last, self._last = self._last, view.state
        if (sentence := _change(last, view)) is not None:
            self._window.notify(sentence)
        self.changed.emit(view)

    @Slot(object)
    def _count_gaps(self, gaps: tuple[InboxGap, ...]) -> None:
        self._new_gaps += len(gaps)
        self._has_gaps = True
        self.show()

    def start_configured(self) -> None:
        """Connect to the inbox of the settings, if there is one."""
        if address := self._window.session.settings.text("inbox"):
            self._window.runner.run(self._apply(address), "connect to the shared inbox")

    @Slot(object)
    def _follow_setting(self, name: str) -> None:
        """Connect to another inbox, or disconnect, as the settings say now."""
        address = self._window.session.settings.text("inbox")
        if name == "inbox" and address != self._address:
            self._window.runner.run(self._apply(address), "connect to the shared inbox")

    async def _apply(self, address: str) -> None:
        with suppress(InspectorError):  # the state has it, and the banner shows it
            await (self.start(address) if address else self._disconnect())

    async def start(self, address: str, since_ms: int | None = None) -> None:
        """Connect to an inbox. Raises InspectorError as `Desk.start` does."""
        self._address = address
        await self._desk.start(address, since_ms=since_ms)

    @Slot()
    def connect_inbox(self) -> None:
        """Ask for the address of a shared inbox."""
        window = self._window
        make = partial(InboxDialog, window.session, window.theme, self.start, mask=window.screen_mask)
        window.open_dialog(make)

    @Slot()
    def disconnect_inbox(self) -> None:
        """Stop receiving, now and at the next start."""
        self._window.runner.run(self._disconnect(), "disconnect the shared inbox")

    async def _disconnect(self) -> None:
        self._address = ""
        await self._desk.stop()
        await self._window.session.preferences.save("inbox", None)

    @Slot()
    def solve(self) -> None:
        """Do what the button of the banner says."""
        if self._desk.state.word == "stopped":
            self.connect_inbox()
        else:
            self.show_gaps()

    @Slot()
    def show_gaps(self) -> None:
        """Show the gaps. The banner about them disappears."""
        self._new_gaps = 0
        self.show()
        self._window.open_dialog(partial(GapsWindow, self._window), is_modal=False)

    @Slot()
    def copy(self) -> None:
        """Copy the address of the inbox."""
        if address := self._desk.state.address:
            QGuiApplication.clipboard().setText(address)
            self._window.notify(f"Copied {address}")


def _change(last: InboxState, view: InboxView) -> str | None:
    """Return what the status bar shows about a change, or None."""
    now = view.state
    if now.word == last.word:
        return None
    if now.word == "live":
        return " ".join(filter(None, (f"The {view.name} is connected.", now.away_text)))
    if now.word == "waiting":
        return f"The {view.name} is waiting. {now.problem or ''}".rstrip()
    if now.word == "off":
        return "The shared inbox is disconnected."
    return None
