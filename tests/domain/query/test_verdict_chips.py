"""Verdicts of a query as chips: the chips and the rest mean what the query means."""

from __future__ import annotations

import pytest

from inspector.domain.query import parse
from inspector.domain.query.verdict_chips import ChippedQuery, chipped


@pytest.mark.parametrize(
    ("text", "verdicts", "rest"),
    [
        ("", (), ""),
        ("verdict:invalid", ("invalid",), ""),
        ("method:POST verdict:INVALID a", ("invalid",), "method:POST a"),
        ("verdict:invalid OR verdict:rewritten", ("rewritten", "invalid"), ""),
        ("a (verdict:invalid OR verdict:valid) b", ("valid", "invalid"), "a b"),
        ("verdict:invalid (a OR b)", ("invalid",), "(a OR b)"),
        ("verdict:valid -verdict:rewritten", ("valid",), "-verdict:rewritten"),
        # No chips, because chips would mean something else.
        ("-verdict:invalid", (), "-verdict:invalid"),
        ("-(verdict:invalid OR verdict:valid)", (), "-(verdict:invalid OR verdict:valid)"),
        ("verdict:invalid OR a", (), "verdict:invalid OR a"),
        ("verdict:invalid verdict:valid", (), "verdict:invalid verdict:valid"),
        ("(a (verdict:invalid OR verdict:valid))", (), "(a (verdict:invalid OR verdict:valid))"),
        ("a AND (verdict:invalid OR verdict:valid)", (), "a AND (verdict:invalid OR verdict:valid)"),
        ("verdict:inv a", (), "verdict:inv a"),
        ('verdict:invalid "', (), 'verdict:invalid "'),
    ],
)
def test_required_verdicts_become_chips_and_everything_else_stays_text(
    text: str, verdicts: tuple[str, ...], rest: str
) -> None:
    found = chipped(text)
    assert (found.verdicts, found.rest) == (verdicts, rest)


def test_chips_narrow_each_alternative_of_the_rest() -> None:
    query = ChippedQuery(rest="a OR b").with_verdicts(["invalid"])
    assert query.text == "verdict:invalid (a OR b)"
    assert query.before == "verdict:invalid ("


@pytest.mark.parametrize(
    "text", ["verdict:invalid a", "(verdict:valid OR verdict:invalid) a b", "verdict:invalid (a OR b)"]
)
def test_the_text_of_the_chips_has_the_meaning_of_the_query(text: str) -> None:
    assert parse(chipped(text).text) == parse(text)
