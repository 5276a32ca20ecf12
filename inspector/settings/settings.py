"""The settings in force: defaults, then one JSON file, then what this run was told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from inspector.base.errors import InspectorError, UsageError
from inspector.base.new_file import write_new
from inspector.base.paths import config_folder, make_private_folder
from inspector.settings.table import SETTINGS, Setting, Value


class Settings:
    """Typed look-ups by name. Raises UsageError, in words, where the file or the run names nonsense."""

    def __init__(self, overrides: Iterable[tuple[str, str]] = (), file: Path | None = None) -> None:
        self._known: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
        self.file = file or config_folder() / "settings.json"
        self._saved = self._read_stored()
        self._values: dict[str, Value] = {
            setting.name: self._saved.get(setting.name, setting.default) for setting in SETTINGS
        }
        self.of_this_run: dict[str, Value] = {}
        """What the run was told: until it ends that counts more than the file."""
        for name, given in overrides:
            self.of_this_run[name] = self._values[name] = self._find(name, "").read(given)

    def whole(self, name: str) -> int:
        """The value of a setting that is a whole number."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float:
        """The value of a setting that is a number."""
        value = self._values[name]
        assert isinstance(value, (int, float))
        return value

    def text(self, name: str) -> str:
        """The value of a setting that is a text."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def is_on(self, name: str) -> bool:
        """The value of a setting that is a switch."""
        value = self._values[name]
        assert isinstance(value, bool)
        return value

    def entries(self, name: str) -> tuple[str, ...]:
        """The value of a setting that is a list of texts."""
        value = self._values[name]
        assert isinstance(value, tuple)
        return value

    def in_force(self, name: str) -> Value:
        """The value that counts now."""
        return self._values[name]

    def saved(self, name: str) -> Value:
        """The value of the file, else the default: what counts from the next start on."""
        return self._saved.get(name, self._known[name].default)

    def read(self, name: str, given: object) -> Value:
        """What would be saved of it; raises UsageError for a value that makes no sense."""
        setting = self._find(name, "")
        return setting.default if given is None else setting.read(given)

    def save(self, name: str, given: object) -> None:
        """Keep a value in the file, for its owner alone; null gives the default back.

        Raises UsageError for a value that makes no sense, InspectorError where the file cannot be written.
        What is not live counts from the next start on.
        """
        setting = self._find(name, "")
        value = None if given is None else setting.read(given)
        saved = self._read_stored()  # another process may have saved something meanwhile
        saved.pop(name, None)
        if value is not None and value != setting.default:
            saved[name] = value
        self._write(saved)
        self._saved = saved
        if setting.is_live and name not in self.of_this_run:
            self._values[name] = self.saved(name)

    def _write(self, saved: Mapping[str, Value]) -> None:
        text = json.dumps(saved, ensure_ascii=False, indent=2) + "\n"
        try:
            make_private_folder(self.file.parent)
            # One that is being written is never read: it takes the place of the other when it is whole.
            fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
            write_new(fresh, text, replaces=True)
            fresh.replace(self.file)
        except OSError as error:
            raise InspectorError(f"Cannot write the settings in {self.file}: {error.strerror}.") from error

    def _find(self, name: str, where: str) -> Setting:
        try:
            return self._known[name]
        except KeyError:
            known = ", ".join(self._known)
            raise UsageError(f"There is no setting {name!r}{where}; there are {known}.") from None

    def _read_stored(self) -> dict[str, Value]:
        where = f" (in {self.file})"
        return {name: self._find(name, where).read(given, where) for name, given in self._stored().items()}

    def _stored(self) -> dict[str, object]:
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InspectorError(f"Cannot read the settings in {self.file}: {error.strerror}.") from error
        except ValueError as error:
            raise UsageError(f"{self.file} is not JSON ({error}); mend or remove it.") from error
        if not isinstance(stored, dict):
            raise UsageError(f"{self.file} has to hold one JSON object of settings; mend or remove it.")
        return stored
