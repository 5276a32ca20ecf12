"""The menu of forwards: how each fares, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.session.forwards import ForwardRow

_PLACE = 30


def place(row: ForwardRow, length: int = _PLACE) -> str:
    """Where it leads, cut where that is long."""
    return shortened(visible(row.place), length)


def mark(row: ForwardRow, *, is_short: bool = False) -> str:
    """What is not as usual, in two words or so; empty where all goes out."""
    if row.state == "paused":
        return "paused"
    failed = f"{row.failed:,} failed" if row.failed else ""
    if row.state != "waiting":
        return failed
    waits = "1 waits" if row.waiting == 1 else f"{row.waiting:,} wait" if row.waiting else ""
    return "away" if is_short else ", ".join(filter(None, ("away", waits, failed)))


def sentence(row: ForwardRow) -> str:
    """How it fares, whole."""
    waits = "1 capture waits" if row.waiting == 1 else f"{row.waiting:,} captures wait"
    failed = f" {row.failed:,} could not be forwarded." if row.failed else ""
    if row.state == "paused":
        why = f": {visible(row.trouble)}" if row.trouble else "."
        resumes = f" Resumes at {short_time(row.again_ms)}." if row.again_ms else ""
        return f"Paused{why}{resumes}{f' {waits}.' if row.waiting else ''}{failed}"
    if row.state == "waiting":
        return f"Tries again: {visible(row.trouble or '')} {waits}.{failed}"
    return f"On; {waits if row.waiting else 'nothing waits'}.{failed}"


class ForwardsMenu(QMenu):
    """Of one forward its verbs, of several a menu each; built anew each time it is opened."""

    verb_requested = Signal(str, int)
    """A verb (`pause`, `go-on`, `catch-up`, `relay`, `no-relay`, `change`, `remove`) and a forward's id."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._parts: list[QMenu] = []
        self.triggered.connect(self._triggered)

    def fill(self, rows: tuple[ForwardRow, ...]) -> None:
        """List these."""
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
        for note in (f"Takes {row.takes}", sentence(row)):
            menu.addAction(MenuLabel(self._theme, note, menu))
        menu.addSeparator()
        is_on = row.state != "paused"
        if is_on:
            self._add(menu, "Pause", "pause", row)
        else:
            self._add(menu, "Go on", "go-on", row)
        catch_up = self._add(menu, "Catch up with what it missed", "catch-up", row)
        catch_up.setEnabled(is_on)
        relay = self._add(menu, "Let senders wait for its answer", "no-relay" if row.relays else "relay", row)
        relay.setCheckable(True)
        relay.setChecked(row.relays)
        self._add(menu, "Change what it takes…", "change", row)
        self._add(menu, "Stop forwarding there", "remove", row)

    def _add(self, menu: QMenu, text: str, verb: str, row: ForwardRow) -> QAction:
        action = QAction(text, menu)
        action.setData((verb, row.id))
        menu.addAction(action)
        return action

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        if isinstance(asked := action.data(), tuple):
            self.verb_requested.emit(*asked)


def _text(text: str) -> str:
    return text.replace("&", "&&")
