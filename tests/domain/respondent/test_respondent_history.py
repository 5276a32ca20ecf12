"""A respondent's story: what arrived, again, changed, late, and what the completion says of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.event import Completion, read_event
from inspector.domain.json.value import parse
from inspector.domain.respondent.fact import Fact, facts_of
from inspector.domain.respondent.respondent import fold
from inspector.domain.respondent.respondent_history import (
    HistoryCapture,
    RecordedAnswer,
    RespondentHistory,
    history_of,
)
from tests.builders import a_completion, an_answer


def told(*bodies: bytes, **how: Any) -> RespondentHistory:
    """The story of captures that came in this order, a second apart."""
    parts = [
        HistoryCapture(
            capture_id=number,
            received_ms=number * 1_000,
            body_hash=hashlib.sha256(body).hexdigest(),
            verdict="valid",
            secret="production",
            body=body,
        )
        for number, body in enumerate(bodies, start=1)
    ]
    return history_of(parts, **how)


def history(page: RespondentHistory, place: int = 0) -> list[tuple[str, str, str]]:
    return [(said.event_kind, said.value, said.compared) for said in page.questions[place].history]


AT = [f"2026-01-01T10:00:0{second}Z" for second in range(8)]


def test_a_question_has_its_history_in_order_of_arrival() -> None:
    first = an_answer("crash", at=AT[1])
    page = told(first, first, an_answer("login", at=AT[2]), a_completion("login", at=AT[3]))
    assert history(page) == [
        ("answer", "“crash”", "first"),
        ("answer", "the same", "again, same body"),
        ("answer", "“login”", "changed"),
        ("completion", "the same", "agrees"),
    ]
    assert page.questions[0].entry.texts == ("login",)
    assert (page.mark, page.captures, page.conflicts) == ("complete", 4, ())
    assert [said.capture_id for said in page.questions[0].history] == [1, 2, 3, 4]


def test_a_completion_that_says_otherwise_is_a_conflict_with_both_captures() -> None:
    page = told(an_answer("8", at=AT[1]), a_completion("9", at=AT[2]))
    [conflict] = page.conflicts
    assert (conflict.order, conflict.seen, conflict.completed) == ("1", "“8”", "“9”")
    assert (conflict.seen_in, conflict.completed_in) == (1, 2)
    last: RecordedAnswer = page.questions[0].history[-1]
    assert (last.compared, last.is_conflict) == ("conflict", True)


def test_an_answer_after_its_completion_is_late_and_says_whether_it_agrees() -> None:
    page = told(a_completion("4", at=AT[2]), an_answer("4", at=AT[1]))
    assert history(page) == [("completion", "“4”", "first"), ("answer", "the same", "late, agrees")]
    assert [(arrival.order, arrival.note) for arrival in page.arrivals] == [("", ""), ("1", "late")]


def test_what_was_not_asked_stands_between() -> None:
    page = told(an_answer("a", order=1), an_answer("b", question="q-4", order=4))
    assert [(one.entry.order, one.entry.form) for one in page.questions] == [
        ("1", "text"),
        ("2 to 3", "gap"),
        ("4", "text"),
    ]


def test_a_completion_that_lists_its_questions_in_another_order_gives_each_its_own_answer() -> None:
    body = json.loads(a_completion("one", "two", "three"))
    body["responses"].reverse()
    page = told(json.dumps(body).encode())
    assert [(one.entry.order, one.entry.texts) for one in page.questions] == [
        ("1", ("one",)),
        ("2", ("two",)),
        ("3", ("three",)),
    ]


def test_the_latest_run_is_shown_unless_another_is_asked_for() -> None:
    bodies = (
        a_completion("first time", at="2026-01-01T10:00:00Z"),
        a_completion("second time", at="2026-02-01T10:00:00Z"),
    )
    latest, before = told(*bodies), told(*bodies, run=1)
    assert (latest.run, latest.runs, latest.questions[0].entry.texts) == (2, 2, ("second time",))
    assert (before.run, before.questions[0].entry.texts) == (1, ("first time",))
    assert [arrival.capture_id for arrival in before.arrivals] == [1]


def test_a_respondent_with_too_many_captures_is_only_counted() -> None:
    page = told(*[an_answer(str(number), at=f"2026-01-01T10:{number % 60:02}:00Z") for number in range(501)])
    assert (page.is_counted_only, page.captures, page.questions) == (True, 501, ())


def test_without_a_completion_the_mark_is_that_of_what_came() -> None:
    assert told(an_answer("")).mark == "opened"
    assert told(an_answer("x")).mark == "partial"
    assert told().captures == 0


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.builds(
                an_answer,
                st.sampled_from(["", "x", None, 5, [], ["a", "b"], {"k": [1]}]),
                order=st.integers(-2, 4),
                at=st.sampled_from([*AT, "never", ""]),
            ),
            st.builds(a_completion, st.sampled_from(["x", "", "y"]), at=st.sampled_from([*AT, "never"])),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_whatever_arrives_has_a_story(bodies: list[bytes], is_anonymous: bool) -> None:
    page = told(*bodies, is_anonymous=is_anonymous)
    for question in page.questions:
        assert (question.entry.form == "gap") == (not question.history)


_AT = st.sampled_from(AT[:4])
_SAID = st.sampled_from(["a", "b", "", None, []])


@given(
    st.lists(
        st.one_of(
            st.builds(
                lambda said, number, at: an_answer(said, question=f"q-{number}", order=number, at=at),
                _SAID,
                st.integers(1, 3),
                _AT,
            ),
            st.builds(lambda said, at: a_completion(*said, at=at), st.lists(_SAID, max_size=3), _AT),
        ),
        max_size=6,
    )
)
def test_a_page_says_of_its_run_what_grouping_says(bodies: list[bytes]) -> None:
    """The tree shows what `fold` says: the mark, and how many questions are answered."""
    state = fold(
        Fact(
            capture_id=number,
            kind="completion" if isinstance(event, Completion) else "answer",
            body_hash=hashlib.sha256(body).hexdigest(),
            items=facts_of(event),
        )
        for number, body in enumerate(bodies, start=1)
        if (event := read_event(parse(body)))
    )
    page = told(*bodies)
    answered = [one for one in page.questions if one.entry.form not in ("gap", "empty")]
    assert (page.mark, page.runs, page.answered) == (state.mark, state.runs, state.answers)
    assert len(answered) == page.answered
