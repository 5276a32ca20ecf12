"""The answers to a survey, counted with one answer per question and run."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inspector.base.visible import visible, visible_block
from inspector.domain.capture.rows import Mark
from inspector.domain.event.event import Answer, Completion, Event, Item, by_number, items_of
from inspector.domain.event.question import is_empty, question_type, response_text, unwrapped, whole_number
from inspector.domain.respondent.fact import Fact, FactItem, Question
from inspector.domain.respondent.respondent import MAX_CAPTURES, last_answers, mark_of, split_runs

MAX_QUESTIONS = 100
MAX_OPTIONS = 300
"""Maximum different options of one question. Further ones are counted together."""
MAX_TEXTS = 200
"""Maximum free texts to one question that are stored, the newest."""
MAX_TEXT, MAX_OPTION = 4_000, 120
"""Maximum characters. Parts of a summary are read on the loop, so the length of texts must be bounded."""
_MAX_VALUE = 20_000
"""Maximum characters that are searched of a non-text answer, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCapture:
    """One capture of a respondent with its event."""

    capture_id: int
    received_ms: int
    body_hash: str
    event: Event
    facts: tuple[FactItem, ...]
    """The result of `facts_of`, computed once, because it takes a fifth of the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRequest:
    """What to count."""

    edges: tuple[int, ...] = (0,)
    """The start of each span of time, in ms; the last one is open."""
    since_ms: int | None = None
    before_ms: int | None = None
    """Only runs that began between these times; None is an open end."""
    is_by_answer: bool = False
    """Whether a run began when its first answer was given (`created_at`), not when its first capture
    arrived."""
    sought: Mapping[Question, str] = field(default_factory=dict)
    """Free texts are listed for these questions only if they contain the text, ignoring case. All are
    counted."""

    def has(self, moment_ms: int) -> bool:
        """Return whether a capture or run of this time is counted."""
        is_late_enough = self.since_ms is None or moment_ms >= self.since_ms
        return is_late_enough and (self.before_ms is None or moment_ms < self.before_ms)

    def begun_ms(self, run: Sequence[ReadCapture]) -> int:
        """Return when a run began. Without a readable `created_at`, that is the first arrival."""
        arrived_ms = min(seen.received_ms for seen in run)
        if not self.is_by_answer:
            return arrived_ms
        times = (item.created_ms for seen in run for item in seen.facts if item.created_ms is not None)
        return min(times, default=arrived_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeText:
    """One free text."""

    text: str
    """Made visible over several lines, at most `MAX_TEXT` characters."""
    more: int = 0
    """The number of further characters, which are also searched."""
    group_id: str | None
    user_id: str | None
    capture_id: int
    received_ms: int


@dataclass(slots=True, kw_only=True)
class QuestionTally:
    """The counts of one question; mutable, because they are added up."""

    order: int | None = None
    text: str = ""
    """The latest wording, made visible."""
    kind: str | None = None
    """The latest `question_type`."""
    worded_by: int = 0
    """The capture with this wording and type."""
    answered: int = 0
    skipped: int = 0
    odd: int = 0
    """Answers outside the range of the question's type; also counted in `answered`."""
    counts: Counter[str] = field(default_factory=Counter)
    """The count of each option or number."""
    beyond: int = 0
    """Answers with options that are not in `counts`."""
    texts: tuple[FreeText, ...] = ()
    """The newest free texts, newest first."""
    written: int = 0
    """The number of all free texts."""
    found: int = 0
    """The number of free texts that match the search, including those in `texts`."""

    def add(self, other: QuestionTally) -> None:
        """Add the counts of another part of the file."""
        if other.worded_by > self.worded_by:
            self.text, self.kind, self.worded_by = other.text, other.kind, other.worded_by
        self.answered += other.answered
        self.skipped += other.skipped
        self.odd += other.odd
        self.beyond += other.beyond
        self.written += other.written
        self.found += other.found
        for option, count in other.counts.items():
            self.choose(option, count)
        if other.texts:
            self.texts = _newest(self.texts + other.texts)

    def choose(self, option: str, count: int = 1) -> None:
        """Count an option."""
        if option in self.counts or len(self.counts) < MAX_OPTIONS:
            self.counts[option] += count
        else:
            self.beyond += count


@dataclass(slots=True, kw_only=True)
class SurveyCounts:
    """The counts of a survey or a group; mutable, because they are added up."""

    captures: int = 0
    """The number of all captures that were read, whatever their time."""
    respondents: int = 0
    runs: Counter[Mark] = field(default_factory=Counter)
    """The number of runs by their progress."""
    done_by_time: list[int] = field(default_factory=list)
    begun_by_time: list[int] = field(default_factory=list)
    """The number of runs by the span in `CountRequest.edges` of their first capture. Completed runs are only
    in `done_by_time`."""
    done_at: Counter[int] = field(default_factory=Counter)
    begun_at: Counter[int] = field(default_factory=Counter)
    """The same by the minute of the first answer, if `CountRequest.is_by_answer`: the first and the last one
    are known only at the end. Minutes are counted from 1970."""
    in_time: int = 0
    """The number of captures in the counted runs, without redeliveries."""
    seconds: Counter[int] = field(default_factory=Counter)
    """Durations of completed runs, from the first answer to the last; exact up to ten minutes."""
    platforms: Counter[str] = field(default_factory=Counter)
    questions: dict[Question, QuestionTally] = field(default_factory=dict)
    unread: int = 0
    """Captures too large to be read here. This count and the following ones are limited to the selected
    time."""
    loose: int = 0
    """Answers without a user id. They are in no statistics, because the number of people is unknown."""
    crowded: int = 0
    """Respondents with too many captures, whose answers are not counted."""
    lacks_questions: bool = False
    """Whether there are more than `MAX_QUESTIONS`. Answers to the others are not counted."""

    def add(self, other: SurveyCounts) -> None:
        """Add the counts of other respondents."""
        self.captures += other.captures
        self.in_time += other.in_time
        self.done_at.update(other.done_at)
        self.begun_at.update(other.begun_at)
        self.respondents += other.respondents
        self.runs.update(other.runs)
        self.seconds.update(other.seconds)
        self.platforms.update(other.platforms)
        self.unread += other.unread
        self.loose += other.loose
        self.crowded += other.crowded
        self.lacks_questions |= other.lacks_questions
        self.done_by_time = _sums(self.done_by_time, other.done_by_time)
        self.begun_by_time = _sums(self.begun_by_time, other.begun_by_time)
        for question, answers in other.questions.items():
            if (mine := self._question(question)) is not None:
                mine.add(answers)

    def ordered(self) -> list[tuple[Question, QuestionTally]]:
        """Return the questions by number, those without one last."""
        return sorted(self.questions.items(), key=by_order)

    def _question(self, question: Question) -> QuestionTally | None:
        known = self.questions.get(question)
        if known is None and len(self.questions) < MAX_QUESTIONS:
            known = self.questions[question] = QuestionTally(order=question[1])
        self.lacks_questions |= known is None
        return known

    def count(self, captures: Sequence[ReadCapture], wanted: CountRequest) -> None:
        """Count one respondent with all of its captures."""
        if len(captures) > MAX_CAPTURES:
            began_ms = min(seen.received_ms for seen in captures)
            is_done = any(isinstance(seen.event, Completion) for seen in captures)
            self.count_crowded(len(captures), is_done=is_done, began_ms=began_ms, wanted=wanted)
            return
        self.captures += len(captures)
        is_new = True
        for seen_in_run in runs_of(captures):
            began_ms = wanted.begun_ms(seen_in_run)
            if not wanted.has(began_ms):
                continue
            self.in_time += len(seen_in_run)
            self.respondents += is_new
            is_new = False
            answers = last_given(seen_in_run)
            run = [_fact(seen) for seen in seen_in_run]
            mark = mark_of(run)
            self._count_run(mark, began_ms, wanted)
            if mark == "complete":
                self._count_seconds(run)
            if platform := seen_in_run[-1].event.platform:
                self._count_platform(platform)
            for question, (item, seen) in answers.items():
                if (tally := self._question(question)) is not None:
                    _count_answer(tally, item, seen, wanted.sought.get(question, ""))

    def _count_run(self, mark: Mark, began_ms: int, wanted: CountRequest) -> None:
        self.runs[mark] += 1
        if wanted.is_by_answer:
            times = self.done_at if mark == "complete" else self.begun_at
            times[_minute(began_ms, len(times))] += 1
            return
        by_time = self.done_by_time if mark == "complete" else self.begun_by_time
        by_time.extend([0] * (len(wanted.edges) - len(by_time)))
        by_time[max(bisect_right(wanted.edges, began_ms) - 1, 0)] += 1

    def count_crowded(self, captures: int, *, is_done: bool, began_ms: int, wanted: CountRequest) -> None:
        """Count a respondent with too many captures only by their number, as `fold` does."""
        self.captures += captures
        if wanted.has(began_ms):
            self.respondents += 1
            self.crowded += 1
            self._count_run("complete" if is_done else "partial", began_ms, wanted)

    def _count_seconds(self, run: Sequence[Fact]) -> None:
        times = [item.created_ms for fact in run for item in fact.items if item.created_ms is not None]
        seconds = (max(times) - min(times)) // 1000 if times else 0
        if len(times) > 1:
            # Coarser for longer durations, so that there are only a few thousand different ones.
            step = 1 if seconds < 600 else 60 if seconds < 86_400 else 86_400
            self.seconds[min(seconds // step * step, 1_000 * 86_400)] += 1

    def _count_platform(self, platform: str) -> None:
        name = visible(platform[:40])
        if name in self.platforms or len(self.platforms) < 20:
            self.platforms[name] += 1


_MINUTES, _DAYS = 10_000, 20_000
"""Maximum different minutes that are counted; beyond it days, and then years: senders choose the times."""


def _minute(moment_ms: int, known: int) -> int:
    minute = moment_ms // 60_000
    unit = 1 if known < _MINUTES else 1_440 if known < _DAYS else 525_600
    return minute // unit * unit


def runs_of(captures: Sequence[ReadCapture]) -> list[list[ReadCapture]]:
    """Return the captures of each run of one respondent, without redeliveries."""
    by_id = {seen.capture_id: seen for seen in captures}
    facts = [_fact(seen) for seen in captures if isinstance(seen.event, (Answer, Completion))]
    return [[by_id[fact.capture_id] for fact in run] for run in split_runs(facts) if run]


def last_given(run: Iterable[ReadCapture]) -> dict[Question, tuple[Item, ReadCapture]]:
    """Return the answer to each question of one run, as found by `last_answers`."""
    by_id = {seen.capture_id: seen for seen in run}
    answers: dict[Question, tuple[Item, ReadCapture]] = {}
    for fact, place in last_answers(map(_fact, by_id.values())).values():
        seen = by_id[fact.capture_id]
        item = items_of(seen.event)[place]
        answers[item.question_id, item.question_order] = (item, seen)
    return answers


def by_order(one: tuple[Question, object]) -> tuple[bool, int, str]:
    """Return the sort key of a question with any value."""
    (identity, order), _ = one
    return *by_number(order), identity or ""


def _fact(seen: ReadCapture) -> Fact:
    return Fact(
        capture_id=seen.capture_id,
        kind="completion" if isinstance(seen.event, Completion) else "answer",
        body_hash=seen.body_hash,
        items=seen.facts,
    )


def _count_answer(tally: QuestionTally, item: Item, seen: ReadCapture, needle: str) -> None:
    if seen.capture_id > tally.worded_by:
        tally.worded_by = seen.capture_id
        tally.text, tally.kind = visible((item.question_text or "")[:300]), item.question_type
    response = unwrapped(item.response)
    if is_empty(response):
        tally.skipped += 1
        return
    tally.answered += 1
    kind = question_type(item.question_type)
    if kind is not None and kind.low is not None and kind.high is not None:
        number = whole_number(response)
        if number is not None and kind.low <= number <= kind.high:
            tally.counts[str(number)] += 1
        else:
            tally.odd += 1
    elif isinstance(response, list):
        for option in {response_text(option, "single_select_feedback", MAX_OPTION) for option in response}:
            tally.choose(visible(option))
    elif kind is not None and kind.response_form in ("one", "several"):
        tally.choose(visible(response_text(response, "single_select_feedback", MAX_OPTION)))
    else:
        whole = response if isinstance(response, str) else response_text(response, None, _MAX_VALUE)
        tally.written += 1
        if needle and needle.casefold() not in whole.casefold():
            return
        tally.found += 1
        text = FreeText(
            text=visible_block(whole[:MAX_TEXT]),
            more=max(0, len(whole) - MAX_TEXT),
            group_id=seen.event.group_id,
            user_id=seen.event.user_id,
            capture_id=seen.capture_id,
            received_ms=seen.received_ms,
        )
        tally.texts = (*tally.texts, text)
        if len(tally.texts) > 2 * MAX_TEXTS:
            tally.texts = _newest(tally.texts)


def _newest(texts: tuple[FreeText, ...]) -> tuple[FreeText, ...]:
    return tuple(sorted(texts, key=_by_arrival, reverse=True)[:MAX_TEXTS])


def _by_arrival(text: FreeText) -> tuple[int, int]:
    return text.received_ms, text.capture_id


def _sums(one: list[int], other: list[int]) -> list[int]:
    length = max(len(one), len(other))
    return [
        first + second
        for first, second in zip(
            one + [0] * (length - len(one)), other + [0] * (length - len(other)), strict=True
        )
    ]
