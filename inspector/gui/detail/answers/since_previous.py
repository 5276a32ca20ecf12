"""A line below the answers: what changed since the respondent's previous capture."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.base.clock import at_time
from inspector.base.errors import InspectorError
from inspector.domain.capture.capture_diff import CaptureDiff
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.mask.masked_capture import is_masked
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.labels import InfoNote
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_PATIENCE_S = 0.1
"""Moving through the list must not start a comparison."""


class SincePrevious(QWidget):
    """The line is last in the tab, because it appears a moment later and must not move anything."""

    compare_clicked = Signal(int)
    """The id of the previous capture."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._task = LatestTask(session.tasks, "compare with the previous capture", self)
        self._shown: int | None = None
        self._previous: int | None = None
        self.fact = InfoNote(theme)
        self.link = Link(theme, "Compare")
        self.link.clicked.connect(self._clicked)
        beside = QVBoxLayout()
        beside.setContentsMargins(0, theme.px(3), 0, 0)  # aligned with the first line of the sentence
        beside.addWidget(self.link)
        beside.addStretch(1)
        row(theme, grow(self.fact), beside, spacing=8, margins=(0, 4, 0, 0), on=self)
        self.hide()

    def show_detail(self, detail: CaptureDetail) -> None:
        """Compare a capture with the previous one. The same capture can be shown again."""
        if detail.row.id != self._shown:
            self._shown = detail.row.id
            self.hide()
        self._task.start(self._show(detail))

    async def _show(self, detail: CaptureDetail) -> None:
        if is_masked(detail.row):  # masked values must not be compared
            self.hide()
            return
        await asyncio.sleep(_PATIENCE_S)
        try:
            self._previous = await self._session.comparisons.previous(detail.row)
            if self._previous is None:
                self.hide()
                return
            before = await self._session.captures.detail(self._previous)
        except InspectorError:  # it was just cleared
            self.hide()
            return
        found = await self._session.comparisons.bodies(before, detail)
        if not found.is_same_body and not found.in_common:  # typical for single answers
            self.hide()
            return
        self.fact.show_sentence(sentence(before.row, found))
        self.link.setToolTip("Compare both captures")
        self.show()

    @Slot()
    def _clicked(self) -> None:
        if self._previous is not None:
            self.compare_clicked.emit(self._previous)


def sentence(before: CaptureRow, found: CaptureDiff) -> str:
    """Return what changed since `before`. The captures must have a question in common."""
    number = "" if before.question_order is None else f" {before.question_order}"
    what = {"response_group": "the completion", "answer": f"answer{number}"}.get(
        before.event, "an unknown event"
    )
    when = f"{what} {at_time(before.received_ms)}"
    if found.is_same_body:
        return f"Same bytes as the respondent’s previous capture, {when}."
    if not found.changed:
        return f"No answers changed since the respondent’s previous capture, {when}."
    names = [line.name or line.label for line in found.changed[:5]]
    more = f" and {len(found.changed) - 5:,} more" if len(found.changed) > 5 else ""
    many = "question" if len(found.changed) == 1 else "questions"
    return f"Changed since the respondent’s previous capture, {when}: {many} {', '.join(names)}{more}."
