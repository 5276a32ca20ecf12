"""What respondents said adds up: once for each time the survey was taken, whatever arrived twice."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.event import read_event
from inspector.domain.json.value import parse
from inspector.domain.respondent.fact import facts_of
from inspector.domain.statistics.survey_counts import (
    MAX_OPTIONS,
    MAX_TEXTS,
    CountRequest,
    QuestionTally,
    ReadCapture,
    SurveyCounts,
)
from tests.builders import a_completion, an_answer

_ids = count(1)


def seen(body: bytes, **changes: Any) -> ReadCapture:
    """A capture as the store reads it."""
    capture_id = changes.pop("capture_id", None) or next(_ids)
    event = read_event(parse(body))
    made = ReadCapture(
        capture_id=capture_id,
        received_ms=1_000 + capture_id,
        body_hash=str(hash(body)),
        event=event,
        facts=facts_of(event),
    )
    return replace(made, **changes)


def typed(body: bytes, kind: str) -> bytes:
    """The same answer to a question of another type."""
    return body.replace(b"input_feedback", kind.encode())


def tallied(*respondents: list[ReadCapture], wanted: CountRequest | None = None) -> SurveyCounts:
    part, whole = SurveyCounts(), SurveyCounts()
    for captures in respondents:
        part.count(captures, wanted or CountRequest())
    whole.add(part)
    return whole


def only(tally: SurveyCounts) -> QuestionTally:
    [question] = tally.questions.values()
    return question


def test_an_answer_that_came_alone_and_in_the_completion_counts_once() -> None:
    tally = tallied([seen(an_answer("fine")), seen(a_completion("fine"))])
    assert (only(tally).answered, tally.runs["complete"], tally.respondents) == (1, 1, 1)


def test_what_the_completion_says_counts_where_the_answer_said_otherwise() -> None:
    answers = [typed(an_answer("8"), "nps_feedback"), typed(a_completion("9"), "nps_feedback")]
    assert only(tallied([seen(body) for body in answers])).counts == {"9": 1}


def test_of_a_changed_answer_the_later_one_counts_in_whatever_order_they_arrive() -> None:
    early = seen(typed(an_answer("2", at="2026-01-01T10:00:00Z"), "nps_feedback"))
    late = seen(typed(an_answer("7", at="2026-01-01T10:05:00Z"), "nps_feedback"))
    for captures in ([early, late], [late, early]):
        assert only(tallied(captures)).counts == {"7": 1}


def test_each_run_of_a_recurring_survey_counts() -> None:
    tally = tallied(
        [
            seen(a_completion("good", at="2026-01-01T10:00:00Z")),
            seen(an_answer("bad", at="2026-02-01T10:00:00Z")),
        ]
    )
    assert (tally.runs["complete"], tally.runs["partial"], tally.respondents) == (1, 1, 1)
    assert {text.text for text in only(tally).texts} == {"good", "bad"}


def test_a_number_and_its_text_are_one_answer_and_what_is_out_of_range_is_told_apart() -> None:
    bodies = [
        typed(an_answer(answer, user=f"u-{answer}"), "star_feedback") for answer in (5, "5", 7, "many", [4])
    ]
    stars = only(tallied(*[[seen(body)] for body in bodies]))
    assert (stars.counts, stars.odd, stars.answered) == ({"5": 2, "4": 1}, 2, 5)


def test_several_options_count_once_each_and_one_answer_together() -> None:
    body = typed(an_answer(["crash", "login", "crash"]), "multi_select_feedback")
    options = only(tallied([seen(body)]))
    assert (options.counts, options.answered) == ({"crash": 1, "login": 1}, 1)


def test_an_empty_answer_is_skipped_and_a_respondent_with_nothing_else_has_only_opened_it() -> None:
    for empty in ("", None, []):
        tally = tallied([seen(an_answer(empty))])
        assert (only(tally).skipped, only(tally).answered, tally.runs["opened"]) == (1, 0, 1)


def test_a_redelivered_completion_counts_once() -> None:
    body = a_completion("fine")
    assert tallied([seen(body), seen(body)]).runs == {"complete": 1}


def test_only_what_was_begun_since_then_counts() -> None:
    before, after = seen(a_completion("a"), received_ms=10), seen(a_completion("b"), received_ms=20)
    tally = tallied([before], [after], wanted=CountRequest(since_ms=20))
    assert [text.text for text in only(tally).texts] == ["b"]


def test_respondents_stand_in_the_span_that_their_first_capture_came_in() -> None:
    wanted = CountRequest(edges=(0, 100, 200))
    done = [seen(an_answer("a"), received_ms=150), seen(a_completion("a"), received_ms=250)]
    tally = tallied(done, [seen(an_answer("b"), received_ms=5)], wanted=wanted)
    assert (tally.done_by_time, tally.begun_by_time) == ([0, 1, 0], [1, 0, 0])


def test_only_texts_that_contain_what_is_sought_are_listed_and_all_are_counted() -> None:
    captures = [[seen(an_answer(text, user=text))] for text in ("Login fails", "All good", "no LOGIN")]
    tally = tallied(*captures, wanted=CountRequest(sought={("q-1", 1): "login"}))
    assert {text.text for text in only(tally).texts} == {"Login fails", "no LOGIN"}
    assert (only(tally).found, only(tally).answered) == (2, 3)
    other = tallied(*captures, wanted=CountRequest(sought={("q-2", 2): "login"}))
    assert only(other).found == 3


def test_no_survey_makes_a_tally_that_grows_without_an_end() -> None:
    tally = SurveyCounts()
    for part in range(4):
        more = SurveyCounts()
        for number in range(MAX_OPTIONS):
            name = f"option {part} {number}"
            body = typed(an_answer(name, user=name), "single_select_feedback")
            more.count([seen(body)], CountRequest())
            more.count([seen(an_answer(name, user=name, question="q-2", order=2))], CountRequest())
        tally.add(more)
    options, texts = (question for _, question in tally.ordered())
    assert len(options.counts) == MAX_OPTIONS
    assert options.beyond == 3 * MAX_OPTIONS
    assert (len(texts.texts), texts.found) == (MAX_TEXTS, 4 * MAX_OPTIONS)
    assert texts.texts[0].text == f"option 3 {MAX_OPTIONS - 1}", "the newest stay"


def test_a_respondent_with_more_captures_than_are_analysed_is_counted_without_its_answers() -> None:
    captures = [
        seen(an_answer(str(number), at=f"2026-01-01T10:{number % 60:02}:00Z")) for number in range(501)
    ]
    tally = tallied(captures)
    assert (tally.crowded, tally.respondents, tally.questions) == (1, 1, {})


def test_texts_are_made_visible() -> None:
    assert only(tallied([seen(an_answer("a\u202eb\x1b"))])).texts[0].text == r"a\u202eb\x1b"


@given(
    st.lists(st.sampled_from(["1", 2, "x", "", None, ["a"], ["a", "b"], {"k": 1}, 10**400, True]), max_size=8)
)
def test_whatever_is_answered_the_parts_add_up_to_the_whole_in_any_order(answers: list[Any]) -> None:
    kinds = ("nps_feedback", "multi_select_feedback", "input_feedback", "of_tomorrow")
    respondents = []
    for number, answer in enumerate(answers):
        body = json.loads(an_answer(user=f"u-{number}"))
        body |= {"response": answer, "question_type": kinds[number % 4], "question_id": f"q-{number % 4}"}
        respondents.append([seen(json.dumps(body).encode(), capture_id=number + 1)])
    whole = tallied(*respondents)
    parts = [tallied(one) for one in respondents]
    random.Random(len(answers)).shuffle(parts)
    summed = SurveyCounts()
    for part in parts:
        summed.add(part)
    assert summed == whole
    assert sum(question.answered + question.skipped for question in whole.questions.values()) == len(answers)
