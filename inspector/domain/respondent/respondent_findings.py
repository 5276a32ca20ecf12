"""Findings across the captures of one respondent: repeated, changed, missing, late; with their texts.

The rules are those of `respondent.fold`. `progress` applies them to one more capture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from inspector.domain.signature.finding import Finding

if TYPE_CHECKING:  # the filter needs only the codes, at every start of the terminal
    from inspector.domain.respondent.fact import Fact, FactItem, Question

FoundDetails: TypeAlias = dict[tuple[int, str], dict[str, Any]]
"""The details of each finding by capture id and code."""
Statement: TypeAlias = tuple[int, str, int]
"""One answer to a question, or one completion: its time in ms since 1970 (0 if not readable), its content
(the same text for the same content), and its capture id. A plain tuple, because with classes a fold takes 40
% longer."""
TimedFact: TypeAlias = "tuple[int | None, int | None, Fact]"
"""The first and the last readable time in a capture, in ms since 1970, and its facts."""


class LatestCapture(NamedTuple):
    """The capture with the latest time so far."""

    at_ms: int
    is_completion: bool
    capture_id: int


_SEVERAL = "several"
"""Not a hash: a placeholder for a question that is ambiguous within one completion."""


def compare_run(
    run: list[TimedFact], found: FoundDetails
) -> tuple[dict[Question, Statement], Statement | None]:
    """Find repeated, changed and missing answers within one run.

    Return the last answer to each question and the last completion.
    """
    answers: dict[Question, list[Statement]] = {}
    completions: list[Statement] = []
    contents: dict[int, dict[Question, str]] = {}
    for _, end, fact in run:
        if fact.kind == "completion":
            content = contents[fact.capture_id] = content_of(fact.items)
            completions.append((end or 0, content_text(content), fact.capture_id))
            continue
        for item in fact.items:
            if item.question is not None or item.order is not None:
                said = (item.created_ms or 0, item.answer, fact.capture_id)
                answers.setdefault((item.question, item.order), []).append(said)
    last = {
        question: compare_statements(said, "answer-changed", found) if len(said) > 1 else said[0]
        for question, said in answers.items()
    }
    completion = compare_statements(completions, "completion-disagrees", found) if completions else None
    for id_, content in contents.items():
        if (id_, "answer-repeated") not in found:
            compare_completion(id_, content, last, found)
    return last, completion


def compare_statements(said: list[Statement], code: str, found: FoundDetails) -> Statement:
    """Mark repeats and changes among several answers to one question, and return the last answer.

    In order of time, equal neighbours are one statement. Its first capture by id is the original, which gets
    `code` if the statement differs from the previous one. The others are repeats.
    """
    said = sorted(said)
    statements: list[list[Statement]] = []
    for one in said:
        if statements and statements[-1][-1][1] == one[1]:
            statements[-1].append(one)
        else:
            statements.append([one])
    before: int | None = None
    for statement in statements:
        ids = sorted([id_ for _, _, id_ in statement])
        if before is not None:
            found.setdefault((ids[0], code), {"of": before})
        for id_ in ids[1:]:
            found.setdefault((id_, "answer-repeated"), {"of": ids[0]})
        before = ids[0]
    assert before is not None
    return said[-1][0], said[-1][1], before


def compare_completion(
    id_: int,
    content: dict[Question, str],
    last: dict[Question, Statement],
    found: FoundDetails,
) -> None:
    """Compare a completion with the last answer to each of its questions."""
    differing = [
        question for question in content if question in last and last[question][1] != content[question]
    ]
    if differing:
        detail: dict[str, Any] = {"of": last[differing[0]][2], "order": differing[0][1]}
        if len(differing) > 1:
            detail["questions"] = len(differing)
        found.setdefault((id_, "completion-disagrees"), detail)
    # Only a few customers get answer events. Without any, none is missing.
    if last:
        missing = [question for question, answer in content.items() if answer and question not in last]
        if missing:
            orders = [order for _, order in missing[:20]]
            found[id_, "answers-missing"] = {"questions": len(missing), "orders": orders}


def find_late(
    moments: list[TimedFact], found: FoundDetails, newest: LatestCapture | None = None
) -> LatestCapture | None:
    """Mark captures that arrived after a later one. An answer precedes its completion.

    `newest` is the latest of the earlier captures. Return the latest of all.
    """
    latest: tuple[int, bool, int] | None = newest
    for _, end, fact in moments:
        if end is None or (fact.capture_id, "answer-repeated") in found:
            continue
        place = (end, fact.kind == "completion", fact.capture_id)
        if latest is None or place[:2] >= latest[:2]:
            latest = place
        else:
            found[fact.capture_id, "out-of-order"] = {"of": latest[2]}
    return latest and LatestCapture(*latest)


def content_text(content: dict[Question, str]) -> str:
    """Return a text that is equal for equal completions."""
    return repr(sorted(content.items(), key=repr))


def content_of(items: tuple[FactItem, ...]) -> dict[Question, str]:
    """Return the answers of a completion by question, without ambiguous questions."""
    content: dict[Question, str] = {}
    for item in items:
        question = (item.question, item.order)
        content[question] = item.answer if question not in content else _SEVERAL
    if _SEVERAL in content.values() or (None, None) in content:
        return {
            question: answer
            for question, answer in content.items()
            if answer != _SEVERAL and question != (None, None)
        }
    return content


_REPEAT_FIX = (
    "Make your receiver idempotent. Store an answer only once per survey, group, user, question and time."
)

# Code: summary and fix. `{of}` is the capture that it is compared with.
_WORDS: Mapping[str, tuple[str, str]] = {
    "redelivery": ("The same body already arrived as capture {of}.", _REPEAT_FIX),
    "answer-repeated": ("The same answer already arrived in capture {of}.", _REPEAT_FIX),
    "answer-changed": (
        "The respondent gave a different answer to this question in capture {of}.",
        "Keep the answer with the later created_at.",
    ),
    "completion-disagrees": (
        "The completion has a different answer from capture {of}.",
        "Compare the two captures. The one with the later created_at has the respondent’s last answer.",
    ),
    "out-of-order": (
        "It arrived after capture {of}, which has a later created_at.",
        "Order by created_at, not by arrival.",
    ),
    "answers-missing": (
        "The completion has {questions} answers that did not arrive separately.",
        "Use the completion as the complete record. Individual answers can be lost in transit.",
    ),
}

RESPONDENT_CODES = tuple(_WORDS)
"""Codes of the findings across the captures of one respondent."""


def finding(code: str, detail: Mapping[str, Any]) -> Finding:
    """Return the finding of this code with the details from `fold`."""
    summary, fix = _WORDS[code]
    if code == "answers-missing" and detail.get("questions") == 1:
        summary = "The completion has an answer that did not arrive separately."
    return Finding(
        code=code, summary=summary.format_map({"of": "another", **detail}), fix=fix, detail=dict(detail)
    )
