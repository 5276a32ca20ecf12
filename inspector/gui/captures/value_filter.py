"""The value of a cell as a filter: what is listed by it, or left out."""

from __future__ import annotations

from inspector.base.clock import now_ms
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query import Clock
from inspector.domain.query.terms import Span, with_also, with_span
from inspector.gui.captures.line import CaptureLine

_MINUTE = 60_000


def term_of(column: str, row: CaptureRow, line: CaptureLine, path: str = "") -> str | None:
    """The filter that chooses what has the same in a column; null where it has nothing to filter by."""
    if column == "verdict":
        return f"verdict:{row.shown}"
    if column == "event":
        return f"event:{row.event}"
    if column in ("time", "age"):
        minute = row.received_ms // _MINUTE * _MINUTE
        span = Span(since_ms=minute, before_ms=minute + _MINUTE)
        return with_span("", span, Clock(now_ms=now_ms()))
    if column == "id":
        return f"id:{row.id}"
    if column == "size":
        return f"size:{row.size}"
    if column == "status" and not row.outcomes:
        return None  # no query finds captures that were never sent by their status
    if column == "status":
        return f"status:{'none' if row.last_status is None else row.last_status}"
    if column == "request":
        return f"path:{quoted(row.target.decode('utf-8', 'replace'))}"
    named = {
        "survey": ("survey", row.survey_id),
        "group": ("group", row.group_id),
        "respondent": ("user", row.user_id),
        "platform": ("platform", row.platform),
    }
    if column in named:
        field, value = named[column]
        return f"{field}:{quoted(value)}" if value else None
    if column.startswith("path-"):
        place = int(column.removeprefix("path-")) - 1
        value = line.values[place] if place < len(line.values) else ""
        return f"{path}:{quoted(value)}" if value and path and ", " not in value else None
    return None


def with_term(text: str, term: str, *, is_wanted: bool) -> str:
    """A query narrowed by a term, or by what it does not choose."""
    if not is_wanted:
        term = f"-({term})" if " " in term and not term.endswith('"') else f"-{term}"
    return with_also(text, term)


def quoted(text: str) -> str:
    """A value as a query names it: in quotes where it is no plain word."""
    if text and all(one.isalnum() or one in "-_./@" for one in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
