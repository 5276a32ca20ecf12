"""The settings in force: defaults, then one JSON file, then what this run was told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from inspector.base.errors import InspectorError, UsageError
from inspector.base.paths import config_folder
from inspector.settings.table import SETTINGS, Setting, Value


class Settings:
    """Typed look-ups by name. Raises UsageError, in words, where the file or the run names nonsense."""

    def __init__(self, overrides: Iterable[tuple[str, str]] = (), file: Path | None = None) -> None:
        self._known: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
        self._values: dict[str, Value] = {setting.name: setting.default for setting in SETTINGS}
        self.file = file or config_folder() / "settings.json"
        for name, given in self._stored().items():
            where = f" (in {self.file})"
            self._values[name] = self._find(name, where).read(given, where)
        for name, given in overrides:
            self._values[name] = self._find(name, "").read(given)

    def whole(self, name: str) -> int:
        """The value of a setting that is a whole number."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float:
        """The value of a setting that is a number."""
        value = self._values[name]
        assert not isinstance(value, str)
        return value

    def text(self, name: str) -> str:
        """The value of a setting that is a text."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def _find(self, name: str, where: str) -> Setting:
        try:
            return self._known[name]
        except KeyError:
            known = ", ".join(self._known)
            raise UsageError(f"There is no setting {name!r}{where}; there are {known}.") from None

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
