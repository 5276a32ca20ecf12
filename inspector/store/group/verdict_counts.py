"""Counts of captures by verdict, as the tables of figures keep them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from inspector.domain.signature.verdict import COUNTED


@dataclass(slots=True)
class VerdictCounts:
    """How many captures a respondent, group or survey has; mutable, as it is added up."""

    captures: int = 0
    """Trusted ones."""
    others: int = 0
    valid: int = 0
    rewritten: int = 0
    invalid: int = 0
    unsigned: int = 0
    unchecked: int = 0

    def count(self, mix: str, is_trusted: bool, number: int = 1) -> None:
        """Add `number` captures whose verdict falls in the column `mix` of COUNTED."""
        setattr(self, mix, getattr(self, mix) + number)
        if is_trusted:
            self.captures += number
        else:
            self.others += number

    def add(self, other: VerdictCounts, sign: int = 1) -> None:
        """Add every count of `other`, or take it away with `sign` -1."""
        for column in COLUMNS:
            setattr(self, column, getattr(self, column) + sign * getattr(other, column))

    def values(self) -> tuple[int, ...]:
        """In the order of COLUMNS."""
        return tuple(getattr(self, column) for column in COLUMNS)


COLUMNS = tuple(field.name for field in fields(VerdictCounts))
assert COLUMNS[2:] == COUNTED
