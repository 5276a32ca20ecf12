"""Suggestions below the search box while the user types a filter: fields with their help, and values."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from inspector.domain.mask.masked_capture import SENT_AS
from inspector.domain.query.completion import CompletionPlace, Suggestion, completed
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.labels import draw_elided
from inspector.gui.kit.theme import Theme
from inspector.session.captures import Captures

Index = QModelIndex | QPersistentModelIndex
_ROWS = 12
_SUGGESTION_ROLE = Qt.ItemDataRole.UserRole


class QuerySuggestions(QListView):
    """A list below the search box, over the window. The box keeps the focus and passes keys on.

    Down opens it, arrows select, Return and Tab accept, Esc closes. The first suggestion is selected.
    """

    def __init__(
        self, captures: Captures, field: QueryField, runner: Runner, theme: Theme, *, mask: Mask
    ) -> None:
        super().__init__(field.window())
        self._mask = mask
        self._captures = captures
        self._field = field
        self._runner = runner
        self._theme = theme
        self._request = 0
        self._place: CompletionPlace | None = None
        self._text = ""
        """The text that the suggestions complete."""
        self._model = QStandardItemModel(self)
        self._delegate = _Delegate(theme, self)
        self.hide()
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Filter suggestions")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._take)
        field.textEdited.connect(self._typed)
        field.query_changed.connect(self._changed)
        field.suggestions_requested.connect(self.open)
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the keys of the search box while the list is visible."""
        if watched is self._field and self.isVisible():  # Qt also calls this for the scroll bars
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._press(Qt.Key(event.key()))
            if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
                self.hide()
        return super().eventFilter(watched, event)

    def _press(self, key: Qt.Key) -> bool:
        """Return whether the key was handled here."""
        row, count = self.currentIndex().row(), self._model.rowCount()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            row = (row + 1) % count if key == Qt.Key.Key_Down else (max(row, 0) - 1) % count
            self.setCurrentIndex(self._model.index(row, 0))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            is_typed = self._is_typed(self.currentIndex())
            self._take(self.currentIndex())
            # If the value is complete, Return also moves to the list, as it does without suggestions.
            return not (is_typed and key != Qt.Key.Key_Tab)
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False

    @Slot(str)
    def _typed(self, _: str) -> None:
        self._request_suggestions(is_requested=False)

    @Slot(str)
    def _changed(self, text: str) -> None:
        """Close the list if the user cleared the text with its button."""
        if not text:
            self._request += 1
            self.hide()

    @Slot()
    def open(self) -> None:
        """Show all suggestions at the cursor, even after a space."""
        self._request_suggestions(is_requested=True)

    def _request_suggestions(self, *, is_requested: bool) -> None:
        self._request += 1
        self._text, cursor = self._field.typed, self._field.cursorPosition()
        self._runner.run(self._look(self._request, self._text, cursor, is_requested), "suggest completions")

    async def _look(self, request: int, text: str, cursor: int, is_requested: bool) -> None:
        found = await self._captures.suggestions(text, cursor)
        # call_soon shows them, because no slot may run inside a task (see signal_batcher.py).
        asyncio.get_running_loop().call_soon(self._show, request, found, is_requested)

    def _show(
        self, request: int, found: tuple[CompletionPlace, list[Suggestion]] | None, is_requested: bool
    ) -> None:
        if request != self._request:
            return
        if found is not None and self._is_hidden(found[0]):
            found = None
        # After a space everything would match, so show that only on request.
        if (
            found is None
            or not (is_requested or found[0].typed or found[0].field)
            or not self._field.hasFocus()
        ):
            self.hide()
            return
        self._place, suggestions = found
        self._model.clear()
        self._model.appendColumn([_item(suggestion) for suggestion in suggestions])
        self.setCurrentIndex(self._model.index(0, 0))
        window, field, px = self.window(), self._field, self._theme.px
        corner = field.mapTo(
            window, QPoint(max(field.x_of(self._place.start) - px(12), 0), field.height() + 2)
        )
        width = min(self._delegate.width_of(suggestions), window.width() - px(16))
        height = px(28) * min(len(suggestions), _ROWS) + 2 * self.frameWidth()
        self.setGeometry(min(corner.x(), window.width() - width - px(8)), corner.y(), width, height)
        self.show()
        self.raise_()
        self.scrollToTop()

    def _is_hidden(self, place: CompletionPlace) -> bool:
        """Return whether the mask hides the values of the field."""
        stored = None if place.field is None else place.field.stored
        return stored is not None and any(self._mask.hides(name) for name in SENT_AS.get(stored, ()))

    def _is_typed(self, index: QModelIndex) -> bool:
        """Return whether the field already contains the whole suggestion."""
        suggestion = index.data(_SUGGESTION_ROLE)
        place = self._place
        return (
            place is not None
            and isinstance(suggestion, Suggestion)
            and suggestion.text == self._text[place.start : place.end]
        )

    @Slot(QModelIndex)
    def _take(self, index: QModelIndex) -> None:
        suggestion = index.data(_SUGGESTION_ROLE)
        self.hide()
        if self._place is None or not isinstance(suggestion, Suggestion) or self._field.typed != self._text:
            return
        text, cursor = completed(self._text, self._place, suggestion)
        self._field.edit(text, cursor)
        if text[:cursor].endswith((":", ".")):
            self._request_suggestions(is_requested=False)


class _Delegate(QStyledItemDelegate):
    """A delegate that draws a suggestion, with its help in grey at the right."""

    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme

    def width_of(self, suggestions: Sequence[Suggestion]) -> int:
        """Return the width of the widest suggestion."""
        large, small = self._theme.metrics(13), self._theme.metrics(12)
        widest = max(
            large.horizontalAdvance(suggestion.label) + small.horizontalAdvance(suggestion.help)
            for suggestion in suggestions
        )
        return max(widest + self._theme.px(72), self._theme.px(220))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self._theme.px(28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        suggestion = index.data(_SUGGESTION_ROLE)
        if not isinstance(suggestion, Suggestion):
            return
        px, theme = self._theme.px, self._theme
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        painter.fillRect(rect, theme.color("selection" if is_selected else "base"))
        area = rect.adjusted(px(12), 0, -px(12), 0)
        painter.setFont(theme.font(13))
        painter.setPen(theme.color("text"))
        draw_elided(painter, area, suggestion.label)
        area.setLeft(area.left() + theme.metrics(13).horizontalAdvance(suggestion.label) + px(24))
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2"))
        shown = theme.metrics(12).elidedText(suggestion.help, Qt.TextElideMode.ElideRight, area.width())
        alignment = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(area, alignment | Qt.TextFlag.TextSingleLine, shown)


def _item(suggestion: Suggestion) -> QStandardItem:
    item = QStandardItem(suggestion.label)
    item.setAccessibleText(f"{suggestion.label} {suggestion.help}".strip())
    item.setEditable(False)
    item.setData(suggestion, _SUGGESTION_ROLE)
    return item
