"""Respondents as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.streams import Painter, Style
from inspector.cli.output.text_table import TextColumn, TextTable
from inspector.domain.capture.rows import Mark, RespondentRow
from inspector.domain.query.scope import Scope

_MAX_NAME = 200
_STYLES: Mapping[Mark | None, Style] = {"complete": "valid", "opened": "faint", None: "faint"}
_STATE = 1
_RESPONDENT = TextColumn(heading="respondent", least=12, most=28, importance=9)
_FACTS = (
    TextColumn(heading="state", least=8, most=8, importance=8),
    TextColumn(heading="answers", least=7, most=7, importance=5, is_number=True),
    TextColumn(heading="runs", least=4, most=4, importance=3, is_number=True),
    TextColumn(heading="last capture", least=12, most=12, importance=6),
)
_GROUP = TextColumn(heading="group", least=12, most=18, importance=1)
_SURVEY = TextColumn(heading="survey", least=12, most=24, importance=2)
_MARKS = TextColumn(heading="marks", least=14, most=24, importance=7)


class RespondentLines:
    """Formats respondents, one per line, below a heading. Columns that `scope` fixes are left out."""

    def __init__(self, out: Painter, scope: Scope | None, sample: Sequence[RespondentRow]) -> None:
        """Create a formatter with columns as wide as the rows of `sample` need."""
        has_group = scope is None or scope.group_id is None
        has_survey = scope is None
        places = [*([_GROUP] if has_group else []), *([_SURVEY] if has_survey else [])]
        self._has_group, self._has_survey = has_group, has_survey
        columns = (_RESPONDENT, *_FACTS, *places, _MARKS)
        self._table = TextTable(out, columns, sample=map(self._cells, sample))

    def heading(self) -> str:
        """Return the names of the columns."""
        return self._table.heading()

    def line(self, row: RespondentRow) -> str:
        """Return one respondent. Names and ids are escaped."""
        style = _STYLES.get(row.state)
        return self._table.line(self._cells(row), {_STATE: style} if style is not None else {})

    def _cells(self, row: RespondentRow) -> list[str]:
        return [
            _name(row),
            row.state or NOTHING,
            f"{row.answers:,}",
            f"{row.runs:,}",
            short_time(row.last_ms),
            *([_text(row.group_id) or "No group"] if self._has_group else []),
            *([_text(row.survey_name or row.survey_id)] if self._has_survey else []),
            " ".join(f"[{tag}]" for tag in _tags(row)),
        ]


def _name(row: RespondentRow) -> str:
    if row.user_id is not None:
        return _text(row.user_id)
    return "Anonymous" if row.capture_id is None else f"Anonymous ({row.capture_id})"


def _tags(row: RespondentRow) -> list[str]:
    tags = ["sample"] if row.is_sample else []
    tags += [] if row.trusted else ["not verified"]
    tags += ["over 500 captures"] if row.is_counted_only else []
    return [*tags, *row.mark_words]


def _text(text: str) -> str:
    return visible(shortened(text, _MAX_NAME))
