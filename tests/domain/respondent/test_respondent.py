"""The rules of grouping: one respondent, folded from facts in any order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.event import read_event
from inspector.domain.json.value import parse
from inspector.domain.respondent.fact import Fact, FactItem, facts_of
from inspector.domain.respondent.progress import MAX_ITEMS
from inspector.domain.respondent.respondent import (
    MAX_CAPTURES,
    Respondent,
    RespondentKey,
    counted,
    fold,
    respondent_key,
)


def an_item(
    order: int | None = 1, answer: str = "good", at: int | None = None, question: str | None = "q"
) -> FactItem:
    return FactItem(question=question, order=order, answer=answer, created_ms=at)


def an_answer(
    id_: int, order: int | None = 1, answer: str = "good", at: int | None = None, **more: Any
) -> Fact:
    item = an_item(order, answer, at, more.get("question", "q"))
    return Fact(capture_id=id_, kind="answer", body_hash=more.get("body", f"answer {item}"), items=(item,))


def a_completion(id_: int, *items: FactItem, body: str | None = None) -> Fact:
    return Fact(capture_id=id_, kind="completion", body_hash=body or f"completion {items}", items=items)


def found(respondent: Respondent) -> dict[int, list[str]]:
    marks: dict[int, list[str]] = {}
    for id_, code, _ in respondent.findings:
        marks.setdefault(id_, []).append(code)
    return marks


def detail(respondent: Respondent, id_: int, code: str) -> dict[str, Any]:
    return {(one, word): more for one, word, more in respondent.findings}[id_, code]


def state(respondent: Respondent) -> tuple[Any, ...]:
    """All that must not depend on the order of arrival."""
    codes = Counter(code for _, code, _ in respondent.findings if code != "out-of-order")
    return (replace(respondent, findings=()), codes)


def sent(response: str) -> str:
    body = f'{{"question_id":"q","question_order":1,"response":{response}}}'
    return facts_of(read_event(parse(body.encode())))[0].answer


# -- marks and figures


def test_a_respondent_who_left_half_way_is_partial() -> None:
    folded = fold([an_answer(1, 1, at=10), an_answer(2, 2, at=20)])
    assert (folded.mark, folded.runs, folded.completed_runs) == ("partial", 1, 0)
    assert (folded.answers, folded.captures, folded.last_created_ms) == (2, 2, 20)
    assert folded.findings == ()


def test_a_completion_makes_a_respondent_complete_even_without_a_single_answer_event() -> None:
    folded = fold([a_completion(1, an_item(1, at=10), an_item(3, at=20))])
    assert (folded.mark, folded.runs, folded.completed_runs, folded.answers) == ("complete", 1, 1, 2)
    assert folded.findings == ()


def test_empty_responses_only_are_opened() -> None:
    assert fold([an_answer(1, 1, "", at=10), an_answer(2, 2, "", at=11)]).mark == "opened"
    assert fold([an_answer(1, 1, "", at=10), an_answer(2, 2, "yes", at=11)]).mark == "partial"


def test_answers_and_their_completion_agree_silently() -> None:
    answers = [an_answer(n, n, at=n) for n in (1, 2, 4)]
    folded = fold([*answers, a_completion(9, *[an_item(n, at=n) for n in (1, 2, 4)])])
    assert (folded.mark, folded.answers, folded.findings) == ("complete", 3, ())


def test_nobody_known_is_nobody() -> None:
    assert fold([]).captures == 0
    assert fold([]).runs == 0


# -- what does not disagree


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5", '"5"'),
        ('["a"]', '"a"'),
        ("[5]", '"5"'),
        ("null", '""'),
        ("[]", '""'),
        ('[""]', "null"),
        ('[1, "b"]', '["1", "b"]'),
        ("5.0", "5"),
        ("-0", "0"),
        ("4.50", '"4.5"'),
        ("1e-6", '"0.000001"'),
        ("12345678901234567890", '"12345678901234567890"'),
    ],
)
def test_answers_that_do_not_disagree_are_equal(one: str, other: str) -> None:
    assert sent(one) == sent(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5", "6"),
        ('"a"', '"A"'),
        ('["a", "b"]', '["b", "a"]'),
        ('["a", "b"]', '"a, b"'),
        ('["a", "b"]', r'"[\"a\", \"b\"]"'),
        ("0", '""'),
        ("false", '""'),
        ("true", '"true"'),
        ('{"a": 1}', '{"a": 2}'),
        ("1e400", "null"),
    ],
)
def test_answers_that_disagree_are_not_equal(one: str, other: str) -> None:
    assert sent(one) != sent(other)


# -- the same again


def test_the_same_body_is_a_redelivery_of_the_lower_id() -> None:
    folded = fold([an_answer(7, body="b"), an_answer(3, body="b"), an_answer(5, body="b")])
    assert found(folded) == {5: ["redelivery"], 7: ["redelivery"]}
    assert detail(folded, 7, "redelivery") == {"of": 3}
    assert (folded.captures, folded.answers) == (3, 1)


def test_the_same_answer_in_another_body_is_repeated_and_neither_late_nor_changed() -> None:
    folded = fold([an_answer(1, 1, at=10), an_answer(2, 2, at=20), an_answer(3, 1, at=10, body="other")])
    assert found(folded) == {3: ["answer-repeated"]}
    assert detail(folded, 3, "answer-repeated") == {"of": 1}


def test_a_completion_with_the_same_answers_in_another_body_is_repeated() -> None:
    items = (an_item(1, at=10), an_item(2, at=20))
    folded = fold([a_completion(1, *items), a_completion(2, *items, body="other")])
    assert found(folded) == {2: ["answer-repeated"]}
    assert (folded.runs, folded.completed_runs) == (1, 1)


def test_a_question_id_that_is_used_twice_is_told_apart_by_its_order() -> None:
    assert fold([an_answer(1, 1, "a", at=1), an_answer(2, 2, "b", at=2)]).findings == ()


# -- said otherwise


def test_a_changed_answer_is_borne_by_the_later_one_by_time_whatever_arrived_first() -> None:
    folded = fold([an_answer(1, answer="second", at=20), an_answer(2, answer="first", at=10)])
    assert found(folded) == {1: ["answer-changed"], 2: ["out-of-order"]}
    assert detail(folded, 1, "answer-changed") == {"of": 2}


def test_a_completion_is_held_against_the_last_answer_seen() -> None:
    folded = fold(
        [
            an_answer(1, 3, "7", at=10),
            an_answer(2, 3, "8", at=20),
            a_completion(3, an_item(3, "9", at=20)),
        ]
    )
    assert found(folded) == {2: ["answer-changed"], 3: ["completion-disagrees"]}
    assert detail(folded, 3, "completion-disagrees") == {"of": 2, "order": 3}


def test_a_completion_with_the_changed_answer_agrees() -> None:
    folded = fold(
        [an_answer(1, 3, "7", at=10), an_answer(2, 3, "8", at=20), a_completion(3, an_item(3, "8", at=20))]
    )
    assert found(folded) == {2: ["answer-changed"]}


def test_two_completions_of_one_run_that_differ_disagree() -> None:
    folded = fold([a_completion(1, an_item(1, "a", at=10)), a_completion(2, an_item(1, "b", at=10))])
    assert len(folded.findings) == 1
    assert folded.findings[0][1] == "completion-disagrees"
    assert folded.runs == 1


def test_a_question_that_a_completion_names_twice_is_not_compared() -> None:
    twice = a_completion(2, an_item(1, "a", at=5), an_item(1, "b", at=6))
    assert "completion-disagrees" not in found(fold([an_answer(1, 1, "c", at=5), twice])).get(2, [])


# -- missing and late


def test_a_completion_names_the_answers_that_never_came_by_themselves() -> None:
    items = (an_item(1, at=10), an_item(2, at=20), an_item(3, "", at=30), an_item(4, at=40))
    folded = fold([an_answer(1, 1, at=10), a_completion(2, *items)])
    assert found(folded) == {2: ["answers-missing"]}
    assert detail(folded, 2, "answers-missing") == {"questions": 2, "orders": [2, 4]}


def test_no_answer_is_missing_once_the_late_one_is_there() -> None:
    items = (an_item(1, at=10), an_item(2, at=20))
    folded = fold([an_answer(1, 1, at=10), a_completion(2, *items), an_answer(3, 2, at=20)])
    assert found(folded) == {3: ["out-of-order"]}
    assert detail(folded, 3, "out-of-order") == {"of": 2}


def test_lateness_is_judged_by_ids_and_not_by_the_order_of_the_facts() -> None:
    folded = fold([an_answer(3, 3, at=30), an_answer(1, 1, at=10), an_answer(2, 2, at=20)])
    assert folded.findings == ()


# -- runs


def test_what_comes_later_than_everything_in_a_completion_opens_the_next_run() -> None:
    first = a_completion(1, an_item(1, "a", at=10), an_item(2, at=20))
    again = an_answer(2, 1, "b", at=21)
    folded = fold([first, again])
    assert (folded.runs, folded.completed_runs, folded.mark, folded.answers) == (2, 1, "partial", 1)
    assert folded.findings == ()
    folded = fold([first, again, a_completion(3, an_item(1, "b", at=21), an_item(2, at=30))])
    assert (folded.runs, folded.completed_runs, folded.mark) == (2, 2, "complete")
    assert found(folded) == {3: ["answers-missing"]}


def test_what_was_said_while_a_completion_was_under_way_belongs_to_it() -> None:
    folded = fold([a_completion(1, an_item(1, at=10), an_item(2, at=20)), an_answer(2, 2, at=20)])
    assert folded.runs == 1


def test_completions_that_overlap_are_one_run() -> None:
    one = a_completion(1, an_item(1, at=10), an_item(2, at=30))
    other = a_completion(2, an_item(1, at=20), an_item(2, at=40))
    assert fold([one, other, an_answer(3, 2, at=35)]).runs == 1
    assert fold([one, other, an_answer(3, 2, at=41)]).runs == 2


def test_a_run_that_arrives_before_the_earlier_one_is_still_the_later_one() -> None:
    early = a_completion(2, an_item(1, "a", at=10))
    late = an_answer(1, 1, "b", at=99)
    folded = fold([late, early])
    assert (folded.runs, folded.mark) == (2, "partial")
    assert found(folded) == {2: ["out-of-order"]}


def test_what_has_no_readable_time_joins_the_first_run() -> None:
    folded = fold([a_completion(1, an_item(1, at=10)), an_answer(2, 1, at=99), an_answer(3, 7, at=None)])
    assert folded.runs == 2
    assert folded.answers == 1  # of the latest run
    assert fold([an_answer(1, 1), an_answer(2, 2), a_completion(3, an_item(1))]).runs == 1


# -- order of arrival


def test_every_order_of_arrival_gives_the_same_state() -> None:
    facts = [
        an_answer(0, 1, "a", at=10),
        an_answer(0, 1, "b", at=15),
        an_answer(0, 1, "a", at=10, body="again"),
        a_completion(0, an_item(1, "c", at=15), an_item(2, at=20)),
        a_completion(0, an_item(1, "c", at=15), an_item(2, at=20)),
        an_answer(0, 1, "d", at=30),
    ]
    states = [state(fold(arrived(facts, ids))) for ids in permutations(range(1, len(facts) + 1))]
    assert all(one == states[0] for one in states)
    assert states[0][0].runs == 2
    assert states[0][1] == {
        "redelivery": 1,
        "answer-repeated": 1,
        "answer-changed": 1,
        "completion-disagrees": 1,
        "answers-missing": 1,
    }


def arrived(facts: Sequence[Fact], ids: Sequence[int]) -> list[Fact]:
    return [replace(fact, capture_id=id_) for fact, id_ in zip(facts, ids, strict=True)]


ITEMS = st.builds(
    an_item,
    order=st.none() | st.integers(1, 3),
    answer=st.sampled_from(("", "a", "b")),
    at=st.none() | st.integers(-2, 9),
    question=st.none() | st.sampled_from("pq"),
)
FACTS = st.lists(
    st.tuples(st.lists(ITEMS, min_size=1, max_size=1), st.just("answer"))
    | st.tuples(st.lists(ITEMS, max_size=4), st.just("completion")),
    max_size=8,
)


@given(FACTS, st.randoms(use_true_random=False), st.booleans())
def test_no_order_of_arrival_changes_the_state(
    drawn: list[tuple[list[FactItem], Any]], chance: random.Random, is_anonymous: bool
) -> None:
    facts = [
        Fact(capture_id=n, kind=kind, body_hash=f"{kind} {items}", items=tuple(items))
        for n, (items, kind) in enumerate(drawn, start=1)
    ]
    ids = [fact.capture_id for fact in facts]
    chance.shuffle(ids)
    one, other = fold(facts, is_anonymous=is_anonymous), fold(arrived(facts, ids), is_anonymous=is_anonymous)
    assert state(one) == state(other)
    chance.shuffle(facts)
    assert fold(facts, is_anonymous=is_anonymous) == one
    assert one.completed_runs <= one.runs <= len(facts)


# -- bounds, and those without a name


def test_beyond_500_captures_a_respondent_is_counted_and_not_analysed() -> None:
    answers = [an_answer(n, 1, str(n), at=n) for n in range(1, MAX_CAPTURES + 1)]
    analysed = fold(answers)
    assert (analysed.is_counted_only, len(analysed.findings)) == (False, MAX_CAPTURES - 1)
    folded = fold([*answers, a_completion(MAX_CAPTURES + 1, an_item(1, at=1))])
    assert folded == counted(captures=MAX_CAPTURES + 1, completions=1)
    assert (folded.is_counted_only, folded.mark, folded.findings) == (True, "complete", ())
    assert fold([*answers, an_answer(MAX_CAPTURES + 1, 2)]).mark == "partial"


def test_captures_of_hundreds_of_answers_are_counted_only_as_well() -> None:
    items = tuple(an_item(n) for n in range(MAX_ITEMS // 20 + 1))
    assert fold([a_completion(n, *items, body=str(n)) for n in range(20)]).is_counted_only


def test_anonymous_answers_are_not_held_against_each_other() -> None:
    folded = fold(
        [an_answer(1, 1, "a", at=20), an_answer(2, 1, "b", at=10), an_answer(3, 1, "a", at=20)],
        is_anonymous=True,
    )
    assert found(folded) == {3: ["redelivery"]}
    assert (folded.captures, folded.runs, folded.mark) == (3, 0, "partial")


def test_a_respondent_is_a_user_in_a_group_of_a_survey() -> None:
    key = respondent_key("s", "g", "u", "answer", 5)
    assert key == RespondentKey(survey_id="s", group_id="g", user_id="u")
    assert key == respondent_key("s", "g", "u", "response_group", 6)
    assert not key.is_anonymous


def test_without_a_user_each_completion_is_alone_and_answers_stand_together() -> None:
    answers = {respondent_key("s", "g", None, "answer", 1), respondent_key("s", "g", None, "answer", 2)}
    completions = {respondent_key("s", "g", None, "response_group", n) for n in (3, 4)}
    assert len(answers) == 1
    assert len(completions) == 2
    assert all(key is not None and key.is_anonymous for key in answers)
    assert not any(key is not None and key.is_anonymous for key in completions)


@pytest.mark.parametrize(
    ("survey", "group", "user", "event"),
    [
        (None, "g", "u", "answer"),
        ("s", None, "u", "answer"),
        ("s", "g", "u", "unknown"),
        ("s" * 201, "g", "u", "answer"),
        ("s", "g", "u" * 201, "response_group"),
    ],
)
def test_what_names_no_respondent_has_none(survey: Any, group: Any, user: Any, event: Any) -> None:
    assert respondent_key(survey, group, user, event, 1) is None


def test_a_question_id_without_end_is_kept_short() -> None:
    (item,) = facts_of(read_event({"question_id": "q" * 10**6, "response": "x" * 10**6}))
    assert item.question is not None
    assert len(item.question) + len(item.answer) < 50
