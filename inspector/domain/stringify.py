"""A parsed value printed as JSON in a style, at any depth, with JavaScript's numbers and key order.

`restringify` is JSON.stringify(JSON.parse(body)), over which the documented signature is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Literal

from inspector.domain.json.value import JsonValue, NotJSON, Number, parse

Order = Literal["source", "javascript", "code-point", "utf-16"]

_MAX_INDEX = 4_294_967_294
"""The last array index of ECMA-262. Such keys come first in an object, in numeric order."""
_WIDTHS = {f"e+{exponent}": exponent + 1 for exponent in range(16, 21)}
"""Python prints these numbers with an exponent, ECMA-262 with this number of digits."""
_shortest = float.__repr__


def number_text(number: float) -> str:
    """Return a number as ECMA-262 prints it (Number::toString), or `null` beyond float64."""
    text = _shortest(number)  # the same digits in another layout
    if text[-2:] == ".0":
        return text[:-2] if number else "0"
    if width := _WIDTHS.get(text[-4:]):
        return text[:-4].replace(".", "").ljust(width + (number < 0), "0")
    place = text.find("e")
    if place < 0:
        return "null" if text[-1] == "f" else text  # inf
    exponent = int(text[place + 1 :])
    if -7 < exponent < 0:
        sign = "-" if number < 0 else ""
        return f"{sign}0.{'0' * (-exponent - 1)}{text[len(sign) : place].replace('.', '')}"
    return f"{text[:place]}e{exponent:+d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one serialiser prints JSON; by default as JSON.stringify, except for the order of keys."""

    comma: str = ","
    colon: str = ":"
    indent: str = ""
    """The indentation of each level; empty for everything on one line."""
    order: Order = "source"
    """The order of keys."""
    quoted: Callable[[str], str] = json.encoder.encode_basestring
    number: Callable[[Number], str] = number_text
    empty: tuple[str, str] = ("{}", "[]")
    """The texts of an empty object and an empty array."""
    words: tuple[str, str, str] = ("null", "true", "false")


def written(value: JsonValue, style: Style) -> list[str]:
    """Return the text in pieces, at any depth."""
    pieces: list[str] = []
    write = pieces.append
    quoted, number, indent = style.quoted, style.number, style.indent
    words = dict(zip((None, True, False), style.words, strict=True))
    # A list whose members are all of one of these kinds is printed at once.
    alike: dict[type, Callable[[Any], str]] = {Number: number, str: quoted, int: str}
    # Two stacks with few objects, because at 100,000 levels the garbage collector takes most of the time.
    opened: list[Iterator[tuple[str, Any]]] = []
    closings: list[str] = []
    members: Iterator[tuple[str, Any]] = iter([("", value)])
    closing = line = back = ""
    while True:
        for prefix, item in members:
            kind = type(item)
            if kind is str:
                write(prefix + quoted(item))
            elif kind is int:
                write(f"{prefix}{item}")
            elif kind is Number:
                write(prefix + number(item))
            elif kind is float:  # never from a body
                write(prefix + number_text(item))
            elif kind is not dict and kind is not list:
                write(prefix + words[item])
            elif not item:
                write(prefix + _empty(style, kind is list, len(opened)))
            else:
                if indent:
                    line = "\n" + indent * (len(opened) + 1)
                    back = line[: -len(indent)]
                if kind is dict:
                    write(f"{prefix}{{{line}")
                    opened.append(members)
                    closings.append(closing)
                    members, closing = _members(item, style, line), back + "}"
                    break
                write(f"{prefix}[{line}")
                if (one := alike.get(type(item[0]))) and len(set(map(type, item))) == 1:
                    write((style.comma + line).join(map(one, item)))
                    write(back + "]")
                    continue
                opened.append(members)
                closings.append(closing)
                if len(item) == 1:
                    members = repeat(("", item[0]), 1)
                else:
                    members = zip(chain(("",), repeat(style.comma + line)), item, strict=False)
                closing = back + "]"
                break
        else:
            write(closing)
            if not opened:
                return pieces
            members, closing = opened.pop(), closings.pop()


def encoder(quoted: Callable[[str], str], *, comma: str = ",", colon: str = ":") -> Callable[[Any], str]:
    """Return a function that prints JSON on one line as `json.dumps` does, with the interpreter's C code. It
    raises RecursionError."""
    options = json.JSONEncoder(
        ensure_ascii=quoted is json.encoder.encode_basestring_ascii,
        check_circular=False,
        separators=(comma, colon),
    )
    try:
        # `encode` creates this object for each value, which takes a quarter of the time for a short one.
        pieces = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
            None, options.default, quoted, None, colon, comma, False, False, True
        )
    except (AttributeError, TypeError):  # another interpreter, or another version
        return options.encode
    return lambda value: "".join(pieces(value, 0))


def utf_8(text: str) -> bytes:
    """Return the bytes of a printed text. Only lone surrogates cannot be UTF-8. JavaScript prints them like
    Python's error handler: `\\udxxx`."""
    return text.encode("utf-8", "backslashreplace")


def walked(value: JsonValue) -> tuple[bool, bool]:
    """Return whether all numbers are safe integers, and whether a key may be an array index."""
    is_plain, has_index_keys = True, False
    pending: list[Any] = [(value,)]
    for item in pending:  # grows during the loop
        members = item
        if type(item) is dict:
            if item and min(item) < ":" and not has_index_keys:
                has_index_keys = any("0" <= key < ":" for key in item)
            members = item.values()
        for member in members:
            kind = type(member)
            if kind is str:
                continue
            if kind is dict or kind is list:
                pending.append(member)
            elif kind is Number:
                is_plain = False
    return is_plain, has_index_keys


def in_javascript_order(item: dict[str, Any]) -> Iterable[str]:
    """Return an object's keys in JavaScript's order: array indices in numeric order, followed by the
    others."""
    indices = [key for key in item if "0" <= key < ":" and _is_index(key)]
    if not indices:
        return item
    indices.sort(key=int)
    names = set(indices)
    return chain(indices, [key for key in item if key not in names])


def _members(item: dict[str, Any], style: Style, line: str) -> Iterator[tuple[str, Any]]:
    """Yield each value with the text before it."""
    if len(item) == 1:
        key, value = next(iter(item.items()))
        return repeat((style.quoted(key) + style.colon, value), 1)
    return _many_members(item, style, line)


def _many_members(item: dict[str, Any], style: Style, line: str) -> Iterator[tuple[str, Any]]:
    quoted, colon, between = style.quoted, style.colon, style.comma + line
    before = ""
    for key in _keys(item, style.order):
        yield f"{before}{quoted(key)}{colon}", item[key]
        before = between


def _keys(item: dict[str, Any], order: Order) -> Iterable[str]:
    if order == "source":
        return item
    if order == "javascript":
        return in_javascript_order(item)
    if order == "utf-16":
        return sorted(item, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return sorted(item)


def _empty(style: Style, is_list: bool, depth: int) -> str:
    text = style.empty[is_list]
    return text[:-1] + style.indent * depth + text[-1] if "\n" in text else text


def _is_index(key: str) -> bool:
    return (
        len(key) <= 10
        and key.isascii()
        and key.isdigit()
        and (key[0] != "0" or key == "0")
        and int(key) <= _MAX_INDEX
    )


__all__ = ["NotJSON", "number_text", "restringify", "stringify"]

_JAVASCRIPT = Style(order="javascript")
_encoded = encoder(json.encoder.encode_basestring)


def restringify(body: bytes) -> bytes:
    """Return JSON.stringify(JSON.parse(body)). Raises NotJSON if JSON.parse would throw."""
    return stringify(parse(body))


def stringify(value: JsonValue) -> bytes:
    """Return JSON.stringify of a value from `parse`, at any depth."""
    # Without unsafe numbers and index keys, Python's own encoder prints as JavaScript does, and fast.
    if walked(value) == (True, False):
        try:
            return utf_8(_encoded(value))
        except RecursionError:
            pass
    return utf_8("".join(written(value, _JAVASCRIPT)))
