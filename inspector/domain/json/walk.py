"""One walk over the values of a JSON text with their paths, and the value at a position or a path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.domain.json.json_path import Step, name_text, step_text
from inspector.domain.json.source import JsonSyntaxError, Token, tokens


class Walk:
    """The values of a text in order. Names are decoded only when needed.

    Iterating yields a token for each value, and another one for the end of each object and array, whose start
    is that of the whole object or array. In between, the properties describe the value of that token. Raises
    JsonSyntaxError if the text stops being JSON; the properties then describe the last place before.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        """The end of the last token, whatever its kind."""
        self._steps: list[tuple[int, int] | int] = []
        """One entry for each open object or array: the name in quotes as a range of the text, or the
        index."""

    def __iter__(self) -> Iterator[Token]:
        steps = self._steps
        starts: list[int] = []
        for kind, start, end in tokens(self.text):
            self.end = end
            if kind == "name":
                steps[-1] = (start, end)
            elif kind == ",":
                if isinstance(last := steps[-1], int):
                    steps[-1] = last + 1
            elif kind in "}]":
                steps.pop()
                yield kind, starts.pop(), end
            elif kind != ":":
                yield kind, start, end
                if kind in "{[":
                    starts.append(start)
                    steps.append((0, 0) if kind == "{" else 0)

    @property
    def depth(self) -> int:
        """The number of objects and arrays around the value."""
        return len(self._steps)

    @property
    def steps(self) -> tuple[str | int, ...]:
        """The value's path as names and indexes."""
        return tuple(step if isinstance(step, int) else self._decoded(step) for step in self._steps)

    @property
    def name_range(self) -> tuple[int, int] | None:
        """The value's name in the text, without quotes; None for an element or the outermost value."""
        last = self._steps[-1] if self._steps else 0
        return None if isinstance(last, int) else (last[0] + 1, last[1] - 1)

    @property
    def name(self) -> str:
        """The value's name; empty for an element or the outermost value."""
        last = self._steps[-1] if self._steps else 0
        return "" if isinstance(last, int) else self._decoded(last)

    @property
    def nearest_name(self) -> str:
        """The name of the value, or of the nearest named object or array around it."""
        found = next((step for step in reversed(self._steps) if not isinstance(step, int)), None)
        return "" if found is None else self._decoded(found)

    @property
    def path(self) -> str:
        """The value's path, as used in a filter: `$.responses[0].response`."""
        return "$" + "".join(
            step_text(step if isinstance(step, int) else name_text(self.text[step[0] + 1 : step[1] - 1]))
            for step in self._steps
        )

    def is_at(self, steps: Sequence[Step]) -> bool:
        """Return whether the value is at a path, in which None is any element of an array."""
        return len(steps) == len(self._steps) and all(
            (wanted is None or wanted == step)
            if isinstance(step, int)
            else isinstance(wanted, str) and wanted == self._decoded(step)
            for step, wanted in zip(self._steps, steps, strict=True)
        )

    def _decoded(self, step: tuple[int, int]) -> str:
        source = self.text[step[0] : step[1]]
        return source[1:-1] if "\\" not in source else str(json.loads(source))


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPlace:
    """A value and its path."""

    path: str
    source: str
    """The value as in the text, digit for digit."""


def place_at(text: str, offset: int) -> JsonPlace | None:
    """Return the value at a character of a text: for a name its value, for a bracket the enclosed value.

    None between values, and after the place where the text stops being JSON. Pure and picklable, for the
    worker if the text is long.
    """
    walk = Walk(text)
    found: tuple[str, int] | None = None  # path and start of an object or array
    try:
        for kind, start, end in walk:
            if kind in "}]":
                if found is not None and found[1] == start:
                    return JsonPlace(path=found[0], source=text[start:end])
                if found is None and offset == end - 1:
                    return JsonPlace(path=walk.path, source=text[start:end])
            elif found is None:
                name = walk.name_range
                is_in_name = name is not None and name[0] - 1 <= offset <= name[1]
                if is_in_name or start <= offset < end:
                    if kind not in "{[":
                        return JsonPlace(path=walk.path, source=text[start:end])
                    found = walk.path, start
            if found is None and walk.end > offset:
                return None
    except JsonSyntaxError:
        pass
    return None


def place_in(body: bytes, offset: int) -> JsonPlace | None:
    """Return the same for a byte of a body."""
    before = body[:offset].decode("utf-8", "replace")
    return place_at(body.decode("utf-8", "replace"), len(before))


def source_at(text: str, path: str) -> str | None:
    """Return the first value at a path such as `Walk.path`, digit for digit; None if there is none.

    Pure and picklable, for the worker if the text is long.
    """
    walk = Walk(text)
    found: int | None = None
    try:
        for kind, start, end in walk:
            if found is not None:
                if kind in "}]" and start == found:
                    return text[start:end]
            elif kind not in "}]" and walk.path == path:
                if kind not in "{[":
                    return text[start:end]
                found = start
    except JsonSyntaxError:
        pass
    return None
