"""Covers for pages and lines of text that contain masked values, while the screen is masked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from shiboken6 import isValid

from inspector.base.visible import visible
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import LayoutCell, column
from inspector.gui.kit.theme import Theme

_SENTENCE = "This page shows masked fields. Turn off the mask to see it."


class MaskOverlay(QWidget):
    """A cover over all of `page`, which is also disabled so that the keyboard cannot reach it."""

    def __init__(
        self,
        theme: Theme,
        mask: Mask,
        page: QWidget,
        sentence: str = _SENTENCE,
        *,
        is_of_credentials: bool = False,
        is_of_notes: bool = False,
    ) -> None:
        """`is_of_credentials`: the page also shows credentials and is covered whatever fields are masked.
        `is_of_notes`: it shows only the user's notes."""
        super().__init__(page.parentWidget())
        self._is_of_credentials = is_of_credentials
        self._is_of_notes = is_of_notes
        self._mask = mask
        self._page = page
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        words = Label(theme, sentence, tone="text2", wraps=True, parent=self)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setFixedWidth(theme.px(420))
        column(theme, LayoutCell(words, 1, Qt.AlignmentFlag.AlignCenter), on=self)
        self.setAccessibleName("Hidden while the screen is masked")
        self.hide()
        page.installEventFilter(self)
        mask.changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Show or hide the cover, depending on the mask."""
        mask = self._mask
        is_hidden = mask.is_on if self._is_of_credentials else mask.hides_fields
        if self._is_of_notes:
            is_hidden = mask.hides_notes
        self._page.setEnabled(not is_hidden)
        self.setGeometry(self._page.geometry())
        self.setVisible(is_hidden and self._page.isVisible())
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if watched is self._page and event.type() in kinds:
            self.refresh()
        return super().eventFilter(watched, event)


_NO_EDIT = frozenset((
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape,
    Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta,
))  # fmt: skip
_LEFT = 4
_FRAME = 2


class LineMask(QLabel):
    """A line with its masked values hidden. A mouse press or an editing key removes the cover. It returns
    when the line loses the focus."""

    def __init__(
        self,
        mask: Mask,
        line: QLineEdit,
        box: QWidget | None = None,
        *,
        drawn: Callable[[str], str] | None = None,
    ) -> None:
        """`box` has the focus instead of the line and passes on its events. `drawn` hides masked values of a
        text; by default, as in a sentence."""
        super().__init__(line)
        self._drawn = drawn or mask.sentence
        self._line = line
        self._is_edited = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setForegroundRole(QPalette.ColorRole.Text)
        self.setIndent(_LEFT)
        for one in (line, box):
            if one is not None:
                one.installEventFilter(self)
        line.textChanged.connect(self.refresh)
        mask.changed.connect(self._masked)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show or hide the cover, depending on the mask."""
        text = QLineEdit.text(self._line)  # without the chips of a filter
        drawn = self._drawn(text)
        is_hidden = drawn != text and not self._is_edited
        # Screen readers read the line itself, not its cover.
        mode = QLineEdit.EchoMode.Password if is_hidden else QLineEdit.EchoMode.Normal
        if self._line.echoMode() != mode:
            self._line.setEchoMode(mode)
        margins = self._line.textMargins()  # chips, icons
        self.setGeometry(
            self._line.rect().adjusted(margins.left() + _FRAME, _FRAME, -margins.right(), -_FRAME)
        )
        shown = visible(drawn) if is_hidden else ""
        room = self.width() - self.indent() - _LEFT
        self.setText(self._line.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideMiddle, room))
        self.setAccessibleName(shown)
        self.setVisible(is_hidden)

    @Slot()
    def _masked(self) -> None:
        self._is_edited = False
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        was_edited = self._is_edited
        if kind == QEvent.Type.MouseButtonPress or (
            isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress and event.key() not in _NO_EDIT
        ):
            self._is_edited = True
        elif isinstance(event, QFocusEvent) and event.lostFocus():
            self._is_edited = self._is_edited and event.reason() == Qt.FocusReason.PopupFocusReason
        has_changed = was_edited != self._is_edited or kind in (QEvent.Type.Resize, QEvent.Type.Show)
        if has_changed and isValid(self._line):  # a destroyed box loses the focus after its line is deleted
            self.refresh()
        return super().eventFilter(watched, event)
