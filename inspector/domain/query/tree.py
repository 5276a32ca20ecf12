"""What a query means, as a tree of plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Comparison = Literal["contains", "equals", "wildcard", "is"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A bare word: contained in body or target, ignoring case."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A text in quotes: found like a word, spaces included."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A comparison with what is stored of a capture."""

    name: str
    """One of the names in `fields.FIELDS`."""
    op: Comparison
    """`wildcard`: each `*` in the value stands for any text, an empty one too. `is`: a known word."""
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """What `part` does not find."""

    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """What every part finds; with no parts, everything."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """What any of the parts finds; there are two at least."""

    parts: tuple[Node, ...]


Node: TypeAlias = Word | Phrase | Field | Not | And | Or


def field_names(node: Node) -> Iterator[str]:
    """The name of each field that a query looks at, once for every time it does."""
    if isinstance(node, Field):
        yield node.name
    elif isinstance(node, Not):
        yield from field_names(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from field_names(part)
