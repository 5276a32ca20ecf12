"""What grouping needs to know of a capture: its questions, hashes of its answers, times; never a body."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from inspector.domain.event import Answer, Completion, Event, Item, created_ms, groupable
from inspector.domain.response import normal_form

_ENCODER = json.JSONEncoder(check_circular=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FactItem:
    """One question of a capture, as far as grouping needs it."""

    question: str | None
    order: int | None
    answer: str
    """Equal for answers that do not disagree; `""` for an empty one."""
    created_ms: int | None
    """None where there is no readable time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One trusted capture of a respondent; samples are none."""

    capture_id: int
    kind: Literal["completion", "answer"]
    body_hash: str
    """Equal for bodies that are equal byte for byte."""
    items: tuple[FactItem, ...]


def facts_of(event: Event) -> tuple[FactItem, ...]:
    """What `fold` needs to know of an event's answers."""
    if isinstance(event, Answer):
        return (_fact_item(event.item),)
    if isinstance(event, Completion):
        return tuple([_fact_item(item) for item in event.items])
    return ()


def dump_items(items: Iterable[FactItem]) -> str:
    """`items` as a short ASCII text for the store."""
    return _ENCODER.encode([(item.question, item.order, item.answer, item.created_ms) for item in items])


def load_items(text: str) -> tuple[FactItem, ...]:
    """What `dump_items` was given."""
    return tuple(
        [
            FactItem(question=question, order=order, answer=answer, created_ms=created)
            for question, order, answer, created in json.loads(text)
        ]
    )


def _fact_item(item: Item) -> FactItem:
    answer = normal_form(item.response)
    question = item.question_id
    return FactItem(
        question=question if question is None or groupable(question) else _hash(question),
        order=item.question_order,
        answer=_hash(answer) if answer else "",
        created_ms=created_ms(item.created_at),
    )


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
