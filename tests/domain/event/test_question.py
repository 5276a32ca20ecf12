"""The table of question types, and the form in which answers are compared."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.event.question import QUESTION_TYPES, normal_form, question_type

KNOWN = {
    "input_feedback",
    "data_collection",
    "single_select_feedback",
    "multi_select_feedback",
    "nps_feedback",
    "scale_feedback",
    "star_feedback",
    "emoji_feedback",
    "intro_prompt",
}


def test_all_types_that_the_sender_is_known_to_have_are_in_the_table() -> None:
    assert set(QUESTION_TYPES) == KNOWN


@pytest.mark.parametrize("value", sorted(KNOWN))
def test_each_entry_stands_under_its_own_value_and_has_a_label(value: str) -> None:
    kind = QUESTION_TYPES[value]
    assert kind.value == value
    assert kind.label
    assert (kind.response_form == "number") == (kind.low is not None) == (kind.high is not None)


def test_nps_goes_from_0_to_10_and_stars_from_1_to_5() -> None:
    nps, stars = QUESTION_TYPES["nps_feedback"], QUESTION_TYPES["star_feedback"]
    assert (nps.low, nps.high, stars.low, stars.high) == (0, 10, 1, 5)


@pytest.mark.parametrize("value", [None, "", "matrix_feedback"])
def test_a_type_never_seen_before_is_no_fault(value: str | None) -> None:
    assert question_type(value) is None


@given(st.lists(st.text(), min_size=2))
def test_several_options_are_compared_as_one_json_text(options: list[str]) -> None:
    """A change of this text would make every stored answer differ from the same one sent again."""
    assert normal_form(list(options)) == "\0" + json.dumps(options)
