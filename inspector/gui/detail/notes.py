"""The note of a capture, read and edited in place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from inspector.base.errors import InspectorError
from inspector.domain.capture.capture import MAX_NOTE
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import column, grow
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.theme import Theme

_PAUSE_MS = 1_000
"""Text is saved after this pause, so that a power failure loses at most one second of typing."""
_COVERED = "Notes are masked. Turn off the mask to see them."
_HOW = "Saved when you leave the field or press Ctrl+Return. Find it with the filter note:"
_SAVED = "Saved."


class NotesTab(DetailView, QWidget):
    """A note that is saved automatically. Typed text stays here until it is in the file."""

    label = "Notes"
    widest_count = "0"

    message_posted = Signal(str)
    """Why the note of another capture could not be saved."""
    done = Signal()
    """Emitted on Esc: the focus returns to the list."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        session, theme = context.session, context.theme
        self._session = session
        self.capture_id: int | None = None
        self._set_text = ""
        """The text as it was set, because the editor replaces some characters."""
        self._typed: dict[int, str] = {}
        """Typed text by capture id, until the file is known to have it."""
        self._sent: dict[int, str] = {}
        """The text saved last or being saved, by capture id."""
        self._runner = Runner(session.tasks, self)
        self._runner.message_posted.connect(self.message_posted)
        self.editor = _Editor(theme)
        self.editor.textChanged.connect(self._edited)
        self.editor.was_left.connect(self.save)
        self.editor.save_requested.connect(self.save)
        self.editor.done.connect(self.done)
        self.state = Label(theme, _HOW, px=12, tone="text2", wraps=True)
        self.pause = QTimer(self)
        self.pause.setSingleShot(True)
        self.pause.setInterval(_PAUSE_MS)
        self.pause.timeout.connect(self.save)
        field = _Field(theme, self.editor)
        column(theme, grow(field), self.state, spacing=8, margins=(20, 14, 20, 12), on=self)
        MaskOverlay(theme, context.mask, field, _COVERED, is_of_notes=True)
        self.clear()

    # ---- the shown note

    @staticmethod
    def mark(shown: ShownCapture) -> int | None:
        return 1 if shown.exact.row.note else None

    def show_capture(self, shown: ShownCapture) -> None:
        """Show the note of another capture or a changed note. Typed text stays."""
        number, note = shown.exact.row.id, shown.exact.row.note
        if number != self.capture_id:
            self.save()
        if self._typed.get(number, "").strip() == note:
            self._typed.pop(number, None)
            self._sent.pop(number, None)
        is_other, self.capture_id = number != self.capture_id, number
        text = self._typed.get(number, note)
        if is_other or text.strip() != self._set_text.strip():
            self._set(text)
        self.editor.setEnabled(True)
        self.editor.setAccessibleName(f"Note on capture {number:,}")
        if number in self._typed:
            self._show_state_of(self._typed[number])
        elif is_other or not note:
            self._show_state(_HOW)
        else:
            self._show_state(_SAVED)

    def clear(self) -> None:
        """Save typed text, then show nothing."""
        self.save()
        self.capture_id = None
        self._set("")
        self.editor.setEnabled(False)
        self._show_state(_HOW)

    def write(self) -> None:
        """Move the focus to the end of the note."""
        self.editor.setFocus()
        self.editor.moveCursor(QTextCursor.MoveOperation.End)

    # ---- saving

    @Slot()
    def save(self) -> None:
        """Save typed text, unless that is already in progress."""
        self.pause.stop()
        number = self.capture_id
        if number is None or number not in self._typed:
            return
        text = self._typed[number].strip()
        if text == self._sent.get(number) or len(text) > MAX_NOTE:
            return
        self._sent[number] = text
        work = self._session.captures.put_note(number, text)
        self._runner.run(work, "save a note", partial(self._refused, number))

    async def save_all(self) -> None:
        """Save all typed text at the end of the program. A note that is too long is cut."""
        self.pause.stop()
        for number, text in list(self._typed.items()):
            try:
                await self._session.captures.put_note(number, text.strip()[:MAX_NOTE])
            except InspectorError as error:
                self.message_posted.emit(f"Cannot save the note on capture {number:,}: {error}")

    def _refused(self, number: int, sentence: str) -> None:
        """Keep the typed text, so that it is saved again when the user next leaves the field."""
        self._sent.pop(number, None)
        if number == self.capture_id:
            self._show_state(f"Not saved: {sentence}", tone="invalid")
        else:
            self.message_posted.emit(f"Cannot save the note on capture {number:,}: {sentence}")

    @Slot()
    def _edited(self) -> None:
        if self.capture_id is not None:
            self._typed[self.capture_id] = self._set_text = text = self.editor.toPlainText()
            self._show_state_of(text)
            self.pause.start()

    # ---- display

    def _set(self, text: str) -> None:
        self._set_text = text
        with QSignalBlocker(self.editor):
            self.editor.setPlainText(text)

    def _show_state_of(self, text: str) -> None:
        """Show the state of a text that the file does not have yet."""
        length = len(text.strip())
        if length > MAX_NOTE:
            self._show_state(
                f"Not saved: the note has {length:,} characters. Shorten it to {MAX_NOTE:,}.", tone="invalid"
            )
        else:
            self._show_state("Not saved yet. Press Ctrl+Return or leave the field to save.")

    def _show_state(self, sentence: str, *, tone: str = "text2") -> None:
        self.state.set_tone(tone)
        self.state.setText(sentence)


class _Editor(QPlainTextEdit):
    """A text field. Tab and Esc leave it, Ctrl+Return saves, and undo works on its text."""

    entered = Signal()
    was_left = Signal()
    save_requested = Signal()
    done = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFont(theme.font(14))
        self.setTabChangesFocus(True)
        self.setPlaceholderText("Add a note to this capture")
        self.setAccessibleName("Note")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(theme.px(8))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.save_requested.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.done.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.was_left.emit()


class _Field(QWidget):
    """An outline with contrast on any background. Fusion's own is too dark in dark mode."""

    def __init__(self, theme: Theme, editor: _Editor) -> None:
        super().__init__()
        self._theme = theme
        self._editor = editor
        column(theme, editor, margins=(2, 2, 2, 2), on=self)
        editor.entered.connect(self.update)
        editor.was_left.connect(self.update)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = "accent" if self._editor.hasFocus() else "control_outline"
        painter.setPen(QPen(self._theme.color(tone), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
