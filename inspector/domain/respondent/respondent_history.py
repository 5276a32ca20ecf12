"""One respondent's answers in order of arrival: each question with its history, and the completion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from inspector.base.visible import visible
from inspector.domain.capture.rows import Mark
from inspector.domain.event.answers import AnswerEntry, answers_page, gap
from inspector.domain.event.event import Answer, Completion, Item, in_question_order, items_of, read_event
from inspector.domain.event.question import normal_form, response_text, whole_text
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.respondent.fact import Fact, FactItem, Question, facts_of
from inspector.domain.respondent.respondent import (
    MAX_CAPTURES,
    Respondent,
    answer_count,
    fold,
    mark_of,
    split_runs,
)
from inspector.domain.statistics.survey_counts import ReadCapture, by_order, last_given

MAX_VALUE = 80
MAX_BODY = 1024 * 1024
"""A larger body is not read here. Its capture is only on the time line."""

EventKind = Literal["answer", "completion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCapture:
    """One capture of the respondent, from the store."""

    capture_id: int
    received_ms: int
    body_hash: str
    verdict: str
    """The name of a verdict count: `valid`, `rewritten`, `invalid`, …"""
    secret: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """The answer to a question in one capture."""

    capture_id: int
    received_ms: int
    event_kind: EventKind
    value: str
    """The visible answer; `the same` if it repeats the previous one."""
    whole: str = ""
    """The whole answer as plain text, if whole texts were requested."""
    compared: str
    """`first`, `again, same content`, `changed`, `agrees`, `conflict`, or `late`."""
    is_conflict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionHistory:
    """A question with its answer and the history of the answer."""

    entry: AnswerEntry
    history: tuple[RecordedAnswer, ...] = ()
    """In order of arrival; empty for a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One capture on the time line."""

    capture_id: int
    received_ms: int
    answered_ms: int | None
    """The latest readable `created_at` in it."""
    event_kind: EventKind
    order: str
    """The number of the question; empty for a completion."""
    note: str
    """`again`, `changed`, `late`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A question with different answers in the completion and in the last answer event."""

    order: str
    seen: str
    completed: str
    seen_in: int
    """The capture with the answer."""
    completed_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentHistory:
    """The page of a respondent: one run, by default the latest."""

    mark: Mark
    run: int
    """From 1; 0 if there is none."""
    runs: int
    captures: int
    is_counted_only: bool = False
    answered: int = 0
    """The number of answered questions, as the tree counts them."""
    questions: tuple[QuestionHistory, ...] = ()
    arrivals: tuple[HistoryEntry, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    completed_ms: int | None = None
    """When the completion arrived."""
    platform: str = ""
    trigger: str = ""
    mix: Mapping[str, int] = field(default_factory=dict)
    """Captures by verdict."""
    secrets: tuple[str, ...] = ()
    """The names of the matching secrets."""


def history_of(
    parts: Sequence[HistoryCapture],
    *,
    run: int | None = None,
    is_anonymous: bool = False,
    has_whole_texts: bool = False,
) -> RespondentHistory:
    """Return the page of a respondent with all of its captures; pure and picklable, for the worker.

    `has_whole_texts` fills `RecordedAnswer.whole`.
    """
    mix: dict[str, int] = {}
    for part in parts:
        mix[part.verdict] = mix.get(part.verdict, 0) + 1
    secrets = tuple(sorted({part.secret for part in parts if part.secret}))
    by_id = {seen.capture_id: seen for part in parts if (seen := _read(part)) is not None}
    facts = [_fact(seen) for seen in by_id.values()]
    state = fold(facts, is_anonymous=is_anonymous)
    if state.is_counted_only or len(parts) > MAX_CAPTURES:
        return RespondentHistory(
            mark=state.mark,
            run=0,
            runs=state.runs,
            captures=len(parts),
            is_counted_only=True,
            mix=mix,
            secrets=secrets,
        )
    runs = split_runs(facts)
    place = len(runs) - 1 if run is None else min(max(run - 1, 0), len(runs) - 1)
    chosen = {fact.capture_id for fact in runs[place]} if runs else set()
    hashes = {by_id[id_].body_hash for id_ in chosen}
    shown = [seen for id_, seen in sorted(by_id.items()) if seen.body_hash in hashes]
    bodies = {part.capture_id: part.body for part in parts}
    codes = _codes(state)
    final = last_given(by_id[id_] for id_ in sorted(chosen))
    completions = [seen for seen in shown if isinstance(seen.event, Completion)]
    newest = shown[-1].event if shown else None
    questions, conflicts = _questions(final, shown, bodies, codes, has_whole_texts)
    return RespondentHistory(
        mark=mark_of(runs[place] if runs else ()),
        run=place + 1,
        runs=len(runs),
        captures=len(parts),
        answered=answer_count(runs[place]) if runs else 0,
        questions=questions,
        arrivals=tuple(_arrival(seen, codes) for seen in shown),
        conflicts=conflicts,
        completed_ms=completions[0].received_ms if completions else None,
        platform=visible((newest.platform or "")[:80]) if newest else "",
        trigger=visible((newest.trigger or "")[:80]) if newest else "",
        mix=mix,
        secrets=secrets,
    )


def _read(part: HistoryCapture) -> ReadCapture | None:
    if len(part.body) > MAX_BODY:
        return None
    try:
        event = read_event(parse_bounded(part.body))
    except NotJSON:
        return None
    if not isinstance(event, (Answer, Completion)):
        return None
    return ReadCapture(
        capture_id=part.capture_id,
        received_ms=part.received_ms,
        body_hash=part.body_hash,
        event=event,
        facts=facts_of(event),
    )


def _fact(seen: ReadCapture) -> Fact:
    kind: EventKind = "completion" if isinstance(seen.event, Completion) else "answer"
    return Fact(capture_id=seen.capture_id, kind=kind, body_hash=seen.body_hash, items=seen.facts)


def _codes(state: Respondent) -> dict[int, dict[str, dict[str, Any]]]:
    codes: dict[int, dict[str, dict[str, Any]]] = {}
    for capture_id, code, detail in state.findings:
        codes.setdefault(capture_id, {})[code] = detail
    return codes


def _arrival(seen: ReadCapture, codes: Mapping[int, Mapping[str, Any]]) -> HistoryEntry:
    found = codes.get(seen.capture_id, {})
    times = [fact.created_ms for fact in seen.facts if fact.created_ms is not None]
    note = ""
    if "redelivery" in found or "answer-repeated" in found:
        note = "again"
    elif "out-of-order" in found:
        note = "late"
    elif "answer-changed" in found:
        note = "changed"
    order = ""
    if isinstance(seen.event, Answer):
        number = seen.event.item.question_order
        order = "?" if number is None else str(number)
    return HistoryEntry(
        capture_id=seen.capture_id,
        received_ms=seen.received_ms,
        answered_ms=max(times, default=None),
        event_kind="completion" if isinstance(seen.event, Completion) else "answer",
        order=order,
        note=note,
    )


def _questions(
    final: Mapping[Question, tuple[Item, ReadCapture]],
    shown: Sequence[ReadCapture],
    bodies: Mapping[int, bytes],
    codes: Mapping[int, Mapping[str, Any]],
    has_whole_texts: bool,
) -> tuple[tuple[QuestionHistory, ...], tuple[Conflict, ...]]:
    pages: dict[int, dict[Question, AnswerEntry]] = {}
    stories: list[QuestionHistory] = []
    conflicts: list[Conflict] = []
    last = 0
    for question, (_, seen) in sorted(final.items(), key=by_order):
        if seen.capture_id not in pages:  # a completion contains many answers and is large
            pages[seen.capture_id] = _entries(seen, bodies[seen.capture_id])
        entry = pages[seen.capture_id][question]
        order = question[1]
        if order is not None:
            if order > last + 1:
                stories.append(QuestionHistory(entry=gap(last + 1, order - 1)))
            last = max(last, order)
        history, conflict = _history(question, shown, codes, has_whole_texts)
        stories.append(QuestionHistory(entry=entry, history=history))
        conflicts += conflict
    return tuple(stories), tuple(conflicts)


def _entries(seen: ReadCapture, body: bytes) -> dict[Question, AnswerEntry]:
    """Return the entries of a page by question, in question order, with gaps between them."""
    entries = [entry for entry in answers_page(body).entries if entry.form != "gap"]
    both = zip(in_question_order(items_of(seen.event)), entries, strict=True)
    return {(item.question_id, item.question_order): entry for item, entry in both}


def _history(
    question: Question,
    shown: Sequence[ReadCapture],
    codes: Mapping[int, Mapping[str, Any]],
    has_whole_texts: bool,
) -> tuple[tuple[RecordedAnswer, ...], list[Conflict]]:
    """Return the answers to a question in order of arrival, and the conflicts with a completion."""
    history: list[RecordedAnswer] = []
    conflicts: list[Conflict] = []
    before: str | None = None
    answered: tuple[int, Item, ReadCapture] | None = None
    completed: str | None = None
    for seen in shown:
        found = codes.get(seen.capture_id, {})
        for item, fact in _items(seen, question):
            form = normal_form(item.response)
            value = visible(response_text(item.response, item.question_type, MAX_VALUE)) or "empty"
            is_same, before_was = form == before, before
            before = form
            is_conflict = False
            if isinstance(seen.event, Completion):
                if "redelivery" in found or "answer-repeated" in found:
                    compared = "again"
                elif answered is None:
                    compared = "first" if before_was is None else "changed" if not is_same else "agrees"
                else:
                    is_conflict = normal_form(answered[1].response) != form
                    compared = "conflict" if is_conflict else "agrees"
                    if is_conflict and not conflicts:
                        conflicts.append(_conflict(item, seen, answered))
                completed = form
            else:
                compared = _compared(found, form, before_was, completed)
                said = (fact.created_ms or 0, item, seen)
                if answered is None or said[0] >= answered[0]:
                    answered = said
            history.append(
                RecordedAnswer(
                    capture_id=seen.capture_id,
                    received_ms=seen.received_ms,
                    event_kind="completion" if isinstance(seen.event, Completion) else "answer",
                    value="the same" if is_same and value.startswith("“") else value,
                    whole=whole_text(item.response) if has_whole_texts else "",
                    compared=compared,
                    is_conflict=is_conflict,
                )
            )
    return tuple(history), conflicts


def _compared(found: Mapping[str, Any], form: str, before: str | None, completed: str | None) -> str:
    if "redelivery" in found:
        return "again, same body"
    if "answer-repeated" in found:
        return "again, same content"
    late = "late, " if "out-of-order" in found else ""
    if completed is not None:
        return late + ("agrees" if form == completed else "differs")
    if "answer-changed" in found or (before is not None and before != form):
        return f"{late}changed"
    return f"{late}first" if late and before is not None else late.rstrip(", ") or "first"


def _items(seen: ReadCapture, question: Question) -> list[tuple[Item, FactItem]]:
    both = zip(items_of(seen.event), seen.facts, strict=True)
    return [(item, fact) for item, fact in both if (item.question_id, item.question_order) == question]


def _conflict(item: Item, seen: ReadCapture, answered: tuple[int, Item, ReadCapture]) -> Conflict:
    return Conflict(
        order="" if item.question_order is None else str(item.question_order),
        seen=visible(response_text(answered[1].response, item.question_type, MAX_VALUE)) or "empty",
        completed=visible(response_text(item.response, item.question_type, MAX_VALUE)) or "empty",
        seen_in=answered[2].capture_id,
        completed_in=seen.capture_id,
    )
