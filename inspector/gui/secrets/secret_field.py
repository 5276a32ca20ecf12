"""A field for a secret: dots, until its user asks to see it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme


class SecretField(QWidget):
    """A line of text with an eye beside it."""

    def __init__(self, theme: Theme, name: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.text = QLineEdit(text)
        self.text.setEchoMode(QLineEdit.EchoMode.Password)
        self.text.setAccessibleName(name)
        self.text.setMinimumHeight(px(28))
        self.text.setTextMargins(px(5), 0, px(5), 0)
        self.eye = IconButton(theme, "eye", "Show the secret")
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._show_text)
        row(theme, grow(self.text), self.eye, spacing=6, on=self)

    @Slot(bool)
    def _show_text(self, is_shown: bool) -> None:
        self.text.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        self.eye.set_icon_name("eye-off" if is_shown else "eye")
        name = "Hide the secret" if is_shown else "Show the secret"
        self.eye.setAccessibleName(name)
        self.eye.setToolTip(name)
