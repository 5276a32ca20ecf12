"""What this program is, and where it keeps what it captured."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

import inspector
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_WHAT = (
    "Shows each Blitzllama webhook as it arrives, whether it is genuine and why not, and replays it byte for"
    " byte."
)


class AboutDialog(FormDialog):
    """Nothing is asked: Return and Esc both close it."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, "About Webhook Inspector", "Close", parent)
        self.form.addWidget(Label(theme, f"Version {inspector.__version__}", tone="text2"))
        self.form.addSpacing(theme.px(6))
        self.form.addWidget(Label(theme, _WHAT, wraps=True))
        self.form.addSpacing(theme.px(6))
        caption = Label(theme, "Captures are kept in", px=12, tone="text2")
        self.place = Label(theme, str(session.database), is_fixed=True, px=12, wraps=True)
        self.place.setAccessibleName(f"Captures are kept in {session.database}")
        self.place.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        caption.setBuddy(self.place)
        self.form.addWidget(caption)
        self.form.addWidget(self.place)
        self.cancel.hide()
        self.verb.clicked.connect(self.accept)
        self.verb.setFocus()
