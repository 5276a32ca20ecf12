"""The menu of *Responds with* in the connection bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.gui.responses.rule_list import RuleLine

_MOST = 12
"""Maximum number of rules in the menu. The dialog has all of them."""
_NO_RULES = "Every delivery gets 200 OK as soon as it is on disk."


class ResponsesMenu(QMenu):
    """A check mark per rule; rebuilt each time the menu opens."""

    switched = Signal(object, bool)
    """A rule's id, and whether to turn it on."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self.triggered.connect(self._triggered)

    def fill(self, lines: Sequence[RuleLine]) -> None:
        """List these rules, already safe to display."""
        self.clear()
        rules = [line for line in lines if line.key is not None]
        for line in rules[:_MOST]:
            text = f"{line.sentence}: {line.note}" if line.is_query and line.note else line.sentence
            action = QAction(text.replace("&", "&&"), self)
            action.setCheckable(True)
            action.setChecked(line.is_on)
            action.setData(line.key)
            self.addAction(action)
        if len(rules) > _MOST:
            self.addAction(MenuLabel(self._theme, f"{len(rules) - _MOST:,} more", self))
        if not rules:
            self.addAction(MenuLabel(self._theme, _NO_RULES, self))
        self.addSeparator()
        for name in ("responses", "learn-retries"):
            self.addAction(self._actions[name])

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        if action.isCheckable():
            self.switched.emit(action.data(), action.isChecked())
