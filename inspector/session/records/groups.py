"""Surveys, groups, respondents and statistics as the JSON objects that scripts rely on."""

from __future__ import annotations

from typing import Any

from inspector.base.clock import rfc3339
from inspector.domain.capture.rows import RespondentRow, TreeRow
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.fact import Question
from inspector.domain.signature.verdict import COUNTED
from inspector.domain.statistics.scores import chart_kind, mean, median_seconds, nps, ranked, ratings
from inspector.domain.statistics.survey_counts import FreeText, QuestionTally
from inspector.session.groups import SurveyOverview
from inspector.session.summaries import Summary


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


def respondent_record(row: RespondentRow) -> dict[str, Any]:
    """Return a respondent as `respondents` prints it."""
    return {
        "survey_id": row.survey_id,
        "survey_name": row.survey_name,
        "group_id": row.group_id,
        "user_id": row.user_id,
        "capture": row.capture_id,
        "sample": row.is_sample,
        "state": row.state,
        "runs": row.runs,
        "complete": row.completed_runs,
        "answer_count": row.answers,
        "captures": row.captures,
        "trusted": row.trusted,
        "analysed": not row.is_counted_only,
        "marks": list(row.mark_words),
        "last_received_at": rfc3339(row.last_ms),
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


def statistics_record(scope: Scope, summary: Summary, *, examples: int) -> dict[str, Any]:
    """Return the statistics of a survey or group as `stats` prints them, with at most `examples` texts per
    question."""
    head, tally = summary.head, summary.tally
    spans = zip(map(rfc3339, summary.spans.edges), *summary.by_time(), strict=True)
    return {
        "survey_id": scope.survey_id,
        "survey_name": head.name,
        "part": scope.part,
        "group_id": scope.group_id,
        "captures": summary.captures,
        "verdicts": {word: getattr(head.mix, word) for word in COUNTED},
        "respondents": tally.respondents,
        "runs": sum(tally.runs.values()),
        "complete": tally.runs["complete"],
        "partial": tally.runs["partial"],
        "opened": tally.runs["opened"],
        "median_seconds": median_seconds(tally.seconds),
        "platforms": dict(tally.platforms.most_common()),
        "over_time": [{"from": start, "complete": done, "other": begun} for start, done, begun in spans],
        "questions": [_question(*one, examples) for one in tally.ordered()],
        "not_counted": {
            "answers_without_user": tally.loose,
            "large_captures": tally.unread,
            "large_respondents": tally.crowded,
            "more_questions": tally.lacks_questions,
        },
    }


def _question(question: Question, tally: QuestionTally, examples: int) -> dict[str, Any]:
    kind = chart_kind(tally)
    score = nps(ratings(tally)) if kind == "nps" else None
    middle = mean(ratings(tally)) if kind == "rating" else None
    return {
        "question_id": question[0],
        "order": tally.order,
        "type": tally.kind,
        "text": tally.text,
        "form": kind,
        "answered": tally.answered,
        "skipped": tally.skipped,
        "out_of_range": tally.odd,
        "nps": score
        and {
            "score": score.score,
            "promoters": score.promoters,
            "passives": score.passives,
            "detractors": score.detractors,
        },
        "mean": None if middle is None else round(middle, 3),
        "counts": [{"answer": one.option, "count": one.count} for one in ranked(tally)],
        "other_counts": tally.beyond,
        "texts": [_text(text) for text in tally.texts[:examples]],
        "texts_total": tally.written,
    }


def _text(text: FreeText) -> dict[str, Any]:
    return {
        "text": text.text,
        "more_characters": text.more,
        "group_id": text.group_id,
        "user_id": text.user_id,
        "capture": text.capture_id,
        "received_at": rfc3339(text.received_ms),
    }
