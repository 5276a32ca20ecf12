"""Summary pages: the statistics of a survey or a group, counted in parts, and one respondent's history."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Mapping, Set
from dataclasses import dataclass, replace

from inspector.base.clock import now_ms
from inspector.base.quantity import duration_text
from inspector.base.worker import Worker
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.fact import Question
from inspector.domain.respondent.respondent_history import RespondentHistory
from inspector.domain.statistics.answer_table import ANSWER_COLUMNS, csv_text
from inspector.domain.statistics.scores import (
    Nps,
    chart_kind,
    median_seconds,
    nps,
    percent_text,
    ratings,
)
from inspector.domain.statistics.survey_counts import MAX_QUESTIONS, CountRequest, SurveyCounts
from inspector.domain.statistics.timeline import ChartSpans, chart_spans
from inspector.store.group import summaries
from inspector.store.group.summaries import AnswersPart, SummaryHead
from inspector.store.store import Store

__all__ = ["AnswersPart", "Summaries", "Summary", "SummaryHead"]

TOLD_S = 0.25
"""Minimum time between two partial summaries."""
FIRST_TOLD_S = 0.1
"""Time after which the first partial summary is worth showing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The statistics of a survey or a group, as far as they are counted."""

    head: SummaryHead
    """The totals of the selected time, complete from the start."""
    spans: ChartSpans
    tally: SurveyCounts
    total: int
    """The approximate number of captures to count."""
    captures: int
    """Captures of the selected time, as far as they are counted."""
    is_whole: bool
    is_by_answer: bool = False
    """Whether the time is that of the answers, not that of their arrival."""

    def by_time(self) -> tuple[list[int], list[int]]:
        """Return the number of completed respondents, and of the others, for each span of time."""
        if self.is_by_answer:
            return placed(self.tally.done_at, self.spans), placed(self.tally.begun_at, self.spans)
        count = len(self.spans.edges)
        done, begun = self.tally.done_by_time, self.tally.begun_by_time
        return done + [0] * (count - len(done)), begun + [0] * (count - len(begun))


class Summaries:
    """Reads in the worker process. The loop only adds up the parts, in about 1 ms each."""

    def __init__(self, store: Store, worker: Worker) -> None:
        self._store = store
        self._worker = worker

    def head(self, scope: Scope) -> SummaryHead:
        """Return the stored totals of a survey, a group or a respondent. Reads on the loop."""
        return self._store.read(lambda connection: summaries.head(connection, scope))

    async def prepare(self) -> None:
        """Start the worker process, so that the first summary need not wait a second for it."""
        await self._worker.run(summaries.prepare)

    async def counted(
        self,
        scope: Scope,
        *,
        includes_others: bool = False,
        since_ms: int | None = None,
        before_ms: int | None = None,
        is_by_answer: bool = False,
        sought: Mapping[Question, str] | None = None,
    ) -> AsyncGenerator[Summary, None]:
        """Yield the statistics of a survey or a group: a few times per second while counting, then complete.

        They cover trusted captures, or all with `includes_others`. Closing the generator stops the counting.
        `since_ms` and `before_ms` exclude earlier and later runs and captures; with `is_by_answer`, by the
        time of their first answer. `sought` is text that the listed free texts to a
        question must contain.
        """
        head = self.head(scope)
        found = await self._store.fetch(lambda db: summaries.span(db, scope, includes_others))
        first_ms, last_ms = found or (now_ms(), now_ms())
        end_ms = last_ms if before_ms is None else min(last_ms, before_ms - 1)
        chart = chart_spans(max(first_ms, since_ms or 0), max(end_ms, since_ms or 0))
        wanted = CountRequest(
            edges=chart.edges,
            since_ms=since_ms,
            before_ms=before_ms,
            is_by_answer=is_by_answer,
            sought=sought or {},
        )
        is_limited = since_ms is not None or before_ms is not None
        is_all = includes_others or scope.part == "not-verified"
        total = head.captures + head.others if is_all else head.captures
        came: int | None = None
        if is_limited and not is_by_answer:
            start_ms = since_ms or 0
            head = await self._store.fetch(lambda db: summaries.head_within(db, scope, start_ms, before_ms))
            came = head.captures + (head.others if is_all else 0)
        tally = SurveyCounts()
        place: summaries.Place | None = summaries.FIRST
        told_s, wait_s = time.monotonic(), min(FIRST_TOLD_S, TOLD_S)
        while place is not None:
            with self._store.health.in_words():
                part, place = await self._worker.run(
                    summaries.tally_part,
                    self._store.path,
                    scope,
                    wanted,
                    includes_others=includes_others,
                    after=place,
                )
            tally.add(part)
            if place is None or time.monotonic() - told_s > wait_s:
                counted = tally.in_time if is_limited and is_by_answer else tally.captures
                yield Summary(
                    head=head,
                    spans=_answer_spans(tally) if is_by_answer else chart,
                    tally=tally,
                    total=total,
                    captures=counted if came is None else came,
                    is_whole=place is None,
                    is_by_answer=is_by_answer,
                )
                told_s, wait_s = time.monotonic(), TOLD_S

    async def answers(
        self,
        scope: Scope,
        *,
        includes_others: bool = False,
        since_ms: int | None = None,
        before_ms: int | None = None,
        is_by_answer: bool = False,
        question: Question | None = None,
        hidden: Set[str] = frozenset(),
    ) -> AsyncGenerator[AnswersPart, None]:
        """Yield the answers that `counted` adds up as parts of a CSV table, the first with the header.

        `question` selects one question. The fields in `hidden`, of `MASKED_FIELDS`, are masked.
        """
        wanted = CountRequest(since_ms=since_ms, before_ms=before_ms, is_by_answer=is_by_answer)
        place: summaries.Place | None = summaries.FIRST
        head = csv_text([ANSWER_COLUMNS])
        while place is not None:
            with self._store.health.in_words():
                part = await self._worker.run(
                    summaries.answers_part,
                    self._store.path,
                    scope,
                    wanted,
                    includes_others=includes_others,
                    question=question,
                    hidden=hidden,
                    after=place,
                )
            yield replace(part, text=head + part.text)
            head, place = "", part.place

    async def seen_options(self, survey_id: str, *, is_sample: bool) -> dict[str, tuple[str, ...]]:
        """Return the options that the latest completions of a survey selected, by the id of their question.

        `is_sample` reads samples instead of trusted captures.
        """
        with self._store.health.in_words():
            return await self._worker.run(
                summaries.seen_options, self._store.path, survey_id, is_sample=is_sample
            )

    async def history(
        self,
        scope: Scope,
        *,
        includes_others: bool = False,
        run: int | None = None,
        hidden: Set[str] = frozenset(),
    ) -> str:
        """Return all answers of a respondent in a run, the latest by default, as a CSV table."""
        with self._store.health.in_words():
            return await self._worker.run(
                summaries.respondent_csv,
                self._store.path,
                scope,
                includes_others=includes_others,
                run=run,
                hidden=hidden,
            )

    async def story(
        self, scope: Scope, *, includes_others: bool = False, run: int | None = None
    ) -> RespondentHistory:
        """Return the history of a respondent, of the latest run by default."""
        with self._store.health.in_words():
            return await self._worker.run(
                summaries.respondent_history,
                self._store.path,
                scope,
                includes_others=includes_others,
                run=run,
            )


def placed(minutes: Mapping[int, int], spans: ChartSpans) -> list[int]:
    """Return the sum of counts by minute for each span of a chart."""
    found = [0] * len(spans.edges)
    for minute, count in minutes.items():
        found[max(bisect_right(spans.edges, minute * _MINUTE_MS) - 1, 0)] += count
    return found


def _answer_spans(tally: SurveyCounts) -> ChartSpans:
    minutes = [*tally.done_at, *tally.begun_at] or [now_ms() // _MINUTE_MS]
    return chart_spans(min(minutes) * _MINUTE_MS, max(minutes) * _MINUTE_MS)


_MINUTE_MS = 60_000
_CROWDED = "respondent{} with over 500 captures {} answers that are"


def key_numbers(summary: Summary) -> list[tuple[str, str]]:
    """Return the key numbers, each with its noun: `("+34", "NPS")`, `("322", "respondents")`."""
    tally, mix = summary.tally, summary.head.mix
    pairs = []
    score = first_nps(summary)
    if score is not None and score.total:
        pairs.append((score.text, "NPS"))
    for count, noun in ((tally.respondents, "respondent"), (summary.captures, "capture")):
        pairs.append((f"{count:,}", noun if count == 1 else f"{noun}s"))
    if (middle := median_seconds(tally.seconds)) is not None:
        pairs.append((duration_text(middle * 1000), "median to finish"))
    if mix.total:
        words = f"valid, {mix.rewritten:,} rewritten" if mix.rewritten else "valid"
        # a signature has no time of an answer, so a span of those does not limit it
        of_all = "of all" if summary.is_by_answer else "of"
        of = "" if mix.total == summary.captures else f"{of_all} {mix.total:,} "
        pairs.append((percent_text(mix.valid + mix.rewritten, mix.total), of + words))
    return pairs


def first_nps(summary: Summary) -> Nps | None:
    """Return the score of the first question that asks for one."""
    return next(
        (nps(ratings(tally)) for _, tally in summary.tally.ordered() if chart_kind(tally) == "nps"), None
    )


def notes(summary: Summary) -> list[str]:
    """Return sentences about what the counts exclude."""
    tally = summary.tally
    found = []
    for count, one, many in (
        (tally.loose, "answer without a user is", "answers without a user are"),
        (tally.unread, "capture over 64 KiB is", "captures over 64 KiB are"),
        (tally.crowded, _CROWDED.format("", "has"), _CROWDED.format("s", "have")),
    ):
        if count:
            found.append(f"{count:,} {one if count == 1 else many} not counted.")
    if tally.lacks_questions:
        found.append(f"Only the first {MAX_QUESTIONS} questions are counted.")
    return found
