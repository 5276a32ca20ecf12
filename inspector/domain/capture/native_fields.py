"""The fields of one line of an export, and how bytes are written in them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.rows import MarkColor

_MAX_MS = 32_503_679_999_999  # the end of the year 2999, the last that a filter can name
_COLORS = frozenset(get_args(MarkColor))


class BadLine(ValueError):
    """A line that is not valid; `str(error)` says why, in a few words."""


_REQUIRED: Any = object()


class Fields:
    """The fields of one line, of which nothing is taken on trust."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record

    def has(self, name: str) -> bool:
        return self._record.get(name) is not None

    def get(self, name: str, type_: type, what: str, default: Any = _REQUIRED) -> Any:
        """A value of exactly this type, or the default if there is none."""
        value = self._record.get(name)
        if value is None and default is not _REQUIRED:
            return default
        if type(value) is not type_:
            raise BadLine(f"its {name} is {'missing' if value is None else f'not {what}'}")
        return value

    def text(self, name: str, length: int, default: Any = _REQUIRED) -> Any:
        """A text that can be stored, or the default if there is none."""
        value = self.get(name, str, "a text", default)
        if isinstance(value, str) and (len(value) > length or _surrogates(value)):
            raise BadLine(f"its {name} is longer than {length:,} characters, or not valid Unicode")
        return value

    def whole(self, name: str, low: int, high: int) -> int | None:
        value: int | None = self.get(name, int, "a whole number", None)
        if value is not None and not low <= value <= high:
            raise BadLine(f"its {name} is not from {low} to {high}")
        return value

    def number(self, name: str) -> float | None:
        """A duration, None if there is none."""
        value = self._record.get(name)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 <= value < 2**53:
            raise BadLine(f"its {name} is not a duration")
        return float(value)

    def moment(self, name: str) -> int:
        """Milliseconds of a time with a zone."""
        text = self.get(name, str, "a time")
        try:
            moment = datetime.fromisoformat(text)
            ms = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
        except (ValueError, TypeError, OverflowError):  # TypeError: a time without a zone
            raise BadLine(f"its {name} is not a time with a zone, such as 2026-11-24T09:30:00.125Z") from None
        if not 0 <= ms <= _MAX_MS:
            raise BadLine(f"its {name} is not in the years from 1970 to 2999")
        return ms

    def one_of(self, name: str, words: frozenset[str]) -> Any:
        """One of these words."""
        value = self.get(name, str, "a text")
        if value not in words:
            raise BadLine(f"its {name} is none of {', '.join(sorted(words))}")
        return value

    def color(self) -> MarkColor | None:
        """A person's mark; one that this program does not know is none."""
        value: MarkColor | None = self.text("color", 16, None)
        return value if value in _COLORS else None

    def base64(self, name: str) -> bytes:
        return _bytes(self.get(name, str, "a text in base64"), name)

    def raw(self, name: str) -> bytes:
        """Bytes that are written as text, or as base64 if they are not UTF-8."""
        if self.has(f"{name}_base64"):
            return self.base64(f"{name}_base64")
        return _encoded(self.get(name, str, "a text"), name)


def read_headers(fields: Fields, most: int, name: str = "headers") -> HeaderPairs:
    """Pairs as text, or as base64 if they are not all text. Raises BadLine if they are more than `most`."""
    is_base64 = fields.has(f"{name}_base64")
    name = f"{name}_base64" if is_base64 else name
    pairs = fields.get(name, list, "a list of pairs")
    if len(pairs) > most:
        raise BadLine(f"it has more than the {most:,} headers of the setting head_fields")
    read = _bytes if is_base64 else _encoded
    found = []
    for pair in pairs:
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, str]:
            raise BadLine(f"its {name} are not pairs of texts")
        found.append((read(pair[0], name), read(pair[1], name)))
    return tuple(found)


def as_text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadLine(f"its {name} contains a lone surrogate, which is not text") from None


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadLine(f"its {name} is not base64") from None


def no_number(name: str) -> float:
    raise ValueError(name)
