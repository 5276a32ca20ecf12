"""The menu of the columns: visibility, the order of the list, and columns from the body."""

from __future__ import annotations

import asyncio
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from inspector.domain.json.json_path import PathError, path_steps
from inspector.gui.captures.columns import COLUMNS, PATHS
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.view import CaptureView
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.session.captures import Order
from inspector.session.session import Session


class ColumnPathDialog(FormDialog):
    """A dialog for a JSON path. If the path is invalid, it shows a message and stays open."""

    path_entered = Signal(str)
    """A valid path without surrounding white space."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, "Add a column from the body", "Add column", parent)
        about = "Shows the value at a JSON path, such as $.created_at or $.responses[*].response."
        self.explain(about)
        self.field = self.add_line("JSON path", example="$.user_id")
        self.add(self.error)
        self.field.setFocus()
        self.field.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed("")

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.verb.setEnabled(bool(text.strip()))

    @Slot()
    def _use(self) -> None:
        path = self.field.text().strip()
        try:
            path_steps(path)
        except PathError as error:
            self.notify(str(error))
            return
        self.accept()
        self.path_entered.emit(path)


class ColumnsMenu(QObject):
    """A menu that opens at the list header, or by keyboard."""

    def __init__(self, window: Window, view: CaptureView, model: CaptureModel) -> None:
        super().__init__(window.widget)
        self._window = window
        self._columns = view.columns
        self._model = model
        view.columns.header.menu_requested.connect(self.open_at)
        model.values_requested.connect(self._read_values)

    @Slot()
    def open(self) -> None:
        """Open the menu below the list header."""
        self.open_at(self._columns.menu_place())

    @Slot(object)
    def open_at(self, place: QPoint) -> None:
        """Open the menu at a point on the screen."""
        menu = QMenu(self._window.widget)
        menu.aboutToHide.connect(menu.deleteLater)
        for number, column in enumerate(COLUMNS):
            title = self._model.title(number)
            if column.is_fixed or not title:
                continue
            reason = self._columns.why_hidden(column.name)
            action = menu.addAction(title.replace("&", "&&") + (f" – {reason}" if reason else ""))
            action.setCheckable(True)
            action.setChecked(column.name in self._columns.selected)
            action.triggered.connect(partial(self._switch, column.name))
        menu.addSeparator()
        add = menu.addAction("Add a column from the body…")
        add.triggered.connect(self.ask_path)
        add.setEnabled(len(self._model.paths) < PATHS)
        if self._model.paths:
            remove = menu.addMenu("Remove a column from the body")
            for path in self._model.paths:
                remove.addAction(path.replace("&", "&&")).triggered.connect(partial(self.remove_path, path))
        menu.addAction("Restore default columns").triggered.connect(self._columns.use_usual)
        menu.addSeparator()
        orders = menu.addMenu("Sort by")
        actions = self._order_actions(orders)
        orders.addActions(actions)
        make_exclusive(actions)
        menu.popup(place)

    def _order_actions(self, parent: QMenu) -> list[QAction]:
        actions = []
        for text, order in (
            ("Newest first", Order()),
            ("Oldest first", Order(is_descending=False)),
            ("Verdict, worst first", Order(by="verdict", is_descending=False)),
            ("Survey", Order(by="survey", is_descending=False)),
            ("Size, largest first", Order(by="size")),
            ("Status of the last attempt, highest first", Order(by="status")),
            *(
                (path, Order(by=path, is_descending=False, steps=path_steps(path)))
                for path in self._model.paths
            ),
        ):
            action = QAction(text.replace("&", "&&"), parent)
            action.setCheckable(True)
            action.setChecked(order == self._columns.order)
            action.triggered.connect(partial(self._columns.order_requested.emit, order))
            actions.append(action)
        return actions

    # ---- columns from the body

    @Slot()
    def ask_path(self) -> None:
        """Ask for a JSON path."""
        make = partial(ColumnPathDialog, self._window.session, self._window.theme)
        if (dialog := self._window.open_dialog(make)) is not None:
            dialog.path_entered.connect(self.add_path)

    @Slot(str)
    def add_path(self, path: str) -> None:
        """Show the values at a JSON path as a column."""
        path = path.strip()
        try:
            path_steps(path)
        except PathError as error:
            self._window.notify(str(error))
            return
        if path in self._model.paths or len(self._model.paths) >= PATHS:
            return
        self.use_paths((*self._model.paths, path))
        self._columns.select({*self._columns.selected, f"path-{len(self._model.paths)}"})

    @Slot(str)
    def remove_path(self, path: str) -> None:
        """Remove the column of a JSON path."""
        paths = self._model.paths
        shown = {
            f"path-{place}"
            for place, one in enumerate((one for one in paths if one != path), start=1)
            if f"path-{paths.index(one) + 1}" in self._columns.selected
        }
        if self._columns.order.by == path:
            self._columns.order_requested.emit(Order())
        self.use_paths([one for one in paths if one != path])
        usual = {name for name in self._columns.selected if not name.startswith("path-")}
        self._columns.select(usual | shown)

    def use_paths(self, paths: tuple[str, ...] | list[str]) -> None:
        """Use columns from these paths, at most `PATHS`."""
        self._model.set_paths(tuple(paths[:PATHS]))

    @Slot(object)
    def _read_values(self, ids: tuple[int, ...]) -> None:
        paths = self._model.paths
        self._window.runner.run(self._fetch(ids, paths), "read values of the body")

    async def _fetch(self, ids: tuple[int, ...], paths: tuple[str, ...]) -> None:
        values = await self._window.session.captures.values(ids, [path_steps(path) for path in paths])
        # No slot may run inside a task (see signal_batcher.py).
        asyncio.get_running_loop().call_soon(self._put, values, paths)

    def _put(self, values: dict[int, tuple[str, ...]], paths: tuple[str, ...]) -> None:
        if paths == self._model.paths:
            self._model.put_values(values)

    # ---- visibility

    def _switch(self, name: str) -> None:
        self._columns.select(self._columns.selected ^ {name})
