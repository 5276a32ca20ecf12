"""Commands about the program: the mask of the screen, and the About dialog."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

import inspector
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.mask_banner import MaskBanner
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
        self._was_on = False
        self.mask_banner = MaskBanner(window.theme, self._mask, window.widget)
        self.mask_banner.preset_selected.connect(self.select_preset)
        self.mask_banner.unmask.clicked.connect(window.action("mask").trigger)
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
        if self._was_on and not is_on:
            self._window.notify(_SHOWN)
        self._was_on = is_on

    @Slot(str)
    def select_preset(self, preset: str) -> None:
        """Save what the mask hides. It takes effect at once."""
        saving = self._window.session.preferences.save("mask", preset)
        self._window.runner.run(saving, "save what the mask hides")


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
