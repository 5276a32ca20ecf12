"""Captures dragged out of the window: as files with their bodies, and respondents as folders of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from PySide6.QtCore import QMimeData, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDrag

from inspector.base.errors import InspectorError
from inspector.domain.query.scope import Scope
from inspector.gui.captures.view import CaptureView
from inspector.gui.kit.context.window import Window
from inspector.session.session import Session

MOST_DRAGGED = 100
_MOST_BYTES = 8 * 2**20
"""The maximum total size of dragged bodies, because they are written while the pointer waits."""


class DragOut(QObject):
    """Drags the selected rows of the list, or a respondent of the tree."""

    def __init__(self, window: Window, view: CaptureView) -> None:
        super().__init__(window.widget)
        self._window = window
        self._view = view
        view.drag_requested.connect(self._drag_selected)

    @Slot()
    def _drag_selected(self) -> None:
        rows = self._view.selected_rows_ids()
        self._drag([ids[0] for ids in rows if len(ids) == 1], [ids for ids in rows if len(ids) > 1])

    @Slot(object)
    def drag_respondent(self, scope: Scope) -> None:
        """Drag the captures of a respondent as a folder."""
        captures = self._window.session.captures
        self._drag([], [captures.newest(scope, limit=MOST_DRAGGED + 1)])

    def _drag(self, ids: Sequence[int], respondents: Sequence[Sequence[int]]) -> None:
        if (reason := self._why_not([*ids, *chain.from_iterable(respondents)])) is not None:
            self._window.notify(reason)
            return
        try:
            data = dragged(self._window.session, ids, respondents)
        except InspectorError as error:
            self._window.notify(str(error))
            return
        drag = QDrag(self._view)
        drag.setMimeData(data)
        # exec runs Qt's own event loop. That is safe in a mouse move, because no task is running.
        drag.exec(Qt.DropAction.CopyAction)

    def _why_not(self, ids: Sequence[int]) -> str | None:
        if len(ids) > MOST_DRAGGED:
            return f"Cannot drag more than {MOST_DRAGGED} captures. Export them instead."
        rows = self._window.session.captures.rows(ids)
        if sum(row.size for row in rows.values()) > _MOST_BYTES:
            return "These bodies are too large to drag. Export the captures instead."
        return None if rows else "No captures to drag."


def dragged(session: Session, ids: Sequence[int], respondents: Sequence[Sequence[int]] = ()) -> QMimeData:
    """Return the bodies of captures as files, and those of each respondent as a folder.

    Raises InspectorError if they cannot be written.
    """
    paths = session.body_files.write(ids) if ids else []
    paths += [session.body_files.write_folder(members) for members in respondents]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data
