"""Alerts: the rules for new captures and for silence, and the text of a notification."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.base.clock import local_time
from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.domain import query
from inspector.domain.capture.rows import CaptureRow

MAX_TITLE = 60
MAX_SAID = 160
"""Characters of a notification that desktops show without cutting it."""
MAX_SILENCE_S = 7 * 24 * 3600

_RULE = re.compile(
    r"(?P<beep>beep\s+)?(?:on\s+(?P<query>\S.*?)|after\s+(?P<number>[0-9]{1,6})(?P<unit>[smh])\s+of\s+silence)\s*"
)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_WORDS = {"s": "second", "m": "minute", "h": "hour"}
_EVENTS = {"response_group": "Completion", "answer": "Answer", "unknown": "Unknown event"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One reason to notify: a query that a new capture matches, or a silence of `silence_s` seconds."""

    query: str = ""
    """Empty if the rule is about silence."""
    silence_s: int = 0
    """0 if the rule is about captures."""
    has_beep: bool = False

    @classmethod
    def parse(cls, text: str) -> AlertRule:
        """Read a rule as `text` writes it. Raises UsageError if it is not valid."""
        found = _RULE.fullmatch(text.strip())
        if found is None:
            raise UsageError(
                f"“{visible(text)}” is not an alert. Use “on” and a filter, or “after 15m of silence”."
            )
        has_beep = found["beep"] is not None
        if found["query"] is not None:
            query.parse(found["query"])
            return cls(query=found["query"], has_beep=has_beep)
        silence_s = int(found["number"]) * _UNITS[found["unit"]]
        if not 0 < silence_s <= MAX_SILENCE_S:
            raise UsageError("An alert waits from 1 second to 7 days (168h).")
        return cls(silence_s=silence_s, has_beep=has_beep)

    @property
    def text(self) -> str:
        """As in the settings: `on verdict:invalid`, `beep after 15m of silence`."""
        what = f"on {self.query}" if self.query else f"after {_silence(self.silence_s)} of silence"
        return f"beep {what}" if self.has_beep else what


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The text of a notification, on one line and not escaped."""

    title: str
    said: str
    capture_id: int | None = None
    """The capture to show; None for silence."""
    has_beep: bool = False


def of_captures(rule: AlertRule, rows: Sequence[CaptureRow]) -> Alert:
    """Return the alert for new captures that match a rule, oldest first; it shows the newest."""
    row = rows[-1]
    many = f"{len(rows):,} captures match" if len(rows) > 1 else "A capture matches"
    title = shortened(f"{many} {visible(rule.query)}", MAX_TITLE)
    return Alert(title=title, said=_about(row), capture_id=row.id, has_beep=rule.has_beep)


def of_invalid(row: CaptureRow) -> Alert:
    """Return the alert for an invalid signature, the first one after valid ones."""
    return Alert(title="Invalid signature", said=_about(row), capture_id=row.id)


def of_silence(rule: AlertRule, last_ms: int | None) -> Alert:
    """Return the alert for silence; `last_ms` is the time of the last capture in this run."""
    number, unit = _silence(rule.silence_s)[:-1], _silence(rule.silence_s)[-1]
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


def _silence(seconds: int) -> str:
    for unit in ("h", "m"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"
