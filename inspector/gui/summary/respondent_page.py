"""A respondent page: facts, conflicts, the arrival chart, and each question with its history."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSizePolicy, QWidget

from inspector.base.clock import short_time
from inspector.base.visible import visible
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.respondent_history import QuestionHistory, RecordedAnswer, RespondentHistory
from inspector.gui.captures.file_commands import SavedTable
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, LayoutCell, Part, at, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.tab_order import make_one_stop
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.arrival_chart import ArrivalChart
from inspector.gui.summary.page import SummaryPage, WidgetPool, stack_if
from inspector.gui.summary.respondent_head import ConflictBar, QuestionBoxes, RespondentHead
from inspector.gui.summary.saving import PageSaver, Picture, as_of
from inspector.session.session import Session
from inspector.session.summaries import AnswersPart

AT_FIRST, A_TURN = 25, 1
"""Questions shown at first, and questions created per event loop iteration."""
_COLUMNS = (("Arrived", 96), ("Event", 92), ("Value", 180), ("Compared", 128))
"""The columns of a history, with their widths in design px."""
_WIDTH = sum(width for _, width in _COLUMNS) + 8
_NARROW = _WIDTH + 360
_CAPTURES_AT_FIRST, _MORE_CAPTURES = 8, 50
_TOP = Qt.AlignmentFlag.AlignTop


class RespondentPage(SummaryPage):
    """The history of one respondent, by default for the newest run and trusted captures."""

    compare_requested = Signal(object, object)
    """The ids of two captures that contradict each other."""

    def __init__(
        self, session: Session, theme: Theme, saver: PageSaver, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, theme, saver, "read a respondent", parent)
        self._run: int | None = None
        self._story: RespondentHistory | None = None
        self._questions: tuple[QuestionHistory, ...] = ()
        self._shown = self._wanted = 0
        """The number of questions that are shown, and that should be shown."""
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._fill)
        self.head = RespondentHead(theme)
        self.head.run_selected.connect(self._show_run)
        self.conflicts = ConflictBar(theme)
        self.conflicts.compare_requested.connect(self.compare_requested)
        self.arrivals = ArrivalChart(theme)
        self.arrivals.capture_selected.connect(self.capture_selected)
        self.boxes = QuestionBoxes(theme)
        self._sentence = Label(theme, tone="text2", wraps=True)
        self._columns = _ColumnHeads(theme)
        self._more = Link(theme, px=13)
        self._more.clicked.connect(self._show_more)
        rows = column(theme)
        self._rows = WidgetPool(rows, self._new_row)
        list_ = box(rows)
        make_one_stop(list_)
        above = (self.head, self.conflicts, self.arrivals, self.boxes, self._sentence)
        content = column(
            theme,
            column(theme, *above, spacing=12, margins=(24, 14, 24, 10)),
            *(Hairline(theme), self._columns, list_),
            column(theme, self._more, margins=(48, 12, 24, 0)),
            STRETCH,
            margins=(0, 0, 0, 16),
        )
        self._content = box(content)
        self._content.setAutoFillBackground(True)
        self._content.setBackgroundRole(QPalette.ColorRole.Base)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self._content)
        column(theme, self._scroll, on=self)

    @property
    def story(self) -> RespondentHistory | None:
        """The history on the page; None until it is read."""
        return self._story

    def save(self, form: str) -> None:
        """Ask where to save the page as `form`: `png`, `svg` or `csv`."""
        scope = self._scope or Scope()
        survey = self._session.summaries.head(scope).name if scope.survey_id is not None else None
        caption = as_of(visible(survey or scope.survey_id or ""), visible(scope.group_id or ""))
        picture = Picture(caption=caption, widgets=(self._content,), without=(self._more,))
        name = self._saver.masked("user_id", self.head.name)
        self._saver.ask(form, name, picture, SavedTable(parts=self._history))

    async def _history(self) -> AsyncGenerator[AnswersPart, None]:
        """Yield every answer of the respondent in the shown run."""
        if self._scope is not None:
            text = await self._session.summaries.history(
                self._scope,
                includes_others=self._includes_others,
                run=self._run,
                hidden=self._saver.hidden,
            )
            yield AnswersPart(text=text)

    # ---- reading

    def _clear(self) -> None:
        self._run = None
        self.head.show_name((self._scope or Scope()).user_id or "")
        self._show(None)
        self._scroll.verticalScrollBar().setValue(0)

    async def _load(self, scope: Scope, number: int) -> None:
        others = self._includes_others
        story = await self._session.summaries.story(scope, includes_others=others, run=self._run)
        if self._is_current(number) and story != self._story:
            self._show(story)

    def _show_error(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.show()

    @Slot(int)
    def _show_run(self, run: int) -> None:
        self._run = run
        self._restart()

    # ---- showing

    def _show(self, story: RespondentHistory | None) -> None:
        self._story = story
        self._questions = story.questions if story is not None else ()
        self.head.show_story(story)
        self.conflicts.show_conflicts(story.conflicts if story is not None else ())
        self.arrivals.show_arrivals(story.arrivals if story is not None else ())
        self.boxes.show_entries([question.entry for question in self._questions])
        sentence = ""
        if story is not None and story.is_counted_only:
            sentence = f"Too many captures to show answers: {story.captures:,}. They are only counted."
        elif story is not None and not self._questions:
            sentence = "No trusted captures from this respondent."
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self._columns.setVisible(bool(self._questions))
        self._shown, self._wanted = 0, min(max(self._wanted, AT_FIRST), len(self._questions))
        self._rows.hide_from(len(self._questions))
        self._fill()

    def _new_row(self) -> _QuestionRow:
        question = _QuestionRow(self._theme)
        question.history.capture_selected.connect(self.capture_selected)
        return question

    @Slot()
    def _fill(self) -> None:
        """Show the next question. A new row takes about 3 ms."""
        for number in range(self._shown, min(self._shown + A_TURN, self._wanted)):
            self._rows.show(number).show_story(self._questions[number], is_narrow=self._is_narrow())
            self._shown = number + 1
        left = len(self._questions) - self._wanted
        self._more.show_text(f"Show {min(left, 4 * AT_FIRST):,} more of {len(self._questions):,} questions")
        self._more.setVisible(left > 0)
        if self._shown < self._wanted:
            self._turn.start()
        else:
            self._turn.stop()

    @Slot()
    def _show_more(self) -> None:
        self._wanted = min(len(self._questions), self._wanted + 4 * AT_FIRST)
        self._fill()

    def _is_narrow(self) -> bool:
        return self.width() < self._theme.px(_NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self._is_narrow()
        self._columns.set_narrow(is_narrow)
        self.head.set_narrow(is_narrow)
        for question in self._rows.shown:
            question.set_narrow(is_narrow)


class _ColumnHeads(QWidget):
    """The captions of the questions and of the columns of their histories."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        question = Label(theme, "Question and current answer", px=12, tone="text2")
        self._labels = [Label(theme, name, px=12, tone="text2") for name, _ in _COLUMNS]
        for label, (_, width) in zip(self._labels, _COLUMNS, strict=True):
            label.setFixedWidth(theme.px(width))
        self.setFixedHeight(theme.px(28) + 1)
        captions = row(theme, grow(question), 8, *self._labels, margins=(48, 0, 16, 0))
        column(theme, grow(captions), Hairline(theme), on=self)

    def set_narrow(self, is_narrow: bool) -> None:
        """Show only the first caption if the histories are below the answers."""
        for label in self._labels:
            label.setVisible(not is_narrow)


class _QuestionRow(QWidget):
    """A question with its current answer and the history of that answer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._entry = EntryView(theme)
        self._entry.line.hide()
        self.history = _AnswerHistory(theme)
        entry, history = LayoutCell(self._entry, 1, _TOP), at(_TOP, self.history)
        self._both: QBoxLayout = row(theme, entry, history, spacing=8, margins=(4, 0, 16, 0))
        column(theme, self._both, column(theme, Hairline(theme), margins=(48, 0, 24, 0)), on=self)

    def show_story(self, story: QuestionHistory, *, is_narrow: bool) -> None:
        """Show another question."""
        self._entry.show_entry(story.entry)
        self.history.show_answers(story.history)
        self.history.setVisible(bool(story.history))
        self.set_narrow(is_narrow)

    def set_narrow(self, is_narrow: bool) -> None:
        """Show the history below the answer if the page is narrow, otherwise next to it."""
        stack_if(is_narrow, self._both)


class _AnswerHistory(QWidget):
    """One line per capture that answers a question. Its time is a link to the capture."""

    capture_selected = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._answers: tuple[RecordedAnswer, ...] = ()
        self._limit = _CAPTURES_AT_FIRST
        self.setFixedWidth(theme.px(_WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._more = Link(theme)
        self._more.clicked.connect(self._show_more)
        lines = column(theme)
        self._lines = WidgetPool(lines, partial(_AnswerLine, theme, self))
        column(theme, lines, self._more, margins=(0, 8, 0, 8), on=self)

    def show_answers(self, answers: tuple[RecordedAnswer, ...]) -> None:
        """Show another history."""
        self._answers, self._limit = answers, _CAPTURES_AT_FIRST
        self._fill()

    @Slot()
    def _show_more(self) -> None:
        self._limit += _MORE_CAPTURES
        self._fill()

    def _fill(self) -> None:
        shown = self._answers[: self._limit]
        for line, answer in zip(self._lines.take(len(shown)), shown, strict=True):
            line.show_answer(answer)
        left = len(self._answers) - len(shown)
        self._more.show_text(f"Show {min(left, _MORE_CAPTURES):,} more")
        self._more.setVisible(left > 0)


class _AnswerLine(QWidget):
    def __init__(self, theme: Theme, history: _AnswerHistory) -> None:
        super().__init__(history)
        self._theme = theme
        self._history = history
        self._answer: RecordedAnswer | None = None
        self.setFixedHeight(theme.px(24))
        self._time = Link(theme)
        self._time.clicked.connect(self._select)
        self._manner = ElidedLabel(theme, px=12, tone="text2")
        self._value = ElidedLabel(theme, px=12)
        self._compared = ElidedLabel(theme, px=12, tone="text2")
        cells: list[Part] = []
        widgets = (self._time, self._manner, self._value, self._compared)
        for widget, (_, width) in zip(widgets, _COLUMNS, strict=True):
            widget.setFixedWidth(theme.px(width - 8))
            cells += [widget, 8]
        row(theme, *cells, margins=(8, 0, 0, 0), on=self)

    def show_answer(self, answer: RecordedAnswer) -> None:
        self._answer = answer
        self._time.show_text(short_time(answer.received_ms))
        self._time.setAccessibleName(f"Capture {answer.capture_id}, {answer.event_kind}, {answer.compared}")
        self._manner.setText(answer.event_kind)
        self._value.setText(answer.value)
        font = self._theme.font(12, 600 if answer.is_conflict else 400)
        self._value.setFont(font)
        self._compared.setFont(font)
        self._compared.set_tone("warning" if answer.is_conflict else "text2")
        self._compared.setText(answer.compared)
        self.update()

    @Slot()
    def _select(self) -> None:
        if self._answer is not None:
            self._history.capture_selected.emit(self._answer.capture_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._answer is None or not self._answer.is_conflict:
            return
        px = self._theme.px
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("warning_soft"))
        left = self._compared.x() - px(20)
        paint_icon(painter, "warning", self._theme, QRectF(left, 0, px(14), self.height()), "warning", 14)
