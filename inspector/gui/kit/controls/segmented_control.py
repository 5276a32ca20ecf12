"""A segmented control: a row of buttons of which exactly one is selected."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.layout import row
from inspector.gui.kit.theme import Theme


class SegmentedControl(QWidget):
    """A row of buttons, one per name in `names`. One is selected, by its index from 0."""

    selected = Signal(int)
    """The user selected the part with this index."""

    def __init__(self, theme: Theme, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        layout = row(theme, on=self)
        for place, name in enumerate(names):
            button = _Segment(theme, name, is_first=place == 0, is_last=place == len(names) - 1)
            self._group.addButton(button, place)
            layout.addWidget(button)
        self._group.idClicked.connect(self._clicked)
        self._group.idToggled.connect(self._toggled)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def current(self) -> int:
        """The index of the selected part."""
        return self._group.checkedId()

    def button(self, place: int) -> QAbstractButton:
        """Return the button at an index."""
        return self._group.button(place)

    def select(self, place: int) -> None:
        """Select a part without emitting a signal."""
        self._group.button(place).setChecked(True)

    def set_enabled(self, place: int, is_enabled: bool, why: str = "") -> None:
        """Enable or disable a part. Its tool tip is `why` it is disabled."""
        button = self._group.button(place)
        if button.hasFocus() and not is_enabled:
            # Qt would move the focus to the next widget, such as a text next to it.
            others = [one for one in self._group.buttons() if one is not button and one.isEnabled()]
            if others:
                others[-1].setFocus()
        button.setEnabled(is_enabled)
        button.setToolTip("" if is_enabled else why)

    @Slot(int, bool)
    def _toggled(self, place: int, is_on: bool) -> None:
        after = self._group.button(place + 1)
        if isinstance(after, _Segment):
            after.show_after_selected(is_on)

    @Slot(int)
    def _clicked(self, place: int) -> None:
        self.selected.emit(place)


class _Segment(QAbstractButton):
    def __init__(self, theme: Theme, name: str, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self._theme = theme
        self._is_first, self._is_last = is_first, is_last
        self._is_after_selected = False
        self.setText(name)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_after_selected(self, is_after: bool) -> None:
        """Draw the line before it in the accent if the part before it is selected."""
        self._is_after_selected = is_after
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        width = QFontMetrics(self._theme.font(13, 600), self).horizontalAdvance(self.text())
        return QSize(width + px(24), px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Only the outer ends are rounded: next to a neighbour the shape extends beyond the widget.
        beyond = 8
        area = QRectF(self.rect()).adjusted(
            0.5 - (0 if self._is_first else beyond), 0.5, (beyond if not self._is_last else -0.5), -0.5
        )
        shape = QPainterPath()
        shape.addRoundedRect(area, 4, 4)
        is_on = self.isChecked()
        painter.fillPath(shape, theme.color("accent_soft" if is_on else "base"))
        painter.setPen(QPen(theme.color("accent" if is_on else "control_outline"), 1))
        painter.drawPath(shape)
        if not self._is_first:
            is_edge = is_on or self._is_after_selected
            painter.setPen(QPen(theme.color("accent" if is_edge else "control_outline"), 1))
            painter.drawLine(0, 0, 0, self.height())
        painter.setFont(theme.font(13, 600 if is_on else 400))
        tone = "disabled" if not self.isEnabled() else "text" if is_on else "text2"
        painter.setPen(theme.color(tone))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            paint_focus(painter, self, self._theme)
