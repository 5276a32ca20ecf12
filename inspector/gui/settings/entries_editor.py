"""An editor for a list of texts: each line can be removed, a new one is typed below."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import LineField


class EntriesEditor(QWidget):
    """Shows a list. It does not change it, but emits the `edited` one."""

    edited = Signal(object)
    """The list that the user wants, as a tuple of texts."""

    def __init__(self, theme: Theme, title: str, example: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._entries: tuple[str, ...] = ()
        self._lines: list[QWidget] = []
        self.field = LineField(theme, f"Add to {title.lower()}", example=example)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._add)
        self.add = Button(theme, "Add")
        self.add.setAccessibleName(f"Add it to {title.lower()}")
        self.add.setEnabled(False)
        self.add.clicked.connect(self._add)
        self.setFocusProxy(self.field)
        self._rows = column(theme, spacing=2)
        column(
            theme,
            self._rows,
            row(theme, grow(self.field), self.add, spacing=8),
            spacing=4,
            margins=(0, 4, 0, 2),
            on=self,
        )

    def show_entries(self, entries: tuple[str, ...]) -> None:
        """Show these entries, and clear the field if its text is one of them."""
        if self.field.text().strip() in entries:
            self.field.clear()
        if entries == self._entries:
            return
        self._entries = entries
        for line in self._lines:
            self._rows.removeWidget(line)
            line.deleteLater()
        self._lines = [self._line(entry) for entry in entries]
        for line in self._lines:
            self._rows.addWidget(line)

    def _line(self, entry: str) -> QWidget:
        line = QWidget(self)
        label = ElidedLabel(self._theme, visible(entry), parent=line)
        remove = IconButton(self._theme, "close", f"Remove {visible(entry)}", parent=line)
        remove.clicked.connect(partial(self._remove, entry))
        row(self._theme, grow(label), remove, spacing=6, margins=(6, 0, 0, 0), on=line)
        return line

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.add.setEnabled(bool(text.strip()))

    @Slot()
    def _add(self) -> None:
        text = self.field.text().strip()
        if text and text not in self._entries:
            self.edited.emit((*self._entries, text))

    def _remove(self, entry: str) -> None:
        self.field.setFocus()  # the button that has it goes
        self.edited.emit(tuple(one for one in self._entries if one != entry))
