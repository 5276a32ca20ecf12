"""Which part of what was captured is looked at: everything, a survey, a group, a respondent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inspector.domain.capture.rows import CaptureRow

Part = Literal["all", "pinned", "surveys", "samples", "not-verified", "no-survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the tree chose. With a `survey_id` it is that survey, and narrower with the ids below it."""

    part: Part = "all"
    """`pinned`: what a person pinned, samples among them.
    `surveys`: captures that are no samples; with ids, those that bear them, whatever their verdict.
    `not-verified`: those of surveys which no trusted capture knows. `no-survey`: without a survey id."""
    survey_id: str | None = None
    group_id: str | None = None
    user_id: str | None = None


def scope_of(row: CaptureRow, depth: int = 3) -> Scope:
    """Return the survey of a capture (depth 1), its group (2) or its respondent (3)."""
    return Scope(
        part="samples" if row.kind == "sample" else "surveys",
        survey_id=row.survey_id,
        group_id=row.group_id if depth > 1 else None,
        user_id=row.user_id if depth > 2 else None,
    )


EVERYTHING = Scope()
PINNED = Scope(part="pinned")
