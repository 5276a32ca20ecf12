"""The actions of a window, made from the table of commands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector.gui.kit.context.command_table import COMMANDS, MENU
from inspector.gui.kit.icons import icon
from inspector.gui.kit.theme import Theme

_CAP = re.compile(r"[^+]+|\+$")


class Actions(QObject):
    """The actions of one window: `actions["follow"].triggered.connect(...)`."""

    def __init__(self, theme: Theme, window: QWidget, *, only: Collection[str] | None = None) -> None:
        """`only`: the names of the actions that this window has; by default, all of them."""
        super().__init__(window)
        self._theme = theme
        self._actions: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.text, self)
            action.setObjectName(command.name)
            self._actions[command.name] = action
            if only is not None and command.name not in only:
                action.setVisible(False)
                continue
            action.setShortcuts([QKeySequence(keys) for keys in command.keys])
            action.setCheckable(command.is_checkable)
            action.setAutoRepeat(not command.is_once)
            if command.is_everywhere:
                action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
            if not (command.has_bare_keys or command.has_own_keys):
                window.addAction(action)
        self._tinting = QTimer(self)
        self._tinting.setSingleShot(True)
        self._tinting.setInterval(0)
        self._tinting.timeout.connect(self._tint)
        theme.changed.connect(self._tinting.start)  # after the window has followed: 90 icons take 16 ms
        self._tint()

    def use_bare_keys_in(self, *places: QWidget) -> None:
        """Enable the commands with bare keys while one of `places`, or a part of it, has the focus.

        Elsewhere a letter may be typed text.
        """
        for command in COMMANDS:
            action = self._actions[command.name]
            if command.has_bare_keys and action.isVisible():
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                for place in places:
                    place.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        """Return the action of this name."""
        return self._actions[name]

    def __iter__(self) -> Iterator[QAction]:
        """Yield every action, in the order of the table."""
        return iter(self._actions.values())

    def key(self, name: str) -> str:
        """Return the keys of an action as text, such as `Shift+R`; empty if it has none."""
        return self._actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def caps(self, name: str) -> tuple[str, ...]:
        """Return the keys of an action, one per key cap: `("Shift", "R")`."""
        return caps_of(self._actions[name])

    def menu(self, parent: QWidget) -> QMenu:
        """Return the main menu."""
        menu = QMenu(parent)
        for name in MENU:
            if name is None:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[name])
        return menu

    @Slot()
    def _tint(self) -> None:
        for command in COMMANDS:
            action = self._actions[command.name]
            if command.icon is not None and action.isVisible():
                action.setIcon(icon(command.icon, self._theme))


def caps_of(action: QAction) -> tuple[str, ...]:
    """Return the keys of an action, one per key cap: `("Shift", "R")`."""
    return tuple(_CAP.findall(action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)))
