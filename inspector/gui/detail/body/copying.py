"""Copies the value that a text or bytes of JSON show at the cursor, or the path of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector.domain.json.walk import JsonPlace, place_at, place_in, source_at
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.context.runner import LatestTask
from inspector.session.session import Session

_INLINE = 8 * 1024
"""In a longer text the value is found in the worker."""
_MOST = 4 * 1024 * 1024
"""Characters; in a longer text the tree knows the paths."""


class Copying(QObject):
    """Adds two entries to the menu of a view, with their keys."""

    message_posted = Signal(str)
    """What was copied, or why nothing was."""

    def __init__(self, session: Session, view: TextView | HexView, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self.exact: str | None = None
        """What values are copied of, where what is shown has parts of it hidden."""
        self._load = LatestTask(session.tasks, "find the value at the cursor")
        self._value = self._action("Copy value here", "Ctrl+Alt+C")
        self._path = self._action("Copy path", "Ctrl+Shift+C")
        self._value.triggered.connect(self._copy_value)
        self._path.triggered.connect(self._copy_path)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)

    def _action(self, text: str, keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(action)
        return action

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        if isinstance(self._view, HexView):
            menu = QMenu(self._view)
        else:
            if not self._view.textCursor().hasSelection():
                self._view.setTextCursor(self._view.cursorForPosition(place))
            menu = self._view.createStandardContextMenu()
            menu.setParent(self._view, menu.windowFlags())
            menu.addSeparator()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._value, self._path])
        menu.popup(self._view.viewport().mapToGlobal(place))

    @Slot()
    def _copy_value(self) -> None:
        self._load.start(self._copy(is_path=False))

    @Slot()
    def _copy_path(self) -> None:
        self._load.start(self._copy(is_path=True))

    async def _copy(self, *, is_path: bool) -> None:
        place: JsonPlace | None
        if isinstance(self._view, HexView):
            place = await self._session.worker.run(place_in, self._view.body, self._view.offset)
        elif (pointed := self._view.text_at_cursor(_MOST)) is None:
            self.message_posted.emit("This much text is not searched for a path; the tree has them.")
            return
        elif len(pointed[0]) <= _INLINE:
            place = place_at(*pointed)
        else:
            place = await self._session.worker.run(place_at, *pointed)
        if place is None:
            self.message_posted.emit("No value of JSON stands at the cursor.")
            return
        source = place.source
        if self.exact is not None and not is_path:
            found: str | None = await self._session.worker.run(source_at, self.exact, place.path)
            source = found or source
        QGuiApplication.clipboard().setText(place.path if is_path else source)
        self.message_posted.emit(f"Copied {place.path}" if is_path else f"Copied the value of {place.path}")
