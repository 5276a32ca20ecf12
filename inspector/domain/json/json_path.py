"""Where a value stands in a JSON text, as the path that a filter takes: `$.responses[0].response`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from inspector.base.visible import visible
from inspector.domain.json.json_index import JsonIndex
from inspector.domain.json.source import Broken, tokens

MAX_NAME = 300
"""Characters of a name in a path: a sender may make it as long as the body."""

# As in domain/query/json_path.py: what needs no quotes in a filter.
_PLAIN = re.compile(r'[^\s.:\[\]()"*\\]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPlace:
    """A value and where it stands."""

    path: str
    source: str
    """As it stands in the text, digit for digit."""


def step(name: str | int) -> str:
    """What a member's name or an element's place adds to a path."""
    if isinstance(name, int):
        return f"[{name}]"
    if _PLAIN.fullmatch(name):
        return f".{name}"
    escaped = visible(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'


def decoded_name(source: str) -> str:
    """A member's name from its source without quotes; cut where it is longer than a path can use."""
    if len(source) > MAX_NAME:
        return source[:MAX_NAME] + "…"
    if "\\" not in source:
        return source
    try:
        return str(json.loads(f'"{source}"'))
    except ValueError:
        return source


def path_of(outline: JsonIndex, value: int) -> str:
    """The path of a value of an outline; `$` is the outermost one."""
    steps: list[str] = []
    while parent := outline.parents[value]:
        start, end = outline.name_starts[value], outline.name_ends[value]
        if start < 0:
            steps.append(step(outline.rows[value]))
        else:
            steps.append(step(decoded_name(outline.text[start : min(end, start + MAX_NAME + 1)])))
        value = parent
    return "$" + "".join(reversed(steps))


def place_at(text: str, offset: int) -> JsonPlace | None:
    """The value at a character of a text; of a name the value it has, of a bracket what it encloses.

    None between values, and behind where the text stops being JSON. Pure and picklable, for the worker
    where the text is long.
    """
    opened: list[tuple[str, int, int, str]] = []  # mark, start, members so far, name of the one to come
    name = ""
    found: tuple[str, int, int] | None = None  # path, start, how many are open above it
    is_name_meant = False
    try:
        for kind, start, end in tokens(text):
            if kind in "}]":
                mark, began, count, name = opened.pop()
                if found is not None and found[2] == len(opened):
                    return JsonPlace(path=found[0], source=text[found[1] : end])
                if start <= offset < end and found is None:
                    return JsonPlace(path=_path(opened, name), source=text[began:end])
            elif kind == "name":
                name = decoded_name(text[start + 1 : end - 1])
                is_name_meant = found is None and start <= offset < end
            elif kind == ",":
                mark, began, count, of = opened[-1]
                opened[-1] = (mark, began, count + 1, of)
            elif kind != ":":
                is_meant = is_name_meant or (found is None and start <= offset < end)
                is_name_meant = False
                if kind in "{[":
                    if is_meant:
                        found = (_path(opened, name), start, len(opened))
                    opened.append((kind, start, 0, name))
                elif is_meant:
                    return JsonPlace(path=_path(opened, name), source=text[start:end])
            if start > offset and found is None and not is_name_meant:
                return None
    except Broken:
        return None
    return None


def place_in(body: bytes, offset: int) -> JsonPlace | None:
    """As `place_at`, for a byte of a body."""
    before = body[:offset].decode("utf-8", "replace")
    return place_at(body.decode("utf-8", "replace"), len(before))


def _path(opened: list[tuple[str, int, int, str]], name: str) -> str:
    """The path of a value within what is open, `name` being its own."""
    names = [of for *_, of in opened[1:]] + [name]
    parts = (
        [step(count if mark == "[" else own) for (mark, _, count, _), own in zip(opened, names, strict=True)]
        if opened
        else []
    )
    return "$" + "".join(parts)
