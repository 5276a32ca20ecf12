"""The targets of the file as a menu, and the words in a strip that open it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.replay.address_text import short_address
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import row
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_LONGEST = 60
MENU, _LEAST, _ENOUGH = 44, 96, 200
"""Design widths of a target without its text, the least with it, and one in which most are whole."""


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


class TargetChoice(QWidget):
    """The words `to localhost:3000/hook`, which open the menu of targets."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mask = mask
        self._to = ""
        self._caption = Label(theme, "to", px=12, tone="text2")
        self.button = _TargetButton(theme, "", is_quiet=True, has_menu=True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self._open)
        self.targets = TargetMenu(session, mask, self)
        row(theme, self._caption, self.button, spacing=6, on=self)

    def show_target(self, to: str | None) -> None:
        """Show another target, by its URL or its name; None without one."""
        self._to = "" if to is None else shortened(visible(self._mask.sentence(short_address(to))), _LONGEST)

    def wish(self) -> int:
        """Return the width in pixels in which the target is whole, or enough of a long one is shown."""
        px = self._theme.px
        self.button.show_as(self._to or "Select a target", None)
        whole = self._caption.sizeHint().width() + px(6) + self.button.sizeHint().width()
        return min(whole, px(_ENOUGH))

    def fit(self, room: int) -> None:
        """Use at most this width in pixels. In a narrow one, only the arrow of the menu remains."""
        px = self._theme.px
        self.button.show_as(self._to or "Select a target", None)
        self.button.setToolTip(plain_tip(f"Replay to {self._to}" if self._to else "Select a target"))
        room -= self._caption.sizeHint().width() + px(6)
        has_text = room >= min(self.button.sizeHint().width(), px(_LEAST))
        if not has_text:
            self.button.show_as("", None)
        self.button.setAccessibleName(f"Target: {self._to or 'none'}")
        self.button.setMaximumWidth(max(room, px(MENU)))
        self._caption.setVisible(has_text and bool(self._to))

    @Slot()
    def _open(self) -> None:
        self.targets.fill()
        shift = self.button.width() - self.targets.sizeHint().width()
        self.targets.popup(self.button.mapToGlobal(QPoint(shift, self.button.height())))


class _TargetButton(Button):
    """A quiet button that shortens its text."""

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._theme.px(24), self.sizeHint().width()), self.sizeHint().height())

    def show_as(self, text: str, icon: str | None) -> None:
        super().show_as(text, icon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
