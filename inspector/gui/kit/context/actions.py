"""The actions of a window, made from the table of commands."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector.gui.kit.context.command_table import COMMANDS, MENU
from inspector.gui.kit.icons import icon
from inspector.gui.kit.theme import Theme


class Actions(QObject):
    """The actions of one window: `actions["follow"].triggered.connect(...)`."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._actions: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.text, self)
            action.setObjectName(command.name)
            action.setShortcuts([QKeySequence(keys) for keys in command.keys])
            action.setCheckable(command.is_checkable)
            if command.is_everywhere:
                action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
            if not command.has_bare_keys:
                window.addAction(action)
            self._actions[command.name] = action
        theme.changed.connect(self._tint)
        self._tint()

    def use_bare_keys_in(self, *places: QWidget) -> None:
        """Let the commands with bare keys act while one of these, or something in it, has the focus.

        Elsewhere a letter belongs to the text that the user types, also after the focus has left a field.
        """
        for command in COMMANDS:
            if command.has_bare_keys:
                action = self._actions[command.name]
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                for place in places:
                    place.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        """The action of that name."""
        return self._actions[name]

    def __iter__(self) -> Iterator[QAction]:
        """Yield every action, in the order of the table."""
        return iter(self._actions.values())

    def key(self, name: str) -> str:
        """The keys that trigger an action, as a key cap shows them; empty where it has none."""
        return self._actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def caps(self, name: str) -> tuple[str, ...]:
        """The same keys, one cap each: `("Shift", "R")`."""
        return tuple(key for key in self.key(name).split("+") if key)

    def menu(self, parent: QWidget) -> QMenu:
        """The menu of the whole program."""
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
            if command.icon is not None:
                self._actions[command.name].setIcon(icon(command.icon, self._theme))
