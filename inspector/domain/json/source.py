"""The tokens of a JSON text with their source, so that a view never changes a digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

Token = tuple[str, int, int]
"""A kind, the start and the end of the token in the text. Kinds are the marks `{ } [ ] : ,` themselves,
`name`, `string`, `number` and `word` (true, false, null)."""

MAX_INDENT = 50
"""Deeper levels are not indented further, because the text would grow with the square of the depth."""

_TOKEN = re.compile(
    r"[ \t\n\r]*+(?:"
    r'(?P<string>"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)"
    r"|(?P<word>true|false|null)"
    r"|(?P<mark>[][{},:]))"
)
_BLANK = re.compile(r"[ \t\n\r]*+")

# Descriptions of the next expected token.
_VALUE = "a value"
_VALUE_OR_END = "a value or ]"
_NAME = "a name in double quotes"
_NAME_OR_END = "a name in double quotes or }"
_COLON = "a colon"
_COMMA_OR_BRACKET = "a comma or ]"
_COMMA_OR_BRACE = "a comma or }"


class JsonSyntaxError(ValueError):
    """Raised where a text stops being JSON, with what JSON expects there."""

    def __init__(self, text: str, position: int, expected: str | None) -> None:
        self.position = position
        self.expected = expected
        """None if the JSON is complete but more text follows."""
        self.is_at_end = position >= len(text)
        self.is_elided = text.startswith(("...", "…"), position)
        """Whether there are dots at that place, as in the sample in the sender's documentation."""
        super().__init__(self._sentence(text))
        self.short = self._short(text)
        """The line and what is wrong there, as a sentence: `Line 12: a comma is missing.`"""

    def _short(self, text: str) -> str:
        place = self.position
        is_comma = self.expected in (_COMMA_OR_BRACKET, _COMMA_OR_BRACE)
        while is_comma and place and text[place - 1] in " \t\n\r":
            place -= 1  # the comma belongs to the end of the line before
        line = text.count("\n", 0, place) + 1
        if self.expected is None:
            return f"Line {line:,}: more text follows the JSON."
        if is_comma:
            at_end = "}" if self.expected == _COMMA_OR_BRACE else "]"
            missing = f"a {at_end}" if self.is_at_end else "a comma"
        else:
            missing = self.expected
        return f"Line {line:,}: {missing} is missing."

    def _sentence(self, text: str) -> str:
        line = text.count("\n", 0, self.position) + 1
        column = self.position - (text.rfind("\n", 0, self.position) + 1) + 1
        place = f"character {column:,}" if line == 1 else f"line {line:,}, character {column:,}"
        if self.is_elided:
            return (
                f"The dots at {place} are not valid JSON. The sample in Blitzllama’s documentation "
                "ends in “, ...”. Remove it to get JSON."
            )
        if not text or self.position == len(text) == len(_BLANK.match(text)[0]):  # type: ignore[index]
            return "It is empty, but JSON has at least one value."
        if text.startswith("\ufeff") and self.position == 0:
            return "It starts with a byte order mark, which JSON does not allow."
        if self.expected is None:
            return f"The JSON is complete, but more text follows at {place}."
        if self.is_at_end:
            return f"It ends at {place}, where {self.expected} is missing."
        return f"Unexpected text at {place}, where JSON has {self.expected}."


def tokens(text: str) -> Iterator[Token]:
    """Yield each token in order, at any depth. Raises JsonSyntaxError where the text stops being strict
    JSON."""
    open_marks = bytearray()
    expected = _VALUE
    position = 0
    match = _TOKEN.match
    while True:
        found = match(text, position)
        if found is None:
            raise JsonSyntaxError(text, _BLANK.match(text, position).end(), expected)  # type: ignore[union-attr]
        kind = found.lastgroup or ""
        start, end = found.span(kind)
        if kind == "mark":
            kind = text[start]
            if kind in "{[" and expected in (_VALUE, _VALUE_OR_END):
                open_marks.append(ord(kind))
                expected = _NAME_OR_END if kind == "{" else _VALUE_OR_END
                yield kind, start, end
                position = end
                continue
            if kind == ":" and expected is _COLON:
                expected = _VALUE
            elif kind == "," and expected is _COMMA_OR_BRACE:
                expected = _NAME
            elif kind == "," and expected is _COMMA_OR_BRACKET:
                expected = _VALUE
            elif (kind == "}" and expected in (_COMMA_OR_BRACE, _NAME_OR_END)) or (
                kind == "]" and expected in (_COMMA_OR_BRACKET, _VALUE_OR_END)
            ):
                open_marks.pop()
                expected = ""
            else:
                raise JsonSyntaxError(text, start, expected)
        elif kind == "string" and expected in (_NAME, _NAME_OR_END):
            kind, expected = "name", _COLON
        elif expected in (_VALUE, _VALUE_OR_END):
            expected = ""
        else:
            raise JsonSyntaxError(text, start, expected)
        yield kind, start, end
        position = end
        if not expected:  # a value is complete
            if not open_marks:
                break
            expected = _COMMA_OR_BRACE if open_marks[-1] == 0x7B else _COMMA_OR_BRACKET
    rest = _BLANK.match(text, position).end()  # type: ignore[union-attr]
    if rest < len(text):
        raise JsonSyntaxError(text, rest, None)


def pretty(text: str, size: int = 16_384) -> Iterator[str]:
    """Yield the text with one line per value, in pieces of about `size` characters.

    Names, strings and numbers are as in the source. Where the text stops being JSON, JsonSyntaxError is
    raised after the pieces before that place.
    """
    parts: list[str] = []
    length = depth = 0
    is_open = False
    try:
        for kind, start, end in tokens(text):
            if kind in "}]":
                depth -= 1
                part = kind if is_open else _line(depth) + kind
            else:
                part = text[start:end]
                if is_open:
                    part = _line(depth) + part
                if kind == ",":
                    part += _line(depth)
                elif kind == ":":
                    part += " "
            is_open = kind in "{["
            if is_open:
                depth += 1
            parts.append(part)
            length += len(part)
            if length >= size:
                yield "".join(parts)
                parts.clear()
                length = 0
    except JsonSyntaxError:
        yield "".join(parts)
        raise
    if parts:
        yield "".join(parts)


def compact(text: str) -> str:
    """Return the text without white space between its tokens. Raises JsonSyntaxError if it is not JSON."""
    return "".join(text[start:end] for _, start, end in tokens(text))


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, MAX_INDENT)
