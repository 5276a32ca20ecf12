"""A respondent's page: facts, conflicts, the time line, and each question with its history."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.respondent_history import QuestionStory, RespondentHistory
from inspector.gui.captures.file_commands import SavedTable
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, column
from inspector.gui.kit.links import Link
from inspector.gui.kit.tab_order import make_one_stop
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.arrival_chart import ArrivalChart
from inspector.gui.summary.question_history import WIDTH, QuestionRow
from inspector.gui.summary.respondent_head import ColumnHeads, ConflictBar, QuestionBoxes, RespondentHead
from inspector.gui.summary.saving import PageSaver, Picture, as_of
from inspector.session.session import Session
from inspector.session.summaries import AnswersPart

AT_FIRST, A_TURN = 25, 1
_NARROW = WIDTH + 360
_REST_MS = 400


class RespondentPage(QScrollArea):
    """Read when it is shown, and again when there is more; never while it is hidden."""

    capture_selected = Signal(object)
    """The id of a capture to look at."""
    compare_requested = Signal(object, object)
    """The ids of two captures that contradict each other."""

    def __init__(
        self, session: Session, theme: Theme, saving: PageSaver, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._saving = saving
        self._load = LatestTask(session.tasks, "read a respondent")
        self._scope: Scope | None = None
        self._includes_others = False
        self._run: int | None = None
        self._story: RespondentHistory | None = None
        self._is_stale = False
        self._questions: tuple[QuestionStory, ...] = ()
        self._rows: list[QuestionRow] = []
        self._shown = self._wanted = 0
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._fill)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._read)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.page = QWidget()
        self.page.setAutoFillBackground(True)
        self.page.setBackgroundRole(QPalette.ColorRole.Base)
        self.head = RespondentHead(theme)
        self.head.run_selected.connect(self._show_run)
        self.conflicts = ConflictBar(theme)
        self.conflicts.capture_selected.connect(self.capture_selected)
        self.conflicts.compare_requested.connect(self.compare_requested)
        self.lanes = ArrivalChart(theme)
        self.lanes.capture_selected.connect(self.capture_selected)
        self.boxes = QuestionBoxes(theme)
        self._sentence = Label(theme, tone="text2", wraps=True)
        self._columns = ColumnHeads(theme)
        rows = QWidget()
        make_one_stop(rows)
        self._list = column(theme, on=rows)
        self._more = Link(theme, px=13)
        self._more.clicked.connect(self._show_more)
        top = column(
            theme,
            *(self.head, self.conflicts, self.lanes, self.boxes, self._sentence),
            spacing=12,
            margins=(24, 14, 24, 10),
        )
        column(
            theme,
            top,
            Hairline(theme),
            self._columns,
            rows,
            column(theme, self._more, margins=(48, 12, 24, 0)),
            STRETCH,
            margins=(0, 0, 0, 16),
            on=self.page,
        )
        self.setWidget(self.page)

    # ---- what is shown

    def show_scope(self, scope: Scope) -> None:
        """Show another respondent."""
        if scope != self._scope:
            self._scope, self._run, self._story = scope, None, None
            self.head.show_name(scope.user_id or "")
            self._show(None)
            self.verticalScrollBar().setValue(0)
            self._begin()

    @Slot(bool)
    def include_others(self, includes_others: bool) -> None:
        """Whether what is not verified is shown too."""
        if includes_others != self._includes_others:
            self._includes_others = includes_others
            self._begin()

    @Slot()
    def refresh(self) -> None:
        """There may be more now: read again after a rest, where the page is seen."""
        self._is_stale = True
        if self.isVisible() and self._scope is not None and not self._rest.isActive():
            self._rest.start()

    def save(self, form: str) -> None:
        """Ask where to save the page."""
        name = self._saving.drawn("user_id", self.head.name)
        names = self._names()
        picture = Picture(caption=as_of(*names), widgets=(self.page,), without=(self._more,))
        self._saving.ask(form, name, picture, SavedTable(parts=self._history))

    def _names(self) -> tuple[str, ...]:
        """The survey and the group of the respondent, who is named on the page."""
        scope = self._scope or Scope()
        name = self._session.summaries.head(scope).name if scope.survey_id is not None else None
        return visible(name or scope.survey_id or ""), visible(scope.group_id or "")

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._is_stale:
            self._begin()

    @Slot(int)
    def _show_run(self, run: int) -> None:
        self._run = run
        self._begin()

    def _begin(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._read()

    @Slot()
    def _read(self) -> None:
        if self._scope is not None:
            self._is_stale = False
            # Reading takes some milliseconds: what runs is let run, and what it finds is dropped.
            self._session.tasks.spawn(self._reading(self._scope, self._run), "read a respondent")

    async def _reading(self, scope: Scope, run: int | None) -> None:
        others = self._includes_others
        try:
            story = await self._session.summaries.story(scope, includes_others=others, run=run)
        except InspectorError as error:
            self._sentence.setText(str(error))
            self._sentence.show()
            return
        if (scope, run, others) == (self._scope, self._run, self._includes_others) and story != self._story:
            self._story = story
            self._show(story)

    def _show(self, story: RespondentHistory | None) -> None:
        questions = story.questions if story is not None else ()
        self.head.show_story(story)
        self.conflicts.show_conflicts(story.conflicts if story is not None else ())
        self.lanes.show_arrivals(story.arrivals if story is not None else ())
        self.boxes.show_entries([question.entry for question in questions])
        said = ""
        if story is not None and story.is_counted_only:
            said = f"With {story.captures:,} captures it is counted, and not looked into any further."
        elif story is not None and not questions:
            said = "Nothing that is verified is known of this respondent."
        self._sentence.setText(said)
        self._sentence.setVisible(bool(said))
        self._columns.setVisible(bool(questions))
        self._questions = questions
        self._shown, self._wanted = 0, min(max(self._wanted, AT_FIRST), len(questions))
        for row in self._rows[len(questions) :]:
            row.hide()
        self._fill()

    @Slot()
    def _fill(self) -> None:
        """Show some more of the rows that are wanted: a new one takes about 3 ms."""
        for number in range(self._shown, min(self._shown + A_TURN, self._wanted)):
            if number == len(self._rows):
                row = QuestionRow(self._theme)
                row.capture_selected.connect(self.capture_selected)
                self._rows.append(row)
                self._list.addWidget(row)
            self._rows[number].show_story(self._questions[number], is_narrow=self._is_narrow())
            self._rows[number].show()
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

    async def _history(self) -> AsyncGenerator[AnswersPart, None]:
        """Everything that the respondent said in the run that is shown."""
        if self._scope is not None:
            text = await self._session.summaries.history(
                self._scope,
                includes_others=self._includes_others,
                run=self._run,
                hidden=self._saving.hidden,
            )
            yield AnswersPart(text=text)

    def _is_narrow(self) -> bool:
        return self.viewport().width() < self._theme.px(_NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self._is_narrow()
        self._columns.set_narrow(is_narrow)
        self.head.set_narrow(is_narrow)
        for row in self._rows:
            row.set_narrow(is_narrow)
