"""The answers behind a summary page as spreadsheet tables: whole texts, one row per answer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TypeAlias

from inspector.base.clock import rfc3339
from inspector.base.visible import visible
from inspector.domain.event.event import created_ms
from inspector.domain.event.question import whole_text
from inspector.domain.mask.mask import DOTS, MaskedField, is_hidden_name
from inspector.domain.respondent.fact import Question
from inspector.domain.respondent.respondent import MAX_CAPTURES
from inspector.domain.respondent.respondent_history import RespondentHistory
from inspector.domain.statistics.survey_counts import CountRequest, ReadCapture, by_order, last_given, runs_of

Row: TypeAlias = Sequence[str | int | float]

CSV_BOM = "\ufeff"
"""Starts the file, because without it Excel decodes UTF-8 with the code page of the machine."""
MASKED_FIELDS = (
    "survey_id",
    "survey_name",
    "group_id",
    "user_id",
    "question_id",
    "question_text",
    "question_type",
    "response",
    "created_at",
)
"""The sender's names of the fields in a table that can be masked."""
ANSWER_COLUMNS = (
    *("received_at", "capture", "survey_id", "survey_name", "group_id", "user_id", "run"),
    *("question_id", "order", "question", "type", "answer", "created_at"),
)
HISTORY_COLUMNS = ("received_at", "capture", "event", "order", "question", "answer", "compared")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the same marks in full width, which Excel reads as formulas in some languages."""
_BLANK = " \u00a0\u3000\u200b\ufeff"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NOT_IN_A_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Spreadsheets cannot store these characters."""


def masked_columns(fields: Sequence[MaskedField]) -> frozenset[str]:
    """Return the fields of a table that the user's masked fields hide."""
    return frozenset(name for name in MASKED_FIELDS if is_hidden_name(fields, name))


def answer_rows(
    captures: Sequence[ReadCapture],
    wanted: CountRequest,
    *,
    hidden: Set[str] = frozenset(),
    question: Question | None = None,
) -> Iterator[Row]:
    """Yield the answers of one respondent that the summary counts, as `ANSWER_COLUMNS`.

    There is one row per question and run, by question number; the answer to a skipped question is empty.
    `question` selects one question. Values of the fields in `hidden` become dots. Respondents with more than
    `MAX_CAPTURES` captures have no rows, because the summary does not count their answers.
    """
    if len(captures) > MAX_CAPTURES:
        return
    for number, run in enumerate(runs_of(captures), 1):
        if not wanted.has(wanted.begun_ms(run)):
            continue
        for key, (item, seen) in sorted(last_given(run).items(), key=by_order):
            if question is not None and key != question:
                continue
            event = seen.event
            moment_ms = created_ms(item.created_at)
            yield (
                *(rfc3339(seen.received_ms), seen.capture_id),
                _masked(hidden, "survey_id", event.survey_id),
                _masked(hidden, "survey_name", event.survey_name),
                _masked(hidden, "group_id", event.group_id),
                _masked(hidden, "user_id", event.user_id),
                number,
                _masked(hidden, "question_id", item.question_id),
                "" if item.question_order is None else item.question_order,
                _masked(hidden, "question_text", item.question_text),
                _masked(hidden, "question_type", item.question_type),
                _masked(hidden, "response", whole_text(item.response)),
                _masked(hidden, "created_at", "" if moment_ms is None else rfc3339(moment_ms)),
            )


def history_rows(story: RespondentHistory, *, hidden: Set[str] = frozenset()) -> Iterator[Row]:
    """Yield every answer of a respondent by question, in order of arrival, as `HISTORY_COLUMNS`.

    `story` must have whole texts.
    """
    for question in story.questions:
        for said in question.history:
            yield (
                *(rfc3339(said.received_ms), said.capture_id, said.event_kind, question.entry.order),
                _masked(hidden, "question_text", question.entry.question),
                _masked(hidden, "response", said.whole),
                said.compared,
            )


def csv_text(rows: Iterable[Row]) -> str:
    """Return rows as CSV (RFC 4180) without formulas: text that looks like a formula gets a `'` in front."""
    target = io.StringIO()
    writer = csv.writer(target)
    for row in rows:
        writer.writerow([_cell(value) if isinstance(value, str) else value for value in row])
    return target.getvalue()


def _cell(text: str) -> str:
    text = _NOT_IN_A_CELL.sub(_escaped, text)
    is_formula = text.lstrip(_BLANK).startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def _escaped(match: re.Match[str]) -> str:
    return visible(match[0])


def _masked(hidden: Set[str], field: str, text: str | None) -> str:
    return DOTS if text and field in hidden else text or ""
