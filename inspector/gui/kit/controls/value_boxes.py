"""Fields of a form. Over a combo or spin box, the mouse wheel scrolls the page and never changes a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Slot
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.menus import CheckMenu
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.wheel import leave_wheel_to_page

_HEIGHT = 28


class LineField(QLineEdit):
    """A line of text, 28 px high."""

    def __init__(
        self, theme: Theme, name: str, *, example: str = "", text: str = "", parent: QWidget | None = None
    ) -> None:
        """`name` is for screen readers."""
        super().__init__(text, parent)
        self.setPlaceholderText(example)
        self.setAccessibleName(name)
        self.setMinimumHeight(theme.px(_HEIGHT))
        self.setTextMargins(theme.px(5), 0, theme.px(5), 0)


class TextBox(QPlainTextEdit):
    """Several lines of text with the outline of a field, in the accent while it has the focus."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setTabChangesFocus(True)
        theme.changed.connect(self._tint)
        self._tint()

    def event(self, event: QEvent) -> bool:
        is_done = super().event(event)
        if event.type() == QEvent.Type.Paint and self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        return is_done

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()  # the outline, which Qt leaves as it was

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    @Slot()
    def _tint(self) -> None:
        # The outline of a field. WORKAROUND(PySide6 6.11): the stub asks for bytes, the call for text.
        self.setPalette(QApplication.palette("QLineEdit"))  # type: ignore[call-overload]


class ComboBox(QComboBox):
    """A combo box for a page that scrolls. Its open list still scrolls."""

    def __init__(self, theme: Theme, name: str, choices: Mapping[Any, str] | None = None) -> None:
        """`name` is for screen readers; `choices` maps the data of each item to its text."""
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumHeight(theme.px(_HEIGHT))
        leave_wheel_to_page(self)
        for data, text in (choices or {}).items():
            self.addItem(text, data)


class SpinBox(QSpinBox):
    """A spin box for an integer, within its limits."""

    def __init__(self, name: str, least: int, most: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setRange(least, most)
        leave_wheel_to_page(self)


class DecimalBox(QDoubleSpinBox):
    """A spin box for a decimal number with a unit, within its limits."""

    def __init__(
        self, theme: Theme, name: str, least: float, most: float, *, unit: str = "", value: float = 0
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setRange(least, most)
        self.setDecimals(2 if 0 < least < 0.1 else 1)
        self.setValue(value)
        self.setSuffix(unit)
        self.setMinimumHeight(theme.px(_HEIGHT))
        leave_wheel_to_page(self)


class ElidedComboBox(ComboBox):
    """A combo box that shortens a long name; the tool tip shows all of it. Fusion would cut it mid-letter."""

    def __init__(self, theme: Theme, name: str, choices: Mapping[Any, str] | None = None) -> None:
        super().__init__(theme, name, choices)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def shown_text(self) -> str:
        """The selected name, shortened to the available width."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        return self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideMiddle, room.width() - 2
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown_text
        self.setToolTip(plain_tip(self.currentText()) if shown != self.currentText() else "")
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = shown
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class SeveralBox(ComboBox):
    """A combo box with check marks, for one or several of a few values. No check mark means all."""

    def __init__(self, theme: Theme, name: str, choices: Mapping[str, str]) -> None:
        """`name` is for screen readers; `choices` maps each value to its text."""
        super().__init__(theme, name, {None: ""})
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.choices = CheckMenu(self)
        for value, text in choices.items():
            entry = self.choices.addAction(text)
            entry.setCheckable(True)
            entry.setData(value)
        self.choices.triggered.connect(self._show)
        self._show()

    @property
    def values(self) -> tuple[str, ...]:
        """The checked values in their order; all of them if none is checked."""
        entries = self.choices.actions()
        return tuple(one.data() for one in entries if one.isChecked()) or tuple(one.data() for one in entries)

    def showPopup(self) -> None:
        """Open the menu in place of the list."""
        self.choices.setMinimumWidth(self.width())
        self.choices.popup(self.mapToGlobal(QPoint(0, self.height())))

    @Slot()
    def _show(self) -> None:
        entries = self.choices.actions()
        checked = [one.text() for one in entries if one.isChecked()]
        is_all = len(checked) in (0, len(entries))
        few = ", ".join(checked) if len(checked) <= 2 else f"{len(checked)} of {len(entries)}"
        self.setItemText(0, f"All {len(entries)}" if is_all else few)
