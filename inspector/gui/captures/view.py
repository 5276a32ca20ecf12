"""The table of captures. It follows new ones until the user navigates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from inspector.gui.captures.arrangement import CaptureHeader, ColumnArrangement
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.captures.empty_list import NO_MATCH, EmptyList
from inspector.gui.captures.listing import NEWEST_FIRST
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.restored_selection import RestoredSelection, selected_spans
from inspector.gui.captures.row_painter import ColumnPlace, FreshRows, Ground, RowPainter
from inspector.gui.kit.table import fit_rows, set_up_rows
from inspector.gui.kit.theme import Theme
from inspector.session.captures import Order


class CaptureView(QTableView):
    """A table with rows of equal height. If it does not follow, new captures do not move the visible rows."""

    selected = Signal(object)
    """The id of the current capture, or None."""
    selection_changed = Signal(object)
    """A tuple of the selected ids, newest first."""
    menu_requested = Signal(object)
    """The QPoint on the screen where the menu of the selected captures must open."""
    drag_requested = Signal()
    """Emitted when the user drags the selected captures out of the list."""
    reload_requested = Signal()
    """Emitted when the list follows again and captures are missing in its threads."""
    following_changed = Signal(bool, int)
    """Whether the list follows, and the number of captures that arrived since it stopped."""

    def __init__(self, model: CaptureModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._row_painter = RowPainter(theme, self)
        self._header = CaptureHeader(theme, self)
        self.cell: tuple[int, str] | None = None
        """The id and column name of the last clicked cell."""
        self._fresh = FreshRows(self)
        self._fresh.faded.connect(self._fade)
        self._is_following = True
        self._new = 0
        self._is_stale = False
        self._is_own_move = False
        self._shown: int | None = None
        self._is_removal = False
        """Whether the current capture was removed, and the list still has it."""
        self._selected: tuple[int, ...] = ()
        self._is_searching = True
        self._is_quiet = True  # while Qt reads the new model
        self._set_up()
        self.setModel(model)
        self._kept = RestoredSelection(self, model)
        self._is_quiet = False
        self.empty = EmptyList(theme, self.viewport())
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._show_message)
        self.columns = ColumnArrangement(self, self._header, model, theme)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        model.modelReset.connect(self._reset)
        theme.changed.connect(self._header.viewport().update)
        theme.changed.connect(self._fit_rows)

    def _set_up(self) -> None:
        set_up_rows(self, self._theme.row_height)
        self.setAccessibleName("Captures")
        self.setHorizontalHeader(self._header)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setDragEnabled(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)

    @Slot()
    def _fit_rows(self) -> None:
        fit_rows(self, self._theme.row_height)

    # ---- public interface

    @property
    def is_following(self) -> bool:
        """Whether the newest capture stays visible."""
        return self._is_following

    @property
    def message(self) -> str:
        """The text of an empty list. Empty while captures may still be found."""
        return "" if self._model.rowCount() or self._is_searching else NO_MATCH

    @property
    def shown(self) -> int | None:
        """The id of the current capture, or None."""
        return self._shown

    @property
    def is_restoring(self) -> bool:
        """Whether captures that were selected may return with a later part of the list."""
        return self._kept.is_pending

    def add(self, ascending: Sequence[int]) -> None:
        """Insert new captures, on top if nothing newer is listed.

        A list of threads that does not follow only counts them, because their threads would move.
        """
        if self._model.is_threaded and not self._is_following:
            self._is_stale = True
            self._new += len(ascending)
            self.following_changed.emit(False, self._new)
            return
        bar = self.verticalScrollBar()
        before = bar.value()
        top = self.rowAt(0)
        top_id = self._model.id_at(top) if top >= 0 else None
        self._is_own_move = True
        count = self._model.add(ascending)
        if not self._is_following and count and top_id is not None:
            # Row heights are fixed, so the visible rows do not move.
            self.updateGeometries()
            above = (self._model.row_of(top_id) or 0) - top
            bar.setValue(before + above * self.verticalHeader().defaultSectionSize())
        self._is_own_move = False
        if not self._model.is_by_time and ascending:  # it cannot be added in another order
            self._new += len(ascending)
            self.following_changed.emit(False, self._new)
        if not count:
            return
        if not self._is_following:
            self._new += count
            self.following_changed.emit(False, self._new)
        self._fresh.add(ascending)

    def follow(self, is_following: bool) -> None:
        """Keep the newest capture visible with nothing selected, or stop following."""
        if is_following and self.columns.order != NEWEST_FIRST:
            self.columns.order_requested.emit(NEWEST_FIRST)
        if is_following:
            self._new = 0
            self._is_own_move = True
            self._unselect()
            self.scrollToTop()
            self._is_own_move = False
            if self._is_stale:
                self._is_stale = False
                self.reload_requested.emit()
        if is_following != self._is_following or is_following:
            self._is_following = is_following
            self.following_changed.emit(is_following, self._new)

    @Slot()
    def select_nothing(self) -> None:
        """Clear the selection. At the top of the list, follow again."""
        if self.verticalScrollBar().value() == 0 and self.columns.order == NEWEST_FIRST:
            self.follow(True)
        else:
            self._unselect()

    def expect_removal(self) -> None:
        """When the list is next read, without the current capture, keep that as the shown one."""
        self._is_removal = True

    def _unselect(self) -> None:
        self._kept.forget()
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())
        if self._shown is not None:  # a removed capture has no row
            self._show_nothing()

    def _show_nothing(self) -> None:
        if self._shown is not None:
            self._shown = None
            self.selected.emit(None)
        self.selection_changed.emit(())

    @Slot(object)
    def show_order(self, order: Order) -> None:
        """Mark the order of the list. The list follows only with the newest capture on top."""
        self.columns.show_order(order)
        if order != NEWEST_FIRST and self._is_following:
            self.follow(False)

    @Slot()
    @Slot(bool)
    def show_searching(self, is_searching: bool = True) -> None:
        """Show whether more captures may be found."""
        self._is_searching = is_searching
        self._show_message()

    @Slot()
    def _show_message(self) -> None:
        if self.message != self.empty.sentence.text():
            self.empty.show_sentence(self.message)

    def select_capture(self, capture_id: int) -> bool:
        """Select a capture and scroll to it. Return False if the list does not contain it."""
        row = self._model.reveal(capture_id)
        if row is None:
            return False
        self._select_and_show(row)
        return True

    @Slot()
    def select_next(self) -> None:
        """Select the capture below."""
        self.step(1)

    @Slot()
    def select_previous(self) -> None:
        """Select the capture above."""
        self.step(-1)

    @Slot()
    def toggle_following(self) -> None:
        """Follow new captures, or stop following."""
        self.follow(not self._is_following)

    def step(self, by: int) -> None:
        """Select the capture `by` rows below the current one, or the topmost visible one if there is none."""
        rows = self._model.rowCount()
        if not rows:
            return
        # Qt makes a row current when the list gets the focus, even if nothing is selected.
        has_selection = self.selectionModel().hasSelection() and not self._is_following
        row = self.currentIndex().row() + by if has_selection else max(self.rowAt(0), 0)
        self._select_and_show(min(max(row, 0), rows - 1))

    def selected_ids(self) -> tuple[int, ...]:
        """Return the selected ids, newest first, with all captures of a selected thread."""
        return self._model.ids_of(selected_spans(self))

    def selected_rows_ids(self) -> list[tuple[int, ...]]:
        """Return the captures of each selected row, from top to bottom: several for a thread."""
        rows = sorted(self._selected_rows(0, self._model.rowCount() - 1))
        return [tuple(self._model.ids_at(row)) for row in rows]

    # ---- Qt overrides

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not selected.count() and not deselected.count():
            return  # Qt has only moved the selection for inserted rows, at each arrival
        ids = self.selected_ids()
        if ids:
            self._kept.forget()
        is_other, self._selected = ids != self._selected, ids
        if ids and is_other and self._is_following and not self._is_own_selection:
            self.follow(False)
        current = self.currentIndex()
        one = self._model.id_at(current.row()) if ids and current.isValid() else None
        if one != self._shown:
            self._shown = one
            self.selected.emit(one)
        self.selection_changed.emit(ids)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.columns.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible rows in one go. A delegate per cell takes ten times as long."""
        painter = QPainter(self.viewport())
        if self._model.rowCount():
            self._paint_rows(painter, event.rect())

    def _paint_rows(self, painter: QPainter, area: QRect) -> None:
        height = self.verticalHeader().defaultSectionSize()
        first = max(self.rowAt(area.top()), 0)
        top = self.rowViewportPosition(first)
        last = min(first + (area.bottom() - top) // height, self._model.rowCount() - 1)
        places = [
            ColumnPlace(
                column=number, left=self.columnViewportPosition(number), width=self.columnWidth(number)
            )
            for number in range(len(COLUMNS))
            if not self.isColumnHidden(number)
        ]
        self._row_painter.has_inline_tags = self.columns.has_inline_tags
        selected = self._selected_rows(first, last)
        is_active = self.isActiveWindow()
        for row, line in enumerate(self._model.lines(first, last), start=first):
            ground: Ground = "fresh" if line.id in self._fresh else "base"
            if row in selected:
                ground = "selection" if is_active else "selection_no_focus"
            self._row_painter.paint(painter, line, places, top, height, ground)
            top += height

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        self.drag_requested.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        row = self.rowAt(place.y())
        is_chevron = self._model.is_threaded and self.columnAt(place.x()) == 0 and row >= 0
        if is_chevron and self._model.thread_row(row) == row and self._model.toggle_thread(row):
            return
        self._point_at(place)
        super().mousePressEvent(event)
        if self._is_following and self.indexAt(event.position().toPoint()).isValid():
            self.follow(False)  # even if the row was selected already, such as the first arrival

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Request the menu of the selected captures. If opened by keyboard, it opens at the current row."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            if not self.selectionModel().hasSelection():
                return
            area = self.visualRect(self.currentIndex())
            place = self.viewport().mapToGlobal(area.bottomLeft())
            self.cell = None
        elif not self.indexAt(event.pos()).isValid():
            return
        self.menu_requested.emit(place)

    def _point_at(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            self.cell = (self._model.id_at(index.row()), COLUMNS[index.column()].name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Make Home and End go to the ends of the list instead of the row, and Esc clear the selection."""
        key = event.key()
        is_selected = self.selectionModel().hasSelection() and not self._is_following
        is_first = key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not is_selected
        if is_first and event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            self.step(1)  # Qt would continue from the row that it made current
        elif key == Qt.Key.Key_Home and self._model.rowCount():
            self._select_and_show(0)
        elif key == Qt.Key.Key_End and self._model.rowCount():
            self._select_and_show(self._model.rowCount() - 1)
        elif key == Qt.Key.Key_Escape:
            self.select_nothing()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Left) and self._model.is_threaded:
            self._turn_thread(is_open=key == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def _turn_thread(self, *, is_open: bool) -> None:
        """Open the thread of the current row, or fold it and select it."""
        row = self.currentIndex().row()
        if row < 0 or not self.selectionModel().hasSelection():
            return
        head = self._model.thread_row(row)
        if self._model.toggle_thread(row, is_open) and not is_open:
            self._select_and_show(head)

    def keyboardSearch(self, search: str) -> None:
        """Do nothing, because Qt would read every row for a letter that is not a shortcut."""

    def _selected_rows(self, first: int, last: int) -> set[int]:
        """Return the selected rows from `first` to `last`."""
        rows: set[int] = set()
        for top, bottom in selected_spans(self):
            rows.update(range(max(top, first), min(bottom, last) + 1))
        return rows

    @property
    def _is_own_selection(self) -> bool:
        """Whether the program selects rows. Only a selection by the user stops following."""
        return self._is_quiet or self._is_own_move or self._kept.is_at_work

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QTableView.ScrollHint = QTableView.ScrollHint.EnsureVisible,
    ) -> None:
        """Scroll to a row, unless the list follows and keeps the newest captures visible."""
        if not self._is_following:
            super().scrollTo(index, hint)

    def _select_and_show(self, row: int) -> None:
        self._select_row(row)
        if self._is_following:
            self.follow(False)
        self.scrollTo(self._model.index(row, 1))

    def _select_row(self, row: int) -> None:
        index = self._model.index(row, 1)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)

    @Slot()
    def _reset(self) -> None:
        self.columns.fit_to_listed()
        self._fresh.clear()
        self._new = 0
        self._is_stale = False
        if not self._model.is_by_time and self._is_following:
            self.follow(False)
        self._kept.find()
        is_removal, self._is_removal = self._is_removal, False
        if self.selectionModel().hasSelection():
            return
        if is_removal:
            self._kept.forget()
        else:
            self._show_nothing()

    @Slot(int)
    def _scrolled(self, value: int) -> None:
        if self._is_own_move or self._kept.is_at_work:
            return
        if value > 0 and self._is_following:
            self.follow(False)
        elif value == 0 and not self._is_following:
            if self.columns.order != NEWEST_FIRST:
                return
            self._new = 0
            if self.selectionModel().hasSelection():
                self.following_changed.emit(False, 0)
            else:
                self.follow(True)

    @Slot(object)
    def _fade(self, ascending: Sequence[int]) -> None:
        """Remove the tint of rows that are no longer fresh. Skip the redraw if all are out of sight."""
        lowest = self.rowAt(self.viewport().height() - 1)
        if lowest < 0 or ascending[-1] >= self._model.id_at(lowest):
            self.viewport().update()
