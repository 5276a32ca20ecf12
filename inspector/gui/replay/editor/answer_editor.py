"""One question of the Edit window: its answer as a field in the shape of the Answers tab."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.event.answers import AnswerEntry
from inspector.domain.event.event_form import (
    FormQuestion,
    options_source,
    skipped_source,
    text_source,
)
from inspector.domain.event.question import response_text
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, column, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.answer_inputs import AnswerText, ChipsField, RatingField

_WAS_LENGTH = 80
_LONGEST_TEXT = 16 * 1024
"""A longer text is edited in the JSON. Qt lays out all of it to find its height, in 4 ms for this length."""


class AnswerEditor(EntryView):
    """One question with its answer as a field, and what it was before."""

    edited = Signal(object, object)
    """Emits the path of the response and its new source; None removes it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.now: FormQuestion | None = None
        self.original: FormQuestion | None = None
        self._options: tuple[str, ...] = ()
        """Options that other captures selected."""
        self._added: tuple[str, ...] = ()
        """Options that the user added here."""
        self._shown_as: tuple[object, ...] = ()
        self._other: LineField | None = None
        self._changed_note: _ChangedNote | None = None
        grid = self.layout()
        assert isinstance(grid, QGridLayout)
        self._below = column(theme, spacing=6, margins=(0, 6, 0, 12))
        grid.addLayout(self._below, 3, 1, 1, 2)

    @property
    def other(self) -> LineField:
        """The field for another option, hidden until it is requested. Created on first use."""
        if self._other is None:
            self._other = LineField(self._theme, "Another option", example="Another option")
            self._other.returnPressed.connect(self._add_other)
            self._other.installEventFilter(self)
            self._other.hide()
            self._below.insertWidget(0, self._other)
        return self._other

    @property
    def changed_note(self) -> _ChangedNote:
        """What the answer was, hidden while nothing has changed. Created on first use."""
        if self._changed_note is None:
            self._changed_note = _ChangedNote(self._theme)
            self._changed_note.undo.clicked.connect(self.restore)
            self._changed_note.hide()
            self._below.addWidget(self._changed_note)
        return self._changed_note

    def show_question(
        self, now: FormQuestion, original: FormQuestion | None, options: tuple[str, ...]
    ) -> None:
        """Show a question. `original` is the captured one, `options` are those of other captures."""
        if (state := (now, original, options)) == self._shown_as:
            return
        self._shown_as = state
        if original is None or self.original is None or original.path != self.original.path:
            self._added = ()
            if self._other is not None:
                self._other.hide()
        self.now, self.original, self._options = now, original, options
        self.show_entry(now.entry)
        is_changed = original is not None and original.source != now.source
        was = "" if original is None else _was(original)
        if is_changed or self._changed_note is not None:
            self.changed_note.show_original(f"was {was}" if is_changed else None)
        self.setAccessibleDescription(f"Changed, was {was}" if is_changed else "")

    @Slot()
    def restore(self) -> None:
        """Set the captured response again, with its exact source."""
        if self.original is not None:
            self.edited.emit(self.original.path, self.original.source)

    @property
    def _source(self) -> str | None:
        return None if self.original is None else self.original.source

    # ---- fields

    def _view(self, entry: AnswerEntry) -> QWidget:
        now, kind = self.now, entry.kind
        assert now is not None
        is_empty = entry.form == "empty"
        if kind is not None and kind.response_form == "click":
            return super()._view(entry)
        is_rating = kind is not None and kind.low is not None and (entry.form == "number" or is_empty)
        is_typing = isinstance(self.shown, AnswerText) and self.shown.hasFocus()
        if kind is not None and is_rating and not is_typing:
            rating = self._one("rating-field", self._rating)
            before = None if self.original is None else self.original.entry.number
            rating.show_number(kind, entry.number, before if before != entry.number else None)
            rating.setAccessibleDescription(entry.question)
            return rating
        if entry.form == "options" or (
            kind is not None and kind.response_form in ("one", "several") and is_empty
        ):
            if entry.more:
                return super()._view(entry)
            return self._chips(now)
        if entry.form == "value" and len(now.texts) != 1:
            return super()._view(entry)
        whole = now.texts[0] if now.texts else ""
        if len(whole) > _LONGEST_TEXT:
            return super()._view(entry)
        text = self._one("text-field", self._text)
        is_line = kind is not None and (kind.value == "data_collection" or kind.low is not None)
        is_exact = text.show_text(whole, is_line=is_line and "\n" not in whole)
        text.setReadOnly(not is_exact)
        text.setToolTip("" if is_exact else "This field would change some characters. Edit them in the JSON.")
        text.setAccessibleName(entry.question or "Answer")
        return text

    def _rating(self, theme: Theme) -> RatingField:
        field = RatingField(theme)
        field.picked.connect(self._pick)
        return field

    def _text(self, theme: Theme) -> AnswerText:
        field = AnswerText(theme)
        field.edited.connect(self._type)
        return field

    def _chips_field(self, theme: Theme) -> ChipsField:
        field = ChipsField(theme)
        field.changed.connect(self._select)
        field.other_requested.connect(self._ask_other)
        return field

    def _chips(self, now: FormQuestion) -> ChipsField:
        before = () if self.original is None else self.original.texts
        texts = tuple(dict.fromkeys((*before, *self._options, *self._added, *now.texts)))
        ticked = frozenset(texts.index(text) for text in now.texts)
        chips = self._one("options-field", self._chips_field)
        kind = now.entry.kind
        chips.show_options(
            now.entry.question, texts, ticked, is_several=kind is None or kind.response_form != "one"
        )
        return chips

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the field for another option by Esc, which would close the window, or if it is left empty."""
        if watched is not self._other or self._other is None:
            return super().eventFilter(watched, event)
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.other.clear()
                self._leave_other()
            event.accept()
            return True
        if event.type() == QEvent.Type.FocusOut and not self.other.text():
            self.other.hide()
        return super().eventFilter(watched, event)

    def _leave_other(self) -> None:
        if self.shown is not None:
            self.shown.setFocus()
        self.other.hide()

    @Slot(object)
    def _pick(self, number: int | None) -> None:
        self._emit(skipped_source(self._source) if number is None else text_source(self._source, str(number)))

    @Slot(str)
    def _type(self, text: str) -> None:
        self._emit(text_source(self._source, text) if text else skipped_source(self._source))

    @Slot(object)
    def _select(self, texts: tuple[str, ...]) -> None:
        if self.now is None:
            return
        kind = self.now.entry.kind
        is_several = kind is None or kind.response_form != "one"
        if is_several and self.original is not None and set(texts) == set(self.original.texts):
            texts = self.original.texts  # in the order sent
        self._added = tuple(dict.fromkeys((*self._added, *self.now.texts)))
        self._emit(options_source(self._source, texts, is_several=is_several))

    @Slot()
    def _ask_other(self) -> None:
        self.other.show()
        self.other.setFocus()

    @Slot()
    def _add_other(self) -> None:
        text = self.other.text()
        now, kind = self.now, None if self.now is None else self.now.entry.kind
        if not text or now is None:
            return
        self.other.clear()
        self._leave_other()
        self._added = (*self._added, text)
        is_one = kind is not None and kind.response_form == "one"
        chosen = () if is_one else tuple(one for one in now.texts if one != text)
        self._select((*chosen, text))

    def _emit(self, source: str) -> None:
        if self.now is not None:
            self.edited.emit(self.now.path, source)


class _ChangedNote(QWidget):
    """`Changed was 9 Undo` with a pencil; hidden while nothing has changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.was = ElidedLabel(theme, px=12, tone="text2")
        self.was.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.undo = Link(theme, "Undo")
        changed = Label(theme, "Changed", px=12, weight=600, tone="accent")
        row(theme, changed, self.was, self.undo, STRETCH, spacing=6, margins=(20, 0, 0, 0), on=self)

    def show_original(self, was: str | None) -> None:
        """Show what the answer was; None hides the note."""
        self.was.setText(was or "")
        self.setVisible(was is not None)

    def paintEvent(self, event: QPaintEvent) -> None:
        side = self._theme.px(14)
        area = QRectF(0, (self.height() - side) / 2, side, side)
        paint_icon(QPainter(self), "edit", self._theme, area, "accent", 14)


def _was(question: FormQuestion) -> str:
    text = response_text(question.item.response, question.item.question_type, _WAS_LENGTH)
    kind = question.entry.kind
    if not text:
        return "skipped" if kind is None else kind.empty.lower()
    return shortened(visible(text.removeprefix(kind.prefix) if kind is not None else text), _WAS_LENGTH)
