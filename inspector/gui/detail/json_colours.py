"""The colours of a line of JSON, also of one that begins inside a string."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PARTS = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*"?)(?P<colon>\s*:)?'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)"
    r"|(?P<word>\b(?:true|false|null)\b)"
)
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*"?')
_QUOTE = re.compile(r'\\.|(")')
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")

Span = tuple[int, int, str]
"""First place and length in UTF-16 units, as Qt counts, and the token of the colour."""


def colour_spans(line: str, is_in_string: bool = False) -> Iterator[Span]:
    """What of a line has another colour than names and marks; it may begin within a text."""
    start = 0
    if is_in_string:
        rest = _REST_OF_STRING.match(line)
        assert rest is not None, "it matches nothing at least"
        start = rest.end()
        yield 0, utf16_length(line[:start]), "code_string"
    is_plain = _BEYOND_BMP.search(line) is None
    for part in _PARTS.finditer(line, start):
        kind = part.lastgroup
        if kind == "colon":
            continue  # a name
        first, last = part.span()
        if not is_plain:
            first, last = utf16_length(line[:first]), utf16_length(line[:last])
        yield first, last - first, f"code_{kind}"


def ends_in_string(line: str, is_in_string: bool) -> bool:
    """Whether a line that goes on in the next one leaves it within a text."""
    return is_in_string ^ (sum(found[1] is not None for found in _QUOTE.finditer(line)) % 2 == 1)


def utf16_length(text: str) -> int:
    """How many places Qt counts for a text: two for each character beyond the first 65,536."""
    return len(text) if text.isascii() else len(text) + len(_BEYOND_BMP.findall(text))


def from_utf16(text: str, places: int) -> int:
    """The place in `text` that Qt calls `places`."""
    if _BEYOND_BMP.search(text) is None:
        return min(places, len(text))
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * places].decode("utf-16-le", "replace"))
