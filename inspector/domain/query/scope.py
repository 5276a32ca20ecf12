"""The part of the captures that a view shows: everything, a survey, a group, a respondent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inspector.domain.capture.rows import CaptureRow

Part = Literal["all", "pinned", "surveys", "samples", "not-verified", "no-survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The selection in the tree: a survey if there is a `survey_id`, narrowed by the ids below it."""

    part: Part = "all"
    """`pinned`: pinned captures, including samples.
    `surveys`: captures that are not samples; with ids, those with these ids and any verdict.
    `not-verified`: those of surveys without a trusted capture. `no-survey`: those without a survey id."""
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
