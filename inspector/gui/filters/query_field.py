"""The field for a query, with chips for the scope and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from inspector.domain.query import QueryError
from inspector.domain.query.completion import is_incomplete
from inspector.domain.query.verdict_chips import ChippedQuery, chipped
from inspector.domain.signature.verdict import ShownVerdict
from inspector.gui.filters.filter_chip import FilterChip
from inspector.gui.kit.badges import BADGES
from inspector.gui.kit.controls.search_field import SearchField
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme

_NAME = "Filter"
_EVERYWHERE = "Filter: words, survey:nps, since:15m …"
_ROOM_FOR_TEXT = 110


class QueryField(SearchField):
    """A search field for a query. The scope and the verdicts are chips at its left; a mistake is underlined.

    `text` is the whole query. The typed text is the part after the chips.
    """

    query_changed = Signal(str)
    """The whole query: typed, or changed by a chip or a part of the program."""
    scope_left = Signal()
    """The user removed the chip of the scope."""
    was_left = Signal()
    """The field has lost the focus."""
    was_entered = Signal()
    """The field got the focus from a click or its shortcut."""
    suggestions_requested = Signal()
    """The user asks for suggestions at the cursor, by Down or Ctrl+Space."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, name: str = _NAME) -> None:
        """`name` is for screen readers, which hear it before the chips."""
        self._name = name
        self._verdicts: tuple[ShownVerdict, ...] = ()
        super().__init__(theme, _EVERYWHERE, name, parent)
        self.setClearButtonEnabled(False)  # each chip has its own, and Esc clears everything
        self._error: QueryError | None = None
        self._chips: list[FilterChip] = []
        self._scope_name = self._suggested = ""
        self._announced = ""
        self.textChanged.connect(self._announce)
        self.textEdited.connect(self._edited)

    # ---- the query

    def text(self) -> str:
        """Return the whole query, with the verdicts of the chips."""
        return self._query().text

    def setText(self, text: str | None) -> None:
        """Show a query. A required verdict becomes a chip."""
        found = chipped(text or "")
        self._verdicts = found.verdicts
        super().setText(found.rest)
        self._show_chips()
        self._announce()

    def clear(self) -> None:
        """Remove the query. The scope stays."""
        self.setText("")

    @property
    def typed(self) -> str:
        """The part of the query after the chips."""
        return super().text()

    @property
    def verdicts(self) -> tuple[ShownVerdict, ...]:
        """The verdicts of the chips; empty for every verdict."""
        return self._verdicts

    def show_verdicts(self, verdicts: Sequence[str]) -> None:
        """Show these verdicts as chips, and keep the rest of the query."""
        self._verdicts = self._query().with_verdicts(verdicts).verdicts
        self._show_chips()
        self._announce()

    def show_scope(self, name: str, placeholder: str = "") -> None:
        """Show the name of the scope in a chip; an empty name removes it."""
        self._scope_name = name
        self.setPlaceholderText(placeholder or _EVERYWHERE)
        self._show_chips()

    @property
    def chips(self) -> tuple[FilterChip, ...]:
        """The chips from left to right: the scope, then the verdicts."""
        return tuple(self._chips)

    def _query(self) -> ChippedQuery:
        return ChippedQuery(verdicts=self._verdicts, rest=self.typed)

    @Slot()
    def _announce(self) -> None:
        text = self.text()
        if text != self._announced:
            self._announced = text
            self.query_changed.emit(text)

    def edit(self, typed: str, cursor: int) -> None:
        """Replace the part after the chips, as if the user had typed it."""
        super().setText(typed)
        self.setCursorPosition(cursor)
        self._edited(typed)

    @Slot(str)
    def _edited(self, typed: str) -> None:
        """Make a chip of a verdict that is complete, because a space follows it."""
        cursor = self.cursorPosition()
        found = chipped(typed)
        if not found.verdicts or not typed[:cursor].endswith((" ", "\t")):
            return
        before = chipped(typed[:cursor])
        self._verdicts = self._query().with_verdicts((*self._verdicts, *found.verdicts)).verdicts
        super().setText(found.rest)
        self.setCursorPosition(len(before.rest) if before.verdicts else cursor)
        self._show_chips()
        self._announce()

    # ---- chips

    def _show_chips(self) -> None:
        """Make the chips of the scope and the verdicts. The focus stays in the field."""
        if any(chip.hasFocus() for chip in self._chips):
            self.setFocus()
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = []
        if self._scope_name:
            scope = FilterChip(self.theme, self._scope_name, self)
            scope.removed.connect(self.scope_left)
            self._chips.append(scope)
        for verdict in self._verdicts:
            chip = FilterChip(self.theme, BADGES[verdict].word, self, badge=BADGES[verdict])
            chip.removed.connect(partial(self._remove_verdict, verdict))
            self._chips.append(chip)
        for chip in self._chips:
            chip.left.connect(partial(self._go_beside, chip))
            chip.show()
        self.setAccessibleName(", ".join((self._name, *(chip.text() for chip in self._chips))))
        self._place_chips()

    def _place_chips(self) -> None:
        """Place the chips, shortened if too little room would remain for the text."""
        px = self.theme.px
        left, gap = px(28), px(6)
        widths = [chip.sizeHint().width() for chip in self._chips]
        room = self.width() - left - px(_ROOM_FOR_TEXT) - gap * len(widths)
        for number, chip in enumerate(self._chips):
            beyond = sum(widths) - room
            if beyond > 0:
                widths[number] = max(widths[number] - beyond, min(chip.narrowest, widths[number]))
        for chip, width in zip(self._chips, widths, strict=True):
            height = px(20)
            chip.setGeometry(left, (self.height() - height) // 2, width, height)
            left += width + gap
        self.setTextMargins(left - px(2), 0, px(4), 0)
        self.update()

    def _remove_verdict(self, verdict: ShownVerdict) -> None:
        self.show_verdicts([one for one in self._verdicts if one != verdict])
        self.setFocus()

    def _go_beside(self, chip: FilterChip, by: int) -> None:
        """Focus the next chip, or the text after the last one."""
        place = self._chips.index(chip) + by if by else len(self._chips)
        if place >= len(self._chips):
            self.setFocus()
            self.setCursorPosition(0)
        else:
            self._chips[max(place, 0)].setFocus()

    # ---- errors

    @Slot(object)
    def show_error(self, error: QueryError | None) -> None:
        """Mark an error; None removes the mark."""
        self._error = error
        self.setToolTip(plain_tip("" if error is None else str(error)))
        self._describe()
        self.update()

    def describe_suggestion(self, spoken: str) -> None:
        """Let a screen reader follow the list below the field, which has the focus."""
        self._suggested = spoken
        self._describe()

    def _describe(self) -> None:
        error = "" if self._error is None else str(self._error)
        self.setAccessibleDescription(error or self._suggested)

    def is_incomplete(self, error: QueryError) -> bool:
        """Return whether the user may still be typing the value, quote or parenthesis that an error is
        about."""
        start = error.position - len(self._query().before)
        cursor = self.cursorPosition()
        at_end = start + error.length >= cursor == len(self.typed.rstrip())
        return at_end and start < cursor and is_incomplete(self.typed, cursor)

    # ---- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_space = (
            event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        )
        is_at_chips = bool(self._chips) and self.cursorPosition() == 0 and not self.hasSelectedText()
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Down or is_space:
            self.suggestions_requested.emit()
        elif is_at_chips and event.key() == Qt.Key.Key_Backspace:
            self._chips[-1].removed.emit()
        elif is_at_chips and is_plain and event.key() == Qt.Key.Key_Left:
            self._chips[-1].setFocus()
        elif event.key() == Qt.Key.Key_Escape and self._verdicts and not self.typed:
            self.clear()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ShortcutFocusReason):
            self.was_entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        QToolTip.hideText()
        self.was_left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_chips()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._error is None:
            return
        typed = self.typed
        start = min(max(self._error.position - len(self._query().before), 0), len(typed))
        cursor = self.x_of(start)
        width = self.fontMetrics().horizontalAdvance(typed[start : start + self._error.length])
        width = max(width, self.theme.px(7))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.color("invalid"), 1.4))
        bottom = self.height() - self.theme.px(6)
        right = min(cursor + width, self.width() - self.theme.px(4))
        wave = QPainterPath()
        wave.moveTo(cursor, bottom)
        x, is_up = float(cursor), True
        while x < right:
            x += 2
            wave.lineTo(x, bottom - (2 if is_up else 0))
            is_up = not is_up
        painter.setClipRect(self.rect().adjusted(self.textMargins().left(), 0, 0, 0))
        painter.drawPath(wave)

    def x_of(self, position: int) -> int:
        """Return the x of a character in pixels: that of the cursor minus the text in between."""
        text = self.typed
        here = self.cursorPosition()
        x = self.cursorRect().center().x()
        advance = self.fontMetrics().horizontalAdvance
        return x + advance(text[:position]) - advance(text[:here])
