"""The meaning of a query as a tree of plain values, and the error for an invalid query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from inspector.base.errors import UsageError
from inspector.domain.json.json_path import Step
from inspector.domain.query.times import When

FieldOperator = Literal["contains", "equals", "wildcard", "prefix", "is"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A bare word: contained in body or target, ignoring case."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A text in quotes: found like a word, including its spaces."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTerm:
    """A comparison of a text with a stored value of a capture."""

    name: str
    """One of the names in `fields.FIELDS`, as in the following classes."""
    op: FieldOperator
    """`wildcard`: each `*` in the value matches any text, even an empty one. `is`: a known word."""
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenTerm:
    """A number between two bounds, both included. None is an open end."""

    name: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentTerm:
    """Since a time, inclusive, or before one, exclusive."""

    name: str
    when: When


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderTerm:
    """A header, whatever the case of its name; with a value, a header with that value."""

    name: str
    header: str
    """In lower case."""
    op: Literal["exists", "equals", "wildcard"]
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtPath:
    """Text, a number or a word that contains `value` in the body's JSON, ignoring case, at a path or below
    it.

    If an object has a name twice, both values are searched.
    """

    name: str
    steps: tuple[Step, ...]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Captures that `part` does not match."""

    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Captures that every part matches; without parts, all captures."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Captures that any of at least two parts matches."""

    parts: tuple[Node, ...]


Comparing: TypeAlias = FieldTerm | BetweenTerm | MomentTerm | HeaderTerm | AtPath
"""The result of reading a field of a query."""
Node: TypeAlias = Word | Phrase | Comparing | Not | And | Or


def field_names(node: Node) -> Iterator[str]:
    """Yield the name of each field that a query uses, once per use."""
    if isinstance(node, Not):
        yield from field_names(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from field_names(part)
    elif not isinstance(node, Word | Phrase):
        yield node.name


class QueryError(UsageError):
    """Raised if a query is not valid: the reason and its place."""

    def __init__(self, sentence: str, position: int, length: int) -> None:
        super().__init__(sentence)
        self.position = position
        """Index of the first invalid character in the text."""
        self.length = length
        """Number of invalid characters, at least one."""


def listed(words: tuple[str, ...]) -> str:
    """Return `a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
