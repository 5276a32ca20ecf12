"""JSON.stringify(JSON.parse(body)), byte for byte: what the documented signature is made over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

from inspector.domain.json_value import JsonValue, NotJSON, Number, parse

__all__ = ["NotJSON", "restringify", "stringify"]

_MAX_INDEX = 4_294_967_294
"""The last array index of ECMA-262; such keys come first in an object, in numeric order."""

_WORDS: dict[JsonValue, str] = {None: "null", True: "true", False: "false"}
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_quoted = json.encoder.encode_basestring
_shortest = float.__repr__


def restringify(body: bytes) -> bytes:
    """What JSON.stringify(JSON.parse(body)) gives; raises NotJSON where JSON.parse throws."""
    return stringify(parse(body))


def stringify(value: JsonValue) -> bytes:
    """JSON.stringify of a value that `parse` gave, at any depth."""
    text: str | None = None
    # Python's own encoder prints the rest as JavaScript does, and prints it fast.
    if walked(value) == (True, False):
        with suppress(RecursionError):
            text = _ENCODER.encode(value)
    # Only a lone surrogate cannot be UTF-8, and JavaScript prints it as Python's error handler does: \udxxx.
    return ("".join(_written(value)) if text is None else text).encode("utf-8", "backslashreplace")


def number_text(number: float) -> str:
    """A number as ECMA-262 prints it (Number::toString), and `null` for what is beyond float64."""
    text = _shortest(number)  # the same digits, laid out in another way
    if text[-2:] == ".0":
        return text[:-2] if number else "0"
    place = text.find("e")
    if place < 0:
        return "null" if text[-1] == "f" else text  # inf
    exponent = int(text[place + 1 :])
    if -7 < exponent < 21:
        sign = "-" if number < 0 else ""
        digits = text[len(sign) : place].replace(".", "")
        if exponent > 0:
            return sign + digits.ljust(exponent + 1, "0")
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    return f"{text[:place]}e{exponent:+d}"


def in_javascript_order(item: dict[str, Any]) -> Iterable[str]:
    """An object's keys as JavaScript lists them: array indices in numeric order, then the others."""
    indices = [key for key in item if "0" <= key < ":" and _is_index(key)]
    if not indices:
        return item
    indices.sort(key=int)
    names = set(indices)
    return chain(indices, [key for key in item if key not in names])


def walked(value: JsonValue) -> tuple[bool, bool]:
    """Whether no number in it is more than a safe integer, and whether a key may be an array index."""
    is_plain, has_index_keys = True, False
    pending: list[Any] = [value]
    for item in pending:  # grows while it is walked
        kind = type(item)
        if kind is dict:
            for key in item:
                if "0" <= key < ":":
                    has_index_keys = True
            pending.extend(item.values())
        elif kind is list:
            pending.extend(item)
        elif kind is Number:
            is_plain = False
    return is_plain, has_index_keys


def _written(value: JsonValue) -> list[str]:
    """The text in pieces, without recursion."""
    pieces: list[str] = []
    write = pieces.append
    opened: list[tuple[Iterator[tuple[str, Any]], str]] = []
    members: Iterator[tuple[str, Any]] = iter([("", value)])
    closing = ""
    while True:
        for prefix, item in members:
            kind = type(item)
            if kind is str:
                write(prefix + _quoted(item))
            elif kind is int:
                write(f"{prefix}{item}")
            elif kind is Number:
                write(prefix + number_text(item))
            elif kind is dict:
                write(prefix + "{")
                opened.append((members, closing))
                members, closing = _object_members(item), "}"
                break
            elif kind is list:
                write(prefix + "[")
                opened.append((members, closing))
                members, closing = zip(chain(("",), repeat(",")), item, strict=False), "]"
                break
            else:
                write(prefix + _WORDS[item])
        else:
            write(closing)
            if not opened:
                return pieces
            members, closing = opened.pop()


def _object_members(item: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each value with what stands before it."""
    separator = ""
    for key in in_javascript_order(item):
        yield f"{separator}{_quoted(key)}:", item[key]
        separator = ","


def _is_index(key: str) -> bool:
    return (
        len(key) <= 10
        and key.isascii()
        and key.isdigit()
        and (key[0] != "0" or key == "0")
        and int(key) <= _MAX_INDEX
    )
