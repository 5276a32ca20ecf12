"""The left side of the Edit window: the respondent, and each question in the shape of the Answers tab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.event.answers import AnswerEntry
from inspector.domain.event.event_form import (
    EventForm,
    FormField,
    FormQuestion,
    moved_times,
    options_source,
    skipped_source,
    text_source,
)
from inspector.domain.event.question import response_text
from inspector.domain.json.json_edit import ValuePath
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, box, caption, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import ComboBox, LineField
from inspector.gui.replay.editor.answer_inputs import AnswerText, ChipsField, RatingField

_PLATFORMS = ("android", "ios", "link")
_TIME_FORM = "%Y-%m-%d %H:%M:%S"
_WAS_LENGTH = 80
_BY_TAB = Qt.FocusPolicy.TabFocus
_NO_ANSWERS = "This event has no answers. Edit it in the JSON."
_NOT_JSON = "The body is not JSON, so it has no answers to edit here."


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
        self.other = LineField(theme, "Another option", example="Another option")
        self.other.returnPressed.connect(self._add_other)
        self.other.installEventFilter(self)
        self.other.hide()
        self.changed_note = _ChangedNote(theme)
        self.changed_note.undo.clicked.connect(self.restore)
        grid = self.layout()
        assert isinstance(grid, QGridLayout)
        below = box(column(theme, self.other, self.changed_note, spacing=6, margins=(0, 6, 0, 12)))
        grid.addWidget(below, 3, 1, 1, 2)

    def show_question(
        self, now: FormQuestion, original: FormQuestion | None, options: tuple[str, ...]
    ) -> None:
        """Show a question. `original` is the captured one, `options` are those of other captures."""
        if original is None or self.original is None or original.path != self.original.path:
            self._added = ()
            self.other.hide()
        self.now, self.original, self._options = now, original, options
        self.show_entry(now.entry)
        is_changed = original is not None and original.source != now.source
        was = "" if original is None else _was(original)
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
        text = self._one("text-field", self._text)
        whole = now.texts[0] if now.texts else ""
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
        if watched is self.other and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.other.clear()
                self._leave_other()
            event.accept()
            return True
        if watched is self.other and event.type() == QEvent.Type.FocusOut and not self.other.text():
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


class AnswerForm(QWidget):
    """The respondent, the platform, the time, and the questions. It emits new sources by path."""

    edited = Signal(object)
    """Emits a mapping of paths to new sources; None removes a value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._original: EventForm | None = None
        self._form: EventForm | None = None
        self._options: Mapping[str, tuple[str, ...]] = {}
        self.user = LineField(theme, "Respondent")
        self.platform = ComboBox(theme, "Platform")
        self.platform.setEditable(True)
        self.platform.addItems(_PLATFORMS)
        self.answered = LineField(theme, "Answered at", example="2026-11-26 12:01:06")
        self.user.textEdited.connect(self._edit_user)
        self.platform.editTextChanged.connect(self._edit_platform)
        self.answered.editingFinished.connect(self._edit_time)
        self._is_filling = False
        self.sentence = FlowText(theme, font=theme.font(13), tone="text2")
        self.rows: list[AnswerEditor] = []
        self._list = column(theme)
        inner = box(column(theme, self._list, STRETCH, margins=(0, 0, 0, 8)))
        self.questions = Scrolled(theme, inner)
        self.questions.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fields = row(
            theme,
            grow(_field(theme, "Respondent", self.user), 10),
            grow(_field(theme, "Platform", self.platform), 6),
            grow(_field(theme, "Answered at", self.answered), 9),
            spacing=8,
            margins=(20, 12, 20, 12),
        )
        self.head = box(self._fields)
        self._note = box(column(theme, self.sentence, margins=(20, 14, 20, 8)))
        column(theme, self.head, Hairline(theme), self._note, grow(self.questions), on=self)
        self._note.hide()

    @property
    def shown_rows(self) -> list[AnswerEditor]:
        """The questions that are shown."""
        return [one for one in self.rows if not one.isHidden()]

    def show_options(self, options: Mapping[str, tuple[str, ...]]) -> None:
        """Offer options of other captures, by the id of their question, from the next change on."""
        self._options = options

    def show_original(self, form: EventForm | None) -> None:
        """Set the captured event, which the others are compared with."""
        self._original = form

    def show_form(self, form: EventForm | None, problem: str | None = None) -> None:
        """Show another event. With a `problem`, the fields keep their values and are disabled."""
        if problem is not None:
            has_values = self._form is not None
            self._show_note(
                f"{problem} The answers follow once the JSON is valid." if has_values else _NOT_JSON
            )
            for part in (self.head, self.questions):
                part.setEnabled(False)
            return
        self._form = form
        is_event = form is not None and form.word != "unknown"
        self._show_note("" if is_event else _NO_ANSWERS)
        if form is not None and is_event and form.more:
            self._show_note(
                f"The first {len(form.questions):,} answers are shown. Edit the others in the JSON."
            )
        for part in (self.head, self.questions):
            part.setEnabled(is_event)
        self._show_fields(form)
        originals = {} if self._original is None else {one.path: one for one in self._original.questions}
        questions = () if form is None else form.questions
        while len(self.rows) < len(questions):
            self.rows.append(AnswerEditor(self._theme))
            self.rows[-1].edited.connect(self._edit)
            self._list.addWidget(self.rows[-1])
        for number, question in enumerate(questions):
            options = self._options.get(question.item.question_id or "", ())
            self.rows[number].show_question(question, originals.get(question.path), options)
            self.rows[number].line.setVisible(number < len(questions) - 1)
            self.rows[number].show()
        for one in self.rows[len(questions) :]:
            one.hide()

    def _show_note(self, sentence: str) -> None:
        self.sentence.show_text(sentence)
        self._note.setVisible(bool(sentence))

    def _show_fields(self, form: EventForm | None) -> None:
        self._is_filling = True
        user, platform = ("", "") if form is None else (form.user.text, form.platform.text)
        if self.user.text() != user:
            self.user.setText(user)
        if self.platform.currentText() != platform:
            self.platform.setEditText(platform)
        moment = None if form is None else form.answered
        if not self.answered.hasFocus():
            self.answered.setText("" if moment is None else moment.astimezone().strftime(_TIME_FORM))
        self.answered.setEnabled(moment is not None)
        several = form is not None and len(form.times) > 1
        self.answered.setToolTip(
            "The last answer; a change moves all answers by the same time" if several else "Local time"
        )
        self._is_filling = False

    # ---- edits

    @Slot(object, object)
    def _edit(self, path: ValuePath, source: str | None) -> None:
        self.edited.emit({path: source})

    @Slot(str)
    def _edit_user(self, text: str) -> None:
        if self._form is not None:
            self._edit_field(self._form.user, None if self._original is None else self._original.user, text)

    @Slot(str)
    def _edit_platform(self, text: str) -> None:
        if self._form is not None and not self._is_filling:
            before = None if self._original is None else self._original.platform
            self._edit_field(self._form.platform, before, text)

    def _edit_field(self, field: FormField, original: FormField | None, text: str) -> None:
        if text != field.text:
            self.edited.emit({field.path: text_source(None if original is None else original.source, text)})

    @Slot()
    def _edit_time(self) -> None:
        form = self._form
        if form is None or form.answered is None:
            return
        try:
            moment = datetime.strptime(self.answered.text().strip(), _TIME_FORM).astimezone()
        except (ValueError, OverflowError, OSError):
            self._show_time(form.answered)
            return
        by = moment - form.answered.replace(microsecond=0)
        if by and (moved := moved_times(form.times, by)):
            self.edited.emit(moved)

    def focus_first(self) -> bool:
        """Focus the first answer that can be edited. Return False if there is none."""
        fields = (one.shown for one in self.shown_rows)
        field = next((one for one in fields if one is not None and one.focusPolicy() & _BY_TAB), None)
        if field is not None:
            field.setFocus()
        return field is not None

    def commit(self) -> None:
        """Read a time that is still being typed."""
        if self.answered.hasFocus():
            self._edit_time()

    def _show_time(self, moment: datetime) -> None:
        self.answered.setText(moment.astimezone().strftime(_TIME_FORM))


def _field(theme: Theme, name: str, field: QWidget) -> QWidget:
    return box(column(theme, caption(theme, name, field), field, spacing=4))


def _was(question: FormQuestion) -> str:
    text = response_text(question.item.response, question.item.question_type, _WAS_LENGTH)
    kind = question.entry.kind
    if not text:
        return "skipped" if kind is None else kind.empty.lower()
    return shortened(visible(text.removeprefix(kind.prefix) if kind is not None else text), _WAS_LENGTH)
