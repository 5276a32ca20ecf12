"""Filters with a name, and their bells: a filter can alert about new captures or about silence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.domain.query.parser import parse

Bell = Literal["none", "on", "muted"]

MAX_NAME = 60
MAX_FILTERS = 50
"""Maximum number of saved filters. Each is compared with every new capture."""
MAX_SILENCE_S = 7 * 24 * 3600

_ENTRY = re.compile(
    r"(?:(?P<name>[^:]*):\s+)?(?:(?P<bell>alert|muted)\s+)?(?P<beep>beep\s+)?(?P<rest>(?:on|after)\s.*)",
    re.DOTALL,
)
_RULE = re.compile(
    r"on\s+(?P<query>\S.*?)|after\s+(?P<number>[0-9]{1,6})(?P<unit>[smh])\s+of\s+silence", re.DOTALL
)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_WORDS = {"s": "s", "m": "min", "h": "h"}
_BELL_WORDS: dict[str | None, Bell] = {None: "none", "alert": "on", "muted": "muted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A query, or a silence of `silence_s` seconds, under a name."""

    name: str
    query: str = ""
    """Empty if the filter is about silence."""
    silence_s: int = 0
    """0 if the filter is about captures."""
    bell: Bell = "none"
    """`on`: new matches alert. `muted`: they do not, but can again."""
    has_beep: bool = False

    @classmethod
    def parse(cls, text: str) -> SavedFilter:
        """Read a filter as `text` writes it. Raises UsageError if it is not valid."""
        found = _ENTRY.fullmatch(text.strip())
        rule = _RULE.fullmatch(found["rest"].strip()) if found is not None else None
        if found is None or rule is None:
            raise UsageError(
                f"“{visible(shortened(text, 80))}” is not a saved filter. Write a name, a colon and “on” with"
                " a filter, as in “Failing: alert on verdict:invalid”, or “after 15m of silence”."
            )
        made = cls(
            name=found["name"] or "",
            query=rule["query"] or "",
            silence_s=0 if rule["query"] else int(rule["number"]) * _UNITS[rule["unit"]],
            bell=_BELL_WORDS[found["bell"]],
            has_beep=found["beep"] is not None,
        )
        if found["name"] is None:  # a rule of an alert, without a name
            made = replace(made, name=made.suggested_name, bell="on")
        return made.checked()

    def checked(self) -> SavedFilter:
        """Return the filter with its name trimmed. Raises UsageError if a part is not valid."""
        name = " ".join(self.name.split())
        if not name:
            raise UsageError("A filter needs a name. Enter one.")
        if len(name) > MAX_NAME:
            raise UsageError(f"A name has at most {MAX_NAME} characters, not {len(name)}. Shorten it.")
        if ":" in name:
            raise UsageError("A name cannot contain a colon. Remove it.")
        if visible(name) != name:
            raise UsageError(f"The name “{visible(name)}” contains hidden characters. Remove them.")
        if self.silence_s and not 0 < self.silence_s <= MAX_SILENCE_S:
            raise UsageError("A silence lasts from 1 second to 7 days (168h).")
        query = self.query.strip()
        if not self.silence_s:
            if not query:
                raise UsageError("A filter needs a query or a silence. Enter one.")
            if "\n" in query or "\r" in query:
                raise UsageError("A saved filter has one line. Remove the line break.")
            parse(query)
        return replace(self, name=name, query="" if self.silence_s else query)

    @property
    def text(self) -> str:
        """One line as in the settings, such as `Failing: alert on verdict:invalid`."""
        word = {"none": "", "on": "alert ", "muted": "muted "}[self.bell]
        what = f"on {self.query}" if self.query else f"after {spoken_silence(self.silence_s)} of silence"
        return f"{self.name}: {word}{'beep ' if self.has_beep else ''}{what}"

    @property
    def what(self) -> str:
        """The query, or the silence in words."""
        return self.query or f"no delivery for {spoken_silence(self.silence_s)}"

    @property
    def suggested_name(self) -> str:
        """A name made of the filter, if the user has not entered one."""
        if self.silence_s:
            text = spoken_silence(self.silence_s)
            return f"Silence over {text[:-1]} {_WORDS[text[-1]]}"
        name = " ".join(visible(self.query).replace(":", " ").split())
        return shortened(name, MAX_NAME - 4) or "Filter"

    @property
    def is_alerting(self) -> bool:
        """Whether it interrupts the user."""
        return self.bell == "on"

    def with_next_bell(self) -> SavedFilter:
        """Return the filter with its bell switched: on, or muted if it is on."""
        return replace(self, bell="muted" if self.bell == "on" else "on")


def spoken_silence(seconds: int) -> str:
    """Return `15m`, `2h` or `90s`."""
    for unit in ("h", "m"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def read_silence(text: str) -> int:
    """Return the seconds of `15m`, `2h` or `90s`; a number without a unit is in minutes. Raises
    UsageError."""
    found = re.fullmatch(r"([0-9]{1,6})\s*(s|m|min|h|)", text.strip().lower())
    seconds = int(found[1]) * _UNITS[found[2][:1] or "m"] if found else 0
    if not 0 < seconds <= MAX_SILENCE_S:
        raise UsageError(
            f"“{visible(shortened(text, 40))}” is not a silence. Use 15m, 2h or 90s, 7 days at most."
        )
    return seconds


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return the name, with a number if it is taken."""
    folded = {one.casefold() for one in taken}
    number, free = 1, name
    while free.casefold() in folded:
        number += 1
        free = f"{name[: MAX_NAME - 4]} {number}"
    return free
