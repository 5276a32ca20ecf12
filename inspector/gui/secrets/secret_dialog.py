"""Dialogs that ask for a webhook secret: typed, or from an .env file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QListWidget, QListWidgetItem, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.signature.secret import remarks
from inspector.gui.kit.controls.secret_field import SecretField
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_FIRST_NAME = "production"
_ROWS, _ROW = 8, 26


class SecretDialog(FormDialog):
    """A dialog that shows likely mistakes in an entered secret, but never changes it."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, name: str = "", text: str = ""
    ) -> None:
        super().__init__(session, theme, "Add a secret", "Add secret", parent)
        self._session = session
        self.explain(
            "Enter the secret from Blitzllama’s dashboard (Connections › Webhook). It is used exactly as"
            " typed, including whitespace."
        )
        self.name = self.add_line("Name", name="Name of the secret")
        self.name.setText(visible(free_name(session, name or _FIRST_NAME)))
        self.field = SecretField(theme, "Secret", text)
        self.text, self.eye = self.field.text, self.field.eye
        self.add_field("Secret", self.field, self.text)
        self.remarks = Label(theme, px=12, weight=500, tone="warning", wraps=True)
        self.remarks.hide()
        self.add(self.remarks, 4)
        keyring = session.secrets.keyring
        self.keep = QCheckBox("Save in the system’s keyring" if keyring is None else f"Save in {keyring}")
        self.keep.setChecked(keyring is not None)
        self.keep.setVisible(keyring is not None)
        self.add(self.keep)
        why = session.secrets.keyring_problem or "Used only until the program ends."
        if session.secrets.is_loading:
            why = "The keyring is still opening. This secret is used only until the program ends."
        self.not_kept = Label(theme, why, px=12, tone="text2", wraps=True)
        self.not_kept.setVisible(keyring is None)
        self.add(self.not_kept, self.error)
        self.name.textChanged.connect(self._typed)
        self.text.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._add)
        self.text.setFocus()
        self._typed()

    @Slot()
    def _typed(self) -> None:
        found = remarks(self.text.text())
        self.remarks.setText("\n".join(found))
        self.remarks.setVisible(bool(found))
        self.verb.setEnabled(bool(self.name.text().strip() and self.text.text()))
        self.fit()

    @Slot()
    def _add(self) -> None:
        self.working()
        work = self._session.secret_changes.add(
            self.name.text(), self.text.text(), save=self.keep.isChecked()
        )
        self.runner.run(self._done(work), "add a secret", self.notify)

    async def _done(self, work: object) -> None:
        await work  # type: ignore[misc]
        self.accept()


def free_name(session: Session, name: str) -> str:
    """Return `name`, or `name 2` and so on if a secret already has that name."""
    taken = {row.name for row in session.secrets.names()}
    numbered = (f"{name} {number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


class DotenvDialog(FormDialog):
    """A question which variable of an .env file is the secret, the most likely first. Values are not
    shown."""

    selected = Signal(str, str)
    """A variable's name and its text."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        file: Path,
        variables: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(session, theme, "Import from .env", "Use variable…", parent)
        self._variables = tuple(variables)
        px = theme.px
        question = f"Which variable of {shortened(visible(file.name), 60)} is the webhook secret?"
        self.explain(question)
        self.list = QListWidget()
        self.list.setAccessibleName("Variables")
        self.list.setUniformItemSizes(True)
        for name, _ in self._variables:
            item = QListWidgetItem(shortened(visible(name), 80), self.list)
            item.setSizeHint(QSize(0, px(_ROW)))
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(px(_ROW) * min(max(len(self._variables), 3), _ROWS) + 2)
        self.list.itemActivated.connect(self._select)
        self.add(self.list)
        self.verb.clicked.connect(self._select)
        self.list.setFocus()

    @Slot()
    def _select(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.accept()
            self.selected.emit(*self._variables[row])
