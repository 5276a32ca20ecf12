"""The page of a survey or group: key numbers, then one card per question, filled while counting."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.clock import now_ms, rfc3339
from inspector.domain.query.scope import Scope
from inspector.domain.query.terms import Span
from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.answer_table import Row, csv_text
from inspector.gui.captures.file_commands import SavedTable
from inspector.gui.kit.layout import column, grow
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.card_grid import CardGrid
from inspector.gui.summary.cards import Card
from inspector.gui.summary.page import SummaryPage
from inspector.gui.summary.page_bar import PERIODS, span_words
from inspector.gui.summary.saving import PageSaver, Picture, as_of
from inspector.gui.summary.survey_head import SurveyHead
from inspector.session.session import Session
from inspector.session.summaries import AnswersPart, Summary

_PATIENCE_S = 0.3
"""In seconds; counting that takes longer shows its progress."""


class SurveyPage(SummaryPage):
    """The counts of a survey or group, by default from trusted captures of all time."""

    respondent_selected = Signal(object)
    """The scope of the respondent whose text was clicked."""
    span_selected = Signal(object, bool)
    """The Span of time that the user selected in the chart, and whether it is one of answers."""

    def __init__(
        self, session: Session, theme: Theme, saver: PageSaver, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, theme, saver, "count a survey", parent)
        self._period_ms: int | None = None
        self._span = Span()
        """The selected span of time, in place of a period."""
        self._is_by_answer = False
        self._searches: dict[Question, str] = {}
        """The search text for the listed texts, by question."""
        self._summary: Summary | None = None
        self.head = SurveyHead(theme)
        self.head.stop_clicked.connect(self.stop)
        self.grid = CardGrid(theme)
        self.grid.search_requested.connect(self._search)
        self.grid.save_requested.connect(self._save_card)
        self.grid.respondent_selected.connect(self._select_respondent)
        self.grid.capture_selected.connect(self.capture_selected)
        self.grid.span_selected.connect(self._select_span)
        self.grid.times_selected.connect(self.show_times)
        column(theme, self.head, grow(self.grid), on=self)

    @property
    def summary(self) -> Summary | None:
        """The counts on the page; None until there are any."""
        return self._summary

    @Slot(object)
    def show_period(self, period_ms: int | None) -> None:
        """Count only runs and captures of the last `period_ms` milliseconds, or all if None."""
        if period_ms != self._period_ms or self._span != Span():
            self._period_ms, self._span = period_ms, Span()
            self._restart()

    @Slot(bool)
    def show_times(self, is_by_answer: bool) -> None:
        """Count by the time of the first answer of each run, or by that of its arrival."""
        if is_by_answer != self._is_by_answer:
            self._is_by_answer = is_by_answer
            self._restart()

    @Slot(object)
    def _select_span(self, span: Span) -> None:
        self._span = span
        self._restart()
        self.span_selected.emit(span, self._is_by_answer)

    @Slot()
    def stop(self) -> None:
        """Stop counting, and keep the current counts."""
        self._drop()
        if self._summary is not None:
            looked, total = self._summary.tally.captures, self._summary.total
            self.head.show_sentence(f"Stopped. The statistics cover {looked:,} of {total:,} captures.")
        else:
            self.head.show_sentence("Stopped.")

    # ---- counting

    def _clear(self) -> None:
        assert self._scope is not None
        self._searches, self._summary = {}, None
        self.grid.clear()
        self.head.show_name(self._scope, self._session.summaries.head(self._scope))

    def _show_error(self, sentence: str) -> None:
        self.head.show_sentence(sentence)

    async def _load(self, scope: Scope, number: int) -> None:
        started_s = time.monotonic()
        is_first = self._summary is None
        counted = self._session.summaries.counted(
            scope,
            includes_others=self._includes_others,
            since_ms=self._since_ms(),
            before_ms=self._span.before_ms,
            is_by_answer=self._is_by_answer,
            sought=self._searches,
        )
        # Meanwhile the worker counts the first part.
        charts = self._session.tasks.spawn(load_charts(), "load the charts")
        async with aclosing(counted) as parts:
            async for summary in parts:
                await charts
                if not self._is_current(number):
                    return
                is_slow = time.monotonic() - started_s > _PATIENCE_S
                part = None if summary.is_whole else summary.tally.captures / max(summary.total, 1)
                if is_slow or part is None:
                    self.head.show_progress(part, summary.tally.captures, summary.total)
                # A complete page stays until the next complete result replaces it.
                if is_first or summary.is_whole:
                    self._summary = summary
                    self.head.show_summary(scope, summary)
                    self.grid.show_summary(summary, self._searches)

    def _since_ms(self) -> int | None:
        if self._span != Span():
            return self._span.since_ms
        return None if self._period_ms is None else now_ms() - self._period_ms

    # ---- searching, selecting, saving

    @Slot(object, str)
    def _search(self, question: Question, text: str) -> None:
        self._searches = {one: other for one, other in self._searches.items() if one != question}
        if text:
            self._searches[question] = text
        self._restart()

    @Slot(object)
    def _select_respondent(self, whose: Scope) -> None:
        if self._scope is not None:
            part, survey_id = self._scope.part, self._scope.survey_id
            self.respondent_selected.emit(replace(whose, part=part, survey_id=survey_id))

    @Slot(object, str)
    def _save_card(self, card: Card, form: str) -> None:
        title = card.title if card.question is None else self._saver.masked("question_text", card.title)
        name = f"{self._name_to_save()} {title}"
        picture = Picture(caption=self._caption(self.head.title), widgets=(card,), without=card.tools)
        self._saver.ask(form, name, picture, self._table_of(card))

    def save(self, form: str) -> None:
        """Ask where to save the whole page."""
        widgets = (self.head, self.grid.page)
        picture = Picture(caption=self._caption(), widgets=widgets, without=self.grid.tools)
        self._saver.ask(form, self._name_to_save(), picture, self._answers())

    def _caption(self, *names: str) -> str:
        period = next((words for words, ms in PERIODS if ms == self._period_ms), "")
        if self._span != Span():
            period = span_words(self._span)
        return as_of(*names, period, "with untrusted captures" if self._includes_others else "")

    def _name_to_save(self) -> str:
        """Return the title, or dots if its field is masked."""
        scope, head = self._scope, self._summary.head if self._summary is not None else None
        field = "survey_name" if head is not None and head.name else "survey_id"
        is_of_group = scope is not None and scope.group_id is not None
        return self._saver.masked("group_id" if is_of_group else field, self.head.title)

    def _table_of(self, card: Card) -> SavedTable:
        """Return the answers to a card's question, or the numbers of a card without a question."""
        if card.question is None:
            return SavedTable(parts=self._time_parts)
        return self._answers(card.question)

    def _answers(self, question: Question | None = None) -> SavedTable:
        """Return the counted answers to all questions or to one."""
        scope, captures = self._scope or Scope(), self._summary.total if self._summary is not None else 0
        counted = partial(
            self._session.summaries.answers,
            scope,
            includes_others=self._includes_others,
            since_ms=self._since_ms(),
            before_ms=self._span.before_ms,
            is_by_answer=self._is_by_answer,
            question=question,
            hidden=self._saver.hidden,
        )
        return SavedTable(parts=counted, captures=captures)

    async def _time_parts(self) -> AsyncGenerator[AnswersPart, None]:
        if self._summary is not None:
            yield AnswersPart(text=csv_text(time_rows(self._summary)))


async def load_charts() -> None:
    """Import the chart library: half a second, in a thread so that the window stays usable."""
    await asyncio.to_thread(importlib.import_module, "inspector.gui.summary.chart_cards")


def time_rows(summary: Summary) -> list[Row]:
    """Return the rows of a table of respondents over time."""
    spans = zip(map(rfc3339, summary.spans.edges), *summary.by_time(), strict=True)
    return [("from", "done", "partial_or_opened"), *spans]
