"""The tree of a JSON text as numbers: the position of each value, so that a view creates rows on demand."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass

from inspector.base.visible import shortened, visible
from inspector.domain.json.json_path import MAX_NAME, name_text, step_text
from inspector.domain.json.source import JsonSyntaxError
from inspector.domain.json.walk import Walk

MAX_VALUES = 20_000
MAX_DEPTH = 200
"""A view that expands everything recurses once per level."""
MAX_LABEL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonIndex:
    """Values by number, in the order of the text. Number 0 is not a value, but the parent of the outermost
    one."""

    text: str
    starts: array[int]
    ends: array[int]
    name_starts: array[int]
    """The start of each name, without quotes; -1 for a value without a name."""
    name_ends: array[int]
    parents: array[int]
    rows: array[int]
    """The index among the children of the parent, from 0."""
    first_children: array[int]
    """The start of the children of each value in `children`; one entry more than there are values."""
    children: array[int]
    is_whole: bool
    """Whether all values are included, because there are not too many and none is too deep."""
    broken: str | None
    """Where and why the text stops being JSON, as a sentence; the values before that place are included."""

    def count(self, value: int) -> int:
        """Return the number of indexed children of a value."""
        return self.first_children[value + 1] - self.first_children[value]

    def child(self, value: int, row: int) -> int:
        """Return the number of the child in `row`."""
        return self.children[self.first_children[value] + row]

    def is_container(self, value: int) -> bool:
        """Return whether a value is an object or an array."""
        return self.text[self.starts[value]] in "{[" if value else True

    def name(self, value: int) -> str:
        """Return the name of a value as in the source, or its index in an array."""
        start, end = self.name_starts[value], self.name_ends[value]
        if start < 0:
            return f"[{self.rows[value]}]" if self.parents[value] else ""
        return shortened(visible(self.text[start : min(end, start + MAX_LABEL)]), MAX_LABEL)

    def step(self, value: int) -> str:
        """Return the last step of a value's path; `$` for the outermost one."""
        if not self.parents[value]:
            return "$"
        start = self.name_starts[value]
        if start < 0:
            return step_text(self.rows[value])
        return step_text(name_text(self.text[start : min(self.name_ends[value], start + MAX_NAME + 1)]))

    def path(self, value: int) -> str:
        """Return the path of a value."""
        steps: list[str] = []
        while value:
            steps.append(self.step(value))
            value = self.parents[value]
        return "".join(reversed(steps)) or "$"

    def value_at(self, offset: int) -> int:
        """Return the number of the value whose name or source contains this character of the text, or 0.

        The source of an object or array that is not empty belongs to its members.
        """
        value = bisect_right(self.starts, offset, 1) - 1
        if value and offset < self.ends[value] and not self.count(value):
            return value
        after = value + 1
        if after < len(self.starts) and self.name_starts[after] <= offset < self.name_ends[after]:
            return after
        return 0

    def label(self, value: int) -> str:
        """Return a value as in the source; for an object or array, the number of its members if it is
        known."""
        start, end = self.starts[value], self.ends[value]
        if self.is_container(value):
            count, mark = self.count(value), self.text[start]
            if count == 0 and end - start > 2:
                return shortened(visible(self.text[start : start + MAX_LABEL]), MAX_LABEL)
            return f"{{{count:,}}}" if mark == "{" else f"[{count:,}]"
        cut = "…" if end - start > MAX_LABEL else ""
        return visible(self.text[start : min(end, start + MAX_LABEL)]) + cut


def index_json(text: str, max_values: int = MAX_VALUES, max_depth: int = MAX_DEPTH) -> JsonIndex:
    """Return the index of a text; pure and picklable, for the worker if the text is long."""
    starts, ends, name_starts, name_ends, parents, rows = (array("q", [-1]) for _ in range(6))
    counts = array("q", [0])
    opened = [0]
    skipped = 0  # open levels that are not in the index
    is_whole, broken = True, None
    walk = Walk(text)
    try:
        for kind, start, end in walk:
            if kind in "}]":
                if skipped:
                    skipped -= 1
                else:
                    ends[opened.pop()] = end
                continue
            if skipped or len(starts) > max_values or len(opened) > max_depth:
                is_whole = False
                skipped += kind in "{["
                if len(starts) > max_values and len(opened) == 1:
                    break
                continue
            parent = opened[-1]
            if kind in "{[":
                opened.append(len(starts))
            starts.append(start)
            ends.append(end)
            name = walk.name_range or (-1, -1)
            name_starts.append(name[0])
            name_ends.append(name[1])
            parents.append(parent)
            rows.append(counts[parent])
            counts[parent] += 1
            counts.append(0)
    except JsonSyntaxError as error:
        broken = str(error)
    for value in opened[1:]:
        ends[value] = len(text)
    first, children = _by_parent(parents, rows, counts)
    return JsonIndex(
        text=text,
        starts=starts,
        ends=ends,
        name_starts=name_starts,
        name_ends=name_ends,
        parents=parents,
        rows=rows,
        first_children=first,
        children=children,
        is_whole=is_whole,
        broken=broken,
    )


def _by_parent(parents: array[int], rows: array[int], counts: array[int]) -> tuple[array[int], array[int]]:
    first = array("q", [0])
    for count in counts:
        first.append(first[-1] + count)
    children = array("q", bytes(8 * first[-1]))
    for value in range(1, len(parents)):
        children[first[parents[value]] + rows[value]] = value
    return first, children
