"""The bar at the top: listener, shared inbox, public address, secrets and forwards."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction, QPalette, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.event.sample import SAMPLES
from inspector.domain.replay.address_text import short_address
from inspector.gui.forwarding.forward_cell import ForwardCell
from inspector.gui.inbox.inbox_cell import InboxCell
from inspector.gui.inbox.inbox_view import InboxView
from inspector.gui.kit.bar_cell import BarCell, Dot
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.controls.split_button import SplitButton
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_cell import AddressCell, AddressLabel
from inspector.gui.secrets.secrets_menu import SecretsMenu
from inspector.session.signature.given_secret import SecretRow

_LONGEST_NAME = 60


class SampleMenu(QMenu):
    """Saved samples by name. Their owner sets the names before it opens."""

    selected = Signal(str)
    """The name of the sample to send; empty for the built-in survey."""
    removed = Signal(str)

    def __init__(self, many: QAction, parent: QWidget | None = None) -> None:
        """`many` sends many samples."""
        super().__init__(parent)
        self._many = many
        self.show_names(())

    @Slot(object)
    def show_names(self, names: tuple[str, ...]) -> None:
        """Show other saved samples."""
        self.clear()
        built_in = self.addAction(f"Sample survey, {SAMPLES} events")
        built_in.triggered.connect(partial(self.selected.emit, ""))
        self.addAction(self._many)
        if not names:
            hint = self.addAction("Save one with Edit (E)")
            hint.setEnabled(False)
            return
        self.addSeparator()
        for name in names:
            self.addAction(_sample_name(name)).triggered.connect(partial(self.selected.emit, name))
        self.addSeparator()
        remove = self.addMenu("Remove a saved sample")
        for name in names:
            remove.addAction(_sample_name(name)).triggered.connect(partial(self.removed.emit, name))


def _sample_name(name: str) -> str:
    return shortened(visible(name), _LONGEST_NAME).replace("&", "&&")


_FIRST = 100
"""The stretch factor of the address: it gets its full width before the empty space at the right."""
_NAMED = 2
"""Maximum active secrets that are named; if there are more, the bar shows their number."""


_SAMPLE_WIDTH = 164
_SPACE, _SPACE_SMALL, _SPACE_NARROW = 16, 11, 5
_WIDE, _NARROW = 1400, 960
"""With a shared inbox, a narrower bar has no *Send sample*, and no button that copies the local address."""


class ConnectionBar(QWidget):
    """A bar 56 px high that never wraps. Its buttons trigger actions or open menus."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._is_small = False
        self._is_port_taken = self._has_url = False
        self._secrets: tuple[SecretRow, ...] = ()
        self._keyring_problem: str | None = None
        self._menu = actions.menu(self)
        self.secrets_menu = SecretsMenu(theme, actions, self)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.setFixedHeight(theme.px(56))
        self._build_listening()
        self.inbox = InboxCell(theme, actions, self)
        self._inbox_edge = self._separator()
        self._is_inbox_on = False
        for part in (self.inbox, self._inbox_edge):
            part.hide()
        self.public = AddressCell(theme, actions, self)
        self._build_secrets()
        self._build_responses()
        self.forwarding = ForwardCell(theme, actions, self)
        self.sample_menu = SampleMenu(actions["sample-many"], self)
        self.sample = SplitButton(
            theme,
            "Send sample",
            icon="send",
            key="",
            width=_SAMPLE_WIDTH,
            menu_name="Saved samples",
            menu=self.sample_menu,
        )
        self.sample.setParent(self)
        self.sample.setToolTip(f"Send {SAMPLES} signed sample events to this listener")
        self.sample.clicked.connect(actions["sample"].trigger)
        actions["sample"].enabledChanged.connect(self.sample.setEnabled)
        self._menu_button = IconButton(theme, "menu", "Menu", parent=self)
        self._menu_button.clicked.connect(self._open_menu)
        self._lay_out()
        self.show_starting()
        self.show_secrets((), None)

    @property
    def cells(self) -> tuple[BarCell, ...]:
        """Its parts, from left to right."""
        return (
            self._listening_cell,
            self.inbox,
            self.public,
            self._secret_cell,
            self._response_cell,
            self.forwarding,
        )

    # ---- content

    def show_starting(self) -> None:
        """Show no address until the attempt to listen has ended."""
        self._is_port_taken = self._has_url = False
        self._show_dot(False)
        self.url.setText("")
        self._share_room()
        self.start.hide()

    def show_listening(self, url: str | None) -> None:
        """Show the address of the listener, or that there is none."""
        self._show_dot(url is not None)
        nowhere = "Port in use" if self._is_port_taken else "Not listening"
        self.url.setText(nowhere if url is None else short_address(url).removesuffix("/"))
        self.url.set_tone("text" if url else "text2")
        self._has_url = url is not None
        self._share_room()
        self.start.setVisible(url is None)

    def _show_dot(self, is_on: bool) -> None:
        self._dot.show_state("valid" if is_on else "text2", is_filled=is_on)

    @Slot(object)
    def show_inbox(self, view: InboxView) -> None:
        """Show the shared inbox, or nothing if none is set."""
        self.inbox.show_view(view)
        if view.is_on != self._is_inbox_on:
            self._is_inbox_on = view.is_on
            for part in (self.inbox, self._inbox_edge):
                part.setVisible(view.is_on)
            self._share_room()

    def _share_room(self) -> None:
        """Leave out buttons that the menu or the palette has, and some space, if there is too little."""
        px, width = self._theme.px, self.width()
        is_crowded = self._is_inbox_on and self._is_small
        is_narrow = is_crowded and width < px(_NARROW)
        self._row.setSpacing(px(_SPACE_NARROW if is_narrow else _SPACE_SMALL if is_crowded else _SPACE))
        self.copy_url.setVisible(self._has_url and not is_narrow)
        has_room = not self._is_inbox_on or width >= px(_WIDE)
        self.sample.setVisible(has_room and not self._is_small)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    @Slot(str)
    def show_port_taken(self, sentence: str) -> None:
        """Show that listening did not start because its port is in use."""
        self._is_port_taken = True
        self.show_listening(None)
        self.url.setToolTip(sentence)

    def show_secrets(self, secrets: tuple[SecretRow, ...], keyring_problem: str | None) -> None:
        """Show the active secrets. `keyring_problem` is the reason why none can be saved."""
        self._secrets, self._keyring_problem = secrets, keyring_problem
        names = [row.name for row in secrets if row.is_active]
        self._secret_cell.caption.setText("Secret" if len(names) == 1 else "Secrets")
        if not names:
            text = "None yet" if not secrets else "None active"
        elif len(names) > _NAMED or (self._is_small and len(names) > 1):
            text = f"{len(names)} active"
        else:
            text = visible(", ".join(names))
        self.secret_button.show_as(text, None)
        self.secret_button.setAccessibleName(f"Secrets: {text}")

    def show_small(self, is_small: bool) -> None:
        """Use shorter labels in a small window."""
        if is_small != self._is_small:
            self._is_small = is_small
            self._share_room()
            self.inbox.show_small(is_small)
            self.show_secrets(self._secrets, self._keyring_problem)
            self.forwarding.show_small(is_small)

    # ---- construction

    def _build_listening(self) -> None:
        theme, actions = self._theme, self._actions
        self._listening_cell = BarCell(theme, "Listening", self)
        self._dot = Dot(theme, self)
        self.url = AddressLabel(theme, self, least="127.0.0.1:65535")
        self.url.setAccessibleName("Listening address")
        self.copy_url = IconButton(theme, "copy", "Copy the local address", parent=self)
        self.copy_url.clicked.connect(actions["copy-local"].trigger)
        self.copy_url.clicked.connect(self.copy_url.confirm)
        self.start = Button(theme, "Start", icon="play", is_quiet=True, parent=self)
        self.start.setToolTip("Start listening")
        self.start.clicked.connect(self._actions["listen"].trigger)
        self._listening_cell.add(self._dot, self.url, self.copy_url, self.start)

    def _build_secrets(self) -> None:
        self._secret_cell = BarCell(self._theme, "Secret", self)
        self.secret_button = Button(self._theme, "None yet", is_quiet=True, has_menu=True, parent=self)
        self.secret_button.clicked.connect(self._open_secrets)
        self._secret_cell.add(self.secret_button)

    def _build_responses(self) -> None:
        self._response_cell = BarCell(self._theme, "Responds with", self)
        self.response_button = Button(self._theme, "200 OK", is_quiet=True, has_menu=True, parent=self)
        self.response_button.clicked.connect(self._open_responses)
        self._response_cell.add(self.response_button)
        self._response_cell.row.addStretch(1)
        self._response_edge = self._separator()
        self._response_menu: QMenu | None = None
        for part in (self._response_cell, self._response_edge):
            part.hide()

    def add_response_menu(self, menu: QMenu) -> None:
        """Show the cell *Responds with*, whose button opens `menu`."""
        self._response_menu = menu
        for part in (self._response_cell, self._response_edge):
            part.show()

    @Slot(str, str)
    def show_response(self, text: str, widest: str) -> None:
        """Show what senders get. The cell has the width of `widest`, so that a delivery moves nothing."""
        self.response_button.show_as(text, None)
        self.response_button.setAccessibleName(f"Responds with {text}")
        spare = self._theme.metrics(13).horizontalAdvance(widest) - self._theme.metrics(13).horizontalAdvance(
            text
        )
        self._response_cell.setMinimumWidth(self.response_button.sizeHint().width() + max(spare, 0))

    def _lay_out(self) -> None:
        self._row = row(
            self._theme,
            self._listening_cell,
            self._inbox_edge,
            self.inbox,
            self._separator(),
            grow(self.public, _FIRST),
            self._separator(),
            self._secret_cell,
            self._response_edge,
            self._response_cell,
            self._separator(),
            self.forwarding,
            STRETCH,
            self.sample,
            self._menu_button,
            spacing=_SPACE,
            margins=(16, 0, 14, 0),
        )
        column(self._theme, grow(self._row), Hairline(self._theme, parent=self), on=self)

    def _separator(self) -> QWidget:
        line = Hairline(self._theme, is_upright=True, parent=self)
        line.setFixedHeight(self._theme.px(28))
        return line

    # ---- menus: `popup`, never `exec` (see signal_batcher.py)

    @Slot()
    def _open_menu(self) -> None:
        button = self._menu_button
        corner = button.mapToGlobal(QPoint(button.width(), button.height()))
        self._menu.popup(corner - QPoint(self._menu.sizeHint().width(), 0))

    @Slot()
    def _open_responses(self) -> None:
        if self._response_menu is not None:
            button = self.response_button
            self._response_menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    @Slot()
    def _open_secrets(self) -> None:
        self.secrets_menu.fill(self._secrets, self._keyring_problem)
        self.secrets_menu.popup(self.secret_button.mapToGlobal(QPoint(0, self.secret_button.height())))
