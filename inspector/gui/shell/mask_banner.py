"""A bar under the connection bar while the screen is masked: what is hidden, and how much of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.domain.mask.mask import PRESET_TITLES
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.controls.value_boxes import ComboBox
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme


class MaskBanner(QWidget):
    """`Masked: [People]  Hidden: secrets, … Visible: …  Select fields…  Unmask`. Hidden without the mask."""

    preset_selected = Signal(str)
    """The user selected another preset."""

    def __init__(self, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mask = mask
        self._caption = Label(theme, "Screen masked:", weight=600, parent=self)
        self.preset = ComboBox(theme, "What the mask hides", PRESET_TITLES)
        self.preset.setParent(self)
        self._caption.setBuddy(self.preset)
        self.sentence = ElidedLabel(theme, px=12, tone="text2", parent=self)
        self.select_fields = Link(theme, "Select fields…", parent=self)
        self.select_fields.setAccessibleName("Select the fields to hide")
        self.unmask = Link(theme, "Unmask", parent=self)
        self.unmask.setAccessibleName("Turn off the mask")
        parts = (self._caption, self.preset, grow(self.sentence), self.select_fields, self.unmask)
        row(theme, *parts, spacing=12, margins=(40, 4, 16, 4), on=self)
        self.preset.activated.connect(self._select)
        mask.changed.connect(self._show)
        theme.changed.connect(self.update)
        self._show()

    @Slot()
    def _show(self) -> None:
        mask = self._mask
        self.preset.setCurrentIndex(self.preset.findData(mask.preset))
        self.sentence.setText(mask.summary)
        self.setAccessibleName(f"Screen masked: {PRESET_TITLES[mask.preset]}. {mask.summary}")
        self.setVisible(mask.is_on)

    @Slot()
    def _select(self) -> None:
        self.preset_selected.emit(self.preset.currentData())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("accent_soft"))
        area = QRectF(self._theme.px(16), 0, self._theme.px(16), self.height())
        paint_icon(painter, "eye-off", self._theme, area, "accent")
