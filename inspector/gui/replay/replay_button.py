"""The Replay button of the window, with the menu of targets and of other ways to replay."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence

from inspector.gui.kit.context.window import Window
from inspector.gui.kit.controls.split_button import SplitButton
from inspector.gui.replay.target_choice import TargetMenu

_WIDTH = 144


class ReplayButton(SplitButton):
    """The button in the filter row: it replays the selection, or else the newest capture."""

    def __init__(self, window: Window) -> None:
        action = window.action("replay")
        then = tuple(map(window.action, ("replay-plan", "edit-replay")))
        self.targets = TargetMenu(window.session, window.screen_mask, then=then)
        super().__init__(
            window.theme,
            "Replay",
            icon="replay",
            key=action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            width=_WIDTH,
            menu_name="Targets, and other ways to replay",
            menu=self.targets,
        )
        self._action = action
        # A click leaves the focus in the list, so that its shortcuts work.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    @Slot()
    def open_menu(self) -> None:
        self.targets.fill()  # its width decides where it opens
        super().open_menu()

    @Slot(object)
    def show_selection(self, ids: Iterable[int]) -> None:
        """Show how many captures are selected, if there are several."""
        count = len(tuple(ids))
        self.show_as(f"Replay {count:,}" if count > 1 else "Replay", "replay")

    @Slot()
    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
