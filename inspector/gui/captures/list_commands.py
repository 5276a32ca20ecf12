"""What can be done with the captures that are selected: each verb, and the menu that offers them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QColor, QDrag, QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from inspector.base.errors import InspectorError
from inspector.domain.capture.rows import CaptureRow, MarkColor
from inspector.domain.query import QueryError, parse
from inspector.domain.query.scope import scope_of
from inspector.gui.captures.columns import COLUMNS, NUMBERS, term_of, with_term
from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.view import CaptureView
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

MOST = 100
"""Files of one drag."""
MOST_BYTES = 8 * 2**20
"""Of their bodies: they are written while the pointer waits."""


def why_not(session: Session, ids: Sequence[int]) -> str | None:
    """Return why these captures cannot be dragged, in a sentence; None where they can."""
    if len(ids) > MOST:
        return f"At most {MOST} captures can be dragged at once; export them instead."
    rows = session.captures.rows(ids)
    if sum(row.size for row in rows.values()) > MOST_BYTES:
        return "These bodies are too large to be dragged; export them instead."
    return None if rows else "There is nothing to drag."


def dragged(session: Session, ids: Sequence[int]) -> QMimeData:
    """Return the files of these captures, byte for byte what was sent. Raises InspectorError."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in session.body_files.write(ids)])
    return data


_UNPINNED_AT_ONCE = 500
"""More than these are only pinned: whether all of them are is not looked up."""
_MOST = {
    "edit-replay": 1,
    "copy-as-curl": 1,
    "compare": 2,
    "compare-with": 1,
    "show-respondent": 1,
    "note": 1,
    "save-report": 1,
}
"""How many captures an entry of the menu applies to, if not to any number."""
_SEVERAL = ("pin", "copy-id", "copy-value", "filter-value", "exclude-value", "export-selected", "delete")
COLORS = get_args(MarkColor)
_HIDDEN = "The mask hides this value; the filter would show it."


class ListCommands(QObject):
    """The verbs of one list. `told` has a sentence for the status line."""

    message_posted = Signal(str)
    delete_requested = Signal(object)
    """Ids that are to be cleared."""
    scope_requested = Signal(object)
    """The Scope of the respondent of the selected capture."""
    export_requested = Signal(object)
    """Ids that are to be exported."""

    def __init__(
        self,
        session: Session,
        view: CaptureView,
        model: CaptureModel,
        field: QLineEdit,
        runner: Runner,
        theme: Theme,
        actions: Actions,
        mask: Mask,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._view = view
        self._model = model
        self._field = field
        self._runner = runner
        self._theme = theme
        self._actions = actions
        self._mask = mask
        self._window = window
        view.menu_requested.connect(self.open_menu)
        view.selection_changed.connect(self._selected)
        view.drag_requested.connect(self._drag)
        for name, work in self._verbs().items():
            actions[name].triggered.connect(work)
        for color in (*COLORS, None):
            actions[f"color-{color or 'none'}"].triggered.connect(partial(self.put_color, color))
        self._selected(())

    def _verbs(self) -> dict[str, Callable[[], None]]:
        return {
            "pin": self.pin,
            "show-respondent": self.show_respondent,
            "copy-id": self.copy_id,
            "copy-value": self.copy_value,
            "filter-value": self.filter_value,
            "exclude-value": self.exclude_value,
            "export-selected": self.export,
            "delete": self.delete,
        }

    # ---- marks

    @Slot()
    def pin(self) -> None:
        """Pin what is selected; or unpin it, where all of it is pinned."""
        ids = self._view.selected_ids()
        rows = self._session.captures.rows(ids) if len(ids) <= _UNPINNED_AT_ONCE else {}
        is_pinned = not rows or not all(row.is_pinned for row in rows.values())
        if ids:
            done = "Pinned" if is_pinned else "Unpinned"
            work = self._session.captures.pin(ids, is_pinned=is_pinned)
            self._run(work, f"{done} {_captures(len(ids))}.", "pin captures")

    def put_color(self, color: MarkColor | None) -> None:
        """Give what is selected a colour, or take it."""
        if ids := self._view.selected_ids():
            done = f"Marked {_captures(len(ids))} {color}." if color else "Took the colour away."
            self._run(self._session.captures.put_color(ids, color), done, "colour captures")

    @Slot()
    def show_respondent(self) -> None:
        """Request the scope of the respondent of the selected capture."""
        if (row := self._selected_row()) is not None:
            self.scope_requested.emit(scope_of(row))

    def _selected_row(self) -> CaptureRow | None:
        """The one selected capture, or None."""
        ids = self._view.selected_ids()
        return self._session.captures.rows(ids).get(ids[0]) if len(ids) == 1 else None

    # ---- values

    @Slot()
    def copy_id(self) -> None:
        """Put the ids on the clipboard, one a line."""
        if ids := self._view.selected_ids():
            self._copy(
                "\n".join(map(str, ids)), f"Copied {'the id' if len(ids) == 1 else f'{len(ids):,} ids'}."
            )

    @Slot()
    def copy_value(self) -> None:
        """Put on the clipboard what the cell says; under the mask, what it would say without."""
        if (cell := self._cell()) is not None:
            row = self._session.captures.rows([cell[0]]).get(cell[0])
            self._copy(COLUMNS[NUMBERS[cell[1]]].text(self._exact_line(cell[0], row)), "Copied the value.")

    @Slot()
    def filter_value(self) -> None:
        """List only what has the same value in that column."""
        self._narrow(is_wanted=True)

    @Slot()
    def exclude_value(self) -> None:
        """List only what has another value in that column."""
        self._narrow(is_wanted=False)

    def _narrow(self, *, is_wanted: bool) -> None:
        if (term := self._term()) is None:
            self.message_posted.emit(_HIDDEN if self._is_hidden() else "There is no value here to filter by.")
            return
        try:
            text = with_term(self._field.text(), term, is_wanted=is_wanted)
            parse(text)
        except QueryError as error:
            self.message_posted.emit(str(error))
            return
        self._field.setText(text)

    def _term(self) -> str | None:
        """The filter by the value pointed at; null for none, and for one that the mask hides: the field
        would show it."""
        exact, drawn = self._terms()
        return exact if exact == drawn else None

    def _is_hidden(self) -> bool:
        exact, drawn = self._terms()
        return exact != drawn

    def _terms(self) -> tuple[str | None, str | None]:
        """The filter by the value pointed at: by the exact one, and by what is drawn of it."""
        if (cell := self._cell()) is None:
            return None, None
        capture_id, column = cell
        title = self._model.title(NUMBERS[column])
        row = self._session.captures.rows([capture_id]).get(capture_id)
        drawn = self._mask.rows([capture_id]).get(capture_id)
        if row is None or drawn is None:
            return None, None
        return (
            term_of(column, row, self._exact_line(capture_id, row), title),
            term_of(column, drawn, self._line(capture_id), title),
        )

    def _cell(self) -> tuple[int, str] | None:
        """What was pointed at, where it is selected still; else the respondent of the one chosen."""
        ids = self._view.selected_ids()
        cell = self._view.cell
        if cell is not None and cell[0] in ids:
            return (cell[0], "verdict") if cell[1] == "gutter" else cell
        return (ids[0], "respondent") if ids else None

    def _exact_line(self, capture_id: int, row: CaptureRow | None) -> CaptureLine:
        return replace(line_of(capture_id, row), values=self._model.values_of(capture_id))

    def _line(self, capture_id: int) -> CaptureLine:
        row = self._model.row_of(capture_id)
        assert row is not None
        return self._model.line_at(row)

    # ---- out of the list

    @Slot()
    def export(self) -> None:
        """Ask where to export what is selected."""
        if ids := self._view.selected_ids():
            self.export_requested.emit(ids)

    @Slot()
    def delete(self) -> None:
        """Clear what is selected; it can be undone."""
        if ids := self._view.selected_ids():
            self.delete_requested.emit(ids)

    @Slot()
    def _drag(self) -> None:
        ids = self._view.selected_ids()
        if (reason := why_not(self._session, ids)) is not None:
            self.message_posted.emit(reason)
            return
        try:
            data = dragged(self._session, ids)
        except InspectorError as error:
            self.message_posted.emit(str(error))
            return
        drag = QDrag(self._view)
        drag.setMimeData(data)
        # It waits in a loop of Qt's own, which is safe from a mouse move: no task is being run.
        drag.exec(Qt.DropAction.CopyAction)

    # ---- the menu

    @Slot(object)
    def open_menu(self, place: QPoint) -> None:
        """Offer what can be done with what is selected."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def menu(self) -> QMenu:
        """What can be done with the selection: for several captures, what applies to all of them."""
        actions = self._actions
        menu = QMenu(self._window)
        count = len(self._view.selected_ids())
        term = self._term()
        for name in ("filter-value", "exclude-value"):
            actions[name].setEnabled(term is not None)
        for part in (
            ("replay", "edit-replay"),
            ("copy-as-curl", "copy-value", "copy-id"),
            ("filter-value", "exclude-value"),
            ("compare", "compare-with", "show-respondent"),
        ):
            menu.addActions([actions[name] for name in part if _allows(name, count)])
            menu.addSeparator()
        menu.addActions([actions[name] for name in ("pin", "note") if _allows(name, count)])
        colors = menu.addMenu("Colour")
        for color in (*COLORS, None):
            action = colors.addAction((color or "none").capitalize())
            if color is not None:
                action.setIcon(self._swatch(color))
            action.triggered.connect(actions[f"color-{color or 'none'}"].trigger)
        menu.addSeparator()
        last = ("save-report", "export-selected", "delete")
        menu.addActions([actions[name] for name in last if _allows(name, count)])
        return menu

    def _swatch(self, color: str) -> QIcon:
        pixels = QPixmap(self._theme.px(14), self._theme.px(14))
        pixels.fill(QColor(self._theme.color(f"mark_{color}")))
        return QIcon(pixels)

    @Slot(object)
    def _selected(self, ids: Sequence[int]) -> None:
        for name in (*_SEVERAL, *(f"color-{color}" for color in (*COLORS, "none"))):
            self._actions[name].setEnabled(bool(ids))
        self._actions["note"].setEnabled(len(ids) == 1)
        row = self._selected_row()
        self._actions["show-respondent"].setEnabled(row is not None and bool(row.survey_id and row.user_id))

    # ---- doing and telling

    def _run(self, work: Coroutine[Any, Any, Any], told: str, name: str) -> None:
        self._runner.run(self._tell_after(work, told), name)

    async def _tell_after(self, work: Coroutine[Any, Any, Any], told: str) -> None:
        await work
        self.message_posted.emit(told)

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.message_posted.emit(told)


def _allows(name: str, count: int) -> bool:
    return count <= _MOST.get(name, count)


def _captures(count: int) -> str:
    return f"{count:,} capture{'' if count == 1 else 's'}"
