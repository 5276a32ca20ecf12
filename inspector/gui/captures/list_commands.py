"""Commands of the list: on the selected captures, their menu, and to clear and restore captures."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QMenu

from inspector.base.quantity import counted
from inspector.domain.capture.rows import CaptureRow, MarkColor
from inspector.domain.query import QueryError, parse
from inspector.domain.query.scope import scope_of
from inspector.gui.captures.columns import COLUMNS, NUMBERS, Column, term_of, with_term
from inspector.gui.captures.file_commands import FileCommands
from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.captures.listing import Listing
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.view import CaptureView
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.session.captures import Addition, Deletion

_UNPINNED_AT_ONCE = 500
"""Above this number, Pin only pins and does not check whether all are pinned already."""
_MOST = {
    "edit-replay": 1,
    "copy-as-curl": 1,
    "compare": 2,
    "compare-with": 1,
    "show-respondent": 1,
    "note": 1,
    "save-report": 1,
}
"""The maximum number of captures for a command of the menu, if it is limited."""
_SEVERAL = (
    *("close-capture", "pin", "copy-id", "copy-value", "filter-value", "exclude-value"),
    *("export-selected", "delete"),
)
COLORS = get_args(MarkColor)
_HIDDEN = "This value is masked, and a filter would reveal it."


class ClearCommands(QObject):
    """The commands that clear, restore and delete captures."""

    cleared = Signal(int, int)
    """The number of cleared captures, which can be restored, and of pinned captures, which stayed."""
    undone = Signal(str)
    """A sentence: why there is nothing left to restore."""

    def __init__(self, window: Window, listing: Listing) -> None:
        super().__init__(window.widget)
        self._window = window
        self._captures = window.session.captures
        self._listing = listing
        window.action("clear").triggered.connect(self.clear)
        window.action("undo").triggered.connect(self.undo)
        window.action("delete-permanently").triggered.connect(self.delete_permanently)

    @Slot()
    def clear(self) -> None:
        """Clear the listed captures. This can be undone."""
        if (selected := self._listing.current_query()) is None:
            self._window.notify("The filter has an error. Fix it, then clear again.")
        else:
            self._window.runner.run(self._hide(self._captures.clear(*selected)), "clear captures")

    @Slot(object)
    def delete(self, ids: Sequence[int]) -> None:
        """Clear these captures. This can be undone."""
        if ids:
            self._window.runner.run(self._hide(self._captures.delete(ids)), "clear captures")

    async def _hide(self, work: Coroutine[Any, Any, Deletion]) -> None:
        deletion = await work
        if deletion.count or deletion.pinned:
            self.cleared.emit(deletion.count, deletion.pinned)

    @Slot()
    def undo(self) -> None:
        """Restore the captures that were cleared last, or remove those that were added last."""
        if steps := self._captures.undo_steps:
            self._window.runner.run(self._undo(steps.pop()), "undo")
        else:
            self._window.notify("There is nothing to undo.")

    async def _undo(self, step: Deletion | Addition) -> None:
        if isinstance(step, Deletion):
            count = await self._captures.undo(step)
            self.undone.emit(f"Restored {counted(count, 'capture')}.")
        else:
            removed = await self._captures.remove_again(step)
            stays = f" {removed.pinned:,} pinned {'stays' if removed.pinned == 1 else 'stay'}."
            said = f"Removed {counted(removed.count, 'added capture')}."
            self.undone.emit(said + stays if removed.pinned else said)

    @Slot()
    def delete_permanently(self) -> None:
        """Ask whether to overwrite the cleared captures in the file."""
        if not (count := sum(deletion.count for deletion in self._captures.deletions)):
            self._window.notify("There are no cleared captures to delete permanently.")
            return
        title = f"Delete {counted(count, 'capture')} permanently?"
        text = "Cleared captures are overwritten in the file. This cannot be undone."
        verb = f"Delete {count:,}"
        window = self._window
        make = partial(ConfirmDialog, window.session, window.theme, title, text, verb)
        if (question := window.open_dialog(make)) is not None:
            question.accepted.connect(self._overwrite)

    @Slot()
    def _overwrite(self) -> None:
        self._window.runner.run(self._delete_permanently(), "delete cleared captures permanently")

    async def _delete_permanently(self) -> None:
        count = await self._window.session.maintenance.delete_for_good()
        self.undone.emit(f"Deleted {counted(count, 'capture')} permanently.")


class ListCommands(QObject):
    """The commands of a list. Their results are posted to the window."""

    def __init__(
        self,
        window: Window,
        view: CaptureView,
        model: CaptureModel,
        field: QueryField,
        clearing: ClearCommands,
        files: FileCommands,
    ) -> None:
        super().__init__(window.widget)
        self._window = window
        self._captures = window.session.captures
        self._view = view
        self._model = model
        self._field = field
        self._clearing = clearing
        self._files = files
        view.menu_requested.connect(self.open_menu)
        view.selection_changed.connect(self._enable_actions)
        for name, command in (
            ("pin", self.pin),
            ("show-respondent", self.show_respondent),
            ("copy-id", self.copy_id),
            ("copy-value", self.copy_value),
            ("filter-value", self.filter_value),
            ("exclude-value", self.exclude_value),
            ("export-selected", self.export),
            ("delete", self.delete),
        ):
            window.action(name).triggered.connect(command)
        for color in (*COLORS, None):
            window.action(f"color-{color or 'none'}").triggered.connect(partial(self.put_color, color))
        self._enable_actions(())

    # ---- marks

    @Slot()
    def pin(self) -> None:
        """Pin the selected captures, or unpin them if all are pinned."""
        self.pin_these(self._view.selected_ids())

    def pin_these(self, ids: tuple[int, ...]) -> None:
        """Pin these captures, or unpin them if all are pinned."""
        rows = self._captures.rows(ids) if len(ids) <= _UNPINNED_AT_ONCE else {}
        is_pinned = not rows or not all(row.is_pinned for row in rows.values())
        if ids:
            done = f"{'Pinned' if is_pinned else 'Unpinned'} {counted(len(ids), 'capture')}."
            self._run(self._captures.pin(ids, is_pinned=is_pinned), done, "pin captures")

    def put_color(self, color: MarkColor | None) -> None:
        """Mark the selected captures with a colour, or remove the mark."""
        if ids := self._view.selected_ids():
            done = f"Marked {counted(len(ids), 'capture')} {color}." if color else "Removed the colour."
            self._run(self._captures.put_color(ids, color), done, "colour captures")

    @Slot()
    def show_respondent(self) -> None:
        """Show the scope of the selected capture's respondent."""
        if (row := self._only_row(self._view.selected_ids())) is not None:
            self._window.show_scope(scope_of(row))

    def _only_row(self, ids: Sequence[int]) -> CaptureRow | None:
        """Return the selected capture if exactly one is selected, or None."""
        return self._captures.rows(ids).get(ids[0]) if len(ids) == 1 else None

    # ---- values

    @Slot()
    def copy_id(self) -> None:
        """Copy the ids, one per line."""
        if ids := self._view.selected_ids():
            copied = "the id" if len(ids) == 1 else f"{len(ids):,} ids"
            self._copy("\n".join(map(str, ids)), f"Copied {copied}.")

    @Slot()
    def copy_value(self) -> None:
        """Copy the text of the cell without the mask."""
        if (cell := self._cell()) is not None:
            capture_id, column = cell
            row = self._captures.rows([capture_id]).get(capture_id)
            self._copy(column.text(self._exact_line(capture_id, row)), "Copied the value.")

    @Slot()
    def filter_value(self) -> None:
        """List only captures with the same value in that column."""
        self._narrow(is_included=True)

    @Slot()
    def exclude_value(self) -> None:
        """List only captures with another value in that column."""
        self._narrow(is_included=False)

    def _narrow(self, *, is_included: bool) -> None:
        exact, drawn = self._terms()
        if exact is None or exact != drawn:
            self._window.notify("This cell has no value to filter by." if exact == drawn else _HIDDEN)
            return
        try:
            text = with_term(self._field.text(), exact, is_included=is_included)
            parse(text)
        except QueryError as error:
            self._window.notify(str(error))
        else:
            self._field.setText(text)

    def _terms(self) -> tuple[str | None, str | None]:
        """Return the filters for the exact and the displayed value of the cell.

        They differ if the mask hides the value, which a filter would reveal.
        """
        if (cell := self._cell()) is None:
            return None, None
        capture_id, column = cell
        title = self._model.title(NUMBERS[column.name])
        row = self._captures.rows([capture_id]).get(capture_id)
        drawn = self._window.screen_mask.rows([capture_id]).get(capture_id)
        place = self._model.row_of(capture_id)
        if row is None or drawn is None or place is None:
            return None, None
        return (
            term_of(column, row, self._exact_line(capture_id, row), title),
            term_of(column, drawn, self._model.line_at(place), title),
        )

    def _cell(self) -> tuple[int, Column] | None:
        """Return id and column of the clicked cell while it is selected. Otherwise the respondent's cell."""
        ids = self._view.selected_ids()
        cell = self._view.cell
        if cell is not None and cell[0] in ids:
            return cell[0], COLUMNS[NUMBERS["verdict" if cell[1] == "gutter" else cell[1]]]
        return (ids[0], COLUMNS[NUMBERS["respondent"]]) if ids else None

    def _exact_line(self, capture_id: int, row: CaptureRow | None) -> CaptureLine:
        return replace(line_of(capture_id, row), values=self._model.values_of(capture_id))

    # ---- export and clear

    @Slot()
    def export(self) -> None:
        """Ask where to export the selected captures."""
        if ids := self._view.selected_ids():
            self._files.export_some(ids)

    @Slot()
    def delete(self) -> None:
        """Clear the selected captures. This can be undone."""
        self._clearing.delete(self._view.selected_ids())

    # ---- menu

    @Slot(object)
    def open_menu(self, place: QPoint) -> None:
        """Open the menu of the selected captures at a point on the screen."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def menu(self) -> QMenu:
        """Return a menu of the commands that apply to all selected captures."""
        menu = QMenu(self._window.widget)
        exact, drawn = self._terms()
        for name in ("filter-value", "exclude-value"):
            self._window.action(name).setEnabled(exact is not None and exact == drawn)
        for part in (
            ("replay", "replay-plan", "edit-replay"),
            ("copy-as-curl", "copy-value", "copy-id"),
            ("filter-value", "exclude-value"),
            ("compare", "compare-with", "show-respondent"),
        ):
            self._add(menu, *part)
            menu.addSeparator()
        self._add(menu, "pin", "note", "open-window")
        colors = menu.addMenu("Colour")
        for color in (*COLORS, None):
            action = colors.addAction((color or "none").capitalize())
            if color is not None:
                action.setIcon(self._swatch(color))
            action.triggered.connect(self._window.action(f"color-{color or 'none'}").trigger)
        menu.addSeparator()
        self._add(menu, "save-report", "export-selected", "delete")
        return menu

    def _add(self, menu: QMenu, *names: str) -> None:
        count = len(self._view.selected_ids())
        menu.addActions([self._window.action(name) for name in names if count <= _MOST.get(name, count)])

    def _swatch(self, color: str) -> QIcon:
        theme = self._window.theme
        pixels = QPixmap(theme.px(14), theme.px(14))
        pixels.fill(QColor(theme.color(f"mark_{color}")))
        return QIcon(pixels)

    @Slot(object)
    def _enable_actions(self, ids: Sequence[int]) -> None:
        for name in (*_SEVERAL, *(f"color-{color}" for color in (*COLORS, "none"))):
            self._window.action(name).setEnabled(bool(ids))
        for name in ("note", "open-window"):
            self._window.action(name).setEnabled(len(ids) == 1)
        row = self._only_row(ids)
        has_respondent = row is not None and bool(row.survey_id and row.user_id)
        self._window.action("show-respondent").setEnabled(has_respondent)

    def _run(self, work: Coroutine[Any, Any, Any], done: str, name: str) -> None:
        self._window.runner.run(self._notify_after(work, done), name)

    async def _notify_after(self, work: Coroutine[Any, Any, Any], done: str) -> None:
        await work
        self._window.notify(done)

    def _copy(self, text: str, done: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.notify(done)
