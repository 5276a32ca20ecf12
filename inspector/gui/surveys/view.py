"""The survey tree with its search box. The selected row determines the listed captures."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QTreeView, QWidget

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.controls.search_field import SearchField
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.table import set_up_tree
from inspector.gui.kit.theme import SCROLL_BAR_GROUND, Theme
from inspector.gui.surveys.delegate import SurveyDelegate, bell_area, depth_of, plus_area
from inspector.gui.surveys.model import Index, SurveyModel

_TYPING_MS = 150
_OPENED_BY_SEARCH = 5
"""The maximum number of surveys that a search opens, and of groups in each of them."""
_FIRST_HINT = "Surveys, groups and respondents appear here as they arrive."


class SurveyView(QTreeView):
    """The tree without its search box."""

    scope_selected = Signal(object)
    """The scope of the row that became the current one."""
    filter_selected = Signal(object)
    """The name of the saved filter that became the current row; empty for any other row."""
    filter_requested = Signal()
    """The user wants a new filter, by the plus."""
    bell_clicked = Signal(object)
    edit_requested = Signal(object)
    remove_requested = Signal(object)
    move_requested = Signal(object, int)
    """The name of a saved filter, and the rows by which it moves."""
    drag_requested = Signal(object)
    """The scope of a respondent that the user drags out of the window."""
    menu_requested = Signal(object, QPoint)
    """The name of a saved filter, or empty for the caption, and the place of its menu on the screen."""

    def __init__(self, model: SurveyModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._dragged, self._moved_to = "", -1
        """The name of the saved filter under the pressed mouse button."""
        self._pressed: tuple[QPoint, Scope] | None = None
        """The place of the pressed mouse button on a respondent."""
        self.setAccessibleName("Surveys")
        set_up_tree(self)
        self.setUniformRowHeights(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setItemDelegate(SurveyDelegate(theme, self))
        self.setProperty(SCROLL_BAR_GROUND, "window")
        self.setModel(model)
        self.setCurrentIndex(model.index_of(EVERYTHING))
        self.collapsed.connect(self._unload)
        theme.changed.connect(self.viewport().update)

    def select(self, scope: Scope) -> None:
        """Make the row of a scope current and open its ancestors. If there is none, clear the selection."""
        above = [Scope(part=scope.part, survey_id=scope.survey_id)]
        above.append(Scope(part=scope.part, survey_id=scope.survey_id, group_id=scope.group_id))
        if scope.part == "samples":
            above.insert(0, Scope(part="samples"))
        elif scope.part == "not-verified":
            above.insert(0, Scope(part="not-verified"))
        for one in above:
            if one != scope and (index := self._model.index_of(one)).isValid():
                self.open(index)
        index = self._model.index_of(scope)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
            self.scope_selected.emit(scope)

    def open(self, index: QModelIndex) -> None:
        """Read and expand a row at once. With a pending layout, Qt would delay reading."""
        self._model.fetchMore(index)
        self.expand(index)

    # ---- Qt overrides

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if not current.isValid():
            self._model.retained = None
            return
        node = self._model.node(current)
        self._model.retained = node.number
        if node.saved is not None:
            self.scope_selected.emit(EVERYTHING)
            self.filter_selected.emit(node.saved.name)
        elif node.scope is not None:
            self.filter_selected.emit("")
            self.scope_selected.emit(node.scope)

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        """If the selected row is removed, select everything instead of its neighbour."""
        index = self.currentIndex()
        while index.isValid():
            if index.parent() == parent and start <= index.row() <= end:
                self.setCurrentIndex(self._model.index_of(EVERYTHING))
                break
            index = index.parent()
        super().rowsAboutToBeRemoved(parent, start, end)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            node, rect = self._model.node(index), self.visualRect(index)
            if node.kind == "filters":
                if plus_area(rect, self._theme).contains(event.position()):
                    self.filter_requested.emit()
                return
            if node.saved is not None and bell_area(rect, self._theme).contains(event.position()):
                self.bell_clicked.emit(node.saved.name)
                return
            self._dragged = node.saved.name if node.saved is not None else ""
            if node.saved is not None and index == self.currentIndex():  # applies it again
                self.filter_selected.emit(node.saved.name)
            if self._model.node(index).kind == "more":
                self._model.show_more(index)
                return
            if self._chevron(index).contains(event.position().toPoint()) and self._model.hasChildren(index):
                self.setExpanded(index, not self.isExpanded(index))
                return
            if node.kind == "respondent" and node.scope is not None:
                self._pressed = event.position().toPoint(), node.scope
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move a saved filter with the pointer, row by row, and drag a respondent out of the window."""
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            start, scope = self._pressed
            if (event.position().toPoint() - start).manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                self.drag_requested.emit(scope)
            return
        if not self._dragged or not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            return
        here = self._model.filter_index(self._dragged).row()
        there = self.indexAt(event.position().toPoint())
        is_filter = there.isValid() and self._model.node(there).saved is not None
        is_moving = self._moved_to not in (-1, here)  # until the new order is saved
        if is_filter and there.row() != here and not is_moving:
            self._moved_to = there.row()
            self.move_requested.emit(self._dragged, there.row() - here)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged, self._moved_to, self._pressed = "", -1, None
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Request the menu of a saved filter, or of their caption."""
        is_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_keyboard else self.indexAt(event.pos())
        if not index.isValid():
            return
        node, place = self._model.node(index), event.globalPos()
        if is_keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        if node.saved is not None or node.kind == "filters":
            self.menu_requested.emit(node.saved.name if node.saved is not None else "", place)

    def _press_on_filter(self, event: QKeyEvent, name: str) -> bool:
        """Return whether a key acted on the current saved filter."""
        key = event.key()
        if event.modifiers() == Qt.KeyboardModifier.AltModifier and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_requested.emit(name, -1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_F2:
            self.edit_requested.emit(name)
        elif key == Qt.Key.Key_Delete:
            self.remove_requested.emit(name)
        elif key == Qt.Key.Key_Space:
            self.bell_clicked.emit(name)
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        saved = self._model.node(index).saved if index.isValid() else None
        if saved is not None and self._press_on_filter(event, saved.name):
            return
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and index.isValid() and self._model.node(index).kind == "more":
            self._model.show_more(index)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._model.hasChildren(index):
            self.setExpanded(index, not self.isExpanded(index))

    def drawRow(self, painter: QPainter, options: object, index: QModelIndex) -> None:  # type: ignore[override]
        super().drawRow(painter, options, index)  # type: ignore[arg-type]
        if self._model.hasChildren(index):
            name = "chevron-down" if self.isExpanded(index) else "chevron-right"
            paint_icon(painter, name, self._theme, QRectF(self._chevron(index)), "text2", 13)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._model.has_surveys:
            return
        painter = QPainter(self.viewport())
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("text2"))
        painter.drawText(self.hint_area, Qt.TextFlag.TextWordWrap, self.hint)

    @property
    def hint(self) -> str:
        """Why there are no surveys, and how to get some."""
        if self._model.is_searching:
            what = "partial respondent" if self._model.is_only_partial else "survey, group or respondent"
            return f"No matching {what}. Clear the search to see all."
        return "No partial respondents." if self._model.is_only_partial else _FIRST_HINT

    @property
    def hint_area(self) -> QRect:
        """The area of the hint, below the rows that exist without any survey."""
        px = self._theme.px
        last = self._model.index(self._model.rowCount() - 1, 0)
        return QRect(px(16), self.visualRect(last).bottom() + px(5), self.viewport().width() - px(22), px(80))

    def _chevron(self, index: QModelIndex) -> QRect:
        px = self._theme.px
        rect = self.visualRect(index)
        left = px(14) + px(16) * depth_of(index)
        return QRect(QPoint(left, rect.top()), QPoint(left + px(16), rect.bottom()))

    @Slot(QModelIndex)
    def _unload(self, index: QModelIndex) -> None:
        self._model.unload(index)


class SurveyPanel(QWidget):
    """The tree with its search box and the button for partial respondents."""

    def __init__(self, model: SurveyModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.field = SearchField(theme, "Survey, group or user", "Find a survey, group or respondent", self)
        self.only_partial = IconButton(
            theme, "half", "Only partial", tip="Show only respondents without a completion", parent=self
        )
        self.only_partial.setCheckable(True)
        self.only_partial.toggled.connect(model.show_only_partial)
        self.tree = SurveyView(model, theme, self)
        model.settled.connect(self.tree.viewport().update)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(self._typed)
        self.field.left_downwards.connect(self._enter)
        top = row(theme, self.field, self.only_partial, spacing=4, margins=(12, 0, 8, 0))
        column(theme, top, grow(self.tree), spacing=8, margins=(0, 8, 0, 0), on=self)

    @Slot(str)
    def _typed(self, text: str) -> None:
        self._typing.start()

    @Slot()
    def _search(self) -> None:
        text = self.field.text()
        self._model.search(text)
        if not text.strip():
            return
        # The text may be a user id, so open the first few surveys and groups.
        opened = 0
        for place in range(self._model.rowCount()):
            survey = self._model.index(place, 0)
            if self._model.node(survey).kind == "survey" and opened < _OPENED_BY_SEARCH:
                opened += 1
                self.tree.open(survey)
                for number in range(min(self._model.rowCount(survey), _OPENED_BY_SEARCH)):
                    self.tree.open(self._model.index(number, 0, survey))

    @Slot()
    def _enter(self) -> None:
        """Move the focus from the search box to the first row found, or to the current row."""
        if self._typing.isActive():
            self._typing.stop()
            self._search()
        self.tree.setFocus()
        if self.field.text().strip() and (found := self._model.first_found()).isValid():
            self.tree.setCurrentIndex(found)
            self.tree.scrollTo(found)

    def connect_to(self, window: Window) -> None:
        """Connect the panel to its actions, and to the mask, which hides names."""
        only_partial = window.action("only-partial")
        only_partial.toggled.connect(self.only_partial.setChecked)
        only_partial.triggered.connect(self.show)
        self.only_partial.toggled.connect(only_partial.setChecked)
        window.action("find-survey").triggered.connect(self.focus_field)
        window.action("surveys").triggered.connect(self.toggle)
        self._model.draw_names_by(window.screen_mask.name)
        self._model.draw_filters_by(window.screen_mask.filter)
        window.screen_mask.changed.connect(self._model.refresh)

    @Slot()
    def focus_field(self) -> None:
        """Show the panel, and focus its search box."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    @Slot()
    def toggle(self) -> None:
        """Show the panel and focus the tree, or hide it."""
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.tree.setFocus()
