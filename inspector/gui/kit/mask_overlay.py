"""Lies over a page that is made of what is to be hidden, while the screen is masked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme

_SAID = "This page is made of answers and ids that you chose to hide. It comes back when Mask is off."


class MaskOverlay(QWidget):
    """Covers `page` whole, and keeps the keyboard from what is below."""

    def __init__(
        self, theme: Theme, mask: Mask, page: QWidget, said: str = _SAID, *, is_of_credentials: bool = False
    ) -> None:
        """`is_of_credentials`: the page shows those, too, and is covered whatever fields are chosen."""
        super().__init__(page.parentWidget())
        self._is_of_credentials = is_of_credentials
        self._mask = mask
        self._page = page
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        words = Label(theme, said, tone="text2", wraps=True, parent=self)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setFixedWidth(theme.px(420))
        column = QVBoxLayout(self)
        column.addWidget(words, 1, Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("Hidden while the screen is masked")
        self.hide()
        page.installEventFilter(self)
        mask.changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Cover the page, or no more."""
        is_hidden = self._mask.is_on if self._is_of_credentials else self._mask.hides_fields
        self._page.setEnabled(not is_hidden)
        self.setGeometry(self._page.geometry())
        self.setVisible(is_hidden and self._page.isVisible())
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if watched is self._page and event.type() in kinds:
            self.refresh()
        return super().eventFilter(watched, event)
