"""Work in progress in the status line: what it is, how much of it is done, and a link that stops it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import row
from inspector.gui.kit.links import Link
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme


class WorkStatus(QWidget):
    """`Exporting 1,200 of 12,408`, with Stop; hidden while there is no work."""

    stop_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = Label(theme, px=12, tone="text2", parent=self)
        self._bar = ProgressBar(theme, self)
        self.stop = Link(theme, "Stop", parent=self)
        self.stop.clicked.connect(self.stop_clicked)
        row(theme, *(self._text, self._bar, self.stop), spacing=8, on=self)
        self.hide()

    @property
    def text(self) -> str:
        """The work and its numbers, as shown."""
        return self._text.text()

    def name_stop(self, name: str) -> None:
        """Say what the link stops, where several are next to each other."""
        self.stop.setAccessibleName(name)
        self.stop.setToolTip(plain_tip(name))

    @Slot(str, object)
    def show_part(self, what: str, part: float | None) -> None:
        """Show the work and how much of it is done, from 0 to 1; None if that is not known."""
        self._text.setText(what)
        if not self.stop.toolTip():
            self.stop.setAccessibleName(f"Stop {what.partition(' ')[0].lower()}")
        self._bar.setVisible(part is not None)
        if part is not None:
            self._bar.show_part(part)
        self.show()
