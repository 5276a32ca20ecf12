"""The columns of a verdict, and SQL for how users see it, derived from `domain/signature/verdict.py`."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.domain.signature.verdict import COUNTED, VALID_KINDS, Reading, ShownVerdict, Verdict

_READINGS: tuple[tuple[int, Reading], ...] = ((1, "raw"), (2, "stringify"))
MATCHED = tuple(tuple(reading for bit, reading in _READINGS if bits & bit) for bits in range(4))
"""The readings that matched, indexed by the number in the column `matched`."""
_BITS = {matched: bits for bits, matched in enumerate(MATCHED)}


def matched_bits(verdict: Verdict) -> int:
    """Return the value of the column `matched` for the readings that matched."""
    return _BITS[verdict.matched]


def shown_condition(shown: ShownVerdict, table: str = "c") -> str:
    """Return the condition that a capture is shown as `shown`. `valid` includes all its kinds.

    Values are literals, so that SQLite can use the partial index of each kind.
    """
    kind = VALID_KINDS.get(shown)
    if kind is None:
        return f"{table}.verdict = '{shown}'"
    of_json = f" AND {table}.is_json = 1" if kind.is_only_json else ""
    return f"{table}.verdict = 'valid' AND {table}.matched = {_BITS[kind.matched]}{of_json}"


def _counted_as() -> str:
    """Return the expression for the column of COUNTED that a capture counts in."""
    kinds = " ".join(
        f"WHEN {_BITS[kind.matched]} THEN '{shown}'"
        for shown, kind in VALID_KINDS.items()
        if shown in COUNTED
    )
    return f"CASE verdict WHEN 'valid' THEN CASE matched {kinds} ELSE 'valid' END ELSE verdict END"


COUNTED_SQL = _counted_as()
"""The column of COUNTED that a capture counts in, as SQL over `captures`."""


def ranked(ranks: Mapping[ShownVerdict, int]) -> str:
    """Return the expression for the rank of the shown verdict of a capture."""
    kinds_first = sorted(ranks, key=lambda shown: shown not in VALID_KINDS)
    return (
        f"CASE {' '.join(f'WHEN {shown_condition(shown)} THEN {ranks[shown]}' for shown in kinds_first)} END"
    )
