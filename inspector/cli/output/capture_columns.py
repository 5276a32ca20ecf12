"""The columns of a list of captures, one entry each, and their widths in a terminal.

To add a column, add an entry to `COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from inspector.base.errors import UsageError, did_you_mean
from inspector.base.visible import visible, visible_bytes
from inspector.cli.output.alignment import cut, display_width, fit, middle_cut, pad
from inspector.cli.output.streams import Style
from inspector.cli.parser import Parser
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.signature.causes import WORDS
from inspector.domain.signature.verdict import ShownVerdict

NOTHING = "–"
MIN_ANSWER = 20
"""Columns that the answer keeps before other columns give way."""
_MARKS_ROOM = 8
"""Columns that every row keeps for its marks, enough for ` [again]`."""
_MARKS_HIGH = 24
"""Columns for marks before other columns."""
_MAX_REASON_ROOM = 40
_NARROW = 100
"""Below this width, one space separates columns, otherwise two."""
_FIRST_TEXT = 3
"""The lowest `drop` of a column that gives way for one row."""
_EVENT = 10
_MAX_TARGET = 120
"""Maximum characters of a target that are shown: a sender can send 64 KiB, which must not fill a log."""
_MIN_AFTER_REASON = 8
"""Columns for ` · ` and the beginning of an answer."""
_MAX_REASON = 120
_MAX_NOTE = 40
_REMEMBERED = 1_000
"""Texts of surveys and respondents that are remembered, because the same ones arrive again and again."""
_BADGES: Mapping[ShownVerdict, str] = {
    "valid": "✓ Valid",
    "bytes-only": "✓ Bytes only",
    "rewritten": "≈ Rewritten",
    "invalid": "✗ Invalid",
    "unsigned": "- Unsigned",
    "unchecked": "? Unchecked",
}
"""The signs differ in shape, not only in colour."""
_STYLES: Mapping[ShownVerdict, Style] = {
    "valid": "valid",
    "bytes-only": "rewritten",
    "rewritten": "rewritten",
    "invalid": "invalid",
    "unsigned": "unsigned",
    "unchecked": "unchecked",
}
_UNCHECKED: Mapping[str, str] = {
    "no-secret": "no secret",
    "pending": "not evaluated yet",
    "masked": "masked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureColumn:
    """One column of a list of captures."""

    name: str
    """Its name in `--columns`, and its heading."""
    low: int
    """The least width before it is dropped. Most texts can be cut to it."""
    high: int
    """The greatest width."""
    drop: int
    """The higher, the earlier it gives way. 0: never."""
    cell: Callable[[CaptureRow], str]
    """Returns the text, safe to print; empty if the capture has no such value."""
    is_right: bool = False
    """Whether it is aligned to the right."""
    is_id: bool = False
    """Whether an e-mail address in it is cut in the middle."""
    is_listed: bool = False
    """Whether a list has it without `--columns`."""


def verdict_badge(shown: ShownVerdict) -> str:
    """Return a verdict's sign and word: `✗ Invalid`."""
    return _BADGES[shown]


def verdict_style(shown: ShownVerdict) -> Style:
    """Return the colour of a verdict."""
    return _STYLES[shown]


@lru_cache(maxsize=_REMEMBERED)
def _text(text: str | None) -> str:
    return visible(text[:_MAX_TARGET]) if text else ""


def _event(row: CaptureRow) -> str:
    if row.kind == "refused":
        return "Refused"
    if row.event == "response_group":
        return "Completion"
    if row.event == "answer":
        return "Answer" if row.question_order is None else cut(f"Answer {row.question_order}", _EVENT)
    return "Unknown"


def _request(row: CaptureRow) -> str:
    target = visible_bytes(row.target[: 4 * _MAX_TARGET])  # a character takes up to four bytes
    return f"{cut(visible(row.method), _EVENT)} {cut(target, _MAX_TARGET)}" if row.method else ""


def _unused(row: CaptureRow) -> str:
    raise NotImplementedError  # `CaptureLines` prints these columns, which depend on more than the row


def in_line(columns: Sequence[CaptureColumn]) -> list[CaptureColumn]:
    """Return columns whose marks have a fixed width, unless they are the last."""
    return [
        replace(column, low=_MARKS_ROOM, high=_MARKS_HIGH, drop=1) if column.name == MARKS else column
        for column in columns[:-1]
    ] + [columns[-1]]


TIME, VERDICT, ANSWER, MARKS = "time", "verdict", "answer", "marks"
COLUMNS: Mapping[str, CaptureColumn] = {
    column.name: column
    for column in (
        CaptureColumn(
            name="id", low=3, high=19, drop=0, cell=lambda row: str(row.id), is_right=True, is_listed=True
        ),
        CaptureColumn(name=TIME, low=8, high=19, drop=1, cell=_unused, is_listed=True),
        CaptureColumn(
            name=VERDICT, low=9, high=12, drop=0, cell=lambda row: verdict_badge(row.shown), is_listed=True
        ),
        CaptureColumn(name="event", low=_EVENT, high=_EVENT, drop=2, cell=_event, is_listed=True),
        CaptureColumn(
            name="survey",
            low=12,
            high=24,
            drop=9,
            cell=lambda row: _text(row.survey_name or row.survey_id),
            is_listed=True,
        ),
        CaptureColumn(name="group", low=8, high=18, drop=8, cell=lambda row: _text(row.group_id)),
        CaptureColumn(
            name="respondent",
            low=8,
            high=18,
            drop=3,
            cell=lambda row: _text(row.user_id),
            is_id=True,
            is_listed=True,
        ),
        CaptureColumn(name="platform", low=8, high=10, drop=7, cell=lambda row: _text(row.platform)),
        CaptureColumn(name="request", low=12, high=32, drop=6, cell=_request),
        CaptureColumn(name="bytes", low=5, high=10, drop=5, cell=lambda row: f"{row.size:,}", is_right=True),
        CaptureColumn(
            name="responded", low=9, high=9, drop=4, cell=lambda row: str(row.answered or ""), is_right=True
        ),
        CaptureColumn(name=ANSWER, low=MIN_ANSWER, high=0, drop=0, cell=_unused, is_listed=True),
        CaptureColumn(name=MARKS, low=0, high=0, drop=0, cell=_unused, is_listed=True),
    )
}
"""The columns of a list, in their usual order."""


def add_columns(parser: Parser) -> None:
    """Add `--columns` and `--no-header`."""
    parser.add_argument(
        "--columns",
        metavar="NAME,NAME",
        type=read_columns,
        default=(),
        help=f"columns to print: {', '.join(COLUMNS)}",
    )
    parser.add_argument("--no-header", action="store_true", help="omit the header line")


def read_columns(text: str) -> tuple[CaptureColumn, ...]:
    """Read `--columns`: names with commas. Raises UsageError for an unknown name."""
    names = [name.strip().lower() for name in text.split(",")]
    for name in names:
        if name not in COLUMNS:
            raise UsageError(
                f"Invalid column '{visible(name[:40])}' in --columns.{did_you_mean(name, COLUMNS)}"
                f" Use {', '.join(COLUMNS)}."
            )
    return tuple(COLUMNS[name] for name in dict.fromkeys(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of a list with their widths."""

    columns: Sequence[CaptureColumn]
    width: int | None
    """Columns of the terminal; None without one. Nothing is cut then."""
    fixed: Mapping[str, int]
    """The widths of columns that depend on the rows: time and id."""

    @property
    def gap(self) -> int:
        """The number of spaces between columns."""
        return 1 if self.width is not None and self.width < _NARROW else 2

    @property
    def has_answer(self) -> bool:
        return any(column.name == ANSWER for column in self.columns)

    @property
    def has_last_marks(self) -> bool:
        """Whether each row ends with its marks, in as many columns as they need."""
        return self.columns[-1].name == MARKS

    def widths(self) -> dict[str, int]:
        """Return the width of each column that has one, 0 for a dropped one."""
        sized = [column for column in self.columns if column.high]
        high = {column.name: self.fixed.get(column.name, column.high) for column in sized}
        if self.width is None:
            return high
        found = {column.name: self.fixed.get(column.name, column.low) for column in sized}
        room = self.width - self._usual
        by_importance = sorted(sized, key=lambda column: column.drop)
        for column in reversed(by_importance):
            if column.drop and self._total(found) > room:
                found[column.name] = 0
        for column in by_importance:
            if found[column.name]:
                spare = max(0, room - self._total(found))
                found[column.name] = min(high[column.name], found[column.name] + spare)
        return found

    def widths_of_row(self, usual: Mapping[str, int], needed: int, empty: Collection[str]) -> dict[str, int]:
        """Return the widths for a row that needs more columns for its answer and marks.

        Columns without a value give way first, then texts; never id, time, verdict and event.
        """
        found = dict(usual)
        texts = sorted((one for one in self.columns if one.drop >= _FIRST_TEXT), key=lambda one: -one.drop)
        steps = [(one, 0) for one in texts if one.name in empty]
        steps += [(one, one.low) for one in texts] + [(one, 0) for one in texts]
        for column, least in steps:
            missing = needed - self.room(found)
            width = found[column.name]
            if missing <= 0 or width <= least:
                continue
            found[column.name] = max(least, width - missing) if least else 0
        return found

    def room(self, widths: Mapping[str, int]) -> int:
        """Return the columns that remain for answer and marks."""
        assert self.width is not None
        return max(0, self.width - self._total(widths))

    @property
    def _usual(self) -> int:
        """Return the columns that each row keeps for answer and marks."""
        assert self.width is not None
        if not self.has_answer:
            return 0
        return min(MIN_ANSWER + _MARKS_ROOM, max(5, self.width * 7 // 20))

    def _total(self, widths: Mapping[str, int]) -> int:
        gap = self.gap
        return sum([width + gap for width in widths.values() if width])


def fitting(column: CaptureColumn, *, is_whole: bool) -> Callable[[str, int], str]:
    """Return what makes a cell of a text that is not empty: exactly as wide as its column. A number is never
    cut, and marks are not if `is_whole`."""
    if column.is_right:
        return str.rjust
    if column.name == MARKS and is_whole:
        return pad
    return _fit_id if column.is_id else _fit


_fit = lru_cache(maxsize=_REMEMBERED)(fit)


@lru_cache(maxsize=_REMEMBERED)
def _fit_id(text: str, width: int) -> str:
    return pad(middle_cut(text, width) if "@" in text else cut(text, width), width)


def answer_text(row: CaptureRow) -> str:
    """Return the answers of a capture; for an unknown event, its request and the beginning of its body."""
    answers = visible(row.summary)
    if row.event == "unknown" and (request := _request(row)):
        answers = f"{request} {answers}".rstrip()
    return answers


def answer_with_reason(answer: str, reason: str | None, room: int | None) -> str:
    """Return the reason and the answer in at most `room` columns: the reason alone if it fills them."""
    if reason is None:
        text = answer
    else:
        reason = cut(reason, _MAX_REASON)
        is_full = room is not None and room < display_width(reason) + _MIN_AFTER_REASON
        text = reason if is_full or not answer else f"{reason} · {answer}"
    return text if room is None else cut(text, room) if room > 1 else ""


def needed_room(answer: str, reason: str | None, marks: str) -> int:
    """Return the columns that a row needs: its marks, and its reason or the beginning of its answer."""
    least = MIN_ANSWER if reason is None else min(_MAX_REASON_ROOM, display_width(reason))
    answer_width = display_width(answer) if reason is None else least
    return min(least, answer_width) + (display_width(marks) + 1 if marks else 0)


def reason_text(row: CaptureRow, reason: str | None) -> str | None:
    """Return why a capture was refused or is invalid in a few words; None for any other.

    `reason` is what `Captures.reasons` returned: a sentence, or the codes of findings joined by ` + `.
    """
    if row.kind == "refused":
        return visible(f"{row.answered or ''} {reason or ''}".strip()) or None
    if row.verdict.word != "invalid":
        return None
    if reason is None:
        return None if row.is_examined else "not diagnosed yet"
    if reason == "unexplained":
        return "no cause found"
    return ", ".join(WORDS.get(code, visible(code)).removeprefix("the ") for code in reason.split(" + "))


def _response_mark(row: CaptureRow, *, is_whole: bool) -> str | None:
    """Return an unusual response of this program, and with `is_whole` what decided it."""
    if row.answered == 200 and row.answered_by is None:
        return None
    from inspector.domain.response.decision import NOT_YET, response_text

    status = response_text(row.answered, row.answered_by)
    if is_whole and row.answered_by is not None:
        return f"{status} by {visible(row.answered_by.partition(':')[0])}"
    if status == NOT_YET:
        return "waiting"  # at 80 columns the longer words would take those of the respondent and the answer
    return status if row.answered not in (None, 200) or (row.answered_by and not row.answered) else None


def mark_texts(row: CaptureRow, *, is_whole: bool) -> Iterator[str]:
    """Yield what is special about a capture, the most important first. `is_whole` includes its note."""
    yield from row.mark_words
    if row.verdict.reason is not None and (why := _UNCHECKED.get(row.verdict.reason)):
        yield why
    if row.problem is not None:
        yield "body not read" if row.is_json is None else "body not decoded"
    if row.kind != "refused" and (responded := _response_mark(row, is_whole=is_whole)):
        yield responded
    if row.is_pinned:
        yield "pinned"
    if row.note:
        yield f"note: {cut(visible(row.note), _MAX_NOTE)}" if is_whole else "note"
