"""Edits of a JSON text by spans: only the edited characters change, never a digit or a space next to them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from operator import eq
from typing import NamedTuple, TypeAlias

from inspector.domain.json.json_path import Step
from inspector.domain.json.source import JsonSyntaxError, Token, compact, pretty, tokens
from inspector.domain.json.walk import Walk
from inspector.domain.stringify import stringify

ValuePath: TypeAlias = tuple[Step, ...]
"""The names and indexes that lead to a value; empty for the outermost one."""

_BLANK = " \t\n\r"


class ValueSpan(NamedTuple):
    """The place of a value in a text."""

    start: int
    end: int
    member: int
    """The start of its name, or of the value itself if it has none."""


def value_spans(text: str, depth: int = 3) -> dict[ValuePath, ValueSpan]:
    """Return the places of the values up to `depth` levels down, in the order of their ends.

    Of duplicate names, the last one counts, as in JSON.parse. Raises JsonSyntaxError if the text is not JSON.
    """
    found: dict[ValuePath, ValueSpan] = {}
    walk = Walk(text)
    for kind, start, end in walk:
        if kind not in "{[" and walk.depth <= depth:
            name = walk.name_range
            found[walk.steps] = ValueSpan(start, end, start if name is None else name[0] - 1)
    # The members of an earlier duplicate are outside the one that counts.
    return {path: span for path, span in found.items() if _is_inside(span, path, found)}


def _is_inside(span: ValueSpan, path: ValuePath, found: Mapping[ValuePath, ValueSpan]) -> bool:
    return all(found[path[:size]].start <= span.start < found[path[:size]].end for size in range(len(path)))


def with_values(text: str, sources: Mapping[ValuePath, str | None]) -> str:
    """Return the text with other sources of the values at these paths; None removes a value and its name.

    A member that does not exist is added at the end of its object. Paths that lead nowhere are ignored.
    Raises JsonSyntaxError if the text is not JSON.
    """
    spans = value_spans(text, max(map(len, sources), default=0))
    edits: list[tuple[int, int, str]] = []
    grown: set[ValuePath] = set()
    for path, source in sources.items():
        span, parent = spans.get(path), spans.get(path[:-1]) if path else None
        name = path[-1] if path else None
        if span is not None:
            edits.append(_removal(text, span) if source is None else (span.start, span.end, source))
        elif source is not None and parent and text[parent.start] == "{" and isinstance(name, str):
            edits.append(_addition(text, parent, name, source, is_first=path[:-1] not in grown))
            grown.add(path[:-1])
    parts: list[str] = []
    place = 0
    for start, end, source in sorted(edits, key=lambda edit: edit[:2]):
        # removals next to each other can both contain the comma between them
        parts += (text[place : max(start, place)], source)
        place = max(place, end)
    return "".join((*parts, text[place:]))


def _addition(
    text: str, parent: ValueSpan, name: str, source: str, *, is_first: bool
) -> tuple[int, int, str]:
    place = _before_blank(text, parent.end - 1)
    comma = "" if is_first and text[place - 1] == "{" else ","
    return place, place, f"{comma}{quoted(name)}:{source}"


def _removal(text: str, span: ValueSpan) -> tuple[int, int, str]:
    before = _before_blank(text, span.member)
    if text[before - 1] == ",":
        return before - 1, span.end, ""
    after = span.end
    while text[after] in _BLANK:
        after += 1
    return span.member, after + 1 if text[after] == "," else span.end, ""


def _before_blank(text: str, place: int) -> int:
    while place and text[place - 1] in _BLANK:
        place -= 1
    return place


def quoted(text: str) -> str:
    """Return a text as JSON.stringify prints it."""
    return stringify(text).decode("utf-8", "surrogatepass")


# ---- a layout to edit


def laid_out(text: str) -> str:
    """Return the text with one value per line, to be edited and followed by `followed`.

    A text with several lines has its own layout and stays as it is, and so does a text that is not JSON.
    """
    if "\n" in text.strip(_BLANK):
        return text
    try:
        return "".join(pretty(text))
    except JsonSyntaxError:
        return text


def followed(text: str, shown: str, edited: str) -> str:
    """Return `text` with the same change that made `edited` of `shown`, which is `laid_out(text)`.

    If `edited` is JSON, only the changed tokens differ, and added ones have no white space unless the text
    has some. Otherwise the typed characters are inserted at the same place.
    """
    if shown in (text, edited):
        return edited if shown == text else text
    try:
        own, old = list(tokens(text)), list(tokens(shown))
    except JsonSyntaxError:
        return edited
    try:
        new = list(tokens(edited))
    except JsonSyntaxError:
        return _typed(text, own, shown, old, edited)
    before, after = [shown[start:end] for _, start, end in old], [edited[start:end] for _, start, end in new]
    first, last = shared_ends(before, after)
    if first + last == len(before) == len(after):
        return text
    middle, marks = after[first : len(after) - last], _marks(text, own)
    replaced = own[first : len(own) - last]
    source = "".join(marks.get(one, one) if place else one for place, one in _placed(middle))
    follower = own[len(own) - last] if last else (".", len(text), len(text))
    if not replaced:
        is_after = not middle or middle[0] in ",:" or not last
        start = end = own[first - 1][2] if is_after and first else follower[1]
        if not is_after and middle[-1] in ",:":
            source = source[:-1] + marks[middle[-1]]
    else:
        start, end = replaced[0][1], replaced[-1][2]
        if not middle and replaced[-1][0] == ",":
            end = follower[1]
    return text[:start] + source + text[end:]


def _placed(parts: list[str]) -> list[tuple[bool, str]]:
    """Return each part with whether another one follows it."""
    return [(place < len(parts) - 1, part) for place, part in enumerate(parts)]


def _marks(text: str, own: list[Token]) -> dict[str, str]:
    """Return the comma and the colon as the text writes them: with a space, if its first one has it."""
    found = {}
    for mark in ",:":
        end = next((end for kind, _, end in own if kind == mark), None)
        found[mark] = mark + (" " if end is not None and text[end : end + 1] == " " else "")
    return found


def _typed(text: str, own: list[Token], shown: str, old: list[Token], edited: str) -> str:
    first, last = shared_ends(shown, edited)
    start, end = _moved(first, own, old, len(text)), _moved(len(shown) - last, own, old, len(text))
    return text[:start] + edited[first : len(edited) - last] + text[max(start, end) :]


def _moved(place: int, own: list[Token], old: list[Token], length: int) -> int:
    """Return the place in the text for one in its layout; the white space of the layout has none."""
    for (_, own_start, own_end), (_, start, end) in zip(own, old, strict=True):
        if place <= start:
            return own_start
        if place <= end:
            return own_end - (end - place)
    return length


def shared_ends(before: list[str] | str, after: list[str] | str) -> tuple[int, int]:
    """Return how many parts two sequences share at the beginning, and then at the end."""
    first = sum(1 for _ in takewhile(bool, map(eq, before, after)))
    room = min(len(before), len(after)) - first
    last = sum(1 for _ in takewhile(bool, map(eq, reversed(before), reversed(after))))
    return first, min(last, room)


# ---- changes


class ValueChange(NamedTuple):
    """A value that differs between two texts; None if only the other text has it."""

    path: ValuePath
    before: str | None
    after: str | None
    """The sources without the white space between tokens."""


def value_changes(original: str, text: str) -> tuple[ValueChange, ...]:
    """Return the values that differ, in the order of the new text. Raises JsonSyntaxError if either is not
    JSON.

    A response is one value, however many options it has. An added or removed object is one change.
    """
    old, new = _atoms(original), _atoms(text)
    found: list[ValueChange] = []
    for path in (*new, *(path for path in old if path not in new)):
        before, after = old.get(path), new.get(path)
        if before != after:
            found.append(ValueChange(path, before, after))
    whole = {change.path for change in found}
    return tuple(
        change for change in found if not any(change.path[:size] in whole for size in range(len(change.path)))
    )


def _atoms(text: str) -> dict[ValuePath, str]:
    """Return the sources of values by path; those of objects and arrays with members say only their kind."""
    spans = value_spans(text)
    found: dict[ValuePath, str] = {}
    for path, span in sorted(spans.items(), key=lambda one: one[1].start):
        if "response" in path[:-1]:
            continue
        is_whole = text[span.start] not in "{[" or len(path) == 3 or path[-1:] == ("response",)
        source = compact(text[span.start : span.end]) if is_whole else text[span.start]
        found[path] = source
    return found
