"""The commands of the responses, the menu of *Responds with*, and its words in the connection bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.gui.responses.responses_dialog import ResponsesDialog
from inspector.gui.responses.rule_list import RuleLine
from inspector.gui.responses.rule_words import button_text, rule_line

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


_CHANGES_MS = 100
_LEARNING = "learning retries"


class ResponseCommands(QObject):
    """Opens the dialog *Responses*, and shows in the connection bar what senders get."""

    response_changed = Signal(str, str)
    """What the connection bar shows, and the longest text that deliveries can make of it."""
    filter_requested = Signal(str)
    """A query: the user wants to see the captures that match a rule."""

    def __init__(self, window: Window, actions: Actions) -> None:
        super().__init__(window.widget)
        self._window = window
        self._responses = window.session.responses
        self._dialog: ResponsesDialog | None = None
        self.menu = ResponsesMenu(window.theme, actions, window.widget)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.menu.switched.connect(self._switch)
        window.action("responses").triggered.connect(self.open)
        window.action("learn-retries").triggered.connect(self.learn_retries)
        SignalBatcher(self._responses.changed, self, _CHANGES_MS).passed.connect(self.show_response)
        window.screen_mask.changed.connect(self.show_response)

    @Slot()
    def show_response(self) -> None:
        """Emit what senders get now."""
        responses = self._responses
        rules, mask = responses.rules, self._window.screen_mask
        left = {rule.id: responses.left(rule.id) for rule in rules}
        text = button_text(rules, left, mask) if responses.learning is None else _LEARNING
        # What deliveries can make of it: each rule for the first n can be the last one with some left.
        full = {rule.id: rule.which.number if rule.which.kind == "first" else None for rule in rules}
        possible = [button_text(some, full, mask) for some in (rules, *((rule,) for rule in rules))]
        self.response_changed.emit(text, max((text, *possible), key=len))

    @Slot()
    def open(self) -> None:
        """Open the dialog, or bring it to the front."""
        if self._dialog is None:
            self._dialog = self._window.open_dialog(self._made, is_modal=False)
            if self._dialog is None:
                return
            self._dialog.finished.connect(self._closed)
            self._dialog.show_requested.connect(self.filter_requested)
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot()
    def learn_retries(self) -> None:
        """Open the dialog with the part that learns the sender's retries."""
        self.open()
        if self._dialog is not None:
            self._dialog.study.learn()

    def _made(self, parent: QWidget) -> ResponsesDialog:
        window = self._window
        return ResponsesDialog(window.session, window.theme, window.screen_mask, parent)

    @Slot()
    def _closed(self) -> None:
        self._dialog = None

    @Slot()
    def _fill_menu(self) -> None:
        mask = self._window.screen_mask
        self.menu.fill([rule_line(rule, mask) for rule in self._responses.rules])

    @Slot(object, bool)
    def _switch(self, key: int, is_on: bool) -> None:
        self._window.runner.run(self._responses.switch(key, is_on), "switch a response rule")
