"""The settings as a person changes them: each with its help, default, range, and when a change counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inspector.base.signals import Signal
from inspector.domain.mask.mask import MaskedField
from inspector.domain.query.alert import AlertRule
from inspector.settings.settings import Settings
from inspector.settings.table import SETTINGS, Setting, Value, plain_number

Kind = Literal["switch", "whole", "number", "text", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One setting as it stands."""

    name: str
    title: str
    """`Head seconds`."""
    help: str
    part: str
    """What it is about: its caption."""
    kind: Kind
    default: Value
    saved: Value
    """Of the file, else the default: what counts from the next start on."""
    in_force: Value
    """What counts now."""
    span: str
    """`1 to 65535`; empty where any value does."""
    example: str
    """An entry of a list whose default has none."""
    is_live: bool
    """A change counts at once."""
    is_of_this_run: bool
    """This run was told another value, which counts until it ends."""

    @property
    def is_default(self) -> bool:
        return self.saved == self.default

    @property
    def is_waiting(self) -> bool:
        """What is saved counts from the next start on."""
        return self.saved != self.in_force and not self.is_of_this_run


class Preferences:
    """Reads and saves settings; those that are live count at once."""

    def __init__(self, settings: Settings) -> None:
        self.changed: Signal[str] = Signal("preferences.changed")
        """The name of a setting that was saved."""
        self._settings = settings
        self._one_by_one = asyncio.Lock()
        """In the order they were asked for: each reads the file, and writes it anew."""

    @property
    def file(self) -> Path:
        """Where they are saved."""
        return self._settings.file

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about entries of that file that are ignored."""
        return self._settings.warnings

    def all(self) -> tuple[Preference, ...]:
        """Every setting, in the order of their table."""
        return tuple(map(self._preference, SETTINGS))

    def find(self, name: str) -> Preference:
        """The setting of that name."""
        return self._preference(next(setting for setting in SETTINGS if setting.name == name))

    async def save(self, name: str, value: object) -> Preference:
        """Keep a value, a text of it too; null gives the default back.

        Raises UsageError for one that makes no sense, InspectorError where the file cannot be written.
        """
        async with self._one_by_one:
            await asyncio.to_thread(self._settings.save, name, value)
        self.changed.emit(name)
        return self.find(name)

    @property
    def alert_rules(self) -> tuple[AlertRule, ...]:
        """What notifies on the desktop."""
        return tuple(map(AlertRule.parse, self._settings.entries("alert_rules")))

    @property
    def alerts_of_invalid(self) -> bool:
        """Whether the first invalid signature after valid ones notifies."""
        return self._settings.is_on("alert_first_invalid")

    @property
    def masked_fields(self) -> tuple[MaskedField, ...]:
        """What Mask hides beside credentials."""
        return tuple(map(MaskedField.parse, self._settings.entries("masked_fields")))

    def _preference(self, setting: Setting) -> Preference:
        name = setting.name
        return Preference(
            name=name,
            title=name.replace("_", " ").capitalize(),
            help=setting.help,
            part=setting.part,
            kind=_kind(setting.default),
            default=setting.default,
            saved=self._settings.saved(name),
            in_force=self._settings.in_force(name),
            span=_span(setting),
            example=setting.example,
            is_live=setting.is_live,
            is_of_this_run=name in self._settings.of_this_run,
        )


def _kind(default: Value) -> Kind:
    kinds: dict[type, Kind] = {bool: "switch", int: "whole", float: "number", str: "text", tuple: "list"}
    return kinds[type(default)]


def _span(setting: Setting) -> str:
    if _kind(setting.default) not in ("whole", "number"):
        return ""
    low = plain_number(setting.low or 0)
    return f"{low} or more" if setting.high is None else f"{low} to {plain_number(setting.high)}"
