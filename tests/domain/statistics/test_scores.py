"""Scores, ranks and shares; and tables that no spreadsheet runs."""

from __future__ import annotations

from collections import Counter

import pytest

from inspector.domain.statistics.scores import (
    chart_kind,
    distribution,
    mean,
    median_seconds,
    nps,
    percent_text,
    ranked,
    ratings,
    share_text,
)
from inspector.domain.statistics.survey_counts import QuestionTally


def a_question(kind: str = "nps_feedback", **counts: int) -> QuestionTally:
    named = {name.removeprefix("n"): count for name, count in counts.items()}
    return QuestionTally(kind=kind, counts=Counter(named), answered=sum(counts.values()))


def test_the_nps_of_the_drawing_is_34() -> None:
    given_ = dict(zip(map(str, range(11)), (14, 6, 11, 19, 28, 71, 85, 168, 223, 301, 376), strict=True))
    score = nps(given_)
    assert (score.detractors, score.passives, score.promoters) == (234, 391, 677)
    assert (score.total, score.score, score.text) == (1302, 34, "+34")


@pytest.mark.parametrize(
    ("counts", "text"),
    [({}, "–"), ({"10": 1}, "+100"), ({"0": 1}, "−100"), ({"0": 1, "10": 1}, "0"), ({"6": 2, "9": 1}, "−33")],
)
def test_a_score_has_its_sign(counts: dict[str, int], text: str) -> None:
    assert nps(counts).text == text


def test_options_stand_by_how_often_they_were_chosen() -> None:
    question = a_question("multi_select_feedback", login=1, crash=3, slow=1)
    question.answered = 4
    assert [(one.option, one.count, one.share) for one in ranked(question)] == [
        ("crash", 3, 0.75),
        ("login", 1, 0.25),
        ("slow", 1, 0.25),
    ]


def test_a_distribution_has_numbers_that_nobody_chose() -> None:
    rows = distribution(a_question("star_feedback", n5=3, n4=1))
    assert [(row.option, row.count, row.share) for row in rows] == [
        ("5", 3, 0.75),
        ("4", 1, 0.25),
        ("3", 0, 0),
        ("2", 0, 0),
        ("1", 0, 0),
    ]
    assert mean({"5": 3, "4": 1}) == 4.75
    assert mean({}) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nps_feedback", "nps"),
        ("scale_feedback", "rating"),
        ("emoji_feedback", "rating"),
        ("single_select_feedback", "options"),
        ("data_collection", "texts"),
        ("intro_prompt", "clicks"),
        ("of_tomorrow", "texts"),
        (None, "texts"),
    ],
)
def test_each_type_of_question_has_its_look(kind: str | None, expected: str) -> None:
    assert chart_kind(QuestionTally(kind=kind)) == expected


def test_an_unknown_type_that_is_answered_with_options_is_shown_as_options() -> None:
    assert chart_kind(QuestionTally(kind="of_tomorrow", counts=Counter(a=1))) == "options"


def test_the_middle_of_all_durations() -> None:
    assert median_seconds(Counter({5: 1, 7: 1, 900: 1})) == 7
    assert median_seconds(Counter({5: 2, 7: 2})) == 5
    assert median_seconds(Counter()) is None


def test_a_share_never_rounds_something_to_nothing_nor_to_all() -> None:
    assert [share_text(part) for part in (0, 0.001, 0.41, 0.999, 1)] == [
        "0 %",
        "<1 %",
        "41 %",
        ">99 %",
        "100 %",
    ]


def test_a_percentage_is_rounded_but_only_none_is_0_and_only_all_is_100() -> None:
    parts = ((10, 18), (1, 16), (0, 9), (1, 9_999), (9_998, 9_999), (9, 9))
    assert [percent_text(*part) for part in parts] == [
        "55.6 %",
        "6.3 %",
        "0 %",
        "0.1 %",
        "99.9 %",
        "100 %",
    ]


def test_what_was_given_while_a_question_had_another_type_is_no_rating_of_this_one() -> None:
    question = a_question("star_feedback", n9=10, nRed=2, n5=1)
    assert ratings(question) == {"5": 1}
    assert mean(ratings(question)) == 5
    assert distribution(question)[0].share == 1


def test_a_search_that_finds_nothing_leaves_texts_where_they_are() -> None:
    assert chart_kind(QuestionTally(kind="of_tomorrow", counts=Counter(a=1), written=2, found=0)) == "texts"
