"""What is folded capture by capture equals what is folded from all captures at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.domain.respondent import progress
from inspector.domain.respondent.fact import Fact, FactItem
from inspector.domain.respondent.respondent import answer_count, fold, folded, split_runs
from tests.domain.respondent.test_respondent import FACTS, a_completion, an_answer, an_item


def extended(facts: list[Fact], *, is_anonymous: bool = False) -> int:
    """Add each fact to those before it and compare with folding them all; return how many could be added."""
    added = 0
    firsts: dict[str, int] = {}
    for count, fact in enumerate(facts, start=1):
        due = fold(facts[:count], is_anonymous=is_anonymous)
        before = fold(facts[: count - 1], is_anonymous=is_anonymous)
        assert before.progress is not None
        text = progress.dump(before.progress)
        now = progress.load(text)
        assert now == before.progress
        first = firsts.setdefault(fact.body_hash, fact.capture_id)
        copy_of = None if first == fact.capture_id else first
        found = now.extend(fact, copy_of=copy_of, is_anonymous=is_anonymous)
        if found is None:
            assert now == progress.load(text), "it is as it was"
            continue
        added += 1
        assert now == due.progress
        assert now.answers == answer_count(split_runs(facts[:count])[-1])
        all_ = {(id_, code): detail for id_, code, detail in before.findings}
        state = folded(
            now,
            captures=count,
            findings={**all_, **found},
            last_created_ms=due.last_created_ms,
            is_anonymous=is_anonymous,
        )
        assert state == due
        assert not all_.keys() & found.keys()
    return added


@settings(max_examples=150)
@given(FACTS, st.booleans(), st.booleans())
def test_one_more_capture_changes_what_folding_all_would_change(
    drawn: list[tuple[list[FactItem], Any]], is_anonymous: bool, is_in_order: bool
) -> None:
    compare_one_by_one(drawn, is_anonymous=is_anonymous, is_in_order=is_in_order)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None)
@given(FACTS, st.booleans(), st.booleans())
def test_in_thousands_of_histories_one_more_capture_changes_what_folding_all_would_change(
    drawn: list[tuple[list[FactItem], Any]], is_anonymous: bool, is_in_order: bool
) -> None:
    compare_one_by_one(drawn, is_anonymous=is_anonymous, is_in_order=is_in_order)


def compare_one_by_one(
    drawn: list[tuple[list[FactItem], Any]], *, is_anonymous: bool, is_in_order: bool
) -> None:
    facts = [
        Fact(capture_id=n, kind=kind, body_hash=f"{kind} {items}", items=tuple(items))
        for n, (items, kind) in enumerate(drawn, start=1)
    ]
    if is_in_order:
        facts.sort(key=lambda fact: fact.times[1] or 0)
        facts = [replace(fact, capture_id=n) for n, fact in enumerate(facts, start=1)]
    extended(facts, is_anonymous=is_anonymous)


def test_captures_in_order_are_added_without_the_earlier_ones() -> None:
    facts: list[Fact] = []
    for run in range(20):
        at = 100 * run
        facts += [
            an_answer(0, 1, "a", at=at),
            an_answer(0, 1, "b", at=at + 1),
            an_answer(0, 2, "c", at=at + 2),
        ]
        facts.append(a_completion(0, an_item(1, "b", at=at + 1), an_item(2, "c", at=at + 2)))
        facts.append(facts[-1])
    facts = [replace(fact, capture_id=n) for n, fact in enumerate(facts, start=1)]
    assert extended(facts) == len(facts)
    state = fold(facts)
    assert (state.runs, state.completed_runs, state.mark, state.answers) == (20, 20, "complete", 2)


def test_its_size_depends_on_the_questions_and_not_on_the_captures() -> None:
    few, many = ([an_answer(n, n % 4, str(n), at=n) for n in range(1, last)] for last in (10, 400))
    sizes = []
    for facts in (few, many):
        state = fold(facts)
        assert state.progress is not None
        sizes.append(len(progress.dump(state.progress)))
    assert sizes[1] < 1.5 * sizes[0]
