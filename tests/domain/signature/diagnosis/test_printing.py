"""What styles share is laid out once, and comes out as if each were printed by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.value import JsonValue, parse
from inspector.domain.signature.diagnosis.dialects import DIALECTS, Dialect
from inspector.domain.signature.diagnosis.printing import Printer
from inspector.domain.stringify import utf_8, walked, written

TEXTS = st.text(alphabet='a/<&>"\\\t\n\x7f\x00é\u2028\U0001f600', max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | TEXTS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS | st.just("7"), values, max_size=3),
    max_leaves=8,
)


def _parsed(value: Any) -> JsonValue:
    return parse(json.dumps(value).encode())


@given(VALUES)
def test_every_dialect_prints_alike_whatever_was_printed_before(value: Any) -> None:
    parsed = _parsed(value)
    printer = Printer(parsed, is_plain=walked(parsed)[0])
    for dialect in DIALECTS:
        assert printer.printed(dialect.style) == utf_8("".join(written(parsed, dialect.style))), dialect.call


NUMBERS = b"""[0.5, 1.50, 1.5, -1.5, 1e5, 1E5, 1.0, -0, -0.0, 0.00010, 0.0001, 0.00001, 1e-7, 1e400, 100.0,
999999999999999.9, 1234567890123456.7, 1e15, 1e16, 1e21, 9007199254740993, -9223372036854775809, 7, 0.1]"""


@pytest.mark.parametrize("body", [NUMBERS, b'{"b": %b, "a": [%b, "\\u0001,:", null]}' % (NUMBERS, NUMBERS)])
def test_every_dialect_prints_numbers_in_its_own_notation(body: bytes) -> None:
    parsed = parse(body)
    printer = Printer(parsed)
    printed = {printer.printed(dialect.style) for dialect in DIALECTS}
    assert printed == {utf_8("".join(written(parsed, dialect.style))) for dialect in DIALECTS}
    assert len(printed) > 10


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.call)
def test_what_is_printed_is_the_same_json(dialect: Dialect) -> None:
    value = {"a": ["é/<&>\u2028", 1.5, -3, None, {"b": [True, {}]}], "0": "\t"}
    again = json.loads(Printer(_parsed(value)).printed(dialect.style))
    if dialect.style.empty[0] == "[]":
        again["a"][4]["b"][1] = {}
    assert again == value
