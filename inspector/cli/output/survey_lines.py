"""Surveys with their groups as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.columns import cut, display_width
from inspector.cli.output.streams import Painter
from inspector.cli.output.text_table import TextColumn, TextTable
from inspector.domain.capture.rows import TreeRow, VerdictTotals
from inspector.domain.query.scope import Part
from inspector.domain.signature.verdict import COUNTED
from inspector.session.groups import SurveyOverview

_INDENT = 2
_MAX_NAME = 200
_PART_TAGS: Mapping[Part, str] = {"samples": "  [sample]", "not-verified": "  [not verified]"}
_MAX_GROUP = 36
_COLUMNS = (
    TextColumn(heading="group", least=12, most=10, importance=5),
    TextColumn(heading="complete", least=8, most=8, importance=4),
    TextColumn(heading="last capture", least=12, most=12, importance=2),
    TextColumn(heading="captures", least=16, most=40, importance=3),
)


class SurveyLines:
    """Formats surveys: the name and the id, then one line per group, and a total if there are several."""

    def __init__(self, out: Painter, overviews: Sequence[SurveyOverview]) -> None:
        """Create a formatter with columns as wide as the groups of `overviews` need."""
        self._out = out
        rows = [row for one in overviews for row in (one.row, *one.groups)]
        group, complete, *others = _COLUMNS
        longest = max((display_width(_name(row.group_id or "")) for row in rows), default=0)
        group = replace(group, most=min(_MAX_GROUP, max(group.most, longest)))
        complete = replace(complete, most=max(complete.most, *(len(_complete(row)) for row in rows)))
        self._table = TextTable(out, (group, complete, *others), indent=_INDENT)

    def heading(self) -> str:
        """Return the names of the columns."""
        return self._table.heading()

    def lines(self, overview: SurveyOverview) -> Iterator[str]:
        """Yield the lines of a survey. Names and ids are escaped."""
        yield self._title(overview)
        for row in overview.groups:
            yield self._line(_name(row.group_id or "") or "No group", row)
        if overview.more:
            yield " " * _INDENT + f"{overview.more:,} more"
        if len(overview.groups) + overview.more > 1:
            yield self._line("All groups", overview.row)

    def _title(self, overview: SurveyOverview) -> str:
        row, tag = overview.row, _PART_TAGS.get(overview.part, "")
        id_ = f"  {_name(row.survey_id)}" if row.name else ""
        name = _name(row.name or row.survey_id)
        if self._out.width is not None:
            room = max(4, self._out.width - len(tag))
            id_ = cut(id_, room // 2)
            name = cut(name, room - display_width(id_))
        return f"{self._out.paint(name, 'strong')}{self._out.paint(id_, 'faint')}{tag}"

    def _line(self, name: str, row: TreeRow) -> str:
        return self._table.line((name, _complete(row), short_time(row.last_ms), mix_text(row.mix)))


def mix_text(totals: VerdictTotals) -> str:
    """Return the captures per verdict: `12 valid, 3 invalid`."""
    counts = ((getattr(totals, word), word) for word in COUNTED)
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def _complete(row: TreeRow) -> str:
    return f"{row.completed_runs:,} of {row.runs:,}" if row.runs else NOTHING


def _name(text: str) -> str:
    return visible(shortened(text, _MAX_NAME))
