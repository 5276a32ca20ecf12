"""Parts of menus: sentences between the verbs, and mutually exclusive entries."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget, QWidgetAction

from inspector.base.visible import shortened, visible
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.theme import Theme

_LONGEST = 90
_LEFT, _RIGHT, _ABOVE = 28, 16, 4


class MenuLabel(QWidgetAction):
    """A sentence in a menu that cannot be selected. A disabled entry would have too little contrast."""

    def __init__(self, theme: Theme, text: str, menu: QMenu, *, tip: str = "") -> None:
        """`text` may contain captured text. Without a `tip`, the tool tip is the whole of a shortened
        text."""
        super().__init__(menu)
        shown = shortened(visible(text), _LONGEST)
        self.setText(shown.replace("&", "&&"))
        self.setEnabled(False)
        label = Label(theme, shown, px=12, tone="text2")
        label.setContentsMargins(*map(theme.px, (_LEFT, _ABOVE, _RIGHT, _ABOVE)))
        label.setToolTip(plain_tip(tip or (visible(text) if shown != visible(text) else "")))
        self.setDefaultWidget(label)


class CheckMenu(QMenu):
    """A menu of check marks. It stays open while a click or Space switches one after the other."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._switch(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space or not self._switch(self.activeAction()):
            super().keyPressEvent(event)

    @staticmethod
    def _switch(action: QAction | None) -> bool:
        is_switch = action is not None and action.isCheckable() and action.isEnabled()
        if action is not None and is_switch:
            action.trigger()
        return is_switch


def open_above(menu: QMenu, button: QWidget) -> None:
    """Open a menu upwards, for a button at the bottom of the window."""
    menu.popup(button.mapToGlobal(QPoint(0, -menu.sizeHint().height())))


def make_exclusive(actions: Sequence[QAction]) -> None:
    """Turn the actions of a menu into radio buttons."""
    if not actions:
        return
    menu = actions[0].parent()
    assert menu is not None, "a menu owns its actions"
    for old in menu.findChildren(QActionGroup, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not old.actions():  # the menu was refilled
            old.deleteLater()
    # WORKAROUND(PySide6 6.11): a child of an action that `addAction` made is garbage together with it, and
    # the collector deletes both: the first entry of the menu would vanish.
    group = QActionGroup(menu)
    for action in actions:
        action.setCheckable(True)
        group.addAction(action)
