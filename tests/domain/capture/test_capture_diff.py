"""Two captures are held against each other by what was asked, and by every value in the body."""

from __future__ import annotations

import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.capture_diff import MAX_PATHS, CaptureDiff, compare_captures, compare_questions
from tests.builders import COMPLETION, a_completion, an_answer


def paths(compared: CaptureDiff) -> dict[str, tuple[str | None, str | None, str]]:
    return {line.name: (line.first, line.second, line.word) for line in compared.paths if line.is_difference}


def test_a_capture_and_itself_differ_in_nothing() -> None:
    compared = compare_captures(COMPLETION, COMPLETION)
    assert compared.is_same_body
    assert not any(line.is_difference for line in (*compared.questions, *compared.paths))
    assert [line.name for line in compared.questions] == ["1", "2"]


def test_an_answer_and_the_completion_meet_at_their_question() -> None:
    compared = compare_captures(an_answer("8", question="q-2", order=2), a_completion("fine", "9"))
    assert [(line.name, line.first, line.second, line.word) for line in compared.questions] == [
        ("1", None, "“fine”", "only-second"),
        ("2", "“8”", "“9”", "changed"),
    ]
    assert compared.in_common == 1
    assert [line.name for line in compared.changed] == ["2"]


def test_answers_that_do_not_disagree_are_the_same() -> None:
    first, second = a_completion(5, ["a"], ""), a_completion("5", "a", None)
    assert {line.word for line in compare_questions(first, second)} == {"same"}


def test_a_question_that_stands_there_twice_is_compared_in_turn() -> None:
    twice = b'{"responses": [{"question_id": "q", "response": "%b"}, {"question_id": "q", "response": "b"}]}'
    lines = compare_questions(twice % b"a", twice % b"x")
    assert [line.word for line in lines] == ["changed", "same"]


def test_questions_stand_in_their_order_however_each_body_lists_them() -> None:
    def body(*orders: int) -> bytes:
        return json.dumps(
            {"responses": [{"question_order": order, "response": "x"} for order in orders]}
        ).encode()

    assert [line.name for line in compare_questions(body(1, 4, 2), body(5, 3, 1))] == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]


def test_each_value_is_compared_as_it_stands() -> None:
    compared = compare_captures(
        b'{"n": 1, "big": 12345678901234567890, "t": "\\u00e9", "gone": null, "s": "a"}',
        '{"n": 1.0, "big": 12345678901234567891, "t": "é", "new": [], "s": "b"}'.encode(),
    )
    assert paths(compared) == {
        "$.n": ("1", "1.0", "written-otherwise"),
        "$.big": ("12345678901234567890", "12345678901234567891", "written-otherwise"),
        "$.t": ('"\\u00e9"', '"é"', "written-otherwise"),
        "$.gone": ("null", None, "only-first"),
        "$.new": (None, "[]", "only-second"),
        "$.s": ('"a"', '"b"', "changed"),
    }, "JavaScript reads both large numbers alike, and a view still shows every digit"


def test_true_is_not_one() -> None:
    assert paths(compare_captures(b"[1, true]", b"[true, 1]")) == {
        "$[0]": ("1", "true", "changed"),
        "$[1]": ("true", "1", "changed"),
    }


def test_what_only_one_has_stands_where_it_stands_there() -> None:
    compared = compare_captures(b'{"a": 1, "c": 3}', b'{"a": 1, "b": 2, "c": 3}')
    assert [line.name for line in compared.paths] == ["$.a", "$.b", "$.c"]


def test_a_name_that_comes_twice_is_not_lost() -> None:
    compared = compare_captures(b'{"a": 1, "a": 2}', b'{"a": 1, "a": 3}')
    assert paths(compared) == {"$.a #2": ("2", "3", "changed")}


def test_what_is_no_json_is_said_and_what_stands_before_is_compared() -> None:
    compared = compare_captures(b"hello", b'{"a": 1, ...}')
    assert compared.no_json == (True, True)
    assert paths(compared) == {"$.a": (None, "1", "only-second")}


def test_compressed_bodies_are_compared_by_what_they_hold() -> None:
    compared = compare_captures(gzip.compress(COMPLETION), COMPLETION, ("gzip", None))
    assert not compared.is_same_body
    assert not any(line.is_difference for line in compared.paths)


def test_a_large_one_is_compared_in_part_and_says_so() -> None:
    compared = compare_captures(b"[" + b"1," * MAX_PATHS + b"1]", b"[]")
    assert compared.is_part
    assert len(compared.paths) <= MAX_PATHS + 1


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_two_bodies_can_be_compared(first: bytes, second: bytes) -> None:
    compared = compare_captures(first, second)
    assert compared.is_same_body == (first == second)
    if first == second:
        assert not any(line.is_difference for line in compared.paths)
