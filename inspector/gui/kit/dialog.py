"""What every dialog has: a title, a form above, a line of trouble, buttons below; gone once it is closed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session


class FormDialog(QDialog):
    """A dialog that asks for something and does one thing with it."""

    def __init__(
        self, session: Session, theme: Theme, title: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._theme = theme
        self._is_working = False
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.runner = Runner(session.tasks, self)
        self.form = QVBoxLayout()
        self.form.setContentsMargins(px(20), px(16), px(20), px(12))
        self.form.setSpacing(px(6))
        self.form.addWidget(Label(theme, title, px=16, weight=600))
        self.trouble = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.trouble.hide()
        self.verb = Button(theme, verb, is_primary=True)
        self.verb.setDefault(True)
        self.cancel = Button(theme, "Cancel", key="Esc")
        self.cancel.clicked.connect(self.reject)
        self.buttons = QHBoxLayout()
        self.buttons.setContentsMargins(px(20), px(10), px(20), px(10))
        self.buttons.setSpacing(px(8))
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.verb)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self.form)
        layout.addStretch(1)
        layout.addWidget(Hairline(theme))
        layout.addLayout(self.buttons)
        self.setMinimumWidth(px(460))

    def add_field(self, caption: str, field: QWidget, typed_in: QWidget | None = None) -> None:
        """Put a field into the form below its caption; `typed_in` is the part of it that takes the focus.

        Editing it hides the error.
        """
        label = Label(self._theme, caption, px=12, tone="text2")
        label.setBuddy(typed_in or field)
        if isinstance(edited := typed_in or field, (QLineEdit, QPlainTextEdit)):
            edited.textChanged.connect(self._edited)
        self.form.addWidget(label)
        self.form.addWidget(field)

    def add_line(self, caption: str, *, name: str | None = None, example: str = "") -> QLineEdit:
        """A line of text below its caption, as `add_field` puts it there; `name`: what it is called where
        the caption cannot be seen."""
        line = QLineEdit()
        line.setPlaceholderText(example)
        line.setAccessibleName(name or caption)
        line.setMinimumHeight(self._theme.px(28))
        line.setTextMargins(self._theme.px(5), 0, self._theme.px(5), 0)
        self.add_field(caption, line)
        return line

    @Slot()
    def _edited(self) -> None:
        self.trouble.hide()

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Say what came in the way, and let the user try again, though it was closed meanwhile."""
        self._is_working = False
        self.show()
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))
        self.verb.setEnabled(True)
        self.fit()

    def fit(self) -> None:
        """Be as high as every line of what it says now needs, as far as the screen goes."""
        layout = self.layout()
        assert layout is not None
        frame = self.frameGeometry().height() - self.height()
        room = self.screen().availableGeometry().height() - frame
        width = max(self.width(), layout.totalMinimumSize().width())
        has_lines = layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(width) if has_lines else layout.totalSizeHint().height()
        self.resize(width, min(height, room))  # adjustSize stops at two thirds of the screen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.fit()

    def working(self, *, is_kept: bool = True) -> None:
        """The verb is being done: not twice. What keeps nothing may be given up with the dialog."""
        self._is_working = is_kept
        self.trouble.hide()
        self.verb.setEnabled(False)

    def done(self, result: int) -> None:
        """Close; while the verb is being done disappear alone, as what is half saved has to be ended."""
        if self._is_working and result == QDialog.DialogCode.Rejected:
            self.hide()
            return
        self._is_working = False
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_working:
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)
