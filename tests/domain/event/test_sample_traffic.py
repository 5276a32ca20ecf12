"""The traffic of a load test: what a sender posts for many respondents, and repeatable."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import UsageError
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.sample_traffic import (
    LANGUAGES,
    SampleDelivery,
    TrafficOptions,
    repeated_traffic,
    survey_traffic,
)
from inspector.domain.event.shape import AS_DOCUMENTED, shape_of
from inspector.domain.json.value import parse
from inspector.domain.stringify import restringify

SAMPLES = Path(__file__).parents[3] / "resources" / "samples"
STARTED_MS = 1_764_000_000_500


def made(seed: int = 7, **options: Any) -> list[SampleDelivery]:
    return list(
        survey_traffic(
            (SAMPLES / "survey.json").read_bytes(),
            (SAMPLES / "languages.json").read_bytes(),
            TrafficOptions(**options),
            seed=seed,
            started_ms=lambda number: STARTED_MS + number * 1_000,
        )
    )


def marks(deliveries: Iterable[SampleDelivery]) -> Counter[str]:
    return Counter(mark for one in deliveries for mark in one.marks)


def created(one: SampleDelivery) -> str:
    value = json.loads(one.body)
    return str(value["created_at"] if one.event == "answer" else value["responses"][-1]["created_at"])[:19]


def test_each_delivery_is_as_documented_and_as_json_stringify_prints_it() -> None:
    for one in made(respondents=20):
        assert shape_of(parse(one.body)) is AS_DOCUMENTED
        assert restringify(one.body) == one.body


def test_the_same_seed_makes_the_same_deliveries_and_another_one_others() -> None:
    options = {"respondents": 5, "duplicates": 0.2, "out_of_order": 0.2, "unsigned": 0.2, "drop_out": 0.4}
    assert made(**options) == made(**options)
    assert not {one.body for one in made(**options)} & {one.body for one in made(seed=8, **options)}


@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 1])
def test_a_share_of_respondents_leaves_before_the_completion(share: float) -> None:
    deliveries = made(respondents=100, drop_out=share)
    events: dict[str | None, list[str | None]] = {}
    for one in deliveries:
        events.setdefault(one.user_id, []).append(one.event)
    assert len(events) == 100
    assert sum("completion" not in of_one for of_one in events.values()) == pytest.approx(100 * share, abs=2)


def test_the_number_of_deliveries_is_exact_and_the_respondents_return_for_it() -> None:
    deliveries = made(deliveries=333, respondents=3, duplicates=0.1)
    assert len(deliveries) == 333
    assert len({one.user_id for one in deliveries}) == 3
    assert len({json.loads(one.body)["group_id"] for one in deliveries}) > 3
    assert len({one.user_id for one in made(deliveries=333)}) > 30


def test_a_duplicate_follows_its_original_and_equals_it_to_the_byte() -> None:
    deliveries = made(respondents=50, duplicates=0.2)
    again = [place for place, one in enumerate(deliveries) if "duplicate" in one.marks]
    assert len(again) == pytest.approx((len(deliveries) - len(again)) * 0.2, abs=3)
    assert all(deliveries[place].body == deliveries[place - 1].body for place in again)
    assert len({one.body for one in deliveries}) == len(deliveries) - len(again)


def test_what_is_out_of_order_is_older_than_its_predecessor_and_nothing_else_is() -> None:
    deliveries = made(respondents=50, out_of_order=0.3)
    pairs = [
        (before, one)
        for before, one in pairwise(deliveries)
        if before.user_id == one.user_id and "completion" not in (before.event, one.event)
    ]
    late = [one for before, one in pairs if created(one) < created(before)]
    assert late == [one for _, one in pairs if "out-of-order" in one.marks]
    assert len(late) > 50


def test_a_delivery_is_unsigned_or_signed_with_another_secret_but_never_both() -> None:
    deliveries = made(deliveries=1_000, unsigned=0.2, wrong_secret=0.1)
    counts = marks(deliveries)
    assert counts["unsigned"] == pytest.approx(200, abs=5)
    assert counts["wrong-secret"] == pytest.approx(100, abs=5)
    assert sum(one.is_to_reject for one in deliveries) == counts["unsigned"] + counts["wrong-secret"]
    assert marks(made(deliveries=100, unsigned=1)) == {"unsigned": 100}


def test_the_languages_have_real_text_in_eight_scripts() -> None:
    texts = json.loads((SAMPLES / "languages.json").read_text("utf-8"))
    assert {key: text["name"] for key, text in texts.items()} == LANGUAGES
    scripts = {
        unicodedata.name(letter).partition(" ")[0]
        for text in texts.values()
        for word in (*text["questions"], *text["comments"])
        for letter in word
        if letter.isalpha()
    }
    letters = {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "DEVANAGARI", "CJK", "HIRAGANA", "HANGUL"}
    assert letters <= scripts
    for text in texts.values():
        assert len(set(text["questions"])) == len(QUESTION_TYPES)
    only = "".join(
        one.body.decode() for one in made(respondents=3, languages=("el",), types=("nps_feedback",))
    )
    assert "Πόσο πιθανό" in only
    assert "colleague" not in only


def test_only_the_named_question_types_are_asked_in_an_order_without_gaps() -> None:
    for one in made(respondents=4, types=("nps_feedback", "star_feedback")):
        value = json.loads(one.body)
        items = value["responses"] if one.event == "completion" else [value]
        assert {item["question_type"] for item in items} <= {"nps_feedback", "star_feedback"}
        assert {item["question_order"] for item in items} <= {1, 2}


def test_a_saved_body_is_repeated() -> None:
    deliveries = list(repeated_traffic(b"{}", TrafficOptions(deliveries=50, unsigned=0.5), seed=1))
    assert {one.body for one in deliveries} == {b"{}"}
    assert marks(deliveries)["unsigned"] == pytest.approx(25, abs=1)
    assert len(list(repeated_traffic(b"{}", TrafficOptions(), seed=1))) == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"unsigned": 0.6, "wrong_secret": 0.5}, "add up to more than 1"),
        ({"drop_out": 1.1}, "from 0 to 1"),
        ({"deliveries": 0}, "from 1 to"),
        ({"languages": ("xx",)}, "no language “xx”"),
        ({"types": ("nps",)}, "no question type “nps”"),
        ({"languages": ()}, "at least one language"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        TrafficOptions(**options)
