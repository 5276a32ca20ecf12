"""The columns of the list from left to right, with their widths and filters. Add new columns here."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from inspector.base.clock import now_ms
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query import Clock
from inspector.domain.query.terms import Span, narrowed, with_span
from inspector.gui.captures.line import CaptureLine, age_text
from inspector.gui.kit.badges import Badge

_MINUTE_MS = 60_000
PATHS = 6
"""The maximum number of columns from JSON paths of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `text` is also for screen readers, `tip` is the tooltip of a cell."""

    name: str
    title: str
    width: int
    """In px at 100 %. The answer gets the remaining width (see column_widths.py)."""
    text: Callable[[CaptureLine], str]
    looks: Callable[[CaptureLine], Hashable] | None = None
    """What the look of a cell depends on, if not only on its text."""
    tip: Callable[[CaptureLine], str] | None = None
    least: int | None = None
    """The smallest width if space is short, for a column that the user added. None if it never shrinks."""
    words: tuple[str, ...] = ()
    """Words that are never cut. The column grows if the font requires it."""
    around: int = 8
    """The width around the words in px: a gap, a glyph."""
    is_usual: bool = True
    """Whether it is shown by default."""
    is_fixed: bool = False
    """Whether it is always shown."""
    key: str | None = None
    """The key in the store to sort the list by."""
    is_descending: bool = True
    """The direction after the first click."""
    tone: str = "text2"
    """The colour of plain text."""
    place: int | None = None
    """The index of a column that is read from a JSON path."""
    term: Callable[[CaptureRow], str | None] | None = None
    """A function that returns the filter for captures with the same value, or None if there is no value."""

    def look_of(self, line: CaptureLine) -> Hashable:
        """Return what the look of a cell depends on. Cells with equal looks are drawn once."""
        return self.text(line) if self.looks is None else self.looks(line)


def _verdict(line: CaptureLine) -> str:
    word = line.badge.word if line.badge else ""
    return f"{word}, not diagnosed yet" if line.verdict_tip else word


def _answer_tip(line: CaptureLine) -> str:
    """The tags, too: in a narrow list they have no column."""
    return line.note or ", ".join((*line.tags, *([part.words for part in line.parts] or [line.answer])))


def _gutter(line: CaptureLine) -> str:
    parts = ["pinned"] if line.is_pinned else []
    if line.thread in ("folded", "open"):
        parts.append(f"thread, {line.thread}")
    return ", ".join((*parts, *((f"marked {line.color}",) if line.color else ())))


def _age(line: CaptureLine) -> str:
    return age_text(line.received_ms)


def _time(line: CaptureLine) -> str:
    """Return the prepared text, or the age, which is not prepared because it grows."""
    if line.time or not line.received_ms:
        return line.time
    age = age_text(line.received_ms)
    return age if age == "now" else f"{age} ago"


def _time_tip(line: CaptureLine) -> str:
    """Return the whole time, and what decided the response if it was not the usual one."""
    when = f"{line.time_tip}, {_age(line)} ago" if line.time_tip else ""
    return "\n".join(filter(None, (when, line.response_tip)))


def quoted(text: str) -> str:
    """Return a value as written in a query: in quotes unless it is a plain word."""
    if text and all(one.isalnum() or one in "-_./@" for one in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _term(field: str, attribute: str) -> Callable[[CaptureRow], str | None]:
    def term(row: CaptureRow) -> str | None:
        value = getattr(row, attribute)
        return f"{field}:{quoted(value)}" if value else None

    return term


def _minute(row: CaptureRow) -> str:
    minute = row.received_ms // _MINUTE_MS * _MINUTE_MS
    span = Span(since_ms=minute, before_ms=minute + _MINUTE_MS)
    return with_span("", span, Clock(now_ms=now_ms()))


def _status(row: CaptureRow) -> str | None:
    if not row.outcomes:
        return None  # no query finds unsent captures by their status
    return f"status:{'none' if row.last_status is None else row.last_status}"


def _path(place: int) -> Column:
    def text(line: CaptureLine) -> str:
        return line.values[place] if place < len(line.values) else ""

    return Column(
        name=f"path-{place + 1}",
        title="",
        width=110,
        text=text,
        tip=text,
        least=72,
        is_usual=False,
        key="path",
        tone="text",
        place=place,
    )


COLUMNS = (
    Column(
        name="gutter",
        title="",
        width=28,
        text=_gutter,
        looks=lambda line: (line.is_pinned, line.color, line.thread),
        tip=lambda line: _gutter(line).capitalize(),
        is_fixed=True,
    ),
    Column(
        name="time",
        title="Time",
        width=72,
        text=_time,
        tip=_time_tip,
        key="time",
        is_fixed=True,
        term=_minute,
    ),
    Column(
        name="age",
        title="Age",
        width=58,
        text=_age,
        is_usual=False,
        key="time",
        term=_minute,
    ),
    Column(
        name="verdict",
        title="Verdict",
        width=104,
        text=_verdict,
        looks=lambda line: line.badge and line.badge.word,
        tip=lambda line: line.verdict_tip or _verdict(line),
        key="verdict",
        is_descending=False,
        words=tuple(badge.word for badge in Badge),
        around=22,
        term=lambda row: f"verdict:{row.shown}",
    ),
    Column(
        name="event",
        title="Event",
        width=92,
        text=lambda line: line.event,
        looks=lambda line: (line.event, line.is_loud, line.is_unknown),
        words=("Completion", "Answer 00"),
        term=lambda row: f"event:{row.event}",
    ),
    Column(
        name="survey",
        title="Survey",
        width=164,
        text=lambda line: line.survey,
        tip=lambda line: line.survey,
        key="survey",
        is_descending=False,
        term=_term("survey", "survey_id"),
    ),
    Column(
        name="group",
        title="Group",
        width=86,
        text=lambda line: line.group,
        tip=lambda line: line.group,
        least=72,
        is_usual=False,
        term=_term("group", "group_id"),
    ),
    Column(
        name="respondent",
        title="Respondent",
        width=176,
        text=lambda line: line.respondent,
        tip=lambda line: line.respondent,
        term=_term("user", "user_id"),
    ),
    Column(
        name="platform",
        title="Platform",
        width=72,
        text=lambda line: line.platform,
        tip=lambda line: line.platform,
        is_usual=False,
        term=_term("platform", "platform"),
    ),
    Column(
        name="size",
        title="Size",
        width=64,
        text=lambda line: line.size,
        tip=lambda line: line.size_tip,
        is_usual=False,
        key="size",
        term=lambda row: f"size:{row.size}",
    ),
    Column(
        name="status",
        title="Status",
        width=116,
        text=lambda line: line.status,
        tip=lambda line: line.status_tip,
        is_usual=False,
        key="status",
        term=_status,
    ),
    Column(
        name="request",
        title="Request",
        width=120,
        text=lambda line: line.request,
        tip=lambda line: line.request,
        least=80,
        is_usual=False,
        term=lambda row: f"path:{quoted(row.target.decode('utf-8', 'replace'))}",
    ),
    Column(
        name="id",
        title="Id",
        width=64,
        text=lambda line: f"{line.id}",
        is_usual=False,
        key="time",
        term=lambda row: f"id:{row.id}",
    ),
    *(_path(place) for place in range(PATHS)),
    Column(
        name="tags",
        title="Tags",
        width=116,
        text=lambda line: ", ".join(line.tags),
        looks=lambda line: line.tags,
        tip=lambda line: ", ".join(line.tags),
    ),
    Column(
        name="answer",
        title="Answer",
        width=180,
        text=lambda line: line.answer,
        looks=lambda line: (line.tags, line.parts or line.answer, line.is_broken),
        tip=_answer_tip,
        is_fixed=True,
    ),
)
NUMBERS: Mapping[str, int] = {column.name: number for number, column in enumerate(COLUMNS)}
USUAL = frozenset(column.name for column in COLUMNS if column.is_usual)


def term_of(column: Column, row: CaptureRow, line: CaptureLine, path: str = "") -> str | None:
    """Return the filter for captures with the same value in a column, or None if there is none."""
    if column.place is not None:
        value = column.text(line)
        return f"{path}:{quoted(value)}" if value and path and ", " not in value else None
    return column.term(row) if column.term is not None else None


def with_term(text: str, term: str, *, is_included: bool) -> str:
    """Return a query narrowed by a term, or by its opposite."""
    if not is_included:
        term = f"-({term})" if " " in term and not term.endswith('"') else f"-{term}"
    return narrowed(text, term)
