"""A row of the list, prepared so that nothing is computed while a view draws."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from inspector.base.clock import local_time, now_ms, short_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.rows import MARK_WORDS, CaptureRow, MarkColor, TargetOutcome, ThreadRow
from inspector.domain.event.row_answers import RowAnswer
from inspector.domain.response.decision import response_text
from inspector.gui.kit.badges import BADGES, Badge
from inspector.session.preferences import Times

log = logging.getLogger(__name__)

NOTHING = "–"
_CELL = 160
_NOTE = 400
_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_UNITS = ("B", "KB", "MB", "GB")
_NOT_EXAMINED = "Not diagnosed yet. Open the capture or run Diagnose all."
_KIND_TAGS = {"sample": "sample", "imported": "imported", "cut": "cut"}


ThreadPlace = Literal["", "folded", "open", "inside", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLine:
    """The texts of a row, safe to display, and everything else that its look depends on."""

    id: int
    time: str = ""
    """Empty if the age is shown instead."""
    time_tip: str = ""
    response_tip: str = ""
    """The response, with the rule, path or relay that decided it; empty for the usual response."""
    badge: Badge | None = None
    """None if the row could not be read: it is drawn as disabled."""
    verdict_tip: str = ""
    event: str = ""
    is_loud: bool = False
    """Whether it is a completion."""
    is_unknown: bool = False
    survey: str = ""
    is_nameless: bool = False
    """Whether the survey's id is shown because its name is unknown."""
    respondent: str = ""
    tags: tuple[str, ...] = ()
    answer: str = ""
    """The answers as plain text."""
    parts: tuple[RowAnswer, ...] = ()
    """The answers as drawn; none if only the text is known."""
    received_ms: int = 0
    group: str = ""
    platform: str = ""
    size: str = ""
    size_tip: str = ""
    status: str = ""
    status_tip: str = ""
    request: str = ""
    is_pinned: bool = False
    color: MarkColor | None = None
    note: str = ""
    values: tuple[str, ...] = ()
    """The values at the JSON paths of the columns. Empty until they are read."""

    thread: ThreadPlace = ""
    """Its place in a thread; empty for a row without one."""

    @property
    def is_broken(self) -> bool:
        return self.badge is None


def line_of(capture_id: int, row: CaptureRow | None, answers: tuple[RowAnswer, ...] = ()) -> CaptureLine:
    """Return the line of a row with its answers, or a broken line if the row is gone or cannot be shown.

    Never raise.
    """
    if row is None:
        return CaptureLine(id=capture_id, answer="This capture was cleared.")
    try:
        return _line(row, answers)
    except Exception:
        log.exception("capture %d cannot be shown in the list", capture_id)
        return CaptureLine(id=capture_id, answer="This row cannot be shown.")


def _line(row: CaptureRow, answers: tuple[RowAnswer, ...]) -> CaptureLine:
    moment = local_time(row.received_ms)
    badge = Badge.of(row.verdict, row.is_json)
    request = f"{row.method} {visible_bytes(row.target[:_CELL])}"
    answer = visible(shortened(row.summary, _CELL)) if row.summary else request
    return CaptureLine(
        id=row.id,
        time=short_time(row.received_ms),
        time_tip=f"{moment:%A %d %B %Y, %H:%M:%S}.{row.received_ms % 1000:03d}",
        response_tip=_response_tip(row),
        badge=badge,
        verdict_tip=_NOT_EXAMINED if badge is Badge.INVALID and not row.is_examined else "",
        event=_event(row),
        is_loud=row.event == "response_group",
        is_unknown=row.event == "unknown",
        survey=_cell(row.survey_name or row.survey_id),
        is_nameless=row.survey_id is not None and not row.survey_name,
        respondent=_cell(row.user_id),
        tags=_tags((row.kind,), bool(row.note), row.marks),
        answer=answer,
        parts=answers,
        received_ms=row.received_ms,
        group=_cell(row.group_id),
        platform=_cell(row.platform),
        size=short_size(row.size),
        size_tip=counted(row.size, "byte"),
        status=_status(row),
        status_tip=_status_tip(row),
        request=request,
        is_pinned=row.is_pinned,
        color=row.color,
        note=visible(shortened(row.note, _NOTE)),
    )


def _tags(kinds: Iterable[str], has_note: bool, marks: Iterable[str]) -> tuple[str, ...]:
    tags = [_KIND_TAGS[kind] for kind in kinds if kind in _KIND_TAGS]
    tags += ["note"] if has_note else []
    tags += [MARK_WORDS[mark] for mark in marks if mark in MARK_WORDS]
    return tuple(dict.fromkeys(tags))


def thread_line(
    newest: CaptureLine, count: int, row: ThreadRow, answers: tuple[RowAnswer, ...], *, is_open: bool
) -> CaptureLine:
    """Return the line of a thread, made of that of its newest capture."""
    badge = BADGES[row.shown]
    return replace(
        newest,
        badge=badge,
        verdict_tip=_NOT_EXAMINED if badge is Badge.INVALID and not row.is_examined else "",
        event=counted(count, "capture"),
        is_loud=True,
        is_unknown=False,
        tags=_tags(row.kinds, row.has_note, row.marks),
        answer=", ".join(part.words for part in answers) or newest.answer,
        parts=answers or newest.parts,
        is_pinned=False,
        color=None,
        thread="open" if is_open else "folded",
    )


def line_in_thread(line: CaptureLine, *, is_last: bool) -> CaptureLine:
    """Return the line of a capture inside an open thread: survey and respondent are those of the thread."""
    return replace(line, survey="", group="", respondent="", thread="last" if is_last else "inside")


def line_with_time(line: CaptureLine, times: Times) -> CaptureLine:
    """Return a line with its time in the form of a setting."""
    if times == "local-24" or not line.time:
        return line
    if times == "relative":
        return replace(line, time="")
    text = short_time(line.received_ms, is_utc=times == "utc", has_12_hours=times == "local-12")
    return replace(
        line, time=text, time_tip=f"{line.time_tip} (local time)" if times == "utc" else line.time_tip
    )


def line_in_plain_text(line: CaptureLine) -> CaptureLine:
    """Return a line with its answers as text instead of cells, stars and chips."""
    text = ", ".join(part.words for part in line.parts) or line.answer
    return replace(line, parts=(RowAnswer("value" if line.is_unknown else "text", text),))


def age_text(received_ms: int) -> str:
    """Return the age of a capture: `now`, `42 s`, `7 min`, `5 h`, `3 d`."""
    seconds = (now_ms() - received_ms) // 1000
    if seconds < 1:
        return "now"
    for size, unit in _AGES:
        if seconds >= size:
            return f"{seconds // size:,} {unit}"
    return "now"


def short_size(size: int) -> str:
    """Return a size such as `812 B`, `1.2 KB` or `41 MB`."""
    value, units = float(size), iter(_UNITS)
    unit = next(units)
    while value >= 1024 and unit != _UNITS[-1]:
        value, unit = value / 1024, next(units)
    return f"{value:.1f} {unit}" if unit != "B" and value < 10 else f"{value:,.0f} {unit}"


def _response_tip(row: CaptureRow) -> str:
    if not row.answered_by:
        return ""
    response = response_text(row.answered, row.answered_by)
    return f"{response[:1].upper()}{response[1:]}: {visible(shortened(row.answered_by, _CELL))}"


def _status(row: CaptureRow) -> str:
    """Return the last response of each target, expected ones first: `200, no response`."""
    if not row.outcomes:
        return NOTHING
    ordered = sorted(row.outcomes, key=lambda one: not one.is_expected)
    return ", ".join(dict.fromkeys(map(_outcome, ordered)))


def _status_tip(row: CaptureRow) -> str:
    if not row.outcomes:
        return "Not sent yet"
    if len(row.outcomes) == 1:
        times = "once" if row.attempts == 1 else f"{row.attempts:,} times"
        return f"Sent {times} · last response: {_outcome(row.outcomes[0])}"
    return "\n".join(f"{visible(shortened(one.origin, _CELL))}: {_outcome(one)}" for one in row.outcomes)


def _outcome(one: TargetOutcome) -> str:
    if one.status is not None:
        return f"{one.status}"
    return "unknown" if one.outcome == "unknown" else "no response"


def _event(row: CaptureRow) -> str:
    if row.kind == "refused":
        return "Refused"
    if row.event == "response_group":
        return "Completion"
    if row.event == "answer":
        return "Answer" if row.question_order is None else f"Answer {row.question_order}"
    return "Unknown"


def _cell(text: str | None) -> str:
    return visible(shortened(text, _CELL)) if text else NOTHING
