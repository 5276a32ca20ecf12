"""Asks for the JSON path of a column: what stands there in each body is shown in the list."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.domain.query import QueryError, path_steps
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class ColumnPathDialog(FormDialog):
    """One field; what is no path is told and the dialog stays."""

    path_entered = Signal(str)
    """A path, without white space around it."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, "Add a column from the body", "Add column", parent)
        about = "It shows what stands at a path, such as $.created_at or $.responses[*].response."
        self.form.addWidget(Label(theme, about, tone="text2", wraps=True))
        self.form.addSpacing(theme.px(6))
        self.field = self.add_line("JSON path", example="$.user_id")
        self.form.addWidget(self.trouble)
        self.field.setFocus()
        self.field.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed("")

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.verb.setEnabled(bool(text.strip()))

    @Slot()
    def _use(self) -> None:
        path = self.field.text().strip()
        try:
            path_steps(path)
        except QueryError as error:
            self.notify(str(error))
            return
        self.accept()
        self.path_entered.emit(path)
