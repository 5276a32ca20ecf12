"""The public address in the connection bar: its health, the address, and the menu of tunnels."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from inspector.gui.kit.bar_cell import BarCell
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_view import AddressView
from inspector.session.tunnels import TunnelState

_USUAL = 232
"""The width of the cell without an address, for the longest usual state."""
_FIRST = ("copy-public", "show-qr", "confirm-address")
_TUNNEL = ("test-address", "retry-tunnel", "stop-tunnel", "new-path")
_LAST = ("tunnel-headers", "tunnel-log", "forget-address")


class AddressLabel(ElidedLabel):
    """An address, elided in its middle; the tool tip has the whole text."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, least: str = "https://…/") -> None:
        """`least`: a text of the width below which it is not shortened."""
        super().__init__(theme, mode=Qt.TextElideMode.ElideMiddle, parent=parent)
        self._least = least
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        least = self.fontMetrics().horizontalAdvance(self._least)
        return QSize(min(least, self.sizeHint().width()), super().minimumSizeHint().height())


class AddressCell(BarCell):
    """The health is next to the caption, always. Without an address, a button opens the menu."""

    page_requested = Signal(str)
    """The address of a missing program's page."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, "Public address", parent)
        self._theme = theme
        self.address = AddressLabel(theme, self)
        tip = f"Copy the public address ({actions.key('copy-public')})"
        self._copy = IconButton(theme, "copy", "Copy the public address", tip=tip, parent=self)
        self._copy.clicked.connect(actions["copy-public"].trigger)
        self._copy.clicked.connect(self._copy.confirm)
        self._more = IconButton(theme, "chevron-down", "More actions for the public address", parent=self)
        self._more.clicked.connect(self._open)
        self.none = Button(theme, "None yet", is_quiet=True, has_menu=True, parent=self)
        self.none.setToolTip("Start a tunnel, or paste a public address")
        self.none.clicked.connect(self._open)
        self.menu = AddressMenu(theme, actions, self)
        self.menu.page_requested.connect(self.page_requested)
        self.add(self.address, self._copy, self._more, self.none)
        self.row.addStretch(1)
        self.show_view(AddressView(address=None, state=TunnelState(), now_ms=0))

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(self._theme.px(_USUAL), 0))

    @Slot(object)
    def show_view(self, view: AddressView) -> None:
        """Show the address and its health."""
        self._view = view
        self.address.setText(view.address or "")
        self.address.setAccessibleName(f"Public address {view.address or 'not set'}")
        self.none.setAccessibleName(", ".join(filter(None, ("Public address: none yet", view.words))))
        self.show_health(view.health, view.health_tone)
        for widget in (self.address, self._copy, self._more):
            widget.setVisible(view.address is not None)
        self.none.setVisible(view.address is None)

    @Slot()
    def _open(self) -> None:
        button = self.none if self._view.address is None else self._more
        self.menu.fill(self._view)
        self.menu.popup(button.mapToGlobal(QPoint(0, button.height())))


class AddressMenu(QMenu):
    """The kinds of tunnels, and what is possible with the current address; rebuilt each time it opens."""

    page_requested = Signal(str)
    """The address of a missing program's page."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions

    def fill(self, view: AddressView) -> None:
        """List what is possible now."""
        self.clear()
        self._add(_FIRST)
        if view.state.problem is not None or view.state.word not in ("none", "reachable"):
            self.addAction(MenuLabel(self._theme, view.proof, self))
        for choice in view.choices:
            state = choice.caption if choice.is_installed else "not installed. Get it"
            if choice.name == view.state.kind:
                state = view.words or state
            entry = QAction(f"{choice.title} – {state}", self)
            entry.setCheckable(choice.name == view.state.kind)
            entry.setChecked(choice.name == view.state.kind)
            if choice.is_installed:
                entry.triggered.connect(self._actions[f"tunnel-{choice.name}"].trigger)
            else:
                entry.triggered.connect(partial(self.page_requested.emit, choice.get_it))
            self.addAction(entry)
        self.addAction(self._actions["set-address"])
        self.addSeparator()
        self._add(_TUNNEL)
        if view.strays:
            entry = self.addAction(self._actions["strays"].icon(), f"Stray requests – {view.strays:,}")
            entry.triggered.connect(self._actions["strays"].trigger)
        self._add(_LAST)

    def _add(self, names: tuple[str, ...]) -> None:
        """Add the actions that are possible, and a separator if there are any."""
        possible = [self._actions[name] for name in names if self._actions[name].isEnabled()]
        self.addActions(possible)
        if possible:
            self.addSeparator()
