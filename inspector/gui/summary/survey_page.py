"""A survey's page, and a group's: five figures, then a card for each question, filled as they are counted."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.clock import now_ms, rfc3339
from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.fact import Question
from inspector.domain.statistics.answer_table import Row, csv_text
from inspector.domain.statistics.scores import (
    Nps,
    duration_text,
    floored,
    look,
    median_seconds,
    nps,
    ratings,
    share_text,
)
from inspector.domain.statistics.survey_counts import MAX_QUESTIONS
from inspector.gui.captures.file_commands import SavedTable
from inspector.gui.kit.layout import column, grow
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.card_grid import CardGrid
from inspector.gui.summary.page_head import PageHead
from inspector.gui.summary.saving import PageSaver, Picture, as_of
from inspector.gui.summary.scope_bar import PERIODS
from inspector.session.session import Session
from inspector.session.summaries import AnswersPart, Summary

if TYPE_CHECKING:
    from inspector.gui.summary.cards import Card

_REST_MS = 500
"""Between two countings, and three times as long as the last one took where that is more."""
_PATIENCE_S = 0.3


class SurveyPage(QWidget):
    """Counts what it shows when it is shown, and again when there is more; never while it is hidden."""

    respondent_selected = Signal(object)
    """A Scope: whose text was clicked."""
    capture_selected = Signal(object)
    """The id of a capture to look at."""

    def __init__(
        self, session: Session, theme: Theme, saving: PageSaver, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saving = saving
        self._scope: Scope | None = None
        self._period_ms: int | None = None
        self._includes_others = False
        self._sought: dict[Question, str] = {}
        self._summary: Summary | None = None
        self._asked = 0
        """Which counting is the wanted one; what an older one finds is dropped."""
        self._counting = 0
        self._is_stale = False
        self._took_s = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._count)
        self.head = PageHead(theme)
        self.head.stop_clicked.connect(self.stop)
        self.board = CardGrid(theme)
        self.board.search_requested.connect(self._seek)
        self.board.save_requested.connect(self._save_card)
        self.board.respondent_selected.connect(self._choose)
        self.board.capture_selected.connect(self.capture_selected)
        column(theme, self.head, grow(self.board), on=self)

    # ---- what is shown

    def show_scope(self, scope: Scope) -> None:
        """Show another survey or group."""
        if scope != self._scope:
            self._scope, self._sought, self._summary = scope, {}, None
            self.board.clear()
            self._show_head()
            self._begin()

    @Slot(object)
    def show_period(self, period_ms: int | None) -> None:
        """Only what was begun in the last so many milliseconds; null for everything."""
        if period_ms != self._period_ms:
            self._period_ms = period_ms
            self._begin()

    @Slot(bool)
    def include_others(self, includes_others: bool) -> None:
        """Whether what is not verified counts too."""
        if includes_others != self._includes_others:
            self._includes_others = includes_others
            self._begin()

    @Slot()
    def refresh(self) -> None:
        """There may be more now: count again after a rest, where the page is seen."""
        self._is_stale = True
        if self.isVisible() and not self._counting and not self._rest.isActive() and self._scope is not None:
            self._rest.start(max(_REST_MS, round(3_000 * self._took_s)))

    @Slot()
    def stop(self) -> None:
        """Count no further; what was counted by then stays."""
        self._asked += 1
        self._counting = 0
        if self._summary is not None:
            looked, total = self._summary.tally.captures, self._summary.total
            self.head.show_sentence(f"Stopped: these are figures of {looked:,} of {total:,} captures.")
        else:
            self.head.show_sentence("Stopped.")

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._is_stale:
            self.refresh()

    # ---- counting

    def _begin(self) -> None:
        self._rest.stop()
        self._asked += 1
        self._counting = 0
        self._is_stale = True
        if self.isVisible():
            self._count()

    @Slot()
    def _count(self) -> None:
        if self._scope is None:
            return
        self._is_stale = False
        self._asked += 1
        self._counting = self._asked
        # What runs is not cancelled: that would end the worker process, and others wait for it.
        self._session.tasks.spawn(self._counted(self._scope, self._asked), "count a survey")

    async def _counted(self, scope: Scope, asked: int) -> None:
        started_s = time.monotonic()
        is_first = self._summary is None
        since_ms = None if self._period_ms is None else now_ms() - self._period_ms
        counted = self._session.summaries.counted(
            scope, includes_others=self._includes_others, since_ms=since_ms, sought=self._sought
        )
        # The worker counts the first part meanwhile.
        charts = self._session.tasks.spawn(load_charts(), "load the charts")
        try:
            async with aclosing(counted) as parts:
                async for summary in parts:
                    await charts
                    if asked != self._asked:
                        return
                    is_slow = time.monotonic() - started_s > _PATIENCE_S
                    part = None if summary.is_whole else summary.tally.captures / max(summary.total, 1)
                    if is_slow or part is None:
                        self.head.show_progress(part, summary.tally.captures, summary.total)
                    # A page that is whole stays so until it can be replaced by all of the next.
                    if is_first or summary.is_whole:
                        self._show(summary)
        except InspectorError as error:
            self.head.show_sentence(str(error))
        finally:
            if asked == self._asked:
                self._counting = 0
                self._took_s = time.monotonic() - started_s
                if self._is_stale:
                    self.refresh()

    def _show(self, summary: Summary) -> None:
        self._summary = summary
        self._show_head()
        self.board.show_summary(summary, self._sought)
        notes = []
        tally = summary.tally
        for count, one, many in (
            (tally.loose, "answer without a user is", "answers without a user are"),
            (tally.unread, "capture over 64 KiB is", "captures over 64 KiB are"),
            (tally.crowded, "respondent with over 500 captures has answers that are", ""),
        ):
            if count:
                words = one if count == 1 or not many else many
                notes.append(f"{count:,} {words} not counted.")
        if tally.lacks_questions:
            notes.append(f"There are more than {MAX_QUESTIONS} questions; the others are not counted.")
        self.head.show_notes("  ".join(notes))

    def _show_head(self) -> None:
        scope = self._scope
        if scope is None or scope.survey_id is None:
            return
        summary = self._summary
        head = summary.head if summary is not None else self._session.summaries.head(scope)
        name = visible(head.name or scope.survey_id)
        facts = [visible(scope.survey_id)] if head.name else []
        if scope.group_id is not None:
            facts = [name, *facts]
            name = visible(scope.group_id) or "No group"
        elif head.groups:
            facts.append(f"{head.groups:,} group{'' if head.groups == 1 else 's'}")
        if summary is not None and summary.tally.platforms:
            facts.append(", ".join(word for word, _ in summary.tally.platforms.most_common(4)))
        self.head.show_title(name, "  ·  ".join(facts))
        self.head.figures.show_pairs(self._figures(summary) if summary is not None else ())

    def _figures(self, summary: Summary) -> list[tuple[str, str]]:
        tally, mix = summary.tally, summary.head.mix
        pairs = []
        score = _first_nps(summary)
        if score is not None and score.total:
            pairs.append((score.text, "NPS"))
        for count, noun in ((tally.respondents, "respondent"), (summary.captures, "capture")):
            pairs.append((f"{count:,}", noun if count == 1 else f"{noun}s"))
        if (middle := median_seconds(tally.seconds)) is not None:
            pairs.append((duration_text(middle), "median to finish"))
        if mix.total:
            part = (mix.valid + mix.rewritten) / mix.total
            words = f"valid, {mix.rewritten:,} rewritten" if mix.rewritten else "valid"
            pairs.append((share_text(part) if part in (0, 1) else f"{floored(part):.1f} %", words))
        return pairs

    # ---- what its user does

    @Slot(object, str)
    def _seek(self, question: Question, text: str) -> None:
        self._sought = {one: other for one, other in self._sought.items() if one != question}
        if text:
            self._sought[question] = text
        self._begin()

    @Slot(object)
    def _choose(self, whose: Scope) -> None:
        if self._scope is not None:
            self.respondent_selected.emit(
                Scope(
                    part=self._scope.part,
                    survey_id=self._scope.survey_id,
                    group_id=whose.group_id,
                    user_id=whose.user_id,
                )
            )

    @Slot(object, str)
    def _save_card(self, card: Card, form: str) -> None:
        title = card.title if card.question is None else self._saving.drawn("question_text", card.title)
        name = f"{self._name_to_save()} {title}"
        picture = Picture(caption=self._caption(self.head.title), widgets=(card,), without=card.tools)
        self._saving.ask(form, name, picture, self._table_of(card))

    def save(self, form: str) -> None:
        """Ask where to save the whole page."""
        widgets = (self.head, self.board.page)
        picture = Picture(caption=self._caption(), widgets=widgets, without=self.board.tools)
        self._saving.ask(form, self._name_to_save(), picture, self._answers())

    def _caption(self, *names: str) -> str:
        period = next((words for words, ms in PERIODS if ms == self._period_ms), "")
        return as_of(*names, period, "with unverified captures" if self._includes_others else "")

    def _name_to_save(self) -> str:
        """The title, as it may leave the program."""
        scope, head = self._scope, self._summary.head if self._summary is not None else None
        field = "survey_name" if head is not None and head.name else "survey_id"
        is_of_group = scope is not None and scope.group_id is not None
        return self._saving.drawn("group_id" if is_of_group else field, self.head.title)

    def _table_of(self, card: Card) -> SavedTable:
        """The answers to a card's question, or the numbers of a card that is about none."""
        if card.question is None:
            return SavedTable(parts=self._time_parts)
        return self._answers(card.question)

    def _answers(self, question: Question | None = None) -> SavedTable:
        """What is counted on this page, answer by answer."""
        scope, captures = self._scope or Scope(), self._summary.total if self._summary is not None else 0
        counted = partial(
            self._session.summaries.answers,
            scope,
            includes_others=self._includes_others,
            since_ms=None if self._period_ms is None else now_ms() - self._period_ms,
            question=question,
            hidden=self._saving.hidden,
        )
        return SavedTable(parts=counted, captures=captures)

    async def _time_parts(self) -> AsyncGenerator[AnswersPart, None]:
        if self._summary is not None:
            yield AnswersPart(text=csv_text(time_rows(self._summary)))


async def load_charts() -> None:
    """Import the chart library: half a second of work, in a thread so that the window stays usable."""
    await asyncio.to_thread(importlib.import_module, "inspector.gui.summary.chart_cards")


def time_rows(summary: Summary) -> list[Row]:
    """Respondents over time as a table."""
    tally, count = summary.tally, len(summary.spans.edges)
    done = tally.done_by_time + [0] * (count - len(tally.done_by_time))
    begun = tally.begun_by_time + [0] * (count - len(tally.begun_by_time))
    spans = zip(map(rfc3339, summary.spans.edges), done, begun, strict=True)
    return [("from", "done", "partial_or_opened"), *spans]


def _first_nps(summary: Summary) -> Nps | None:
    for _, tally in summary.tally.ordered():
        if look(tally) == "nps":
            return nps(ratings(tally))
    return None
