"""The list on the screen: it follows what arrives until its user moves."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from inspector.gui.captures.columns import COLUMNS, widths
from inspector.gui.captures.header import CaptureHeader
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.row_painter import Ground, Place, RowPainter
from inspector.gui.scrolling import use_thin_scroll_bars
from inspector.gui.theme import Theme

_FRESH_S = 2.0
_FRESH_MOST = 200


class CaptureView(QTableView):
    """A table with rows of one height. What arrives while it does not follow moves nothing on screen."""

    chosen = Signal(object)
    """The id of the one capture that is looked at, or null."""
    selection_changed = Signal(object)
    """A tuple of the ids selected, newest first."""
    following_changed = Signal(bool, int)
    """Whether it follows, and how many arrived above since it does not."""

    def __init__(self, model: CaptureModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._row_painter = RowPainter(theme, self)
        self._header = CaptureHeader(theme, self)
        self._fresh: deque[tuple[float, int]] = deque()
        self._fresh_ids: set[int] = set()
        self._is_following = True
        self._new = 0
        self._is_own_move = False
        self._is_own_fit = False
        self._is_fitted_by_user = False
        self._shown: int | None = None
        self._fading = QTimer(self)
        self._fading.setInterval(100)
        self._fading.timeout.connect(self._fade)
        self._lay_out()
        self.setModel(model)
        self._fit_columns()
        self._header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self._header.sectionResized.connect(self._resized)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        model.modelReset.connect(self._reset)
        theme.changed.connect(self._header.viewport().update)

    # ---- what others ask of it

    @property
    def is_following(self) -> bool:
        """Whether the newest capture is kept in sight."""
        return self._is_following

    @property
    def shown(self) -> int | None:
        """The capture that `chosen` told last."""
        return self._shown

    def add(self, ascending: Sequence[int]) -> None:
        """Put what was captured on top."""
        bar = self.verticalScrollBar()
        before = bar.value()
        self._is_own_move = True
        count = self._model.add(ascending)
        if not self._is_following and count:
            # Row heights are fixed, so what was in sight stays where it was.
            self.updateGeometries()
            bar.setValue(before + count * self.verticalHeader().defaultSectionSize())
        self._is_own_move = False
        if not count:
            return
        if not self._is_following:
            self._new += count
            self.following_changed.emit(False, self._new)
        now = time.monotonic()
        for capture_id in ascending[-_FRESH_MOST:]:
            self._fresh.append((now, capture_id))
            self._fresh_ids.add(capture_id)
        self._fading.start()

    def follow(self, is_following: bool) -> None:
        """Keep the newest in sight from now on, with nothing chosen; or stop where it stands."""
        if is_following:
            self._new = 0
            self._is_own_move = True
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
            self.scrollToTop()
            self._is_own_move = False
        if is_following != self._is_following or is_following:
            self._is_following = is_following
            self.following_changed.emit(is_following, self._new)

    def choose(self, capture_id: int) -> bool:
        """Choose a capture and bring it into sight; false where the list does not hold it."""
        row = self._model.row_of(capture_id)
        if row is None:
            return False
        self._choose_row(row)
        return True

    def step(self, by: int) -> None:
        """Choose the capture that many rows below, or above for a negative number; at first the topmost."""
        rows = self._model.rowCount()
        if not rows:
            return
        # Qt makes a row current when the list gets the focus, though nothing was chosen.
        is_chosen = self.selectionModel().hasSelection()
        row = self.currentIndex().row() + by if is_chosen else max(self.rowAt(0), 0)
        self._choose_row(min(max(row, 0), rows - 1))

    def selected_ids(self) -> tuple[int, ...]:
        """The ids selected, newest first."""
        rows = self._selected_rows(0, self._model.rowCount() - 1)
        return tuple(self._model.id_at(row) for row in sorted(rows))

    # ---- Qt's side

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        ids = self.selected_ids()
        if ids and self._is_following:
            self.follow(False)
        current = self.currentIndex()
        one = self._model.id_at(current.row()) if ids and current.isValid() else None
        if one != self._shown:
            self._shown = one
            self.chosen.emit(one)
        self.selection_changed.emit(ids)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and not self._is_fitted_by_user:
            self._fit_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows in sight, each at once: asking a delegate for every cell takes ten times as long."""
        painter = QPainter(self.viewport())
        if self._model.rowCount():
            self._paint_rows(painter, event.rect())
        else:
            painter.setFont(self._theme.font(13))
            painter.setPen(self._theme.color("text2"))
            area = self.viewport().rect().adjusted(0, self._theme.px(40), 0, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignHCenter, "Nothing here matches.")

    def _paint_rows(self, painter: QPainter, area: QRect) -> None:
        height = self.verticalHeader().defaultSectionSize()
        first = max(self.rowAt(area.top()), 0)
        top = self.rowViewportPosition(first)
        last = min(first + (area.bottom() - top) // height, self._model.rowCount() - 1)
        places = [
            Place(column=number, left=self.columnViewportPosition(number), width=self.columnWidth(number))
            for number in range(len(COLUMNS))
            if not self.isColumnHidden(number)
        ]
        selected = self._selected_rows(first, last)
        is_active = self.isActiveWindow()
        for row, line in enumerate(self._model.lines(first, last), start=first):
            ground: Ground = "fresh" if line.id in self._fresh_ids else "base"
            if row in selected:
                ground = "selection" if is_active else "selection_no_focus"
            self._row_painter.paint(painter, line, places, top, height, ground)
            top += height

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End are those of the list, not of a row."""
        key = event.key()
        if key == Qt.Key.Key_Home and self._model.rowCount():
            self._choose_row(0)
        elif key == Qt.Key.Key_End and self._model.rowCount():
            self._choose_row(self._model.rowCount() - 1)
        else:
            super().keyPressEvent(event)

    def _selected_rows(self, first: int, last: int) -> set[int]:
        """Those selected among these rows."""
        rows: set[int] = set()
        selection = self.selectionModel().selection()
        for part in (selection.at(number) for number in range(selection.count())):
            rows.update(range(max(part.top(), first), min(part.bottom(), last) + 1))
        return rows

    def _choose_row(self, row: int) -> None:
        index = self._model.index(row, 1)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def _fit_columns(self) -> None:
        """Give each column what there is room for."""
        self._is_own_fit = True
        shown = widths(self.viewport().width() / self._theme.scale)
        for number in range(len(COLUMNS)):
            self.setColumnHidden(number, number not in shown)
            if number in shown and number != len(COLUMNS) - 1:
                self.setColumnWidth(number, int(shown[number] * self._theme.scale))
        self._is_own_fit = False

    @Slot(int, int, int)
    def _resized(self, column: int, before: int, after: int) -> None:
        """Widths that its user chose stay, whatever room there is."""
        was_hidden_or_shown = not (before and after)  # told later than it is done
        if not self._is_own_fit and not was_hidden_or_shown and column != len(COLUMNS) - 1:
            self._is_fitted_by_user = True

    def _lay_out(self) -> None:
        self.setAccessibleName("Captures")
        self.setHorizontalHeader(self._header)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        use_thin_scroll_bars(self, self._theme)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(self._theme.px(28))
        rows.setDefaultSectionSize(self._theme.px(28))
        rows.hide()

    @Slot()
    def _reset(self) -> None:
        self._fresh.clear()
        self._fresh_ids.clear()
        self._new = 0
        if self._shown is not None:
            self._shown = None
            self.chosen.emit(None)
        self.selection_changed.emit(())

    @Slot(int)
    def _scrolled(self, value: int) -> None:
        if self._is_own_move:
            return
        if value > 0 and self._is_following:
            self.follow(False)
        elif value == 0 and not self._is_following:
            self._new = 0
            if self.selectionModel().hasSelection():
                self.following_changed.emit(False, 0)
            else:
                self.follow(True)

    @Slot()
    def _fade(self) -> None:
        """Take the tint from rows that are two seconds old."""
        until = time.monotonic() - _FRESH_S
        faded: list[int] = []
        while self._fresh and (self._fresh[0][0] <= until or len(self._fresh) > _FRESH_MOST):
            faded.append(self._fresh.popleft()[1])
        self._fresh_ids.difference_update(faded)
        if faded and self._is_in_sight(faded):
            self.viewport().update()
        if not self._fresh:
            self._fading.stop()

    def _is_in_sight(self, ascending: Sequence[int]) -> bool:
        """Whether any of these may stand on the screen; in a flood what fades has long been pushed down."""
        lowest = self.rowAt(self.viewport().height() - 1)
        return lowest < 0 or ascending[-1] >= self._model.id_at(lowest)
