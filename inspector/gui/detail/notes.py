"""The Notes tab: what its user wrote on this capture, read and edited in place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.domain.capture.capture import MAX_NOTE
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_REST_MS = 1_000
"""Typing that paused so long is kept: what a power cut can take is a second's."""
_HOW = "Kept as you leave it, and by Ctrl+Return. In the filter, note: finds it."
_KEPT = "Kept."


class NotesTab(QWidget):
    """Saves by itself. What was typed stays here until the file has it, whatever is chosen meanwhile."""

    message_posted = Signal(str)
    """Why a note of another capture than the one shown could not be kept."""
    done = Signal()
    """Esc: its user is done, and goes back to the list."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._id: int | None = None
        self._put_in = ""
        """What stands in the editor, as it was put there: it shows some characters as others."""
        self._typed: dict[int, str] = {}
        """By capture: texts that the file was not seen to have yet."""
        self._sent: dict[int, str] = {}
        """By capture: the text that is being kept, or was."""
        self._runner = Runner(session.tasks, self)
        self._runner.message_posted.connect(self.message_posted)
        px = theme.px
        self.editor = _Editor(theme)
        self.editor.textChanged.connect(self._edited)
        self.editor.was_left.connect(self.keep)
        self.editor.save_requested.connect(self.keep)
        self.editor.done.connect(self.done)
        self.state = Label(theme, _HOW, px=12, tone="text2", wraps=True)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(20), px(14), px(20), px(12))
        layout.setSpacing(px(8))
        layout.addWidget(_Field(theme, self.editor), 1)
        layout.addWidget(self.state)
        self.forget()

    # ---- what is shown

    def show_detail(self, detail: CaptureDetail) -> None:
        """Show the note of another capture, or what has become of this one's; what is typed stays."""
        number, note = detail.row.id, detail.row.note
        if number != self._id:
            self.keep()
        if self._typed.get(number, "").strip() == note:
            self._typed.pop(number, None)
            self._sent.pop(number, None)
        is_other, self._id = number != self._id, number
        text = self._typed.get(number, note)
        if is_other or text.strip() != self._put_in.strip():
            self._put(text)
        self.editor.setEnabled(True)
        self.editor.setAccessibleName(f"Note on capture {number:,}")
        if number in self._typed:
            self._say_of(self._typed[number])
        elif is_other or not note:
            self._say(_HOW)
        else:
            self._say(_KEPT)

    def forget(self) -> None:
        """Show nothing; what was typed is kept first."""
        self.keep()
        self._id = None
        self._put("")
        self.editor.setEnabled(False)
        self._say(_HOW)

    def write(self) -> None:
        """Go on where the note ends."""
        self.editor.setFocus()
        self.editor.moveCursor(QTextCursor.MoveOperation.End)

    # ---- keeping it

    @Slot()
    def keep(self) -> None:
        """Put what was typed into the file, unless that is under way."""
        self._rest.stop()
        number = self._id
        if number is None or number not in self._typed:
            return
        text = self._typed[number].strip()
        if text == self._sent.get(number) or len(text) > MAX_NOTE:
            return
        self._sent[number] = text
        work = self._session.captures.put_note(number, text)
        self._runner.run(work, "keep a note", partial(self._refused, number))

    async def keep_all(self) -> None:
        """At the end of the program: once this returns, the file has what was typed, of what is too long the
        beginning."""
        self._rest.stop()
        for number, text in list(self._typed.items()):
            try:
                await self._session.captures.put_note(number, text.strip()[:MAX_NOTE])
            except InspectorError as error:
                self.message_posted.emit(f"The note on capture {number:,} is not kept: {error}")

    def _refused(self, number: int, sentence: str) -> None:
        """It stays as it was typed, and is tried again when it is left once more."""
        self._sent.pop(number, None)
        if number == self._id:
            self._say(f"Not kept: {sentence}", tone="invalid")
        else:
            self.message_posted.emit(f"The note on capture {number:,} is not kept: {sentence}")

    @Slot()
    def _edited(self) -> None:
        if self._id is not None:
            self._typed[self._id] = self._put_in = text = self.editor.toPlainText()
            self._say_of(text)
            self._rest.start()

    # ---- the drawing

    def _put(self, text: str) -> None:
        self._put_in = text
        with QSignalBlocker(self.editor):
            self.editor.setPlainText(text)

    def _say_of(self, text: str) -> None:
        """What is to be known of a text that the file does not have yet."""
        length = len(text.strip())
        if length > MAX_NOTE:
            self._say(
                f"Not kept: a note has at most {MAX_NOTE:,} characters, not {length:,}.", tone="invalid"
            )
        else:
            self._say("Not kept yet. Ctrl+Return keeps it, and so does leaving it.")

    def _say(self, sentence: str, *, tone: str = "text2") -> None:
        self.state.set_tone(tone)
        self.state.setText(sentence)


class _Editor(QPlainTextEdit):
    """Tab and Esc lead out of it, Ctrl+Return keeps; undo is the text's own while it has the focus."""

    entered = Signal()
    was_left = Signal()
    save_requested = Signal()
    done = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFont(theme.font(14))
        self.setTabChangesFocus(True)
        self.setPlaceholderText("What is to be remembered of this capture")
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
    """An outline that is to be seen on any ground: Fusion's own is too dark in the dark."""

    def __init__(self, theme: Theme, editor: _Editor) -> None:
        super().__init__()
        self._theme = theme
        self._editor = editor
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(theme.px(2),) * 4)
        layout.addWidget(editor)
        editor.entered.connect(self.update)
        editor.was_left.connect(self.update)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = "accent" if self._editor.hasFocus() else "control_outline"
        painter.setPen(QPen(self._theme.color(tone), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
