"""The menu of forwards: how each fares, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from inspector.gui.forwarding.forward_text import mark, place, sentence
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.session.forwards import ForwardRow


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
