"""The state of a respondent, and all rules of grouping.

The store has a `Fact` per capture, and `fold` returns the state of the respondent that they belong to. It
never needs a body. The order of arrival only decides which of two equal captures is the repeat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inspector.domain.capture.rows import EventWord, Mark
from inspector.domain.event.event import groupable
from inspector.domain.respondent.fact import Fact, Question
from inspector.domain.respondent.progress import MAX_ITEMS, RespondentProgress, final_order, progress_of
from inspector.domain.respondent.respondent_findings import (
    FoundDetails,
    Statement,
    TimedFact,
    compare_run,
    find_late,
)

MAX_CAPTURES = 500
"""A respondent with more captures is only counted, and shown as such."""


class RespondentFinding(NamedTuple):
    """A finding across captures."""

    capture_id: int
    code: str
    detail: dict[str, Any]
    """JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentKey:
    """The identity of a respondent."""

    survey_id: str
    group_id: str
    user_id: str = ""
    """Empty for respondents without a user id."""
    alone: int = 0
    """The capture id of a completion without a user id, which is its own respondent; otherwise 0."""

    @property
    def is_anonymous(self) -> bool:
        """Whether these are answers without a user id, from an unknown number of people."""
        return not self.user_id and not self.alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    """The state of a respondent, as returned by `fold`."""

    captures: int
    runs: int
    """How often the survey was taken; 0 for anonymous answers, because the number of people is unknown."""
    completed_runs: int
    mark: Mark
    """The mark of the latest run: `complete`, `partial`, or `opened` if all responses are empty so far."""
    answers: int
    """The number of answered questions in the latest run, as `answer_count` counts them."""
    last_created_ms: int | None
    """The latest readable `created_at`."""
    is_counted_only: bool = False
    """There are too many captures: runs, answers and findings are unknown."""
    findings: tuple[RespondentFinding, ...] = ()
    """In order of capture ids."""
    progress: RespondentProgress | None = field(default=None, compare=False)
    """The progress for the next capture; None for a respondent that is only counted."""


def respondent_key(
    survey_id: str | None, group_id: str | None, user_id: str | None, event: EventWord, capture_id: int
) -> RespondentKey | None:
    """Return the respondent that a capture belongs to.

    None if the survey or the group is missing, an id is over 200 bytes long, or the event is unknown. Without
    a user id, each completion is its own respondent, and the answers of a group are together under
    *Anonymous*.
    """
    survey, group = groupable(survey_id), groupable(group_id)
    if survey is None or group is None or event == "unknown":
        return None
    if user_id:
        user = groupable(user_id)
        return None if user is None else RespondentKey(survey_id=survey, group_id=group, user_id=user)
    return RespondentKey(
        survey_id=survey, group_id=group, alone=capture_id if event == "response_group" else 0
    )


def counted(*, captures: int, completions: int, is_anonymous: bool = False) -> Respondent:
    """Return the state of a respondent with more than `MAX_CAPTURES` captures, from counts.

    The store can add these up itself, so that thousands of facts need not be read for each new capture.
    """
    return Respondent(
        captures=captures,
        runs=0 if is_anonymous else 1,
        completed_runs=1 if completions else 0,
        mark="complete" if completions else "partial",
        answers=0,
        last_created_ms=None,
        is_counted_only=True,
    )


def fold(facts: Iterable[Fact], *, is_anonymous: bool = False) -> Respondent:
    """Return the state of the respondent with these trusted captures, given in any order.

    Above `MAX_CAPTURES` captures or `MAX_ITEMS` items, they are only counted. Anonymous answers
    (`RespondentKey.is_anonymous`) are only searched for exact copies, because they can be from different
    people.
    """
    ordered = sorted(facts, key=_capture_id)
    items = sum([len(fact.items) for fact in ordered])
    if len(ordered) > MAX_CAPTURES or items > MAX_ITEMS:
        completions = sum([fact.kind == "completion" for fact in ordered])
        return counted(captures=len(ordered), completions=completions, is_anonymous=is_anonymous)
    found: FoundDetails = {}
    moments = _moments(ordered, found)
    runs = _runs(moments)
    said: dict[Question, Statement] = {}
    completed: Statement | None = None
    newest = None
    if not is_anonymous:
        for run in runs:
            said, completed = compare_run(run, found)
        newest = find_late(moments, found)
    progress = progress_of(runs, items=items, said=said, completed=completed, newest=newest)
    ends = [end for _, end, _ in moments if end is not None]
    return folded(
        progress,
        captures=len(ordered),
        last_created_ms=max(ends, default=None),
        findings=found,
        is_anonymous=is_anonymous,
    )


def folded(
    progress: RespondentProgress,
    *,
    captures: int,
    findings: FoundDetails,
    last_created_ms: int | None = None,
    is_anonymous: bool = False,
) -> Respondent:
    """Return the state of a respondent with this progress."""
    return Respondent(
        captures=captures,
        runs=0 if is_anonymous else progress.runs,
        completed_runs=0 if is_anonymous else progress.completed_runs,
        mark=progress.mark,
        answers=progress.answers,
        last_created_ms=last_created_ms,
        findings=tuple([RespondentFinding(*key, findings[key]) for key in sorted(findings)]),
        progress=progress,
    )


def last_answers(run: Iterable[Fact]) -> dict[Question, tuple[Fact, int]]:
    """Return the answer to each question of one run: a capture, and the position of the answer in its items.

    It is the answer in the last completion, or otherwise the last one seen. The last is the one with the
    latest `created_at`. For equal times, the content decides, not the order of arrival.
    """
    last: dict[Question, tuple[int, str, int, int, Fact]] = {}
    completion: Fact | None = None
    for fact in run:
        for place, item in enumerate(fact.items):
            said = (item.created_ms or 0, item.answer, fact.capture_id, place, fact)
            question = (item.question, item.order)
            if question not in last or said[:4] > last[question][:4]:
                last[question] = said
        if fact.kind == "completion" and (completion is None or final_order(fact) > final_order(completion)):
            completion = fact
    answers = {question: (fact, place) for question, (*_, place, fact) in last.items()}
    if completion is not None:
        for place, item in enumerate(completion.items):
            answers[item.question, item.order] = (completion, place)
    return answers


def answer_count(run: Iterable[Fact]) -> int:
    """Return the number of answered questions in one run. A skipped question is not answered."""
    return sum(bool(fact.items[place].answer) for fact, place in last_answers(run).values())


def mark_of(run: Iterable[Fact]) -> Mark:
    """Return how far a respondent came in one run: `opened` only if all responses were always empty. An
    answer that was emptied later leaves it `partial`."""
    facts = list(run)
    if any(fact.kind == "completion" for fact in facts):
        return "complete"
    return "partial" if any(item.answer for fact in facts for item in fact.items) else "opened"


def split_runs(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Return the captures of each run as `fold` separates them, without redeliveries."""
    moments = _moments(sorted(facts, key=_capture_id), {})
    return [[fact for _, _, fact in run] for run in _runs(moments) if run]


def _moments(ordered: Iterable[Fact], found: FoundDetails) -> list[TimedFact]:
    """Return each capture with its times, without redeliveries, which become findings."""
    firsts: dict[str, int] = {}
    moments: list[TimedFact] = []
    for fact in ordered:
        first = firsts.setdefault(fact.body_hash, fact.capture_id)
        if first == fact.capture_id:
            moments.append((*fact.times, fact))
        else:
            found[fact.capture_id, "redelivery"] = {"of": first}
    return moments


def _runs(moments: list[TimedFact]) -> list[list[TimedFact]]:
    """Return the runs in order of `created_at`.

    A capture that begins after all completions so far opens the next run. Completions that overlap in time
    belong to one run. A capture without a readable time joins the first.
    """
    runs: list[list[TimedFact]] = [[moment for moment in moments if moment[0] is None]]
    closed_ms: int | None = None
    for moment in sorted([moment for moment in moments if moment[0] is not None], key=_start):
        start, end, fact = moment
        assert start is not None
        assert end is not None
        if closed_ms is not None and start > closed_ms:
            runs.append([])
            closed_ms = None
        runs[-1].append(moment)
        if fact.kind == "completion" and (closed_ms is None or end > closed_ms):
            closed_ms = end
    return runs if moments else []


def _capture_id(fact: Fact) -> int:
    return fact.capture_id


def _start(moment: TimedFact) -> int:
    return moment[0] or 0
