"""The columns of the list: visibility, widths, positions, and sorting by a click on a title."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from inspector.domain.json.json_path import path_steps
from inspector.domain.query.scope import Scope
from inspector.gui.captures.column_widths import NARROW_VERDICT, SCROLLED_ANSWER, constant_columns, widths
from inspector.gui.captures.columns import COLUMNS, NUMBERS, USUAL, Column
from inspector.gui.captures.line import CaptureLine
from inspector.gui.captures.model import CaptureModel
from inspector.gui.captures.row_painter import tags_width
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.theme import Theme
from inspector.session.captures import Order
from inspector.settings.window_state import Arrangement

_GAP = 8


class CaptureHeader(QHeaderView):
    """The titles of the columns, with an arrow on the one that the list is sorted by."""

    menu_requested = Signal(object)
    """The QPoint on the screen where the menu of the columns must open."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._order = Order()
        self._button: QWidget | None = None
        self.setAccessibleName("Columns")
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(theme.px(28))
        theme.changed.connect(self.viewport().update)

    def add_button(self, button: QWidget) -> None:
        """Show a button at the right, as long as it does not cover the last title."""
        self._button = button
        self.sectionResized.connect(self._show_button)
        self._show_button()

    @Slot()
    def _show_button(self) -> None:
        if (button := self._button) is not None:
            title = self._theme.metrics(12, 500).horizontalAdvance(COLUMNS[-1].title)
            room = self.sectionSize(self.logicalIndex(self.count() - 1)) - title - self._theme.px(24)
            button.setVisible(room >= button.width())

    def show_order(self, order: Order) -> None:
        """Mark the column that the list is sorted by."""
        self._order = order
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.px(28))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(QPoint(event.globalPos()))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        title = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal) or "")
        is_order = self._is_order(logicalIndex, title)
        px = self._theme.px
        painter.save()
        painter.fillRect(rect, self._theme.color("base"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._theme.color("line"))
        font = self._theme.font(12, 500 if is_order else 400)
        painter.setFont(font)
        painter.setPen(self._theme.color("text" if is_order else "text2"))
        metrics = QFontMetrics(font)
        room = rect.width() - px(_GAP) - (px(17) if is_order else 0)
        if rect.width() <= px(NARROW_VERDICT):  # only the glyph of the verdict has room
            title = ""
        # The end of a path is more specific than its beginning.
        mode = Qt.TextElideMode.ElideLeft if title.startswith("$") else Qt.TextElideMode.ElideRight
        shown = metrics.elidedText(title, mode, max(room, 0))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if is_order:
            left = rect.left() + metrics.horizontalAdvance(shown) + px(5)
            area = QRectF(left, rect.top(), px(12), rect.height())
            name = "chevron-down" if self._order.is_descending else "chevron-up"
            paint_icon(painter, name, self._theme, area, "text2", 12)
        painter.restore()

    def _is_order(self, section: int, title: str) -> bool:
        column = COLUMNS[section]
        if column.place is not None:
            return bool(title) and self._order.by == title
        # Age and Id sort by time, too, but only one column is marked.
        return column.key == self._order.by and column.name == self._order.by


_LAST = len(COLUMNS) - 1
_LEAST, _MOST = 20, 4_000
"""The smallest and largest width accepted from a saved arrangement."""
_AGE_MS = 1_000
_WIDEST_AGE = "59 min ago"
_LOUDEST = 600
"""The heavier font weight of the two themes: dark mode uses it, and it is wider."""


class ColumnArrangement(QObject):
    """The arrangement of the columns. They fit the width of the list until the user resizes one."""

    order_requested = Signal(object)
    """The requested Order of the list."""

    def __init__(self, view: QTableView, header: CaptureHeader, model: CaptureModel, theme: Theme) -> None:
        super().__init__(view)
        self._view = view
        self._header = header
        self._model = model
        self._theme = theme
        self._order = Order()
        self._selected: frozenset[str] = USUAL
        self._constant: frozenset[str] = frozenset()
        self._has_tags = False
        self._has_ages = False
        self._is_fit_due = True
        self._lines: list[CaptureLine] = []
        self._is_own_fit = False
        self._is_sized = False
        self._ageing = QTimer(self)
        self._ageing.setInterval(_AGE_MS)
        self._ageing.timeout.connect(self._repaint)
        self.fit()
        # Qt's own stretching sets the minimum width if the other columns fill the view.
        header.setSectionResizeMode(_LAST, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(self._resized)
        header.sectionMoved.connect(self._moved)
        header.sectionClicked.connect(self._clicked)
        model.headerDataChanged.connect(header.viewport().update)
        theme.changed.connect(self.fit)

    @property
    def header(self) -> CaptureHeader:
        """The titles of the columns."""
        return self._header

    # ---- visibility

    @property
    def selected(self) -> frozenset[str]:
        """The names of the columns that are shown if they fit."""
        return self._selected

    def select(self, names: Collection[str]) -> None:
        """Show other columns."""
        self._selected = frozenset(names)
        self._is_sized = False
        self.fit()
        self._repaint()

    def use_usual(self) -> None:
        """Show the default columns in their default positions and widths."""
        for number in range(len(COLUMNS)):
            self._header.moveSection(self._header.visualIndex(number), number)
        self.select(USUAL)

    def why_hidden(self, name: str) -> str:
        """Return why a selected column is hidden, or an empty text if it is not."""
        if name not in self._selected or not self._view.isColumnHidden(NUMBERS[name]):
            return ""
        if name in self._constant:
            return "the same for all listed captures"
        return "no tags to show" if name == "tags" and not self._has_tags else "does not fit now"

    @property
    def has_inline_tags(self) -> bool:
        """Whether tags of new captures are drawn before the answer, because they had no column so far."""
        is_hidden = self._view.isColumnHidden(NUMBERS["tags"])
        return "tags" in self._selected and is_hidden and not self._has_tags

    def show_scope(self, scope: Scope) -> None:
        """Hide the columns that have the same value for all captures of a scope."""
        if (constant := constant_columns(scope)) != self._constant:
            self._constant = constant
            self.fit()

    @Slot()
    def fit_to_next(self) -> None:
        """Fit the columns to the next captures that are listed, because the user asked for others."""
        self._is_fit_due = True

    def fit_to_listed(self) -> None:
        """Fit the columns if other captures are listed now. They do not move if the same are read again."""
        if self._is_fit_due:
            self._is_fit_due = False
            self.fit()

    def fit(self) -> None:
        """Fit the columns into the available width. If the user resized one, all keep their widths.

        The widths depend on the listed captures, but only as they are now: the columns do not move when new
        ones arrive.
        """
        self._is_own_fit = True
        selected = self._selected - self._constant
        if self._is_sized:
            for number, column in enumerate(COLUMNS):
                self._view.setColumnHidden(number, not (column.is_fixed or column.name in selected))
        else:
            # As many as fit on the screen: they are read to be drawn anyway.
            fitting = self._view.viewport().height() // max(self._theme.row_height, 1) + 1
            self._lines = self._model.lines(0, min(self._model.rowCount(), fitting) - 1)
            self._has_tags = any(line.tags for line in self._lines)
            room = self._view.viewport().width() / self._theme.scale
            shown = widths(room, selected, self._needed_width, self._content_width)
            for number in range(len(COLUMNS)):
                self._view.setColumnHidden(number, number not in shown)
                if number in shown and number != _LAST:
                    self._view.setColumnWidth(number, int(shown[number] * self._theme.scale))
        self._is_own_fit = False
        self._stretch()
        self._keep_ages()

    def show_ages(self, has_ages: bool) -> None:
        """Fit the column of times to ages, which grow, or to times."""
        self._has_ages = has_ages
        self.fit()

    def _keep_ages(self) -> None:
        if "age" not in self._selected and not self._has_ages:
            self._ageing.stop()
        elif not self._ageing.isActive():
            self._ageing.start()

    def _content_width(self, column: Column) -> float:
        """Return the width at which no measured cell of a column is cut."""
        if column.name == "tags":
            wide = max((tags_width(self._theme, line.tags) for line in self._lines), default=0)
        else:
            metrics = self._theme.metrics(13)
            texts = {column.text(line) for line in self._lines}
            wide = max(map(metrics.horizontalAdvance, texts), default=0) + self._theme.px(_GAP) + 1
        return wide / self._theme.scale

    def _needed_width(self, column: Column) -> float:
        """Return the width of a column. Its words always fit in both themes, and so do times."""
        if column.name == "tags":
            return min(self._content_width(column), column.width) if self._has_tags else 0
        if column.name == "time":
            age = self._theme.metrics(13).horizontalAdvance(_WIDEST_AGE) / self._theme.scale + _GAP
            return max(column.width, self._content_width(column), age if self._has_ages else 0)
        metrics = self._theme.metrics(13, _LOUDEST)
        words = max((metrics.horizontalAdvance(word) for word in column.words), default=0)
        return max(column.width, words / self._theme.scale + column.around) if words else column.width

    def _stretch(self) -> None:
        """Set the last column to the remaining width. Below its minimum, the list scrolls sideways."""
        shown = [number for number in range(_LAST) if not self._view.isColumnHidden(number)]
        left = self._view.viewport().width() - sum(map(self._view.columnWidth, shown))
        self._view.setColumnWidth(_LAST, max(left, self._theme.px(SCROLLED_ANSWER)))

    # ---- saving

    def remembered(self) -> Arrangement:
        """Return the arrangement that the user made."""
        sizes = [(column.name, self._view.columnWidth(number)) for number, column in enumerate(COLUMNS)]
        places = range(self._header.count())
        return Arrangement(
            order=tuple(COLUMNS[self._header.logicalIndex(place)].name for place in places),
            widths=tuple((name, width) for name, width in sizes if width) if self._is_sized else (),
            chosen=tuple(sorted(self._selected)),
        )

    def arrange(self, arrangement: Arrangement) -> None:
        """Apply a saved arrangement. Unknown columns are skipped."""
        order = [name for name in arrangement.order if name in NUMBERS]
        chosen = frozenset(arrangement.chosen) & NUMBERS.keys()
        if "tags" not in order and order:  # saved before tags had a column
            order.insert(order.index("answer") if "answer" in order else len(order), "tags")
            chosen |= {"tags"}
        for place, name in enumerate(order):
            self._header.moveSection(self._header.visualIndex(NUMBERS[name]), place)
        self.select(chosen)
        for name, width in arrangement.widths:
            if name in NUMBERS and NUMBERS[name] != _LAST and _LEAST <= width <= _MOST:
                self._view.setColumnWidth(NUMBERS[name], width)
                self._is_sized = True
        self._stretch()

    def menu_place(self) -> QPoint:
        """Return the position of the menu if it is opened by keyboard."""
        return self._header.mapToGlobal(QPoint(self._theme.px(28), self._header.height()))

    # ---- order

    @property
    def order(self) -> Order:
        """The order of the list."""
        return self._order

    def show_order(self, order: Order) -> None:
        """Mark the column that the list is sorted by."""
        self._order = order
        self._header.show_order(order)

    def order_by(self, name: str) -> Order | None:
        """Return the order after a click on a column: first its own, then reversed. None if it has none."""
        column = COLUMNS[NUMBERS[name]]
        if column.key is None:
            return None
        if column.place is None:
            first = Order(by=column.key, is_descending=column.is_descending)
        else:
            path = self._model.title(NUMBERS[name])
            first = Order(by=path, is_descending=False, steps=path_steps(path))
        other = replace(first, is_descending=not first.is_descending)
        return other if self._order == first else first

    # ---- user input

    @Slot(int, int, int)
    def _resized(self, column: int, before: int, after: int) -> None:
        """Keep the widths set by the user, whatever the available width."""
        was_hidden_or_shown = not (before and after)  # reported late
        if not self._is_own_fit and not was_hidden_or_shown and column != _LAST:
            self._is_sized = True
            self._stretch()

    @Slot(int, int, int)
    def _moved(self, column: int, before: int, after: int) -> None:
        """Keep the gutter on the left."""
        if self._header.visualIndex(0) != 0:
            self._header.moveSection(self._header.visualIndex(0), 0)
        self._repaint()

    @Slot(int)
    def _clicked(self, column: int) -> None:
        if (order := self.order_by(COLUMNS[column].name)) is not None:
            self.order_requested.emit(order)

    @Slot()
    def _repaint(self) -> None:
        self._view.viewport().update()
