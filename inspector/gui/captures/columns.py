"""The columns of the list, from left to right: the one place to add one to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass

from inspector.base.clock import now_ms
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query import Clock
from inspector.domain.query.terms import Span, with_also, with_span
from inspector.gui.captures.line import CaptureLine, age_text
from inspector.gui.kit.badges import Badge

PATHS = 6
"""How many columns can be taken from a JSON path of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `text` is what a screen reader says of a cell, `tip` what a tool tip adds."""

    name: str
    title: str
    width: int
    """At 100 %; the last column takes what remains."""
    text: Callable[[CaptureLine], str]
    looks: Callable[[CaptureLine], Hashable]
    """What its picture is made of: cells that are equal in it look the same and are drawn once."""
    tip: Callable[[CaptureLine], str] | None = None
    least: int | None = None
    """How narrow it may become where there is too little room; null for never."""
    leaves: int | None = None
    """Its turn to be left out where narrowing is not enough; null for never."""
    words: tuple[str, ...] = ()
    """What it shows whole in whatever font: it is wider than its width where that takes it."""
    around: int = 8
    """What else stands beside its words: a gap, a glyph."""
    is_usual: bool = True
    """It is shown unless its user chose otherwise."""
    is_fixed: bool = False
    """It is always shown."""
    key: str | None = None
    """What the list can be put in the order of by it, as the store calls it."""
    is_descending: bool = True
    """Which way the order goes at first."""
    tone: str = "text2"
    """Of a text that is drawn plainly."""
    place: int | None = None
    """Of a column that is taken from a JSON path: which of them."""


def _verdict(line: CaptureLine) -> str:
    word = line.badge.word if line.badge else ""
    return f"{word}, not examined yet" if line.verdict_tip else word


def _answer(line: CaptureLine) -> str:
    return ", ".join((*line.tags, line.answer))


def _gutter(line: CaptureLine) -> str:
    parts = ["pinned"] if line.is_pinned else []
    return ", ".join((*parts, *((f"marked {line.color}",) if line.color else ())))


def _age(line: CaptureLine) -> str:
    return age_text(line.received_ms)


def _path(place: int) -> Column:
    def text(line: CaptureLine) -> str:
        return line.values[place] if place < len(line.values) else ""

    return Column(
        name=f"path-{place + 1}",
        title="",
        width=110,
        text=text,
        looks=text,
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
        looks=lambda line: (line.is_pinned, line.color),
        tip=lambda line: _gutter(line).capitalize(),
        is_fixed=True,
    ),
    Column(
        name="time",
        title="Time",
        width=102,
        text=lambda line: line.time,
        looks=lambda line: line.time,
        tip=lambda line: f"{line.time_tip}, {_age(line)} ago" if line.time_tip else "",
        key="time",
        is_fixed=True,
    ),
    Column(name="age", title="Age", width=58, text=_age, looks=_age, is_usual=False, key="time"),
    Column(
        name="verdict",
        title="Verdict",
        width=102,
        text=_verdict,
        looks=lambda line: line.badge and line.badge.word,
        tip=lambda line: line.verdict_tip,
        key="verdict",
        is_descending=False,
        words=tuple(badge.word for badge in Badge),
        around=22,
    ),
    Column(
        name="event",
        title="Event",
        width=88,
        text=lambda line: line.event,
        looks=lambda line: (line.event, line.is_loud, line.is_unknown),
        words=("Completion", "Answer 00"),
        leaves=3,
    ),
    Column(
        name="survey",
        title="Survey",
        width=160,
        text=lambda line: line.survey,
        looks=lambda line: line.survey,
        tip=lambda line: line.survey,
        least=70,
        leaves=1,
        key="survey",
        is_descending=False,
    ),
    Column(
        name="group",
        title="Group",
        width=86,
        text=lambda line: line.group,
        looks=lambda line: line.group,
        tip=lambda line: line.group,
        least=72,
        is_usual=False,
    ),
    Column(
        name="respondent",
        title="Respondent",
        width=86,
        text=lambda line: line.respondent,
        looks=lambda line: line.respondent,
        tip=lambda line: line.respondent,
        least=80,
        leaves=2,
    ),
    Column(
        name="platform",
        title="Platform",
        width=72,
        text=lambda line: line.platform,
        looks=lambda line: line.platform,
        tip=lambda line: line.platform,
        is_usual=False,
    ),
    Column(
        name="size",
        title="Size",
        width=64,
        text=lambda line: line.size,
        looks=lambda line: line.size,
        tip=lambda line: line.size_tip,
        is_usual=False,
        key="size",
    ),
    Column(
        name="status",
        title="Status",
        width=116,
        text=lambda line: line.status,
        looks=lambda line: line.status,
        tip=lambda line: line.status_tip,
        is_usual=False,
        key="status",
    ),
    Column(
        name="request",
        title="Request",
        width=120,
        text=lambda line: line.request,
        looks=lambda line: line.request,
        tip=lambda line: line.request,
        least=80,
        is_usual=False,
    ),
    Column(
        name="id",
        title="Id",
        width=64,
        text=lambda line: f"{line.id}",
        looks=lambda line: line.id,
        is_usual=False,
        key="time",
    ),
    *(_path(place) for place in range(PATHS)),
    Column(
        name="answer",
        title="Answer",
        width=118,
        text=_answer,
        looks=lambda line: (line.tags, line.answer, line.is_broken),
        tip=lambda line: line.note or _answer(line),
        least=84,
        is_fixed=True,
    ),
)
NUMBERS: Mapping[str, int] = {column.name: number for number, column in enumerate(COLUMNS)}
USUAL = frozenset(column.name for column in COLUMNS if column.is_usual)


def declared(column: Column) -> float:
    """The width that a column is declared with."""
    return column.width


def widths(
    room: float, chosen: Collection[str] = USUAL, wanted: Callable[[Column], float] = declared
) -> Mapping[int, float]:
    """The widths of the chosen columns that are shown in `room`, at 100 %, by their numbers.

    Of the usual ones all become narrow, then they are left out one after the other; the answer keeps its
    width. For what its user added none is left out and none becomes useless: where all are as narrow as
    they may be, the answer too, they take more than there is, and the list is scrolled sideways.
    """
    shown = {
        number: column for number, column in enumerate(COLUMNS) if column.is_fixed or column.name in chosen
    }
    usual = {number: column for number, column in shown.items() if column.is_usual}
    leaving = sorted((column.leaves, number) for number, column in usual.items() if column.leaves)
    while _lacking(_narrowed(room, usual, wanted, has_answer_whole=True), room) > 0 and leaving:
        number = leaving.pop(0)[1]
        del usual[number], shown[number]
    return _narrowed(room, shown, wanted, has_answer_whole=len(usual) == len(shown))


def _narrowed(
    room: float,
    shown: Mapping[int, Column],
    wanted: Callable[[Column], float],
    *,
    has_answer_whole: bool,
) -> dict[int, float]:
    given = {number: wanted(column) for number, column in shown.items()}
    for number, column in shown.items():
        if column.least is not None and not (has_answer_whole and column.name == "answer"):
            given[number] -= max(min(_lacking(given, room), given[number] - column.least), 0)
    return given


def _lacking(given: Mapping[int, float], room: float) -> float:
    return sum(given.values()) - room


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
