"""The shared inbox in the connection bar: its state, its stream, and its menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Slot
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.visible import shortened
from inspector.gui.inbox.inbox_view import InboxView
from inspector.gui.kit.bar_cell import BarCell, Dot
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.session.inbox.state import OFF

_WIDTH, _WIDTH_SMALL = 148, 112
"""Reserved for the longest usual state, so that a new one moves no other cell."""
_LONGEST, _LONGEST_SMALL = 14, 8
"""Maximum characters of the stream's name."""
_ACTIONS = ("connect-inbox", "disconnect-inbox", None, "inbox-gaps", "copy-inbox")


class InboxCell(BarCell):
    """The state is next to the caption, and the dot has its colour. The name of the stream opens the menu."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, "Inbox", parent)
        self._theme = theme
        self._is_small = False
        self._mark = Dot(theme, self)
        self.button = Button(theme, "", is_quiet=True, has_menu=True, parent=self)
        self.button.clicked.connect(self._open)
        self.menu = InboxMenu(theme, actions, self)
        self.add(self._mark, self.button)
        self.row.addStretch(1)
        self.show_view(InboxView(state=OFF))

    def sizeHint(self) -> QSize:
        least = self._theme.px(_WIDTH_SMALL if self._is_small else _WIDTH)
        return QSize(max(least, super().minimumSizeHint().width()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @Slot(object)
    def show_view(self, view: InboxView) -> None:
        """Show the state of the inbox."""
        self._view = view
        is_live = view.state.word == "live"
        self._mark.show_state(view.tone, is_filled=is_live or view.tone != "text2")
        self.show_health(view.health(is_short=self._is_small), view.tone)
        longest = _LONGEST_SMALL if self._is_small else _LONGEST
        self.button.show_as(shortened(view.stream, longest) or "–", None)
        self.button.setAccessibleName(f"Inbox {view.stream}, {view.health()}")
        for part in (self, self.button):
            part.setToolTip(plain_tip(view.tip))

    def show_small(self, is_small: bool) -> None:
        """Use shorter texts in a small window."""
        self._is_small = is_small
        self.show_view(self._view)
        self.updateGeometry()

    @Slot()
    def _open(self) -> None:
        self.menu.fill(self._view)
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))


class InboxMenu(QMenu):
    """What is possible with the inbox, below its state; rebuilt each time the menu opens."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions

    def fill(self, view: InboxView) -> None:
        """List what is possible now."""
        self.clear()
        for line in view.tip.split("\n"):
            self.addAction(MenuLabel(self._theme, line, self))
        self.addSeparator()
        for name in _ACTIONS:
            if name is None:
                self.addSeparator()
            elif self._actions[name].isEnabled():
                self.addAction(self._actions[name])
