"""Read-only, selectable text, as high as its content. A long word can break at any character."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPalette, QResizeEvent, QTextCursor, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from inspector.gui.kit.tab_order import step_by_arrow
from inspector.gui.kit.theme import Theme


class FlowText(QTextEdit):
    """Read-only plain text without a frame. A word longer than the line is broken."""

    def __init__(
        self,
        theme: Theme,
        *,
        font: QFont,
        tone: str = "text",
        line_px: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = tone
        self._line_px = line_px
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFont(font)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        theme.changed.connect(self._tint)
        self._tint()

    def show_text(self, text: str) -> None:
        """Show another text, never read as markup."""
        self.setPlainText(text)
        self._space_lines()
        self._fit()

    def rescaled(self, ratio: float) -> None:
        """Fit the height to the new text size."""
        self._space_lines()
        self._fit()

    def _space_lines(self) -> None:
        if self._line_px is not None:
            cursor = QTextCursor(self.document())
            cursor.select(QTextCursor.SelectionType.Document)
            block = cursor.blockFormat()
            block.setLineHeight(self._theme.px(self._line_px), 2)  # QTextBlockFormat.FixedHeight
            cursor.setBlockFormat(block)

    def set_tone(self, tone: str) -> None:
        """Use the colour of another token."""
        self._tone = tone
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not step_by_arrow(self, event):
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page around it must scroll

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self.height())

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(math.ceil(self.document().size().height()))

    @Slot()
    def _tint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Text, self._theme.color(self._tone))
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("base"))
        palette.setColor(QPalette.ColorRole.Highlight, self._theme.color("selection"))
        palette.setColor(QPalette.ColorRole.HighlightedText, self._theme.color("text"))
        self.setPalette(palette)
