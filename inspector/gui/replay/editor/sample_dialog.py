"""The dialog that saves an edited body as a sample."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class SampleDialog(FormDialog):
    """A name. The sample is then listed in the menu of Send sample."""

    saved = Signal(str)

    def __init__(
        self, session: Session, theme: Theme, body: Callable[[], bytes], parent: QWidget | None = None
    ) -> None:
        """`body` returns the bytes to save."""
        super().__init__(session, theme, "Save as sample", "Save sample", parent)
        self._session = session
        self._body = body
        self.name = self.add_line("Name", example="promoter without a comment")
        self.add(self.error)
        self.explain(
            "The sample is listed in the menu of Send sample. In the terminal, “sample NAME” sends it. It"
            " contains the edited body, including personal answers and the app key. A sample of the same name"
            " is replaced."
        )
        self.verb.clicked.connect(self._save)
        self.name.setFocus()

    @Slot()
    def _save(self) -> None:
        self.working(is_kept=False)
        self.runner.run(self._saved(), "save a sample", self.notify)

    async def _saved(self) -> None:
        name = await self._session.samples.save(self.name.text(), self._body())
        self.saved.emit(name)
        self.accept()
