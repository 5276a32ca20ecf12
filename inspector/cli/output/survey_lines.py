"""Surveys with their groups as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.columns import cut, display_width
from inspector.cli.output.streams import Painter
from inspector.cli.output.text_table import TextColumn, TextTable
from inspector.domain.capture.rows import TreeRow
from inspector.domain.query.scope import Part
from inspector.session.groups import SurveyOverview

_INDENT = 2
_MAX_NAME = 200
_ALL = "All groups"
_MIN_WITH_ID = 30
"""Columns for a name, below which its id is hidden."""
_PART_TAGS: Mapping[Part, str] = {"samples": "  [sample]", "not-verified": "  [not verified]"}
_COLUMNS = (
    TextColumn(heading="group", least=12, most=36, importance=5),
    TextColumn(heading="complete", least=8, most=24, importance=4, is_number=True),
    TextColumn(heading="last capture", least=12, most=12, importance=2),
    TextColumn(heading="captures", least=16, most=40, importance=3),
)


class SurveyLines:
    """Formats surveys: the name and the id, then one line per group, and a total if there are several."""

    def __init__(self, out: Painter, overviews: Sequence[SurveyOverview]) -> None:
        """Create a formatter with columns as wide as the groups of `overviews` need."""
        self._out = out
        totals = [_cells(_ALL, one.row) for one in overviews]
        groups = [_cells(_group(row), row) for one in overviews for row in one.groups]
        sample = (*totals, *groups)
        self._table = TextTable(out, _COLUMNS, sample=sample, indent=_INDENT)

    def heading(self) -> str:
        """Return the names of the columns."""
        return self._table.heading()

    def lines(self, overview: SurveyOverview) -> Iterator[str]:
        """Yield the lines of a survey. Names and ids are escaped."""
        yield self._title(overview)
        for row in overview.groups:
            yield self._table.line(_cells(_group(row), row))
        if overview.more:
            yield " " * _INDENT + f"{overview.more:,} more"
        if len(overview.groups) + overview.more > 1:
            yield self._table.line(_cells(_ALL, overview.row))

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


def _name(text: str) -> str:
    return visible(shortened(text, _MAX_NAME))
