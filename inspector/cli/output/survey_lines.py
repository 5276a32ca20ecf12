"""Surveys with their groups, and respondents, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.cli.output.alignment import cut, display_width
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.streams import Painter, Style
from inspector.cli.output.tables import TextColumn, TextTable
from inspector.domain.capture.rows import Mark, RespondentRow, TreeRow
from inspector.domain.query.scope import Part, Scope
from inspector.session.groups import SurveyOverview

_INDENT = 2
_MAX_NAME = 200
_ALL = "All groups"
_MIN_WITH_ID = 30
"""Columns for a name, below which its id is hidden."""
_PART_TAGS: Mapping[Part, str] = {"samples": "  [sample]", "not-verified": "  [not verified]"}
_SURVEY_COLUMNS = (
    TextColumn(heading="group", least=12, most=36, importance=5),
    TextColumn(heading="complete", least=8, most=24, importance=4, is_number=True),
    TextColumn(heading="last capture", least=12, most=12, importance=2),
    TextColumn(heading="captures", least=16, most=40, importance=3),
)
_STYLES: Mapping[Mark | None, Style] = {"complete": "valid", "opened": "faint", None: "faint"}
_STATE = 1
"""The place of the column that is painted."""
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


class SurveyLines:
    """Formats surveys: the name and the id, then one line per group, and a total if there are several."""

    def __init__(self, out: Painter, overviews: Sequence[SurveyOverview]) -> None:
        """Create a formatter with columns as wide as the groups of `overviews` need."""
        self._out = out
        totals = [_cells(_ALL, one.row) for one in overviews]
        groups = [_cells(_group(row), row) for one in overviews for row in one.groups]
        sample = (*totals, *groups)
        self._table = TextTable(out, _SURVEY_COLUMNS, sample=sample, indent=_INDENT)

    def heading(self) -> str:
        """Return the names of the columns."""
        return self._table.heading()

    def lines(self, overview: SurveyOverview) -> Iterator[str]:
        """Yield the lines of a survey. Names and ids are escaped."""
        yield self._title(overview)
        for row in overview.groups:
            yield from self._table.lines(_cells(_group(row), row))
        if overview.more:
            yield " " * _INDENT + f"{overview.more:,} more"
        if len(overview.groups) + overview.more > 1:
            yield from self._table.lines(_cells(_ALL, overview.row))

    def _title(self, overview: SurveyOverview) -> str:
        row, tag = overview.row, _PART_TAGS.get(overview.part, "")
        id_ = f"  {_name(row.survey_id)}" if row.name else ""
        name = _name(row.name or row.survey_id)
        if self._out.width is not None:
            room = max(4, self._out.width - len(tag))
            id_ = cut(id_, room // 2) if room >= _MIN_WITH_ID else ""
            name = cut(name, room - display_width(id_))
        return f"{self._out.paint(name, 'strong')}{self._out.paint(id_, 'faint')}{tag}"


def _cells(name: str, row: TreeRow) -> tuple[str, ...]:
    complete = f"{row.completed_runs:,} of {row.runs:,}" if row.runs else NOTHING
    return name, complete, short_time(row.last_ms), row.mix.in_words


def _group(row: TreeRow) -> str:
    return _name(row.group_id or "") or "No group"


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
            _respondent_name(row),
            row.state or NOTHING,
            f"{row.answers:,}",
            f"{row.runs:,}",
            short_time(row.last_ms),
            *([_name(row.group_id) or "No group"] if self._has_group else []),
            *([_name(row.survey_name or row.survey_id)] if self._has_survey else []),
            " ".join(f"[{tag}]" for tag in _tags(row)),
        ]


def _respondent_name(row: RespondentRow) -> str:
    if row.user_id is not None:
        return _name(row.user_id)
    return "Anonymous" if row.capture_id is None else f"Anonymous ({row.capture_id})"


def _tags(row: RespondentRow) -> list[str]:
    tags = ["sample"] if row.is_sample else []
    tags += [] if row.trusted else ["not verified"]
    tags += ["over 500 captures"] if row.is_counted_only else []
    return [*tags, *row.mark_words]


def _name(text: str) -> str:
    return visible(shortened(text, _MAX_NAME))
