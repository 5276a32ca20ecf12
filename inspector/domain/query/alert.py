"""Alerts: the text of a notification about new captures or about silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.base.clock import local_time
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.saved_filter import SavedFilter, spoken_silence

MAX_TITLE = 60
MAX_SAID = 160
"""Characters of a notification that desktops show without cutting it."""

_WORDS = {"s": "second", "m": "minute", "h": "hour"}
_EVENTS = {"response_group": "Completion", "answer": "Answer", "unknown": "Unknown event"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The text of a notification, on one line and not escaped."""

    title: str
    said: str
    capture_id: int | None = None
    """The capture to show; None for silence."""
    has_beep: bool = False
    query: str = ""
    """The filter that its title is about; empty for silence."""


def of_captures(rule: SavedFilter, rows: Sequence[CaptureRow]) -> Alert:
    """Return the alert for new captures that match a filter, oldest first; it shows the newest."""
    row = rows[-1]
    many = f"{len(rows):,} new captures" if len(rows) > 1 else "a new capture"
    title = f"{shortened(visible(rule.name), MAX_TITLE - len(many) - 2)}: {many}"
    return Alert(title=title, said=_about(row), capture_id=row.id, has_beep=rule.has_beep, query=rule.query)


def of_silence(rule: SavedFilter, last_ms: int | None) -> Alert:
    """Return the alert for silence; `last_ms` is the time of the last capture in this run."""
    silence = spoken_silence(rule.silence_s)
    number, unit = silence[:-1], silence[-1]
    many = "" if number == "1" else "s"
    last = "No delivery since the program started."
    if last_ms is not None:
        last = f"The last delivery arrived at {local_time(last_ms):%H:%M:%S}."
    return Alert(title=f"No delivery for {number} {_WORDS[unit]}{many}", said=last, has_beep=rule.has_beep)


def _about(row: CaptureRow) -> str:
    """Return event, survey and time. Answers and users are omitted, because anyone may see the desktop."""
    what = _EVENTS[row.event]
    if row.kind in ("refused", "cut"):
        what = "Refused request" if row.kind == "refused" else "Cut request"
    survey = row.survey_name or row.survey_id
    place = f" of {visible(shortened(survey, 80))}" if survey else ""
    return shortened(f"{what}{place}, at {local_time(row.received_ms):%H:%M:%S}", MAX_SAID)
