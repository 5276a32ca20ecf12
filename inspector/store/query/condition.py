"""A part of a selection as SQL, with what it costs to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Cost(IntEnum):
    """What has to be read for a condition: in an and or an or the cheaper ones are asked first."""

    ROW = 0
    TABLE = 1
    HEADERS = 2
    BODY = 3
    JSON = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """SQL over `captures c`, and the values that it binds."""

    text: str
    values: tuple[object, ...] = ()
    cost: Cost = Cost.ROW


def joined(operator: str, conditions: Sequence[Condition]) -> Condition:
    """In order of cost: SQLite asks them so, and none that it need not."""
    if not conditions:
        return Condition(text="1")
    ordered = sorted(conditions, key=lambda condition: condition.cost)
    return Condition(
        text=f" {operator} ".join(f"({condition.text})" for condition in ordered),
        values=tuple(value for condition in ordered for value in condition.values),
        cost=ordered[-1].cost,
    )
