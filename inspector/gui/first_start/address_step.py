"""The first step: a tile per kind of tunnel, the address, its proof, and its QR code."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from inspector.gui.first_start.steps import GuideStep, StepField
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import at, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_view import AddressView
from inspector.gui.public_address.qr_code import QrCode
from inspector.gui.public_address.tiles import TunnelTiles

_QR = 124
_HIDDEN = "Hidden while the screen is masked"
_LINKS = {
    "starting": ("tunnel-log", "stop-tunnel"),
    "reachable": ("tunnel-headers", "new-path"),
    "unreachable": ("retry-tunnel", "test-address", "tunnel-log"),
    "restarting": ("retry-tunnel", "tunnel-log", "stop-tunnel"),
    "stopped": ("retry-tunnel", "tunnel-log"),
}
"""The links after the sentence, by the state. A link is shown while its action is possible."""
_MOST_LINKS = 3
_LINK_TEXTS = {
    "tunnel-headers": "Show them",
    "new-path": "New path",
    "tunnel-log": "Show the log",
    "stop-tunnel": "Stop",
    "retry-tunnel": "Retry now",
    "test-address": "Test again",
}


class AddressStep(GuideStep):
    """Everything keeps its place while the tunnel starts, because the address and the code have theirs."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, 1, "Public address", parent)
        self._actions = actions
        self.tiles = TunnelTiles(theme, self)
        self.field = StepField(
            theme, "Appears once a tunnel runs or an address is pasted", "Public address", self
        )
        self.field.setReadOnly(True)
        tip = f"Copy the public address ({actions.key('copy-public')})"
        self.copy = IconButton(theme, "copy", "Copy the public address", tip=tip, parent=self)
        self.copy.clicked.connect(actions["copy-public"].trigger)
        self.copy.clicked.connect(self.copy.confirm)
        self.code = QrCode(theme, _QR, self)
        self.proof = ElidedLabel(theme, px=12, tone="text2", parent=self)
        self.links = [Link(theme, parent=self) for _ in range(_MOST_LINKS)]
        """The links after the sentence. Those without a text are hidden."""
        self._dots = [Label(theme, "·", px=12, tone="text2", parent=self) for _ in self.links[1:]]
        self._names = [""] * _MOST_LINKS
        proof = row(theme, self.proof, spacing=7)
        for place, link in enumerate(self.links):
            link.clicked.connect(partial(self._follow, place))
            if place:
                proof.addWidget(self._dots[place - 1])
            proof.addWidget(link)
        proof.addStretch(1)
        left = column(
            theme, self.tiles, 14, row(theme, grow(self.field), self.copy, spacing=6), margins=(0, 0, 0, 0)
        )
        self.add(row(theme, grow(left), at(Qt.AlignmentFlag.AlignTop, self.code), spacing=12), proof)

    def show_view(self, view: AddressView, *, has_primary: bool) -> None:
        """Show the state of the tunnel. `has_primary`: the primary button of the page is one of the tiles."""
        self.tiles.show_view(view, has_primary=has_primary)
        if self.field.text() != (view.address or ""):
            self.field.setText(view.address or "")
            self.field.setCursorPosition(0)
        self.copy.setEnabled(view.address is not None)
        self.code.show_text(
            None if view.is_hidden else view.address, _HIDDEN if view.is_hidden else "QR code"
        )
        if view.is_proved and view.state.round_trip_ms is not None:
            self.show_status(f"round trip {view.state.round_trip_ms:,.0f} ms", "valid")
        elif view.is_proved:
            self.show_status("reachable", "valid")
        else:
            self.show_status(view.words or ("not tested" if view.address else "no tunnel yet"), view.tone)
        self.proof.setText(view.proof)
        shown = [name for name in _LINKS.get(view.state.word, ()) if self._actions[name].isEnabled()]
        for place, link in enumerate(self.links):
            self._names[place] = name = shown[place] if place < len(shown) else ""
            if name:
                is_start = name == "retry-tunnel" and view.is_stopped_by_user
                link.show_text("Start again" if is_start else _LINK_TEXTS[name])
                link.setAccessibleName(self._actions[name].text())
            link.setVisible(bool(name))
            if place:
                self._dots[place - 1].setVisible(bool(name))

    def _follow(self, place: int) -> None:
        self._actions[self._names[place]].trigger()
