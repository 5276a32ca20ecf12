"""The selection while the list is read again: in another order, the same captures stay selected."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Slot
from PySide6.QtWidgets import QTableView

from inspector.gui.captures.model import CaptureModel

_MOST = 500
"""If more captures are selected, only the current one is selected again."""
_FLAGS = QItemSelectionModel.SelectionFlag


def selected_spans(view: QTableView) -> list[tuple[int, int]]:
    """Return the first and last row of each selected span, from top to bottom, without overlaps."""
    spans: list[tuple[int, int]] = []
    selection = view.selectionModel().selection()
    parts = [selection.at(number) for number in range(selection.count())]
    for top, bottom in sorted((part.top(), part.bottom()) for part in parts):
        if spans and top <= spans[-1][1]:
            above = spans.pop()
            top, bottom = above[0], max(above[1], bottom)
        spans.append((top, bottom))
    return spans


class RestoredSelection(QObject):
    """The captures to select again when they return to the list.

    A list is filled in parts, so a capture may return only with a later part.
    """

    def __init__(self, view: QTableView, model: CaptureModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._ids: set[int] = set()
        self._looked_at: int | None = None
        self.is_at_work = False
        """Whether this object is selecting rows."""
        model.modelAboutToBeReset.connect(self._keep)
        model.rowsInserted.connect(self.find)

    @property
    def is_pending(self) -> bool:
        """Whether captures that were selected have not returned to the list yet."""
        return bool(self._ids)

    def forget(self) -> None:
        """Forget the selection, because the user has changed it."""
        if not self.is_at_work:
            self._ids.clear()

    @Slot()
    def _keep(self) -> None:
        spans = selected_spans(self._view)
        if not spans:
            return  # captures from before may still return
        current = self._view.currentIndex()
        rows = {current.row()} if current.isValid() else set()
        self._looked_at = next(map(self._model.key_at, rows), None)
        if sum(bottom + 1 - top for top, bottom in spans) <= _MOST:
            rows = {row for top, bottom in spans for row in range(top, bottom + 1)}
        self._ids = set(map(self._model.key_at, rows))

    @Slot()
    def find(self) -> None:
        """Select the captures that are in the list again."""
        if not self._ids or not (found := self._model.rows_of(self._ids)):
            return
        self.is_at_work = True
        selection_model = self._view.selectionModel()
        selection = QItemSelection()
        for capture_id, row in found.items():
            index = self._model.index(row, 1)
            selection.select(index, index)
            if capture_id == self._looked_at:
                selection_model.setCurrentIndex(index, _FLAGS.NoUpdate)
        self._ids -= found.keys()
        selection_model.select(selection, _FLAGS.Select | _FLAGS.Rows)
        if self._looked_at in found:
            self._view.scrollTo(self._view.currentIndex())
        self.is_at_work = False
