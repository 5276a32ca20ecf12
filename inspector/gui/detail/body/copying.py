"""Actions that copy the JSON value at the cursor of a view, or its path."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from inspector.domain.json.walk import JsonPlace, place_at, place_in, source_at
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.body.json_tree import JsonTree
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.context.runner import LatestTask
from inspector.session.session import Session

_INLINE = 8 * 1024
"""In characters; the worker searches longer texts."""
_MOST = 4 * 1024 * 1024
"""In characters; for longer texts, paths are available only in the tree."""


class ValueCopier(QObject):
    """Two actions with shortcuts in the context menu of a view."""

    message_posted = Signal(str)
    """A sentence: what was copied, or why nothing was."""

    def __init__(self, session: Session, view: JsonTree | TextView | HexView) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self.exact: str | None = None
        """The unmasked text to copy values from, if the view shows masked text."""
        self._task = LatestTask(session.tasks, "find the value at the cursor", self)
        is_tree = isinstance(view, JsonTree)
        keys = QKeySequence(QKeySequence.StandardKey.Copy) if is_tree else QKeySequence("Ctrl+Alt+C")
        self.copy_value = self._action("Copy value" if is_tree else "Copy value at cursor", keys)
        self.copy_path = self._action("Copy path", QKeySequence("Ctrl+Shift+C"))
        self.copy_value.triggered.connect(self._copy_value)
        self.copy_path.triggered.connect(self._copy_path)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)

    def _action(self, text: str, keys: QKeySequence) -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(action)
        return action

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        view = self._view
        if isinstance(view, JsonTree) and view.place is None:
            return
        if isinstance(view, TextView):
            if not view.textCursor().hasSelection():
                view.setTextCursor(view.cursorForPosition(place))
            menu = view.createStandardContextMenu()
            menu.setParent(view, menu.windowFlags())
            menu.addSeparator()
        else:
            menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.copy_value, self.copy_path])
        if isinstance(view, JsonTree):
            menu.addSeparator()
            menu.addAction("Expand all").triggered.connect(view.expand_current)
        menu.popup(view.viewport().mapToGlobal(place))

    @Slot()
    def _copy_value(self) -> None:
        self._task.start(self._copy(is_path=False))

    @Slot()
    def _copy_path(self) -> None:
        self._task.start(self._copy(is_path=True))

    async def _copy(self, *, is_path: bool) -> None:
        view, worker = self._view, self._session.worker
        place: JsonPlace | None
        if isinstance(view, JsonTree):
            place = view.place
        elif isinstance(view, HexView):
            place = await worker.run(place_in, view.body, view.offset)
        elif (pointed := view.text_at_cursor(_MOST)) is None:
            self.message_posted.emit("This text is too long to search for a path. Use the tree.")
            return
        elif len(pointed[0]) <= _INLINE:
            place = place_at(*pointed)
        else:
            place = await worker.run(place_at, *pointed)
        if place is None:
            self.message_posted.emit("There is no JSON value at the cursor.")
            return
        source = place.source
        if self.exact is not None and not is_path:
            exact: str | None = await worker.run(source_at, self.exact, place.path)
            source = exact or source
        QGuiApplication.clipboard().setText(place.path if is_path else source)
        self.message_posted.emit(f"Copied {'' if is_path else 'the value of '}{place.path}")
