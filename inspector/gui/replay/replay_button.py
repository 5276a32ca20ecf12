"""The Replay button of the window, with the menu of targets and of other ways to replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.replay.address_text import short_address
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.split_button import SplitButton
from inspector.session.session import Session

_LONGEST = 60
_WIDTH = 144


class TargetMenu(QMenu):
    """The targets of the file, with the current one checked. They are read when the menu opens."""

    selected = Signal(str)
    """The URL or the name of the target that the user selected."""
    another_requested = Signal()
    """The user wants to enter a target."""

    def __init__(
        self, session: Session, mask: Mask, parent: QWidget | None = None, *, then: Sequence[QAction] = ()
    ) -> None:
        """`then`: further actions below the targets."""
        super().__init__(parent)
        self._session = session
        self._mask = mask
        self._then = tuple(then)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        """Show the targets as they are now: the latest first, then those that were not used yet."""
        self.clear()
        used = self._session.replays.used_targets
        named = [target.name for target in self._session.targets.names()]
        entries = []
        for to in (*used, *(name for name in named if name not in used)):
            text = shortened(visible(self._mask.sentence(short_address(to))), _LONGEST)
            entry = self.addAction(text.replace("&", "&&"))
            if (target := self._session.targets.find(to)) is not None:
                entry.setToolTip(plain_tip(self._mask.sentence(target.url)))
            entry.triggered.connect(partial(self._select, to))
            entries.append(entry)
        make_exclusive(entries)
        if used:
            entries[0].setChecked(True)
        self.addAction("Another target…").triggered.connect(self.another_requested)
        if self._then:
            self.addSeparator()
            self.addActions(self._then)

    def _select(self, to: str) -> None:
        self.selected.emit(to)


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
