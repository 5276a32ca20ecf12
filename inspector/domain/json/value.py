"""JSON as JavaScript reads it, at any depth, with the source text of its numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any, NoReturn, TypeAlias

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

MAX_VALUES = 500_000
"""A tree of this many values takes 100 MB and a second; the sender's own bodies have fewer than 1,000."""
MAX_DEPTH = 200_000
MAX_SAFE_INTEGER = 2**53 - 1
"""JavaScript's Number.MAX_SAFE_INTEGER: up to here, an integer is the same number in both languages."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
# The closing quote is optional, so that a text that never ends is scanned once, not once per quote.
_FIRST = 8 * 2**20
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_SPACE = re.compile(r"[ \t\n\r]*")
_new_float = float.__new__


class NotJSON(ValueError):
    """Raised if JSON.parse would throw a SyntaxError; `str(error)` is the reason in a few words."""

    def __init__(self, message: str, *, is_cut: bool = False) -> None:
        super().__init__(message)
        self.is_cut = is_cut
        """Whether the text is valid so far but ends too early."""


class TooLarge(NotJSON):
    """Raised if the text has more values or levels than are read. Then only its bytes are known."""


class Number(float):
    """A number that is not a safe integer: JavaScript's float64 and the source text."""

    __slots__ = ("source",)

    source: str

    def __reduce__(self) -> tuple[Callable[[str], Number], tuple[str]]:
        return read_number, (self.source,)


def read_number(source: str) -> Number:
    """Return the `Number` of a source text. This is a function because a Python constructor takes a third
    longer."""
    number = _new_float(Number, source)
    number.source = source
    return number


def parse(body: bytes) -> JsonValue:
    """Return the value of the bytes as JSON.parse does. Raises NotJSON if that would throw.

    Invalid UTF-8 is decoded to U+FFFD first, as in Node. An integer of up to 2**53 - 1 is an `int`, every
    other number (`-0` too) a `Number`. A duplicate key has its first position and its last value. Keys are in
    the order of the source text; `stringify` puts them in JavaScript's order.
    """
    text = body.decode("utf-8", "replace")
    value: JsonValue
    try:
        if text[:1] not in "{[":
            return _DECODER.decode(text)  # type: ignore[no-any-return]
        value, end = _DECODER.raw_decode(text)  # a third of a microsecond faster than `decode`
        if end != len(text) and _SPACE.fullmatch(text, end) is None:
            raise json.JSONDecodeError("Extra data", text, _skip(text, end))
    except RecursionError:
        return _parse_deep(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    return value


def parse_bounded(body: bytes) -> JsonValue:
    """Return the same for an untrusted body. Raises TooLarge before it builds a tree that would take too much
    memory or time."""
    if count_exceeds(body, MAX_VALUES):
        raise TooLarge(f"it has more than {MAX_VALUES:,} values")
    if depth_exceeds(body, MAX_DEPTH):
        raise TooLarge(f"it is nested deeper than {MAX_DEPTH:,} levels")
    return parse(body)


def count_exceeds(body: bytes, limit: int) -> bool:
    """Return whether a body may have more than `limit` values, counted by commas and brackets. Cheap for most
    bodies."""
    if len(body) <= limit or value_marks(body) <= limit:
        return False
    # Most bodies with too many values have them near the beginning, and skipping 50 MiB of strings takes 4 s.
    return any(value_marks(_STRING.sub(b"", body[:size])) > limit for size in (_FIRST, len(body)))


def value_marks(body: bytes) -> int:
    """Return the number of commas and opening brackets, including those in strings: at least the number of
    values minus one."""
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def depth_exceeds(body: bytes, limit: int) -> bool:
    """Return whether arrays and objects nest deeper than `limit`. Cheap for most bodies."""
    if len(body) <= limit or body.count(b"[") + body.count(b"{") <= limit:
        return False
    return depth(body) > limit


def depth(body: bytes) -> int:
    """Return how deep arrays and objects nest; brackets in strings do not count."""
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _integer(source: str) -> int | Number:
    if len(source) < 16:
        number = int(source)
        if number or source == "0":
            return number
    elif len(source) < 17 or (len(source) == 17 and source[0] == "-"):
        number = int(source)
        if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
            return number
    large = _new_float(Number, source)  # inlined `read_number`
    large.source = source
    return large


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)


_DECODER = json.JSONDecoder(parse_float=read_number, parse_int=_integer, parse_constant=_refuse_constant)


def _parse_deep(text: str) -> JsonValue:
    """Return the same without recursion, for a text that nests too deep for the interpreter's own scanner."""
    opened: list[list[JsonValue] | dict[str, JsonValue]] = []
    keys: list[str] = []
    place = _skip(text, 0)
    while True:
        # A value begins at `place`.
        value: Any
        sign = text[place : place + 1]
        if sign == "[" or sign == "{":
            place = _skip(text, place + 1)
            value = [] if sign == "[" else {}
            if text[place : place + 1] != ("]" if sign == "[" else "}"):
                opened.append(value)
                if sign == "{":
                    place = _read_key(text, place, keys)
                continue
            place += 1
        else:
            value, place = _scalar(text, place)
        # The value ended before `place`: add it to its parent, and close everything that ends with it.
        while opened:
            holder = opened[-1]
            if isinstance(holder, list):
                holder.append(value)
            else:
                holder[keys.pop()] = value
            place = _skip(text, place)
            sign = text[place : place + 1]
            if sign == ",":
                place = _skip(text, place + 1)
                if isinstance(holder, dict):
                    place = _read_key(text, place, keys)
                break
            if sign != ("]" if isinstance(holder, list) else "}"):
                raise NotJSON(f"Expecting ',' delimiter at character {place}", is_cut=not sign)
            value = opened.pop()
            place += 1
        else:
            place = _skip(text, place)
            if place != len(text):
                raise NotJSON(f"Extra data at character {place}")
            result: JsonValue = value
            return result


def _read_key(text: str, place: int, keys: list[str]) -> int:
    """Append the key at `place` to `keys`, and return the position of its value."""
    if text[place : place + 1] != '"':
        raise NotJSON(f"Expecting a property name in double quotes at character {place}")
    key, place = _scalar(text, place)
    assert isinstance(key, str)
    keys.append(key)
    place = _skip(text, place)
    if text[place : place + 1] != ":":
        raise NotJSON(f"Expecting ':' delimiter at character {place}")
    return _skip(text, place + 1)


def _scalar(text: str, place: int) -> tuple[str | int | float | None, int]:
    try:
        value, place = _DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    return value, place


def _skip(text: str, place: int) -> int:
    return _SPACE.match(text, place).end()  # type: ignore[union-attr]


def _not_json(error: json.JSONDecodeError) -> NotJSON:
    rest = error.doc[error.pos :].rstrip(" \t\n\r")
    is_cut = bool(error.doc) and (
        not rest
        or error.msg.startswith("Unterminated")
        or any(word.startswith(rest) for word in ("true", "false", "null", "-"))
        or (error.msg.startswith("Invalid \\") and len(rest) < 6)
    )
    return NotJSON(f"{error.msg} at character {error.pos}", is_cut=is_cut)
