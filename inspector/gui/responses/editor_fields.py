"""The fields of the editor of a response rule, and the numbers and headers that are typed into them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QWidget

from inspector.base.visible import visible
from inspector.domain.response.parts import RuleError, RulePart
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import Part, at, box, column, grow, row
from inspector.gui.kit.theme import Theme

_BY_TAB = Qt.FocusPolicy.TabFocus
_CAPTION = 100
_ROW = 28


class EditorRow(QWidget):
    """A caption and its fields, with the error of their value below them."""

    def __init__(self, theme: Theme, caption: str, *content: Part, spacing: float = 8) -> None:
        super().__init__()
        self.caption = Label(theme, caption, tone="text2")
        self.caption.setFixedSize(theme.px(_CAPTION), theme.px(_ROW))
        self.error = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.error.hide()
        self.content: QBoxLayout = row(theme, *content, spacing=spacing)
        top = at(Qt.AlignmentFlag.AlignTop, self.caption)
        row(theme, top, grow(column(theme, self.content, self.error, spacing=3)), on=self)
        first = next((one for one in self.findChildren(QWidget) if one.focusPolicy() & _BY_TAB), None)
        if first is not None:
            self.caption.setBuddy(first)

    def show_error(self, sentence: str) -> None:
        """Show an error, also to screen readers; an empty sentence removes it."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        for field in self.findChildren(QLineEdit):
            field.setAccessibleDescription(sentence)


class DeliveriesField(QueryField):
    """A field for the query of a rule. Esc leaves the dialog: it must not erase the query, which is saved at
    once."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)


class HeaderFields(QWidget):
    """One line per header, at least one. The first has the button that adds another."""

    edited = Signal()
    field_made = Signal(object)
    """The field of another line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.fields: list[LineField] = []
        self._lines: list[QWidget] = []
        self._column = column(theme, spacing=6, on=self)
        self.add = IconButton(theme, "plus", "Add a header", parent=self)
        self.add.clicked.connect(self._add_empty)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the lines that are not empty. Raises RuleError if one is not a header."""
        return tuple(_header(field.text()) for field in self.fields if field.text().strip())

    def show_headers(self, headers: Sequence[tuple[str, str]]) -> None:
        """Show other headers."""
        self._show_texts([f"{name}: {value}" for name, value in headers])

    def _show_texts(self, texts: Sequence[str]) -> None:
        self.add.setParent(self)
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.fields, self._lines = [], []
        for place, text in enumerate(texts or [""]):
            field = LineField(self._theme, f"Header {place + 1}", example="None", text=text)
            field.setToolTip("Name: value, such as Retry-After: 30")
            field.setFont(self._theme.fixed_font())
            field.textChanged.connect(self.edited)
            button = self.add
            if place:
                button = IconButton(self._theme, "close", f"Remove header {place + 1}")
                button.clicked.connect(partial(self._remove, field))
            line = box(row(self._theme, grow(field), button, spacing=8))
            self.fields.append(field)
            self._lines.append(line)
            self._column.addWidget(line)
            self.field_made.emit(field)
        self.add.show()

    @Slot()
    def _add_empty(self) -> None:
        self._show_texts([*(field.text() for field in self.fields), ""])
        self.fields[-1].setFocus()

    def _remove(self, field: LineField) -> None:
        self._show_texts([one.text() for one in self.fields if one is not field])
        self.fields[-1].setFocus()
        self.edited.emit()


def whole_number(text: str, part: RulePart) -> int:
    text = text.strip().replace(",", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise RuleError(_not_a_number(text), part)
    return int(text)


def decimal_number(text: str, part: RulePart) -> float:
    text = text.strip().replace(",", ".")
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise RuleError(_not_a_number(text), part)
    return float(text)


def _not_a_number(text: str) -> str:
    return f"“{visible(text)}” is not a number." if text else "Enter a number."


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise RuleError(
            f"“{visible(text.strip())}” is not a header. Write NAME: VALUE, as in Retry-After: 30.",
            "headers",
        )
    return name.strip(), value.strip()


def short_number(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
