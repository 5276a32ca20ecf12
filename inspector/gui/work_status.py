"""Some work that goes on, in the status line: what it is, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.labels import Label
from inspector.gui.links import Link
from inspector.gui.run_status import Bar
from inspector.gui.theme import Theme


class WorkStatus(QWidget):
    """`Exporting 1,200 of 12,408`, with Stop; nothing while there is nothing to tell."""

    stop_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._bar = Bar(theme, self)
        self._link = Link(theme, "Stop", parent=self)
        self._link.clicked.connect(self.stop_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        for widget in (self._text, self._bar, self._link):
            row.addWidget(widget)
        self.hide()

    @Slot(str, object)
    def show_part(self, what: str, part: float | None) -> None:
        """What is under way, and how much of it is done, from 0 to 1; null where that is not known."""
        self._text.setText(what)
        self._link.setAccessibleName(f"Stop {what.partition(' ')[0].lower()}")
        self._bar.setVisible(part is not None)
        if part is not None:
            self._bar.show_part(part)
        self.show()
