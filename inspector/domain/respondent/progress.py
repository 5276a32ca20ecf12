"""The stored progress of a respondent, to which the next capture is added without reading the earlier ones.

The rules are those of `respondent.fold`. A capture that arrives out of order can change the meaning of
earlier ones. Then the respondent is folded again from all of its captures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from inspector.domain.capture.rows import Mark
from inspector.domain.respondent.fact import Fact, Question
from inspector.domain.respondent.respondent_findings import (
    FoundDetails,
    LatestCapture,
    Statement,
    TimedFact,
    compare_completion,
    compare_statements,
    content_of,
    content_text,
    find_late,
)

MAX_ITEMS = 10_000
"""A respondent with more items is counted but not analysed: a fold takes about 1 µs per item, and the
follower has 2 ms at a time."""


@dataclass(slots=True, kw_only=True)
class RespondentProgress:
    """The data about a respondent's captures that can affect the meaning of a later one.

    Mutable, because it is extended. Its size depends on the questions of the latest run, not on the number of
    captures.
    """

    items: int = 0
    """The items of all captures."""
    runs: int = 0
    completed_runs: int = 0
    opened_ms: int | None = None
    """The first time in the latest run; None in the first run, to which all earlier captures belong."""
    started_ms: int | None = None
    """The latest time at which a capture of the latest run starts."""
    closed_ms: int | None = None
    """A capture that starts later opens the next run; None while the latest run is open."""
    is_complete: bool = False
    """Whether the latest run has a completion."""
    has_answer: bool = False
    """Whether at least one response of the latest run is not empty."""
    last: dict[Question, tuple[int, str]] = field(default_factory=dict)
    """Time and hash of the last answer to each question of the latest run, including completions."""
    said: dict[Question, Statement] = field(default_factory=dict)
    """The last answer event for each question of the latest run."""
    final: dict[Question, bool] = field(default_factory=dict)
    """Whether each question of the last completion of the latest run is answered."""
    finished: tuple[int, str] | None = None
    """The time of that completion, and a hash of its items."""
    completed: Statement | None = None
    """The last completion of the latest run in the form for comparison, with a hash of its content."""
    newest: LatestCapture | None = None

    @property
    def mark(self) -> Mark:
        """The mark of the latest run."""
        if self.is_complete:
            return "complete"
        return "partial" if self.has_answer else "opened"

    @property
    def answers(self) -> int:
        """The number of answered questions in the latest run, as `respondent.answer_count` counts them."""
        return sum([self.final.get(question, bool(answer)) for question, (_, answer) in self.last.items()])

    def extend(self, fact: Fact, *, copy_of: int | None, is_anonymous: bool = False) -> FoundDetails | None:
        """Add the next capture by id, and return its findings.

        `copy_of` is the first capture with the same body. None means that nothing was added, and the
        respondent must be folded again.
        """
        items = self.items + len(fact.items)
        if items > MAX_ITEMS:
            return None
        found: FoundDetails = {}
        if copy_of is not None:
            found[fact.capture_id, "redelivery"] = {"of": copy_of}
        else:
            moment = (*fact.times, fact)
            opens_run = self._opens_run(moment)
            if opens_run is None:
                return None
            if not (opens_run or self._is_said_last(moment, is_anonymous)):
                return None
            if opens_run:
                self._open_run(moment)
            self._join(moment)
            if not is_anonymous:
                self._compare(moment, found)
                self.newest = find_late([moment], found, self.newest)
        self.items = items
        return found

    def _opens_run(self, moment: TimedFact) -> bool | None:
        """Return whether a capture opens a run; None if it can belong to an earlier one or change the
        latest."""
        start, end, fact = moment
        if not self.runs:
            return True
        if start is None:
            is_of_latest = self.runs == 1
        elif self.closed_ms is not None and start > self.closed_ms:
            return True
        else:
            is_of_latest = self.opened_ms is None or start >= self.opened_ms
        if fact.kind == "answer":
            # The last completion is compared again with an answer that arrives after it.
            return False if is_of_latest and not self.is_complete else None
        # If a completion ends before another capture starts, it may end the run there.
        ends_last = end is None or self.started_ms is None or end >= self.started_ms
        return False if is_of_latest and ends_last else None

    def _is_said_last(self, moment: TimedFact, is_anonymous: bool) -> bool:
        """Return whether everything that this capture is compared with in the latest run is earlier."""
        _, end, fact = moment
        if fact.kind == "answer":
            return is_anonymous or all(
                (item.created_ms or 0, item.answer) >= self.said[item.question, item.order][:2]
                for item in fact.items
                if (item.question, item.order) in self.said
            )
        if self.finished is None:
            return True
        finished = _finished(fact)
        is_last = finished[0] > self.finished[0] or finished == self.finished
        if self.completed is None:  # the last completion is not compared
            return is_last
        at_ms, text, _ = self.completed
        is_compared_last = (end or 0) > at_ms or ((end or 0) == at_ms and _content(fact) == text)
        return is_last and is_compared_last

    def _open_run(self, moment: TimedFact) -> None:
        self.opened_ms = moment[0] if self.runs else None
        self.runs += 1
        self.started_ms = self.closed_ms = self.completed = self.finished = None
        self.is_complete = self.has_answer = False
        self.last, self.said, self.final = {}, {}, {}

    def _join(self, moment: TimedFact) -> None:
        start, end, fact = moment
        if start is not None:
            self.started_ms = start if self.started_ms is None else max(start, self.started_ms)
        if fact.kind == "completion":
            self.completed_runs += not self.is_complete
            self.is_complete = True
            if end is not None:
                self.closed_ms = end if self.closed_ms is None else max(end, self.closed_ms)
            self.finished = _finished(fact)
            self.final = _final(fact)
        self.has_answer = self.has_answer or any(item.answer for item in fact.items)
        _note_last(self.last, fact)

    def _compare(self, moment: TimedFact, found: FoundDetails) -> None:
        _, end, fact = moment
        id_ = fact.capture_id
        if fact.kind == "completion":
            content = content_of(fact.items)
            said = (end or 0, _hash(content_text(content)), id_)
            self.completed = (
                compare_statements([self.completed, said], "completion-disagrees", found)
                if self.completed
                else said
            )
            if (id_, "answer-repeated") not in found:
                compare_completion(id_, content, self.said, found)
            return
        for item in fact.items:
            question = item.question, item.order
            if question != (None, None):
                said = (item.created_ms or 0, item.answer, id_)
                before = self.said.get(question)
                self.said[question] = (
                    compare_statements([before, said], "answer-changed", found) if before else said
                )


def progress_of(
    runs: list[list[TimedFact]],
    *,
    items: int,
    said: dict[Question, Statement],
    completed: Statement | None,
    newest: LatestCapture | None,
) -> RespondentProgress:
    """Return the progress of a respondent with these runs; `said` and `completed` are those of the latest
    run."""
    latest = runs[-1] if runs else []
    facts = [fact for _, _, fact in latest]
    starts = [start for start, _, _ in latest if start is not None]
    completions = [fact for fact in facts if fact.kind == "completion"]
    closed = [end for fact in completions if (end := fact.times[1]) is not None]
    final = max(completions, key=final_order, default=None)
    last: dict[Question, tuple[int, str]] = {}
    for fact in facts:
        _note_last(last, fact)
    return RespondentProgress(
        items=items,
        runs=len(runs),
        completed_runs=sum([any(fact.kind == "completion" for _, _, fact in run) for run in runs]),
        opened_ms=min(starts) if len(runs) > 1 else None,
        started_ms=max(starts, default=None),
        closed_ms=max(closed, default=None),
        is_complete=bool(completions),
        has_answer=any(item.answer for fact in facts for item in fact.items),
        last=last,
        said=said,
        final=_final(final) if final else {},
        finished=_finished(final) if final else None,
        completed=completed and (completed[0], _hash(completed[1]), completed[2]),
        newest=newest,
    )


def final_order(completion: Fact) -> tuple[int, str, int]:
    """Return the sort key of the completions of one run, of which the last one counts.

    For equal times, the content decides, not the order of arrival.
    """
    at_ms = max((item.created_ms or 0 for item in completion.items), default=0)
    return at_ms, repr(completion.items), completion.capture_id


# The fields before and after the questions, in the order of the stored text.
_FIRST = (
    "items", "runs", "completed_runs", "opened_ms", "started_ms", "closed_ms", "is_complete", "has_answer",
)  # fmt: skip
_LAST = ("finished", "completed", "newest")


def dump(progress: RespondentProgress) -> str:
    """Return a text that is the same for equal progress."""
    questions = [
        [*question, *progress.last[question], progress.final.get(question), *progress.said.get(question, ())]
        for question in sorted(progress.last, key=repr)
    ]
    first, last = ([getattr(progress, name) for name in names] for names in (_FIRST, _LAST))
    return json.dumps([*first, questions, *last], separators=(",", ":"))


def load(text: str) -> RespondentProgress:
    """Read the result of `dump`."""
    values: list[Any] = json.loads(text)
    questions = values[len(_FIRST)]
    finished, completed, newest = values[len(_FIRST) + 1 :]
    return RespondentProgress(
        **dict(zip(_FIRST, values, strict=False)),
        last={(question, order): (at, answer) for question, order, at, answer, *_ in questions},
        said={(one[0], one[1]): (one[5], one[6], one[7]) for one in questions if len(one) > 5},
        final={(one[0], one[1]): one[4] for one in questions if one[4] is not None},
        finished=finished and tuple(finished),
        completed=completed and tuple(completed),
        newest=newest and LatestCapture(*newest),
    )


def _note_last(last: dict[Question, tuple[int, str]], fact: Fact) -> None:
    for item in fact.items:
        said = (item.created_ms or 0, item.answer)
        question = item.question, item.order
        last[question] = max(said, last.get(question, said))


def _final(completion: Fact) -> dict[Question, bool]:
    return {(item.question, item.order): bool(item.answer) for item in completion.items}


def _finished(completion: Fact) -> tuple[int, str]:
    at_ms, text, _ = final_order(completion)
    return at_ms, _hash(text)


def _content(completion: Fact) -> str:
    return _hash(content_text(content_of(completion.items)))


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
