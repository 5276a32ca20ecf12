"""Asks which capture another is to be compared with: by its number."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class AskOther(FormDialog):
    """One field; a number that no capture has is told and the dialog stays."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        capture_id: int,
        compare: Callable[[int, int], Coroutine[Any, Any, object]],
        parent: QWidget | None = None,
    ) -> None:
        """`compare` raises InspectorError where there is no such capture."""
        super().__init__(session, theme, f"Compare capture {capture_id:,} with", "Compare", parent)
        self._id = capture_id
        self._compare = compare
        text = (
            "Its number stands in the Id column of the list: a right click on the head of the list shows that"
            " column. Or select two captures in the list, and compare these."
        )
        self.form.addWidget(Label(theme, text, tone="text2", wraps=True))
        self.form.addSpacing(theme.px(6))
        self.field = self.add_line("Number of the other capture")
        self.form.addWidget(self.trouble)
        self.field.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed("")
        self.field.setFocus()

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.verb.setEnabled(_number(text) is not None)

    @Slot()
    def _use(self) -> None:
        if (number := _number(self.field.text())) is not None:
            self.working(is_kept=False)
            comparing = self.runner.run(self._start(number), "compare two captures", self.notify)
            self.rejected.connect(comparing.cancel)

    async def _start(self, number: int) -> None:
        await self._compare(self._id, number)
        self.accept()


def _number(text: str) -> int | None:
    digits = text.strip().removeprefix("id:").replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None
