"""The current settings: defaults, overridden by one JSON file, overridden by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from inspector.base.errors import InspectorError, UsageError, did_you_mean
from inspector.base.files import config_folder, replace_file
from inspector.base.next_step import next_step
from inspector.base.visible import shortened, visible
from inspector.domain.query.saved_filter import SavedFilter, free_name
from inspector.settings.setting import Setting, Value
from inspector.settings.table import FIRST_FILTERS, SETTINGS

_MOST_WARNINGS = 3
_OF_ALERTS = ("alert_rules", "alert_first_invalid")


class Settings:
    """Typed access by name. Raises UsageError for an invalid value, and for an unknown name on the command
    line.

    An unknown name in the file stays there, with a warning, because a newer version may have written it.
    """

    def __init__(
        self,
        overrides: Iterable[tuple[str, str]] = (),
        file: Path | None = None,
        *,
        is_file_used: bool = True,
    ) -> None:
        """`is_file_used` is False for the defaults, if the file is invalid."""
        self._known: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
        self.file = file or config_folder() / "settings.json"
        stored = self._stored() if is_file_used else {}
        self.warnings: tuple[str, ...] = self._unknown_names(stored)
        """Sentences about entries of the file that are ignored."""
        self._saved = self._values_of(stored)
        self._values: dict[str, Value] = {
            setting.name: self._saved.get(setting.name, setting.default) for setting in SETTINGS
        }
        self.of_this_run: dict[str, Value] = {}
        """Values of the command line, which override the file until the run ends."""
        for name, given in overrides:
            self.of_this_run[name] = self._values[name] = self.find(name).read(given)

    def whole(self, name: str) -> int:
        """Return the value of an integer setting."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float:
        """Return the value of a number setting."""
        value = self._values[name]
        assert isinstance(value, (int, float))
        return value

    def text(self, name: str) -> str:
        """Return the value of a text setting."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def is_on(self, name: str) -> bool:
        """Return the value of a switch."""
        value = self._values[name]
        assert isinstance(value, bool)
        return value

    def entries(self, name: str) -> tuple[str, ...]:
        """Return the value of a list of texts."""
        value = self._values[name]
        assert isinstance(value, tuple)
        return value

    def in_force(self, name: str) -> Value:
        """Return the current value."""
        return self._values[name]

    def saved(self, name: str) -> Value:
        """Return the value in the file, or the default. It takes effect at the next start."""
        return self._saved.get(name, self._known[name].default)

    def read(self, name: str, given: object) -> Value:
        """Return the value that would be saved. Raises UsageError if it is not valid."""
        setting = self.find(name)
        return setting.default if given is None else setting.read(given)

    def save(self, name: str, given: object) -> None:
        """Store a value in the file, readable only by its owner. None restores the default.

        A setting that is not live takes effect at the next start. Other entries of the file stay. Raises
        UsageError for an invalid value, InspectorError if the file cannot be written.
        """
        setting = self.find(name)
        value = None if given is None else setting.read(given)
        stored = self._stored()  # another process may have saved something meanwhile
        stored.pop(name, None)
        if value is not None and value != setting.default:
            stored[name] = value
        self._write(stored)
        # Another invalid value must not prevent the repair of this one: the next start reports it.
        self._saved = self._values_of(stored, skips_invalid=True)
        if setting.is_live and name not in self.of_this_run:
            self._values[name] = self.saved(name)

    def refresh(self) -> list[str]:
        """Read the file again, and return the live settings whose value has changed.

        Another process may have saved them. Raises UsageError or InspectorError if the file cannot be read.
        """
        self._saved = self._values_of(self._stored(), skips_invalid=True)
        changed = []
        for setting in SETTINGS:
            name, value = setting.name, self.saved(setting.name)
            if setting.is_live and name not in self.of_this_run and value != self._values[name]:
                self._values[name] = value
                changed.append(name)
        return changed

    def _write(self, stored: Mapping[str, object]) -> None:
        text = json.dumps(stored, ensure_ascii=False, indent=2) + "\n"
        # UTF-8 cannot represent a lone surrogate, but JSON can escape it.
        text = text.encode("utf-8", "backslashreplace").decode()
        try:
            replace_file(self.file, text)
        except OSError as error:
            raise InspectorError(f"Cannot write the settings in {self.file}: {error.strerror}.") from error

    def find(self, name: str) -> Setting:
        """Return the declaration of a setting. Raises UsageError, with the nearest name, if there is none."""
        try:
            return self._known[name]
        except KeyError:
            guess = did_you_mean(name, self._known) or f" The settings are {', '.join(self._known)}."
            raise UsageError(f"There is no setting {_quoted(name)}.{guess}") from None

    def _values_of(self, stored: Mapping[str, object], *, skips_invalid: bool = False) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, given in stored.items():
            if name in self._known:
                try:
                    values[name] = self._known[name].read(given, f" (in {self.file})")
                except UsageError as error:
                    if skips_invalid:
                        continue
                    step = next_step(
                        terminal=f"`webhook-inspector settings reset {name}` removes it.",
                        window="Remove the entry from the file, then start again.",
                    )
                    raise UsageError(f"{error} {step}") from None
        return values

    def _unknown_names(self, stored: Mapping[str, object]) -> tuple[str, ...]:
        unknown = [name for name in stored if name not in self._known]
        sentences = [
            f"Unknown setting {_quoted(name)} in {self.file}. It is ignored and left in the file."
            f"{did_you_mean(name, self._known)}"
            for name in unknown[:_MOST_WARNINGS]
        ]
        if (more := len(unknown) - _MOST_WARNINGS) > 0:
            sentences.append(
                f"{more:,} more unknown {'setting is' if more == 1 else 'settings are'} also ignored."
            )
        return tuple(sentences)

    def _stored(self) -> dict[str, object]:
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InspectorError(f"Cannot read the settings in {self.file}: {error.strerror}.") from error
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{self.file} is not valid JSON ({error}). Fix or delete it.") from error
        if not isinstance(stored, dict):
            raise UsageError(f"{self.file} must contain one JSON object of settings. Fix or delete it.")
        return with_saved_filters(stored)


def with_saved_filters(stored: Mapping[str, object]) -> dict[str, object]:
    """Return the settings with the rules of alerts, which earlier versions stored, as saved filters."""
    moved = {name: value for name, value in stored.items() if name not in _OF_ALERTS}
    if len(moved) == len(stored) or "saved_filters" in stored:
        return moved
    rules = stored.get("alert_rules", [])
    found = [SavedFilter.parse(one) for one in FIRST_FILTERS]
    if stored.get("alert_first_invalid") is False:
        found = [replace(one, bell="muted") if one.is_alerting else one for one in found]
    for rule in rules if isinstance(rules, list) else [rules]:
        try:
            one = SavedFilter.parse(str(rule))
        except UsageError:  # earlier versions did not start with it
            continue
        found.append(replace(one, name=free_name(one.name, [other.name for other in found])))
    return {**moved, "saved_filters": [one.text for one in found]}


def _quoted(name: str) -> str:
    return f"'{visible(shortened(name, 60))}'"
