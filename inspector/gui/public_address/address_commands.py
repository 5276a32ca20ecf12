"""The commands of the public address and its tunnel, and the state that the window shows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QGuiApplication

from inspector.base.clock import now_ms
from inspector.domain.query.alert import Alert
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.public_address.address_dialogs import AddressDialog, TunnelForm
from inspector.gui.public_address.address_view import AddressView
from inspector.gui.public_address.strays_window import StraysWindow
from inspector.gui.public_address.text_windows import HeadersWindow, QrWindow, TunnelLogWindow
from inspector.gui.public_address.tiles import PASTE
from inspector.session.tunnels import TUNNEL_TITLES, TunnelChoice

_TICK_MS = 1_000
"""Interval in which seconds are counted, while an address is shown."""
_STRAYS_MS = 500
_ALERT = "The public address changed"
_ALERT_SAID = "Copy the new one into Blitzllama’s dashboard."


class AddressCommands(QObject):
    """Starts and stops tunnels, copies, sets and confirms the address. Each action is enabled while it is
    possible."""

    changed = Signal(object)
    """The `AddressView` to show: after each change, and every second while it counts seconds."""
    alert_raised = Signal(object)
    """The `Alert` about a changed address."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._session = session = window.session
        self._choices: tuple[TunnelChoice, ...] = ()
        self._waits_for_listener = False
        self._alerted_ms = session.address.old.changed_ms if session.address.old else None
        for name, command in (
            ("copy-public", self.copy),
            ("set-address", self.paste),
            ("forget-address", self.forget),
            ("confirm-address", self.confirm),
            ("show-qr", self.show_qr),
            ("test-address", self.test),
            ("new-path", self.renew_path),
            ("stop-tunnel", self.stop),
            ("retry-tunnel", self.retry),
            ("tunnel-headers", self.show_headers),
            ("tunnel-log", self.show_log),
            ("strays", self.show_strays),
        ):
            window.action(name).triggered.connect(command)
        kinds = QActionGroup(self)  # a partial on each action would keep the window alive
        kinds.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for kind in TUNNEL_TITLES:
            action = window.action(f"tunnel-{kind}")
            action.setData(kind)
            kinds.addAction(action)
        kinds.triggered.connect(self._start_selected)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.show)
        SignalBatcher(session.tunnels.changed, self).passed.connect(self.show)
        SignalBatcher(session.address.changed, self).passed.connect(self.show)
        SignalBatcher(session.strays.changed, self, _STRAYS_MS).passed.connect(self.show)
        SignalBatcher(session.ingest.listening, self).passed.connect(self._start_configured)
        window.screen_mask.changed.connect(self.show)
        window.widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:  # a program may have been installed meanwhile
            self.find_programs()
        return False

    @property
    def view(self) -> AddressView:
        """The current state as the window shows it."""
        address, mask = self._session.address, self._window.screen_mask
        text, old = address.text, address.old
        shown = None if text is None else mask.sentence(text)
        state = self._session.tunnels.state
        return AddressView(
            address=shown,
            state=replace(state, problem=state.problem and mask.sentence(state.problem)),
            now_ms=now_ms(),
            choices=self._choices,
            old=None if old is None else mask.sentence(old.text),
            changed_ms=None if old is None else old.changed_ms,
            has_deliveries=old is not None and self._has_deliveries(),
            strays=self._session.strays.count,
            is_hidden=shown != text,
        )

    def _has_deliveries(self) -> bool:
        totals = self._session.captures.figures()
        return totals.total > totals.samples

    @Slot()
    def find_programs(self) -> None:
        """Look for the programs of the kinds again."""
        choices = self._session.tunnels.kinds()
        if choices != self._choices:
            self._choices = choices
            self.show()

    @Slot()
    def show(self) -> None:
        """Emit the current state, and enable the actions that are possible."""
        if not self._choices:
            self._choices = self._session.tunnels.kinds()
        view = self.view
        word, has_address = view.state.word, view.address is not None
        is_tunnel = view.has_program and word != "none"
        # The tunnel of another process that captures into the file is shown, too.
        is_ours = is_tunnel and self._session.ingest.url is not None
        for name, is_possible in (
            ("copy-public", has_address),
            ("forget-address", has_address and (not is_tunnel or view.is_stopped_by_user)),
            ("confirm-address", view.old is not None),
            ("show-qr", has_address),
            ("test-address", has_address and word not in ("none", "stopped")),
            ("new-path", is_tunnel and has_address),
            ("stop-tunnel", is_ours and word != "stopped"),
            ("retry-tunnel", is_ours and word in ("restarting", "stopped", "unreachable")),
            ("tunnel-headers", bool(view.state.added_headers)),
            ("tunnel-log", is_tunnel or bool(self._session.tunnels.lines())),
        ):
            self._window.action(name).setEnabled(is_possible)
        for choice in self._choices:
            self._window.action(f"tunnel-{choice.name}").setEnabled(choice.is_installed)
        if view.is_idle:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
        if view.changed_ms is not None and view.changed_ms != self._alerted_ms:
            self._alerted_ms = view.changed_ms
            self.alert_raised.emit(Alert(title=_ALERT, said=_ALERT_SAID))
        self.changed.emit(view)

    # ---- tunnels

    @Slot(str)
    def select(self, name: str) -> None:
        """Act on a tile: ask for what its kind needs, or start it. A tunnel of this kind that runs is
        tested again, and one that waits or has stopped is started."""
        state = self._session.tunnels.state
        asks = any(one.name == name and one.needs is not None for one in self._choices)
        if name == PASTE:
            self.paste()
        elif name != state.kind or asks:
            self.start(name)
        elif state.word == "reachable":
            self.test()
        elif state.word != "starting":
            self.retry()

    @Slot(QAction)
    def _start_selected(self, action: QAction) -> None:
        self.start(action.data())

    def start(self, kind: str) -> None:
        """Start a tunnel of this kind, in place of the current one. Ask first for what it needs."""
        choice = next((one for one in self._choices if one.name == kind), None)
        if choice is None:
            return
        if choice.needs is not None:
            self._window.open_dialog(
                partial(
                    TunnelForm,
                    self._session,
                    self._window.theme,
                    choice,
                    mask=self._window.screen_mask,
                )
            )
            return
        self._window.runner.run(self._session.tunnels.start(kind), "start a tunnel")

    def start_with_listener(self) -> None:
        """Start the tunnel of the settings, if there is one, once the program listens."""
        self._waits_for_listener = True

    @Slot(object)
    def _start_configured(self, url: str | None) -> None:
        if self._waits_for_listener and url is not None:
            self._waits_for_listener = False
            self._window.runner.run(self._session.tunnels.start_configured(), "start a tunnel")

    @Slot()
    def stop(self) -> None:
        """Stop the tunnel."""
        self._window.runner.run(self._session.tunnels.stop(), "stop the tunnel")

    @Slot()
    def retry(self) -> None:
        """Start the tunnel again now."""
        self._window.runner.run(self._session.tunnels.retry(), "start the tunnel again")

    @Slot()
    def test(self) -> None:
        """Test the address now."""
        self._window.runner.run(self._session.tunnels.probe(), "test the public address")

    @Slot(str)
    def open_page(self, url: str) -> None:
        """Open the page of a missing program in the browser."""
        QDesktopServices.openUrl(QUrl(url))

    @Slot()
    def show_log(self) -> None:
        """Show the output of the tunnel program."""
        make = partial(TunnelLogWindow, self._session, self._window.theme, self._window.screen_mask)
        self._window.open_dialog(make, is_modal=False)

    @Slot()
    def show_headers(self) -> None:
        """Show which headers the tunnel adds."""
        state = self._session.tunnels.state
        make = partial(HeadersWindow, state, self._window.theme, self._window.screen_mask)
        self._window.open_dialog(make, is_modal=False)

    @Slot()
    def show_strays(self) -> None:
        """Show the requests that missed the path of the address."""
        self._window.open_dialog(partial(StraysWindow, self._window), is_modal=False)

    # ---- the address

    @Slot()
    def copy(self) -> None:
        """Copy the public address."""
        if text := self._session.address.text:
            QGuiApplication.clipboard().setText(text)
            self._window.notify(f"Copied {self._window.screen_mask.sentence(text)}")

    @Slot()
    def paste(self) -> None:
        """Ask for the public address."""
        dialog = self._window.open_dialog(
            partial(AddressDialog, self._session, self._window.theme, mask=self._window.screen_mask)
        )
        if dialog is not None:
            dialog.accepted.connect(self._note_own_change)

    @Slot()
    def forget(self) -> None:
        """Remove the public address."""
        self._window.runner.run(self._session.address.set(None), "forget the public address")

    @Slot()
    def confirm(self) -> None:
        """Store that the sender uses the new address."""
        self._window.runner.run(self._session.address.confirm(), "confirm the new address")

    @Slot()
    def renew_path(self) -> None:
        """Use another random path; requests to the current one become stray."""
        self._window.runner.run(self._renew_path(), "renew the path of the address")

    async def _renew_path(self) -> None:
        await self._session.address.new_path()
        self._note_own_change()

    @Slot()
    def _note_own_change(self) -> None:
        """Skip the alert about a change that the user just made here."""
        old = self._session.address.old
        self._alerted_ms = None if old is None else old.changed_ms

    @Slot()
    def show_qr(self) -> None:
        """Show the address as a large QR code."""
        if text := self._session.address.text:
            make = partial(QrWindow, text, self._window.theme, self._window.screen_mask)
            self._window.open_dialog(make)
