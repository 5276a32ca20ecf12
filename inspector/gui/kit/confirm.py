"""Asks before something that cannot be taken back: what it means, and the verb that does it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QDialog, QWidget

from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class ConfirmDialog(FormDialog):
    """`accepted` is emitted where its user said yes; Return alone does nothing, as the focus is on Cancel."""

    def __init__(
        self, session: Session, theme: Theme, title: str, text: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, theme, title, verb, parent)
        words = Label(theme, text, tone="text2", wraps=True)
        words.setAccessibleName(text)
        self.form.addWidget(words)
        self.verb.setDefault(False)
        self.verb.clicked.connect(self.accept)
        self.cancel.setFocus()
        for button in (self.cancel, self.verb):
            button.show_focus_always()  # which of them Return presses is seen before a first Tab


def ask_to_discard(session: Session, theme: Theme, title: str, text: str, dialog: QDialog) -> None:
    """Ask before what was entered in `dialog` is lost; it is closed where its user said yes."""
    question = ConfirmDialog(session, theme, title, text, "Discard", dialog)
    question.cancel.show_as("Keep editing", None)
    question.accepted.connect(partial(dialog.done, QDialog.DialogCode.Rejected))
    question.open()
