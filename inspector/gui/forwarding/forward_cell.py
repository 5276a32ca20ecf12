"""The forwards in the connection bar: their targets, their state, and their menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QMenu, QSizePolicy, QWidget

from inspector.base.clock import short_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.gui.kit.bar_cell import BarCell
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import ElidedLabel, plain_tip
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.session.forwards import ForwardRow

_PLACE = 30
_WIDEST, _WIDEST_SMALL = "down, 1,234 waiting", "1,234 failed"
"""The longest states that fit next to the place. Longer ones are shortened and have a tool tip."""
_SMALL = 16
"""Maximum characters of a place in a small window."""


class ForwardCell(BarCell):
    """One forward with its check box, or the number of forwards, next to anything unusual about them."""

    switched = Signal(int, bool)
    """A forward's id, and whether to turn it on."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, "Forwards to", parent)
        self.menu = ForwardsMenu(theme, actions, self)
        self._rows: tuple[ForwardRow, ...] = ()
        self._is_small = False
        self._box = QCheckBox(self)
        self._box.clicked.connect(self._clicked)
        self.button = Button(theme, "Nowhere yet", is_quiet=True, has_menu=True, parent=self)
        self.button.clicked.connect(self._open)
        self._theme = theme
        self._mark = ElidedLabel(theme, px=12, weight=500, tone="warning", parent=self)
        for widget in (self._box, self._mark):  # otherwise they make the caption lower
            widget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.add(self._box, self.button, self._mark)
        self.show_rows(())

    def show_rows(self, rows: tuple[ForwardRow, ...]) -> None:
        """Show these forwards. A place without a state means that all is well."""
        self._rows = rows
        self._box.setVisible(len(rows) == 1)
        if not rows:
            text, state, tip = (
                "Nowhere" if self._is_small else "Nowhere yet",
                "",
                "Forward each new capture to a URL",
            )
        elif len(rows) == 1:
            [row] = rows
            text, state, tip = place(row, _SMALL if self._is_small else 30), "", sentence(row)
            state = mark(row, is_short=self._is_small)
            self._box.setChecked(row.state != "paused")
            self._box.setAccessibleName(f"Forward to {place(row, 60)}")
            self._box.setToolTip("Pause forwarding" if row.state != "paused" else "Resume forwarding")
        else:
            text, state = f"{len(rows)} targets", _worst(rows, is_short=self._is_small)
            tip = "\n".join(f"{place(row, 60)}: {sentence(row)}" for row in rows)
        self.button.show_as(text, None)
        self.button.setAccessibleName(f"Forwards to {text}{f', {state}' if state else ''}")
        self.button.setToolTip(plain_tip(tip))
        self._mark.setText(state)
        self._mark.set_tone("text2" if state == "paused" and rows[0].trouble is None else "warning")
        # This width is reserved for any forward, so that a new state moves no other cell.
        widest = _WIDEST_SMALL if self._is_small else _WIDEST
        self._mark.setFixedWidth(self._theme.metrics(12, 500).horizontalAdvance(widest) + 2)
        self._mark.setVisible(bool(rows))

    @property
    def state(self) -> str:
        """The state next to the place, as shown."""
        return self._mark.text()

    def show_small(self, is_small: bool) -> None:
        """Use shorter texts in a small window."""
        self._is_small = is_small
        self.show_rows(self._rows)

    @Slot(bool)
    def _clicked(self, is_on: bool) -> None:
        if len(self._rows) == 1:
            self._box.setChecked(self._rows[0].state != "paused")  # until the session has changed the state
            self.switched.emit(self._rows[0].id, is_on)

    @Slot()
    def _open(self) -> None:
        self.menu.fill(self._rows)
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))


def _worst(rows: tuple[ForwardRow, ...], *, is_short: bool) -> str:
    """Return what is unusual about any of several forwards."""
    away = sum(row.state == "waiting" for row in rows)
    paused = sum(row.state == "paused" for row in rows)
    failed = sum(row.failed for row in rows)
    parts = [
        f"{away} down" if away else "",
        f"{paused} paused" if paused else "",
        f"{failed:,} failed" if failed else "",
    ]
    shown = [part for part in parts if part]
    return ", ".join(shown[:1] if is_short else shown)


class ForwardsMenu(QMenu):
    """The verbs of one forward, or one submenu per forward; rebuilt each time the menu opens."""

    verb_requested = Signal(str, int)
    """A verb (`pause`, `resume`, `catch-up`, `relay`, `no-relay`, `change`, `remove`) and a forward's id."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._parts: list[QMenu] = []
        self.triggered.connect(self._triggered)

    def fill(self, rows: tuple[ForwardRow, ...]) -> None:
        """List these forwards."""
        self.clear()
        for part in self._parts:
            part.deleteLater()
        self._parts = []
        for row in rows:
            menu: QMenu = self
            if len(rows) > 1:
                state = mark(row)
                title = f"{place(row, 60)} – {state}" if state else place(row, 60)
                menu = QMenu(_text(title), self)
                self._parts.append(menu)
                self.addMenu(menu)
            self._fill_one(menu, row)
        if rows:
            self.addSeparator()
        self.addAction(self._actions["forward-to"])

    def _fill_one(self, menu: QMenu, row: ForwardRow) -> None:
        for note in (f"Forwards {row.takes}", sentence(row)):
            menu.addAction(MenuLabel(self._theme, note, menu))
        menu.addSeparator()
        is_on = row.state != "paused"
        if is_on:
            self._add(menu, "Pause", "pause", row)
        else:
            self._add(menu, "Resume", "resume", row)
        catch_up = self._add(menu, "Catch up on missed captures", "catch-up", row)
        catch_up.setEnabled(is_on)
        relay = self._add(menu, "Relay responses to senders", "no-relay" if row.relays else "relay", row)
        relay.setCheckable(True)
        relay.setChecked(row.relays)
        self._add(menu, "Change filter…", "change", row)
        self._add(menu, "Remove forward", "remove", row)

    def _add(self, menu: QMenu, text: str, verb: str, row: ForwardRow) -> QAction:
        action = QAction(text, menu)
        action.setData((verb, row.id))
        menu.addAction(action)
        return action

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        if isinstance(requested := action.data(), tuple):
            self.verb_requested.emit(*requested)


def place(row: ForwardRow, length: int = _PLACE) -> str:
    """Return the place of a forward, shortened to `length`."""
    return shortened(visible(row.place), length)


def mark(row: ForwardRow, *, is_short: bool = False) -> str:
    """Return what is unusual about a forward, in a few words; empty if all captures are delivered."""
    if row.state == "paused":
        return "paused"
    failed = f"{row.failed:,} failed" if row.failed else ""
    if row.state != "waiting":
        return failed
    waits = f"{row.waiting:,} waiting" if row.waiting else ""
    return "down" if is_short else ", ".join(filter(None, ("down", waits, failed)))


def sentence(row: ForwardRow) -> str:
    """Return the state of a forward as sentences."""
    waits = f"{counted(row.waiting, 'capture')} waiting"
    failed = f" {counted(row.failed, 'capture')} could not be forwarded." if row.failed else ""
    if row.state == "paused":
        why = f": {visible(row.trouble)}" if row.trouble else "."
        resumes = f" Resumes at {short_time(row.again_ms)}." if row.again_ms else ""
        return f"Paused{why}{resumes}{f' {waits}.' if row.waiting else ''}{failed}"
    if row.state == "waiting":
        return f"Retrying: {visible(row.trouble or '')} {waits}.{failed}"
    return f"On, {waits if row.waiting else 'nothing waiting'}.{failed}"


def _text(text: str) -> str:
    return text.replace("&", "&&")
