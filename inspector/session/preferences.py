"""The settings as a user changes them: help, default, range, and when a change takes effect."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from inspector.base.login_item import start_at_login
from inspector.base.signals import Signal
from inspector.domain.mask.mask import PRESETS, MaskedField, MaskPreset
from inspector.domain.query.saved_filter import SavedFilter, free_name
from inspector.settings.setting import Setting, Value, plain_number
from inspector.settings.settings import Settings
from inspector.settings.table import SETTINGS

Kind = Literal["switch", "choice", "whole", "number", "text", "list"]
Times = Literal["local-24", "local-12", "utc", "relative"]
Source = Literal["default", "file", "--set"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One setting with its current values."""

    name: str
    title: str
    """Such as `Time to connect`."""
    help: str
    part: str
    """The page on which it is listed."""
    kind: Kind
    unit: str
    """The plural noun after a number, such as `days`; empty without one."""
    choices: tuple[tuple[Value, str], ...]
    """Every valid value with its label; empty if the range decides."""
    default: Value
    saved: Value
    """The value in the file, or the default. It takes effect at the next start."""
    in_force: Value
    """The current value."""
    default_text: str
    """The default as a person reads it: `30 days`, `50 MB`, `no limit`."""
    saved_text: str
    """The saved value in the same way."""
    in_force_text: str
    """The current value in the same way."""
    phrase: str
    """What the current value means, such as `keep captures for 30 days`."""
    span: str
    """Such as `1 to 65535`. Empty if every value is valid."""
    example: str
    """An example entry for a list whose default is empty."""
    is_live: bool
    """Whether a change takes effect at once."""
    is_of_this_run: bool
    """Whether the command line of this run overrides the saved value."""

    @property
    def is_default(self) -> bool:
        return self.saved == self.default

    @property
    def source(self) -> Source:
        """The source of the current value."""
        if self.is_of_this_run:
            return "--set"
        return "default" if self.in_force == self.default else "file"

    @property
    def is_waiting(self) -> bool:
        """Whether the saved value takes effect at the next start."""
        return self.saved != self.in_force and not self.is_of_this_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """How the window looks. Every value takes effect at once."""

    is_dark: bool | None
    """None follows the system."""
    text_size: int
    """In percent of the system's text size."""
    is_compact: bool
    """Whether rows of lists and trees are 24 instead of 28 px high."""
    has_detail_always: bool
    """Whether the detail stays open without a selection."""
    times: Times
    has_timeline: bool
    draws_answers: bool
    """Whether answers in the list are drawn; otherwise, they are plain text."""


class Preferences:
    """Reads and saves settings. Live ones take effect at once."""

    def __init__(self, settings: Settings) -> None:
        self.changed: Signal[str] = Signal("preferences.changed")
        """Emits the name of a setting that was saved."""
        self._settings = settings
        self._read_filters: tuple[tuple[str, ...], tuple[SavedFilter, ...]] = (), ()
        """The entries of the setting, and the saved filters that they are."""
        self._one_by_one = asyncio.Lock()
        """Saves run one after another, because each reads the file and replaces it."""

    @property
    def file(self) -> Path:
        """The file of the settings."""
        return self._settings.file

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about entries of the file that are ignored."""
        return self._settings.warnings

    def all(self) -> tuple[Preference, ...]:
        """Return every setting, in the order of the settings table."""
        return tuple(map(self._preference, SETTINGS))

    def find(self, name: str) -> Preference:
        """Return the setting of this name. Raises UsageError, with the nearest name, if there is none."""
        return self._preference(self._settings.find(name))

    def check(self, name: str, value: object) -> None:
        """Raise UsageError if `save` would refuse this value."""
        self._settings.read(name, value)

    async def save(self, name: str, value: object) -> Preference:
        """Save a value, which can be text. None restores the default.

        Raises UsageError for an invalid value, InspectorError if the file cannot be written.
        """
        async with self._one_by_one:
            if name == "start_at_login":
                is_on = value is not None and bool(self._settings.read(name, value))
                await asyncio.to_thread(start_at_login, is_on)
            await asyncio.to_thread(self._settings.save, name, value)
        self.changed.emit(name)
        return self.find(name)

    async def refresh(self) -> None:
        """Use live settings that another process has saved. Raises InspectorError if the file is not
        valid."""
        async with self._one_by_one:
            changed = await asyncio.to_thread(self._settings.refresh)
        for name in changed:
            self.changed.emit(name)

    @property
    def keeps_listening(self) -> bool:
        """Whether closing the window hides it, so that the program continues to listen."""
        return self._settings.is_on("keep_listening")

    @property
    def appearance(self) -> Appearance:
        """How the window looks now. `changed` emits the name of each setting that changes it."""
        settings = self._settings
        return Appearance(
            is_dark={"light": False, "dark": True}.get(settings.text("theme")),
            text_size=settings.whole("text_size"),
            is_compact=settings.text("density") == "compact",
            has_detail_always=settings.text("detail_pane") == "always",
            times=cast(Times, settings.text("times")),
            has_timeline=settings.is_on("timeline"),
            draws_answers=settings.is_on("draw_answers"),
        )

    @property
    def saved_filters(self) -> tuple[SavedFilter, ...]:
        """The saved filters. Each has its own name."""
        entries = self._settings.entries("saved_filters")
        if self._read_filters[0] != entries:  # the tree asks four times per second
            found: list[SavedFilter] = []
            for one in map(SavedFilter.parse, entries):
                found.append(replace(one, name=free_name(one.name, [other.name for other in found])))
            self._read_filters = entries, tuple(found)
        return self._read_filters[1]

    @property
    def has_csv_bom(self) -> bool:
        """Whether a saved table starts with a byte order mark."""
        return self._settings.is_on("csv_bom")

    @property
    def masked_fields(self) -> tuple[MaskedField, ...]:
        """The fields that Mask hides in addition to credentials."""
        return tuple(map(MaskedField.parse, self._settings.entries("masked_fields")))

    @property
    def mask_preset(self) -> MaskPreset:
        """What Mask hides in addition to credentials and `masked_fields`."""
        return cast(MaskPreset, self._settings.text("mask"))

    def fields_of(self, preset: MaskPreset) -> tuple[MaskedField, ...]:
        """Return what a preset hides, with `masked_fields`."""
        return (*PRESETS[preset], *self.masked_fields)

    def _preference(self, setting: Setting) -> Preference:
        name = setting.name
        saved, in_force = self._settings.saved(name), self._settings.in_force(name)
        current = setting.shown(in_force)
        is_zero = bool(setting.zero) and in_force == 0
        return Preference(
            name=name,
            title=setting.title or name.replace("_", " ").capitalize(),
            help=setting.help,
            part=setting.part,
            kind="choice" if setting.choices else _kind(setting.default),
            unit=setting.unit,
            choices=setting.choices,
            default=setting.default,
            saved=saved,
            in_force=in_force,
            default_text=setting.shown(setting.default),
            saved_text=setting.shown(saved),
            in_force_text=current,
            phrase=current if is_zero else setting.says.format(current),
            span=_span(setting),
            example=setting.example,
            is_live=setting.is_live,
            is_of_this_run=name in self._settings.of_this_run,
        )


def _kind(default: Value) -> Kind:
    kinds: dict[type, Kind] = {bool: "switch", int: "whole", float: "number", str: "text", tuple: "list"}
    return kinds[type(default)]


def _span(setting: Setting) -> str:
    if setting.choices or _kind(setting.default) not in ("whole", "number"):
        return ""
    low = plain_number(setting.low or 0)
    return f"{low} or more" if setting.high is None else f"{low} to {plain_number(setting.high)}"
