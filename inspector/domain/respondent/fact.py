"""The facts about a capture that grouping needs: questions, hashes of answers, times; never a body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, TypeAlias

from inspector.domain.event.event import Event, Item, created_ms, groupable, items_of
from inspector.domain.event.question import normal_form
from inspector.domain.stringify import encoder

Question: TypeAlias = tuple[str | None, int | None]
"""The identity of a question for matching answers: its id and its number."""

_encoded = encoder(json.encoder.encode_basestring_ascii)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactItem:
    """One question of a capture, with only the values that grouping needs."""

    question: str | None
    order: int | None
    answer: str
    """Equal for equal answers; `""` for an empty one."""
    created_ms: int | None
    """None if there is no readable time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One trusted capture of a respondent. Samples are not trusted."""

    capture_id: int
    kind: Literal["completion", "answer"]
    body_hash: str
    """Equal for bodies that are equal byte for byte."""
    items: tuple[FactItem, ...]

    @property
    def times(self) -> tuple[int, int] | tuple[None, None]:
        """The first and the last readable time in the capture."""
        found = [item.created_ms for item in self.items if item.created_ms is not None]
        return (min(found), max(found)) if found else (None, None)


def facts_of(event: Event) -> tuple[FactItem, ...]:
    """Return the facts of an event that `fold` needs."""
    return tuple([_fact_item(item) for item in items_of(event)])


def dump_items(event: Event) -> str:
    """Return the same facts as a short ASCII text for the store."""
    return _encoded([_values(item) for item in items_of(event)])


def load_items(text: str) -> tuple[FactItem, ...]:
    """Read the result of `dump_items`, as `facts_of` returns it."""
    return tuple(
        [
            FactItem(question=question, order=order, answer=answer, created_ms=created)
            for question, order, answer, created in json.loads(text)
        ]
    )


def _fact_item(item: Item) -> FactItem:
    question, order, answer, created = _values(item)
    return FactItem(question=question, order=order, answer=answer, created_ms=created)


def _values(item: Item) -> tuple[str | None, int | None, str, int | None]:
    """Return the values of a `FactItem` in the order of its fields."""
    answer = normal_form(item.response)
    question = item.question_id
    return (
        question if question is None or groupable(question) else _hash(question),
        item.question_order,
        _hash(answer) if answer else "",
        created_ms(item.created_at),
    )


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
