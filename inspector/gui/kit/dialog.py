"""Dialogs: forms, confirmations and questions for a file. A window opens one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QFileInfo, QMimeDatabase, Qt, Slot
from PySide6.QtGui import QCloseEvent, QIcon, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFileIconProvider,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, Part, add, column, foot
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_BY_NAME = QMimeDatabase.MatchMode.MatchExtension


class FileIcons(QFileIconProvider):
    """Opens no file. The provider of Qt reads files to find their type.

    The folder may contain the capture file. Closing it in this process would drop the locks of its open
    connections (POSIX), and another process could then delete a log that is in use.
    """

    def __init__(self) -> None:
        super().__init__()
        # They are made here, because Qt asks for them in a thread of its own.
        self._file = super().icon(QFileIconProvider.IconType.File)
        self._folder = super().icon(QFileIconProvider.IconType.Folder)

    def icon(self, of: Any) -> QIcon:
        """Return the icon of a file or folder, or of a kind such as the computer."""
        if isinstance(of, QFileInfo):
            return self._folder if of.isDir() else self._file
        return super().icon(of)

    def type(self, info: QFileInfo) -> str:
        """Return the type of a file for display."""
        if info.isDir():
            return "Folder"
        return QMimeDatabase().mimeTypeForFile(info.fileName(), _BY_NAME).comment()


D = TypeVar("D", bound=QDialog)
_FOLDERS = ["."]
"""The folder of the last selected file; at first the current one."""
STAYS_OPEN = "stays-open"
"""The property of a dialog that stays open during other work, such as a comparison."""


class BaseDialog(QDialog):
    """A dialog with the background token `base`, deleted when it is closed."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)


class FormDialog(BaseDialog):
    """A title, a form, an error line, and two buttons: one verb and Cancel."""

    def __init__(
        self, session: Session, theme: Theme, title: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        px = theme.px
        self._theme = theme
        self._is_working = False
        self.runner = Runner(session.tasks, self)
        self.form = column(theme, Label(theme, title, px=16, weight=600), spacing=6, margins=(20, 16, 20, 12))
        self.error = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.error.hide()
        self.verb = Button(theme, verb, is_primary=True)
        self.verb.setDefault(True)
        self.cancel = Button(theme, "Cancel", key="Esc")
        self.cancel.clicked.connect(self.reject)
        self.buttons = foot(theme, STRETCH, self.cancel, self.verb)
        column(theme, self.form, STRETCH, Hairline(theme), self.buttons, on=self)
        self.setMinimumWidth(px(460))

    def add(self, *parts: Part) -> None:
        """Append widgets, layouts and gaps (in px of the drawing) to the form."""
        for part in parts:
            add(self.form, self._theme, part)

    def explain(self, text: str) -> None:
        """Append a paragraph that explains the dialog."""
        self.add(Label(self._theme, text, tone="text2", wraps=True), 6)

    def add_field(self, caption: str, field: QWidget, typed_in: QWidget | None = None) -> None:
        """Add a field to the form below its caption; `typed_in` is its part that takes the focus.

        Editing it hides the error.
        """
        label = Label(self._theme, caption, px=12, tone="text2")
        label.setBuddy(typed_in or field)
        if isinstance(edited := typed_in or field, (QLineEdit, QPlainTextEdit)):
            edited.textChanged.connect(self._edited)
        self.add(label, field)

    def add_line(self, caption: str, *, name: str | None = None, example: str = "") -> QLineEdit:
        """Add a line of text below its caption; `name` is for screen readers, by default the caption."""
        line = LineField(self._theme, name or caption, example=example)
        self.add_field(caption, line)
        return line

    @Slot()
    def _edited(self) -> None:
        self.error.hide()

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show an error and let the user try again, even if the dialog was closed meanwhile."""
        self._is_working = False
        self.show()
        if self.error.parentWidget() is None:
            self.add(self.error)  # otherwise it would be a window of its own
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.verb.setEnabled(True)
        self.fit()

    def fit(self) -> None:
        """Make the dialog as high as its content, at most as high as the screen."""
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
        """Disable the verb while its action runs; with `is_kept`, closing only hides the dialog."""
        self._is_working = is_kept
        self.error.hide()
        self.verb.setEnabled(False)

    def done(self, result: int) -> None:
        """Close the dialog. While the action runs, only hide it, because the action must be completed."""
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


class ConfirmDialog(FormDialog):
    """A confirmation before an action that cannot be undone; `accepted` is emitted if the user agrees.

    Return alone confirms nothing, because the focus is on Cancel.
    """

    def __init__(
        self, session: Session, theme: Theme, title: str, text: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, theme, title, verb, parent)
        words = Label(theme, text, tone="text2", wraps=True)
        words.setAccessibleName(text)
        self.add(words)
        self.verb.setDefault(False)
        self.verb.clicked.connect(self.accept)
        self.cancel.setFocus()
        for button in (self.cancel, self.verb):
            button.show_focus_always()  # shows which button Return presses before the first Tab


def ask_to_discard(session: Session, theme: Theme, title: str, text: str, dialog: QDialog) -> None:
    """Ask before the input in `dialog` is lost, and close the dialog if the user agrees."""
    question = ConfirmDialog(session, theme, title, text, "Discard", dialog)
    question.cancel.show_as("Keep editing", None)
    question.accepted.connect(partial(dialog.done, QDialog.DialogCode.Rejected))
    question.open()


def open_dialog(parent: QWidget, make: Callable[[], D], *, is_modal: bool = True) -> D | None:
    """Open the dialog that `make` returns, in place of the open one over `parent`.

    If the open one asks about unsaved input, raise it instead and return None.
    """
    for other in _open_dialogs(parent):
        other.reject()
        if other.isVisible():
            other.raise_()
            other.activateWindow()
            return None
    dialog = make()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if is_modal:
        dialog.open()
    else:
        dialog.show()
    return dialog


def _open_dialogs(parent: QWidget) -> list[QDialog]:
    children = parent.findChildren(QDialog, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [one for one in children if one.isVisible() and not one.property(STAYS_OPEN)]


def ask_where(parent: QWidget, title: str, *, kinds: str, name: str, then: Callable[[str], object]) -> None:
    """Ask for a file to write, of these `kinds` (`Markdown (*.md)`), with `name` suggested.

    The slot `then` is called with its path. The dialog itself asks before a file is replaced.
    """

    def made() -> QFileDialog:
        dialog = _file_dialog(parent, title, (kinds,), then)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rpartition(".")[2])
        dialog.selectFile(name)
        return dialog

    open_dialog(parent, made)


def ask_which(parent: QWidget, title: str, *, kinds: Sequence[str], then: Callable[[str], object]) -> None:
    """Ask for a file to read, of one of these `kinds`. The slot `then` is called with its path."""

    def made() -> QFileDialog:
        dialog = _file_dialog(parent, title, kinds, then)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        return dialog

    open_dialog(parent, made)


def ask_for_database(parent: QWidget, then: Callable[[str], object]) -> QFileDialog:
    """Ask for a capture file, which may be new. The slot `then` is called with its path."""
    dialog = _file_dialog(parent, "Capture file", ("Capture files (*.db)",), then)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Open")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def _file_dialog(
    parent: QWidget, title: str, kinds: Sequence[str], then: Callable[[str], object]
) -> QFileDialog:
    # It lists a folder of the program until it has its icons, because Qt's would open each file it lists.
    dialog = QFileDialog(parent, title, str(Path(__file__).parent))
    dialog.setIconProvider(_icons())
    dialog.setDirectory(_FOLDERS[-1])
    dialog.setNameFilters([*kinds, "All files (*)"])
    dialog.fileSelected.connect(_remember_folder)
    dialog.fileSelected.connect(then)
    return dialog


@cache
def _icons() -> FileIcons:
    return FileIcons()  # a dialog keeps no reference to it


def _remember_folder(file: str) -> None:
    _FOLDERS[:] = [str(Path(file).parent)]
