"""The types a survey's question may have: one entry each. An open set, so an unknown type is no fault.

The values are those of Blitzllama's SDK and API page; its webhook page documents the first two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ResponseForm = Literal["text", "one", "several", "number", "click"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionType:
    """How questions of one type are answered, and what the program calls them."""

    value: str
    """As it stands in `question_type`."""
    label: str
    """What the user reads beside the question."""
    manner: ResponseForm
    """Free text, one option, several options, a number, or a click alone."""
    low: int | None = None
    high: int | None = None
    """The range of a number, both ends included."""
    prefix: str = ""
    """Stands before the answer in a list."""
    empty: str = "Skipped"
    """What an empty answer is called."""


QUESTION_TYPES = {
    kind.value: kind
    for kind in (
        QuestionType(value="input_feedback", label="free text", manner="text"),
        QuestionType(value="multi_select_feedback", label="several of a list", manner="several"),
        QuestionType(value="single_select_feedback", label="one of a list", manner="one"),
        QuestionType(value="data_collection", label="validated text", manner="text"),
        QuestionType(value="nps_feedback", label="NPS, 0 to 10", manner="number", low=0, high=10),
        QuestionType(value="scale_feedback", label="scale, 1 to 5", manner="number", low=1, high=5),
        QuestionType(
            value="star_feedback", label="stars, 1 to 5", manner="number", low=1, high=5, prefix="★ "
        ),
        QuestionType(value="emoji_feedback", label="emoji, 1 to 5", manner="number", low=1, high=5),
        QuestionType(value="intro_prompt", label="introduction", manner="click", empty="Clicked"),
    )
}


def question_type(value: str | None) -> QuestionType | None:
    """The entry for a `question_type`, None where it is absent or not known."""
    return None if value is None else QUESTION_TYPES.get(value)
