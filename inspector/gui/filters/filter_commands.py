"""The commands of saved filters: save, edit, move and remove them, and switch their bells."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from inspector.base.errors import NotFound
from inspector.domain.query import QueryError, parse
from inspector.domain.query.saved_filter import SavedFilter, free_name
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.query.verdict_chips import chipped
from inspector.gui.filters.filter_dialog import FilterDialog
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.context.window import Window


class FilterCommands(QObject):
    """Acts on the filter in the field, and on the saved filters of the tree."""

    saved = Signal(object)
    """The name of a filter that was saved in the dialog."""

    def __init__(self, window: Window, field: QueryField) -> None:
        super().__init__(window.widget)
        self._window = window
        self._field = field
        self._filters = window.session.filters
        self.selected = ""
        """The name of the saved filter that is selected in the tree; empty if there is none."""
        self._removed: tuple[SavedFilter, int] | None = None
        self._save = window.action("save-filter")
        self._save.triggered.connect(self.save)
        self._restore = window.action("restore-filter")
        self._restore.triggered.connect(self.restore)
        self._restore.setEnabled(False)
        field.query_changed.connect(self._allow)
        self._allow(field.text())

    @Slot(str)
    def _allow(self, text: str) -> None:
        if (
            not text
            and self.selected
            and any(one.query for one in self._filters.all() if one.name == self.selected)
        ):
            self.selected = ""
            self._window.show_scope(EVERYTHING)  # the filter is cleared, so its row is not current
        try:
            parse(text)
        except QueryError:
            self._save.setEnabled(False)
        else:
            self._save.setEnabled(bool(text.strip()))

    # ---- what is applied

    @Slot(object)
    def select(self, name: str) -> None:
        """Apply a saved filter. An empty name leaves it, and clears the field unless it was edited."""
        was, self.selected = self.selected, name
        if name:
            try:
                query = self._filters.find(name).query
            except NotFound:  # another program removed it
                query = ""
            self._field.setText(query)
            return
        if was:
            try:
                is_unchanged = self._field.text() == self._shown(self._filters.find(was).query)
            except NotFound:
                is_unchanged = True
            if is_unchanged:
                self._field.clear()

    def _shown(self, query: str) -> str:
        """Return a query in the order in which the field shows it."""
        return chipped(query).text

    # ---- saving and editing

    @Slot()
    def save(self) -> None:
        """Ask for the name of the filter in the field. The selected one is replaced under its name."""
        query = self._field.text().strip()
        known = [one for one in self._filters.all() if one.name == self.selected]
        given = known[0] if known else SavedFilter(name="")
        self._open(replace(given, query=query, silence_s=0))

    @Slot()
    def add(self) -> None:
        """Ask for a new filter, with the query of the field."""
        self._open(SavedFilter(name="", query=self._field.text().strip()))

    @Slot(object)
    def edit(self, name: str) -> None:
        """Open a saved filter in the dialog."""
        self._open(self._filters.find(name), edited=name)

    def _open(self, given: SavedFilter, edited: str = "") -> None:
        session, theme, mask = self._window.session, self._window.theme, self._window.screen_mask
        dialog = self._window.open_dialog(
            lambda parent: FilterDialog(session, theme, given, parent, mask=mask, edited=edited)
        )
        if dialog is not None:
            dialog.saved.connect(self.saved)

    # ---- bells, order, removal

    @Slot(object)
    def toggle_bell(self, name: str) -> None:
        """Switch the bell of a filter."""
        self._window.runner.run(self._toggle(name), "switch the bell of a filter")

    async def _toggle(self, name: str) -> None:
        new = await self._filters.toggle_bell(name)
        what = "New matches alert you" if new.query else "Silence alerts you"
        if new.bell != "on":
            what = "Alerts are muted"
        self._window.runner.message_posted.emit(f"{self._about(new)}: {what}.")

    def _about(self, one: SavedFilter) -> str:
        return self._window.screen_mask.about(one.name, one.query)

    @Slot(object, int)
    def move(self, name: str, by: int) -> None:
        """Move a filter up or down."""
        self._window.runner.run(self._filters.move(name, by), "move a filter")

    @Slot(object)
    def remove(self, name: str) -> None:
        """Remove a filter. It can be restored until the program ends."""
        self._window.runner.run(self._remove(name), "remove a filter")

    async def _remove(self, name: str) -> None:
        self._removed = await self._filters.remove(name)
        name = self._about(self._removed[0])
        self._restore.setEnabled(True)
        self._window.runner.message_posted.emit(f"Removed the filter “{name}”. Ctrl+Shift+Z restores it.")

    @Slot()
    def restore(self) -> None:
        """Restore the filter that was removed last."""
        if self._removed is not None:
            removed, place = self._removed
            names = [one.name for one in self._filters.all()]
            self._removed = None
            self._restore.setEnabled(False)
            free = replace(removed, name=free_name(removed.name, names))
            self._window.runner.run(self._filters.restore(free, place), "restore a filter")

    @Slot(object, QPoint)
    def open_menu(self, name: str, place: QPoint) -> None:
        """Open the menu of a filter, or of the caption if the name is empty."""
        menu = QMenu(self._window.widget)
        if name:
            found = self._filters.find(name)
            bell = "Mute alerts" if found.bell == "on" else "Alert me"
            for text, key, slot in (
                ("Edit…", "F2", partial(self.edit, name)),
                (bell, "Space", partial(self.toggle_bell, name)),
                ("Move up", "Alt+Up", partial(self.move, name, -1)),
                ("Move down", "Alt+Down", partial(self.move, name, 1)),
                ("Remove", "Del", partial(self.remove, name)),
            ):
                action = QAction(f"{text}\t{key}", menu)
                action.triggered.connect(slot)
                menu.addAction(action)
        else:
            new = QAction("New filter…", menu)
            new.triggered.connect(self.add)
            menu.addAction(new)
        menu.addSeparator()
        menu.addAction(self._restore)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
