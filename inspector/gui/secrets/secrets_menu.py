"""The menu of secrets: the active ones, and the commands for secrets."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.visible import shortened, visible
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.menus import MenuLabel
from inspector.gui.kit.theme import Theme
from inspector.session.signature.given_secret import SecretRow

_THIS_RUN = "No secure keyring found. Secrets are used only until the program ends."


class SecretsMenu(QMenu):
    """A check mark per active secret; rebuilt each time the menu opens."""

    switched = Signal(str, bool)
    """A secret's name, and whether to activate it."""
    removed = Signal(str)

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self.removals = QMenu("Remove secret", self)
        self.removals.triggered.connect(self._remove_triggered)
        self.triggered.connect(self._triggered)

    def fill(self, secrets: tuple[SecretRow, ...], keyring_problem: str | None) -> None:
        """List these secrets. `keyring_problem` is the reason why none can be saved."""
        self.clear()
        self.removals.clear()
        for secret in secrets:
            text = shortened(visible(secret.name), 60).replace("&", "&&")
            action = QAction(f"{text} – {secret.note.rstrip('.')}" if secret.note else text, self)
            action.setCheckable(True)
            action.setChecked(secret.is_active)
            action.setData(secret.name)
            self.addAction(action)
            removal = QAction(text, self.removals)
            removal.setData(secret.name)
            self.removals.addAction(removal)
        if secrets:
            self.addSeparator()
        if self._actions["copy-secret"].isEnabled():
            self.addAction(self._actions["copy-secret"])
        for name in ("add-secret", "import-secret", "try-secret"):
            self.addAction(self._actions[name])
        if secrets:
            self.addMenu(self.removals)
        self.addSeparator()
        self.addAction(self._actions["re-verify"])
        if keyring_problem:
            self.addAction(MenuLabel(self._theme, _THIS_RUN, self, tip=visible(keyring_problem)))

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        if action.isCheckable():
            self.switched.emit(action.data(), action.isChecked())

    @Slot(QAction)
    def _remove_triggered(self, action: QAction) -> None:
        self.removed.emit(action.data())
