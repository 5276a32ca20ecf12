"""A bar under the connection bar after the public address has changed: both addresses, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.icons import IconMark, paint_icon
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_view import AddressView

_HEIGHT = 56


class ChangedBanner(QWidget):
    """Shown until the user confirms the change, or the first trusted capture arrives by the new address."""

    copy_clicked = Signal()
    confirmed = Signal()
    """The user has updated the sender's dashboard."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(theme.px(_HEIGHT))
        self.sentence = ElidedLabel(theme, weight=600, parent=self)
        middle = Qt.TextElideMode.ElideMiddle
        self.old = ElidedLabel(theme, px=12, tone="text2", mode=middle, parent=self)
        font = self.old.font()
        font.setStrikeOut(True)
        self.old.setFont(font)
        self.new = ElidedLabel(theme, px=12, weight=500, mode=middle, parent=self)
        arrow = IconMark(theme, "arrow-right", px=13, parent=self)
        addresses = row(theme, self.old, arrow, self.new, STRETCH, spacing=8)
        words = column(theme, STRETCH, self.sentence, addresses, STRETCH, spacing=2)
        self.copy = Button(theme, "Copy new address", icon="copy", is_primary=True, parent=self)
        self.copy.clicked.connect(self.copy_clicked)
        self.copy.clicked.connect(self.copy.confirm)
        self.confirm = Button(theme, "I have updated the dashboard", parent=self)
        self.confirm.clicked.connect(self.confirmed)
        row(theme, grow(words), self.copy, self.confirm, spacing=8, margins=(44, 0, 16, 0), on=self)
        self.hide()

    def show_view(self, view: AddressView) -> None:
        """Show the addresses, or hide the bar if there is no change to confirm."""
        is_shown = view.old is not None and view.address is not None
        if is_shown:
            self.sentence.setText(view.news)
            self.old.setText(view.old or "")
            self.old.setAccessibleName(f"Old address {view.old}")
            self.new.setText(view.address or "")
            self.new.setAccessibleName(f"New address {view.address}")
            self.setAccessibleName(f"{self.sentence.text()} New address: {view.address}")
        self.setVisible(is_shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("warning_soft"))
        area = QRectF(self._theme.px(16), 0, self._theme.px(18), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning", 18)
