"""The left side of the Edit window: the respondent, and each question in the shape of the Answers tab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.event.event_form import (
    EventForm,
    FormField,
    moved_times,
    text_source,
)
from inspector.domain.json.json_edit import ValuePath
from inspector.gui.kit.controls.value_boxes import ComboBox, LineField
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, box, caption, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.answer_editor import AnswerEditor

_PLATFORMS = ("android", "ios", "link")
_LONGEST_TIME = 40
_TIME = "2026-11-26 12:01:06"
_TIME_FORM = "%Y-%m-%d %H:%M:%S"
_ROWS_AT_FIRST, _ROWS_PER_STEP = 6, 1
_BY_TAB = Qt.FocusPolicy.TabFocus
_NO_ANSWERS = "This event has no answers. Edit it in the JSON."
_NOT_JSON = "The body is not JSON, so it has no answers to edit here."


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
        self.answered = LineField(theme, "Answered at", example=_TIME)
        self.answered.setMinimumWidth(self.answered.fontMetrics().horizontalAdvance(_TIME) + theme.px(22))
        self.user.textEdited.connect(self._edit_user)
        self.platform.editTextChanged.connect(self._edit_platform)
        self.answered.editingFinished.connect(self._edit_time)
        self._is_filling = False
        self.sentence = FlowText(theme, font=theme.font(13), tone="text2")
        self.rows: list[AnswerEditor] = []
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill_more)
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
        self.problem = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.problem.setContentsMargins(theme.px(20), 0, theme.px(20), theme.px(8))
        self.problem.hide()
        self.answered.textEdited.connect(self.problem.hide)
        self.head = box(column(theme, self._fields, self.problem))
        self._note = box(column(theme, self.sentence, margins=(20, 14, 20, 8)))
        column(theme, self.head, Hairline(theme), self._note, grow(self.questions), on=self)
        self._note.hide()

    @property
    def shown_rows(self) -> list[AnswerEditor]:
        """The questions that are shown."""
        return [one for one in self.rows if not one.isHidden()]

    def show_options(self, options: Mapping[str, tuple[str, ...]]) -> None:
        """Suggest options of other captures, by the id of their question, after the next change."""
        self._options = options

    def show_original(self, form: EventForm | None) -> None:
        """Set the captured event, with which edits are compared."""
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
        self._fill(_ROWS_PER_STEP if self.rows else _ROWS_AT_FIRST)

    @Slot()
    def _fill_more(self) -> None:
        self._fill(_ROWS_PER_STEP)

    def _fill(self, new_rows: int) -> None:
        """Show the questions, and create at most `new_rows` rows. A row takes several milliseconds."""
        form = self._form
        originals = {} if self._original is None else {one.path: one for one in self._original.questions}
        questions = () if form is None else form.questions
        for number, question in enumerate(questions):
            if number == len(self.rows):
                if not new_rows:
                    self._filling.start()
                    return
                new_rows -= 1
                self.rows.append(AnswerEditor(self._theme))
                self.rows[-1].edited.connect(self._edit)
                self._list.addWidget(self.rows[-1])
            options = self._options.get(question.item.question_id or "", ())
            self.rows[number].show_question(question, originals.get(question.path), options)
            self.rows[number].line.setVisible(number < len(questions) - 1)
            self.rows[number].show()
        self._filling.stop()
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
            self.user.setCursorPosition(0)  # a long name is read from its start
        if self.platform.currentText() != platform:
            self.platform.setEditText(platform)
        moment = None if form is None else form.answered
        if not self.answered.hasFocus() and self.problem.isHidden():
            self.answered.setText("" if moment is None else _time_text(moment))
        self.answered.setEnabled(moment is not None)
        several = form is not None and len(form.times) > 1
        self.answered.setToolTip(
            "The last answer. A change moves all answers equally." if several else "Local time"
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
            typed = shortened(visible(self.answered.text()), _LONGEST_TIME)
            self.problem.setText(f"“{typed}” is not a time. Enter one such as {_time_text(form.answered)}.")
            self.problem.show()
            return
        self.problem.hide()
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


def _time_text(moment: datetime) -> str:
    """Return a moment in local time."""
    return moment.astimezone().strftime(_TIME_FORM)


def _field(theme: Theme, name: str, field: QWidget) -> QWidget:
    return box(column(theme, caption(theme, name, field), field, spacing=4))
