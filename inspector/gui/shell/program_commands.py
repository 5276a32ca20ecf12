"""Commands about the program: the mask of the screen, and the About dialog."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

import inspector
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_SHOWN = "The screen is no longer masked."
_WHAT = (
    "Receives Blitzllama webhooks, verifies their signatures, explains invalid ones, and replays them"
    " byte for byte."
)


class ProgramCommands(QObject):
    """The commands that mask the screen and describe this program."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._mask = window.screen_mask
        self.select_fields = Link(window.theme, "Select fields…", parent=window.widget)
        """A link next to the message about what is hidden."""
        self.select_fields.setAccessibleName("Select the fields to hide")
        self.select_fields.hide()
        window.action("mask").toggled.connect(self._mask.set_on)
        window.action("about").triggered.connect(self.about)
        self._mask.changed.connect(self._show_mask)

    @Slot()
    def about(self) -> None:
        """Show what this program is, and where it stores captures."""
        self._window.open_dialog(partial(AboutDialog, self._window.session, self._window.theme))

    @Slot()
    def _show_mask(self) -> None:
        is_on = self._mask.is_on
        self._window.action("mask").setChecked(is_on)
        self._window.notify(self._mask.summary if is_on else _SHOWN)

    @Slot(str)
    def show_link(self, message: str) -> None:
        """Show the link next to `message` if that is about hidden data."""
        self.select_fields.setVisible(self._mask.is_on and message == self._mask.summary)


class AboutDialog(FormDialog):
    """A dialog without a question: Return and Esc both close it."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, "About Webhook Inspector", "Close", parent)
        self.add(
            Label(theme, f"Version {inspector.__version__}", tone="text2"),
            6,
            Label(theme, _WHAT, wraps=True),
            6,
        )
        caption = Label(theme, "Captures are stored in", px=12, tone="text2")
        self.place = Label(theme, str(session.database), is_fixed=True, px=12, wraps=True)
        self.place.setAccessibleName(f"Captures are stored in {session.database}")
        self.place.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        caption.setBuddy(self.place)
        self.add(caption, self.place)
        self.cancel.hide()
        self.verb.clicked.connect(self.accept)
        self.verb.setFocus()
