"""Surveys, groups, respondents and statistics as the JSON objects that scripts rely on."""

from __future__ import annotations

from typing import Any

from inspector.base.clock import rfc3339
from inspector.domain.capture.rows import TreeRow
from inspector.domain.signature.verdict import COUNTED
from inspector.session.groups import SurveyOverview


def survey_record(overview: SurveyOverview) -> dict[str, Any]:
    """Return a survey with its groups as `surveys` prints it."""
    return {
        "survey_id": overview.row.survey_id,
        "survey_name": overview.row.name,
        "part": overview.part,
        **_counts(overview.row),
        "groups": [{"group_id": row.group_id, **_counts(row)} for row in overview.groups],
        "more_groups": overview.more,
    }


def _counts(row: TreeRow) -> dict[str, Any]:
    return {
        "captures": row.mix.total,
        "trusted": row.captures,
        "verdicts": {word: getattr(row.mix, word) for word in COUNTED},
        "respondents": row.users,
        "runs": row.runs,
        "complete": row.completed_runs,
        "partial": row.runs - row.completed_runs,
        "last_received_at": rfc3339(row.last_ms),
    }
