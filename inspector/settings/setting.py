"""The declaration of one setting: what it is called, which values it takes, and how they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.base.errors import UsageError, did_you_mean
from inspector.base.quantity import counted

MIB = 1024 * 1024
GIB = 1024 * MIB

NOTHING = "none"
"""How an empty list or text is shown."""
Value = bool | int | float | str | tuple[str, ...]

_SIZES = {"KB": 1024, "MB": MIB, "GB": GIB, "TB": 1024 * GIB}
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_UNITS: Mapping[str, Mapping[str, float]] = {
    "bytes": {"byte": 1, **{name.lower(): size for name, size in _SIZES.items()}}
    | {f"{name[0].lower()}ib": size for name, size in _SIZES.items()},
    "seconds": {"second": 1, **_SECONDS},
    "days": {"day": 1, "week": 7, "year": 365},
}
"""What a number may be followed by, in the singular and in lower case, and its factor."""
_NUMBER = re.compile(r"(-?[\d.]+|-?\d{1,3}(?:,\d{3})+(?:\.\d+)?)\s*([a-zA-Z%]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. The type of its values is that of its default."""

    name: str
    default: Value
    help: str
    title: str = ""
    """What the window calls it; by default, its name."""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    """The plural noun after a number, such as `days`. A number can be given with or without it."""
    zero: str = ""
    """What the value 0 means, such as `no limit`. It can be given instead of 0."""
    says: str = "{}"
    """A phrase about its value in the palette, such as `keep captures for {}`."""
    choices: tuple[tuple[Value, str], ...] = ()
    """Every valid value with its label; empty if the range decides."""
    check: Callable[[str], object] | None = None
    """Raises UsageError for an invalid entry of a list."""
    example: str = ""
    """An example for a list or a text that is empty by default."""
    part: str = "Listening"
    """The page of the Settings dialog."""
    is_live: bool = False
    """Whether a change takes effect at once; otherwise, at the next start."""

    def read(self, given: object, where: str = "") -> Value:
        """Return `given`, from a command line or a JSON file, as a value of this setting.

        Raises UsageError with the place `where`.
        """
        name = f"The setting {self.name}{where}"
        if self.choices:
            return self._choice(given, name)
        if isinstance(self.default, bool):
            return self._switch(given, name)
        if isinstance(self.default, tuple):
            return self._entries(given, name)
        if isinstance(self.default, str):
            if not self.default and given in ("", NOTHING):
                return ""
            if isinstance(given, str) and given and given.isprintable():
                return given
            raise UsageError(f"{name} takes text, such as {self.default or self.example}.")
        return self._number(given, name)

    def shown(self, value: Value) -> str:
        """Return a value as a person reads it, and as `read` accepts it: `30 days`, `50 MB`, `no limit`."""
        label = next((label for choice, label in self.choices if choice == value), None)
        if label is not None:
            return label
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return ", ".join(value) if value else NOTHING
        if isinstance(value, str):
            return value or NOTHING
        if value == 0 and self.zero:
            return self.zero
        if self.unit == "bytes":
            return _exact_size(int(value))
        if not self.unit:
            return plain_number(value)
        if isinstance(value, int):
            return counted(value, self.unit.removesuffix("s"))
        return f"{plain_number(value)} {self.unit.removesuffix('s') if value == 1 else self.unit}"

    def _number(self, given: object, name: str) -> Value:
        number: Value
        try:
            if isinstance(given, bool) or not isinstance(given, (int, float, str)):
                raise ValueError
            plain = self._without_unit(given) if isinstance(given, str) else given
            number = int(str(plain)) if isinstance(self.default, int) else float(plain)
        except (ValueError, OverflowError):
            kind = "a whole number" if isinstance(self.default, int) else "a number"
            raise UsageError(f"{name} takes {kind}, such as {self.default}.") from None
        low, high = self.low or 0, self.high if self.high is not None else float("inf")
        if not low <= number <= high:  # also refuses NaN
            span = f"from {plain_number(low)} to {plain_number(high)}"
            raise UsageError(f"{name} takes a number {span}, not {plain_number(number)}.")
        return number

    def _without_unit(self, given: str) -> str | int | float:
        """Return the number in a text such as `30 days`; other text unchanged."""
        text = given.strip()
        if self.zero and text.lower() == self.zero.lower():
            return 0
        found = _NUMBER.fullmatch(text)
        if found is None:
            return text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
        number, unit = float(found[1].replace(",", "")), found[2].lower()
        units = _UNITS.get(self.unit, {self.unit.removesuffix("s"): 1} if self.unit else {})
        factor = units.get(unit, units.get(unit.removesuffix("s")))
        if factor is None:
            raise ValueError
        value = number * factor
        return int(value) if value.is_integer() or self.unit == "bytes" else value

    def _choice(self, given: object, name: str) -> Value:
        text = str(given).strip().lower()
        for value, label in self.choices:
            if text in (str(value).lower(), label.lower()):
                return value
        names = [str(value) for value, _ in self.choices]
        guess = did_you_mean(text, names)
        raise UsageError(f"{name} takes {', '.join(names[:-1])} or {names[-1]}.{guess}")

    def _switch(self, given: object, name: str) -> bool:
        found = {"true": True, "false": False}.get(str(given).lower())
        if found is None or not isinstance(given, (bool, str)):
            raise UsageError(f"{name} takes true or false.")
        return found

    def _entries(self, given: object, name: str) -> tuple[str, ...]:
        """Read a JSON list of texts. On a command line, a single text is accepted, too."""
        such_as = f'{name} takes a list of texts, such as ["{self.example}"]'
        if isinstance(given, str):
            try:
                given = json.loads(given) if given.lstrip().startswith("[") else [given] if given else []
            except ValueError:
                raise UsageError(f"{such_as}.") from None
        if not isinstance(given, (list, tuple)):
            raise UsageError(f"{such_as}.")
        for entry in given:
            if not (isinstance(entry, str) and entry and entry.isprintable()):
                raise UsageError(f"{such_as}.")
            if self.check is not None:
                try:
                    self.check(entry)
                except UsageError as error:
                    raise UsageError(f"{name}: {error}") from None
        return tuple(given)


def written(value: Value) -> str:
    """Return a value as text that `Setting.read` accepts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.15g}" if isinstance(value, float) else str(value) or NOTHING


def plain_number(number: float) -> str:
    """Return a number as `1,099,511,627,776`, `65535` (ports have no comma) or `0.1`, never `1e+12`."""
    if isinstance(number, float) and not (number.is_integer() and abs(number) < 2**53):
        return f"{number:g}"
    return f"{int(number):,}" if abs(number) >= 100_000 else str(int(number))


def _exact_size(size: int) -> str:
    """Return a size in the largest unit that keeps it exact."""
    for unit, factor in reversed(_SIZES.items()):
        if size and size % factor == 0:
            return f"{size // factor:,} {unit}"
    return counted(size, "byte")
