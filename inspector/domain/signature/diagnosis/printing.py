"""A parsed value printed as in other languages, with their quoting of strings and their numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from inspector.domain.json.value import JsonValue, Number, depth
from inspector.domain.stringify import Style, number_text, utf_8, walked, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The differences between styles that can occur in a value. Most bodies are printed alike in most
    styles."""

    is_plain: bool
    """Whether all numbers are safe integers."""
    is_ascii: bool
    """Whether no character would be escaped by an ASCII-only serialiser."""
    has_del: bool
    """Whether there is a U+007F, which some serialisers escape."""
    has_slash: bool
    has_html: bool
    """Whether there is a character that HTML-safe serialisers escape."""
    has_empty: bool
    """Whether there may be an empty object or array."""
    has_index_keys: bool
    has_list_keys: bool
    """Whether there is an object with the keys `0`, `1`, …, which is a list for PHP's arrays."""
    indentation: int
    """Maximum levels of indentation, added up over all lines: one body of 200 KB may need gigabytes."""


def traits(value: JsonValue, stringified: bytes) -> Traits:
    """Return the traits of a value, with its JSON.stringify."""
    is_plain, has_index_keys = walked(value)
    return Traits(
        is_plain=is_plain,
        is_ascii=stringified.isascii() and b"\\u" not in stringified,
        has_del=b"\x7f" in stringified,
        has_slash=b"/" in stringified,
        has_html=_HTML.search(stringified.decode()) is not None,
        has_empty=b"{}" in stringified or b"[]" in stringified,
        has_index_keys=has_index_keys,
        has_list_keys=has_index_keys and _has_list_keys(value),
        indentation=depth(stringified) * sum(map(stringified.count, (b",", b"{", b"}", b"[", b"]"))),
    )


def _has_list_keys(value: JsonValue) -> bool:
    pending: list[JsonValue] = [value]
    for item in pending:  # grows during the loop
        if isinstance(item, dict):
            if item and all(key == str(place) for place, key in enumerate(item)):
                return True
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return False


def simplified(style: Style, traits: Traits) -> Style:
    """Return the style without differences that have no effect here: equal styles then print the same
    text."""
    quoted = style.quoted
    if quoted is html_quoted and not traits.has_html:
        quoted = unicode_quoted
    if not traits.has_slash:
        if quoted is php_quoted:
            quoted = php_ascii_quoted
        elif quoted is php_unicode_quoted:
            quoted = line_end_quoted
    if quoted is line_end_quoted and not traits.has_html:
        quoted = unicode_quoted
    if not traits.has_del:
        if quoted is jq_quoted:
            quoted = unicode_quoted
        elif quoted is php_ascii_quoted:
            quoted = ascii_quoted
    if traits.is_ascii and (quoted is php_ascii_quoted or (quoted is ascii_quoted and not traits.has_del)):
        quoted = unicode_quoted
    return replace(
        style,
        quoted=quoted,
        number=number_text if traits.is_plain else style.number,
        empty=style.empty if traits.has_empty else ("{}", "[]"),
        order="source" if style.order == "javascript" and not traits.has_index_keys else style.order,
    )


class Printer:
    """Prints one value in many styles, and shares work between them."""

    def __init__(self, value: JsonValue, *, is_plain: bool = False) -> None:
        """With `is_plain`, all numbers are safe integers."""
        self._value = value
        self._is_plain = is_plain
        self._parts: dict[Style, list[str]] = {}
        """Printed texts with `_COMMA` and `_COLON`. Every second part is the source of one of `_numbers`."""
        self._marked: dict[str, str] = {}
        """Each distinct number's source, between two `_MARK`s if it is in `_numbers`."""
        self._numbers: dict[str, Number] = {}
        """By their sources, the distinct numbers that styles print differently."""
        self._number_texts: dict[Callable[[Number], str], dict[str, str]] = {}
        """Their texts by the function that prints them and by their sources."""

    def printed(self, style: Style) -> bytes:
        """Return the value in `style`, at any depth."""
        quoted, finish = _FINISHES.get(style.quoted, (style.quoted, None))
        indent = "\t" if style.indent else ""
        parts = self._laid_out(
            replace(style, quoted=quoted, comma=_COMMA, colon=_COLON, indent=indent, number=self._mark)
        )
        if len(parts) > 1:
            texts = self._texts_by(style.number)
            parts = parts.copy()
            parts[1::2] = map(texts.__getitem__, parts[1::2])
        text = "".join(parts).replace(_COMMA, style.comma).replace(_COLON, style.colon)
        if indent:
            text = text.replace(indent, style.indent)
        return utf_8(finish(text) if finish else text)

    def _laid_out(self, style: Style) -> list[str]:
        parts = self._parts.get(style)
        if parts is None:
            parts = self._parts[style] = self._text(style).split(_MARK)
            # The same object for equal sources, in all layouts.
            parts[1::2] = [self._numbers[source].source for source in parts[1::2]]
        return parts

    def _mark(self, number: Number) -> str:
        source = number.source
        text = self._marked.get(source)
        if text is None:
            if _is_printed_as_received(number):
                text = source
            else:
                self._numbers[source] = number
                text = f"{_MARK}{source}{_MARK}"
            self._marked[source] = text
        return text

    def _texts_by(self, number: Callable[[Number], str]) -> dict[str, str]:
        texts = self._number_texts.get(number)
        if texts is None:
            texts = {source: number(one) for source, one in self._numbers.items()}
            self._number_texts[number] = texts
        return texts

    def _text(self, style: Style) -> str:
        is_usual = style.empty == _USUAL.empty and style.words == _USUAL.words and not style.indent
        if self._is_plain and is_usual and style.order in ("source", "code-point"):
            is_ascii = style.quoted is ascii_quoted
            if is_ascii or style.quoted is unicode_quoted:
                with suppress(RecursionError):
                    return json.dumps(
                        self._value,
                        ensure_ascii=is_ascii,
                        check_circular=False,
                        separators=(style.comma, style.colon),
                        sort_keys=style.order == "code-point",
                    )
        return "".join(written(self._value, style))


_USUAL = Style()
_COMMA, _COLON, _MARK = "\x01", "\x02", "\x03"
"""Stand for the parts in which styles differ. Like the tab of an indentation, these are control characters,
because no printed string contains one."""


# How strings are quoted.

unicode_quoted = json.encoder.encode_basestring
ascii_quoted = json.encoder.encode_basestring_ascii
_BEYOND = re.compile(r"[\u2028\u2029]")
_HTML = re.compile(r"[<>&\u2028\u2029]")
_ESCAPED_DEL = re.compile(r"(?<!\\)((?:\\\\)*)\\u007f")


def _html_escaped(text: str) -> str:
    return _HTML.sub(_escape, text)


def _line_ends_escaped(text: str) -> str:
    return _BEYOND.sub(_escape, text)


def _slashes_escaped(text: str) -> str:
    return text.replace("/", "\\/")


def _del_escaped(text: str) -> str:
    return text.replace("\x7f", "\\u007f")


def _del_unescaped(text: str) -> str:
    return _ESCAPED_DEL.sub("\\1\x7f", text) if "\\u007f" in text else text


def jq_quoted(text: str) -> str:
    """Quote as jq does: U+007F is escaped."""
    return _del_escaped(unicode_quoted(text))


def html_quoted(text: str) -> str:
    """Quote as Go's encoding/json and Rails do: `<`, `>`, `&`, U+2028 and U+2029 are escaped."""
    return _html_escaped(unicode_quoted(text))


def php_quoted(text: str) -> str:
    """Quote as PHP's json_encode does: only ASCII, slashes escaped."""
    return _slashes_escaped(php_ascii_quoted(text))


def php_ascii_quoted(text: str) -> str:
    """Quote with JSON_UNESCAPED_SLASHES. Unlike Python, it does not escape U+007F."""
    return _del_unescaped(ascii_quoted(text))


def php_unicode_quoted(text: str) -> str:
    """Quote with JSON_UNESCAPED_UNICODE."""
    return _slashes_escaped(line_end_quoted(text))


def line_end_quoted(text: str) -> str:
    """Quote with both, and as Go without HTML escapes: U+2028 and U+2029 are escaped."""
    return _line_ends_escaped(unicode_quoted(text))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


# The characters that these escape occur only in strings, so the whole text can be escaped at once.
_FINISHES: dict[Callable[[str], str], tuple[Callable[[str], str], Callable[[str], str]]] = {
    html_quoted: (unicode_quoted, _html_escaped),
    php_quoted: (ascii_quoted, lambda text: _slashes_escaped(_del_unescaped(text))),
    php_ascii_quoted: (ascii_quoted, _del_unescaped),
    jq_quoted: (unicode_quoted, _del_escaped),
    php_unicode_quoted: (unicode_quoted, lambda text: _slashes_escaped(_line_ends_escaped(text))),
    line_end_quoted: (unicode_quoted, _line_ends_escaped),
}


# Printing of numbers that are not safe integers.


def _is_printed_as_received(number: Number) -> bool:
    """Return whether every function below returns the source: the shortest digits of a usual fraction."""
    source = number.source
    return 1e-4 <= abs(number) < 1e15 and float.__repr__(number) == source and source[-2:] != ".0"


def _is_integer(source: str) -> bool:
    return source.lstrip("-").isdigit()


def python_number(number: Number) -> str:
    """Return integers as received, floats by `repr`, `Infinity` beyond them."""
    if _is_integer(number.source):
        return "0" if number.source == "-0" else number.source
    return float.__repr__(number).replace("inf", "Infinity")


def ruby_number(number: Number) -> str:
    """Return integers as received, floats by Float#to_s: `1.0e+15`, `1.5e-05`."""
    if _is_integer(number.source):
        return "0" if number.source == "-0" else number.source
    return _with_exponent(number, low=-4, high=15, width=2, is_ruby=True)


def php_number(number: Number) -> str:
    """Return 64-bit integers as received, floats as with serialize_precision = -1: `1`, `1.0e+25`."""
    source = number.source
    if _is_integer(source) and len(source) < 21 and -(2**63) <= int(source) < 2**63:
        return "0" if source == "-0" else source
    return _with_exponent(number, low=-4, high=17, width=1, is_ruby=False)


def go_number(number: Number) -> str:
    """Return a number as in JavaScript, but with the sign of `-0`, which Go keeps."""
    return "-0" if not number and math.copysign(1, number) < 0 else number_text(number)


def jq_number(number: Number) -> str:
    """Return a number as jq does since 1.7, with every digit and the exponent of decimal arithmetic:
    `1E+2`."""
    try:
        return str(Decimal(number.source))
    except InvalidOperation:  # an exponent beyond decimal arithmetic
        return number.source


def _with_exponent(number: float, *, low: int, high: int, width: int, is_ruby: bool) -> str:
    """Return a float with its shortest digits, and an exponent from 10 ** `high` and below 10 ** `low`.

    Ruby marks a whole number with `.0`, and prints a fraction without an exponent.
    """
    if number == 0:
        return repr(float(number)) if is_ruby else repr(float(number))[:-2]
    if number - number != 0:
        return "null"
    text = float.__repr__(number)
    if "e" not in text and -1e15 < number < 1e15:  # as in Python
        return text if is_ruby or text[-2:] != ".0" else text[:-2]
    mantissa, _, exponent_text = text.partition("e")
    sign = "-" if number < 0 else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole) - 1 if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")) + 1)
    exponent = leading + int(exponent_text or 0)
    digits = digits.rstrip("0") or "0"
    if low <= exponent < high or (is_ruby and 0 < exponent < len(digits) - 1):
        if exponent < 0:
            return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
        text = digits.ljust(exponent + 1, "0")
        fraction = text[exponent + 1 :]
        return sign + text[: exponent + 1] + (f".{fraction}" if fraction else ".0" if is_ruby else "")
    return f"{sign}{digits[0]}.{digits[1:] or '0'}e{'-' if exponent < 0 else '+'}{abs(exponent):0{width}d}"
