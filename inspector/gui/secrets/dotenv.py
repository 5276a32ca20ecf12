"""Asks which variable of an .env file is the webhook secret; their texts are not shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from inspector.base.visible import shortened, visible
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_ROWS, _ROW = 8, 26


class DotenvDialog(FormDialog):
    """The likeliest variable is chosen already."""

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
        super().__init__(session, theme, "Import from .env", "Use it…", parent)
        self._variables = tuple(variables)
        px = theme.px
        said = f"Which variable of {shortened(visible(file.name), 60)} is the webhook secret?"
        self.form.addWidget(Label(theme, said, tone="text2", wraps=True))
        self.form.addSpacing(px(6))
        self.list = QListWidget()
        self.list.setAccessibleName("Variables")
        self.list.setUniformItemSizes(True)
        for name, _ in self._variables:
            item = QListWidgetItem(shortened(visible(name), 80), self.list)
            item.setSizeHint(QSize(0, px(_ROW)))
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(px(_ROW) * min(max(len(self._variables), 3), _ROWS) + 2)
        self.list.itemActivated.connect(self._choose)
        self.form.addWidget(self.list)
        self.verb.clicked.connect(self._choose)
        self.list.setFocus()

    @Slot()
    def _choose(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.accept()
            self.selected.emit(*self._variables[row])
