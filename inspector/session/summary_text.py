"""The key numbers of a summary, and sentences about what it does not count."""

from __future__ import annotations

from inspector.domain.statistics.scores import (
    Nps,
    chart_kind,
    duration_text,
    floored,
    median_seconds,
    nps,
    ratings,
    share_text,
)
from inspector.domain.statistics.survey_counts import MAX_QUESTIONS
from inspector.session.summaries import Summary

_CROWDED = "respondent{} with over 500 captures {} answers that are"


def key_numbers(summary: Summary) -> list[tuple[str, str]]:
    """Return the key numbers, each with its noun: `("+34", "NPS")`, `("322", "respondents")`."""
    tally, mix = summary.tally, summary.head.mix
    pairs = []
    score = first_nps(summary)
    if score is not None and score.total:
        pairs.append((score.text, "NPS"))
    for count, noun in ((tally.respondents, "respondent"), (summary.captures, "capture")):
        pairs.append((f"{count:,}", noun if count == 1 else f"{noun}s"))
    if (middle := median_seconds(tally.seconds)) is not None:
        pairs.append((duration_text(middle), "median to finish"))
    if mix.total:
        part = (mix.valid + mix.rewritten) / mix.total
        words = f"valid, {mix.rewritten:,} rewritten" if mix.rewritten else "valid"
        pairs.append((share_text(part) if part in (0, 1) else f"{floored(part):.1f} %", words))
    return pairs


def first_nps(summary: Summary) -> Nps | None:
    """Return the score of the first question that asks for one."""
    return next(
        (nps(ratings(tally)) for _, tally in summary.tally.ordered() if chart_kind(tally) == "nps"), None
    )


def notes(summary: Summary) -> list[str]:
    """Return sentences about what the counts exclude."""
    tally = summary.tally
    found = []
    for count, one, many in (
        (tally.loose, "answer without a user is", "answers without a user are"),
        (tally.unread, "capture over 64 KiB is", "captures over 64 KiB are"),
        (tally.crowded, _CROWDED.format("", "has"), _CROWDED.format("s", "have")),
    ):
        if count:
            found.append(f"{count:,} {one if count == 1 else many} not counted.")
    if tally.lacks_questions:
        found.append(f"Only the first {MAX_QUESTIONS} questions are counted.")
    return found
