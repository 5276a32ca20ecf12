"""A field for a secret, whose text is hidden until the user shows it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme


class SecretField(QWidget):
    """A field that hides a secret, with a button that shows it."""

    def __init__(self, theme: Theme, name: str, text: str = "", *, example: str = "") -> None:
        super().__init__()
        self.text = LineField(theme, name, text=text, example=example)
        self.text.setEchoMode(QLineEdit.EchoMode.Password)
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
