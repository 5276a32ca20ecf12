"""What SQL says of a stored verdict is what the domain says."""

from __future__ import annotations

import sqlite3
from itertools import product

import pytest

from inspector.domain.signature.verdict import COUNTED, SHOWN, Verdict, VerdictWord
from inspector.store.verdict_sql import COUNTED_SQL, MATCHED, matched_bits, ranked, shown_condition

WORDS: tuple[VerdictWord, ...] = ("valid", "invalid", "unsigned", "unchecked")
CASES = [
    (Verdict(word=word, matched=matched if word == "valid" else ()), is_json)
    for word, matched, is_json in product(WORDS, MATCHED[1:], (None, False, True))
]


@pytest.mark.parametrize(("verdict", "is_json"), CASES)
def test_every_verdict_is_shown_sorted_and_counted_alike(verdict: Verdict, is_json: bool | None) -> None:
    shown = verdict.shown(is_json=is_json)
    row = "FROM (SELECT ? AS verdict, ? AS matched, ? AS is_json) c"
    values = (verdict.word, matched_bits(verdict), is_json)
    connection = sqlite3.connect(":memory:")
    try:
        found = {one: connection.execute(f"SELECT {shown_condition(one)} {row}", values) for one in SHOWN}
        true = {one for one, cursor in found.items() if cursor.fetchone()[0]}
        counted = connection.execute(f"SELECT {COUNTED_SQL} {row}", values).fetchone()[0]
        ranks = {one: place for place, one in enumerate(SHOWN)}
        rank = connection.execute(f"SELECT {ranked(ranks)} {row}", values).fetchone()[0]
    finally:
        connection.close()
    assert true == {shown, verdict.word}
    assert counted == (shown if shown in COUNTED else "valid")
    assert rank == ranks[shown]
