"""JSON laid out token by token: every digit as it stands in the source, every fault with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.source import JsonSyntaxError, pretty, tokens

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def laid_out(text: str) -> str:
    return "".join(pretty(text))


def reason(text: str) -> str:
    with pytest.raises(JsonSyntaxError) as told:
        list(tokens(text))
    return str(told.value)


@given(ANY_JSON)
def test_what_is_laid_out_is_the_same_json(value: Any) -> None:
    text = json.dumps(value)
    assert json.loads(laid_out(text)) == value
    assert "".join(text[start:end] for _, start, end in tokens(text)) == json.dumps(
        value, separators=(",", ":")
    )


@given(st.text(alphabet='[]{}:,"\\/ \n0123456789.eE+-truefalsn\x01é', max_size=30))
def test_it_takes_exactly_what_a_strict_reader_takes(text: str) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
        is_json = True
    except ValueError:
        is_json = False
    try:
        list(tokens(text))
        is_taken = True
    except JsonSyntaxError:
        is_taken = False
    assert is_taken == is_json


def test_numbers_keep_their_digits() -> None:
    numbers = ["12345678901234567890", "1.0", "1e400", "-0", "0.10", "9007199254740993"]
    assert laid_out("[" + ",".join(numbers) + "]").split() == [
        "[",
        *[f"{number}," for number in numbers[:-1]],
        numbers[-1],
        "]",
    ]


def test_an_object_takes_a_line_for_each_member_and_empty_ones_none() -> None:
    assert laid_out('{"a":{},"b":[1,[]],"a":"twice"}') == (
        '{\n  "a": {},\n  "b": [\n    1,\n    []\n  ],\n  "a": "twice"\n}'
    )


def test_a_hundred_thousand_levels_do_not_grow_by_their_square() -> None:
    assert len(laid_out("[" * 100_000 + "]" * 100_000)) < 30_000_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, ...}', "sample"),
        ('[{"a": 1}, …]', "sample"),
        ("", "empty"),
        (" \n", "empty"),
        ("\ufeff{}", "byte order mark"),
        ("{} x", "more text follows at character 4"),
        ('{"a":\n[1,', "ends at line 2, character 4"),
        ("[1\n 2]", "line 2, character 2"),
        ("{a: 1}", "a name in double quotes"),
        ("[1,]", "a value"),
        ("[01]", "character 3"),
        ('["\n"]', "character 2"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, words: str) -> None:
    assert words in reason(text)


def test_what_stands_before_a_fault_is_still_laid_out() -> None:
    pieces: list[str] = []
    with pytest.raises(JsonSyntaxError):
        pieces.extend(pretty('{"a": 1, "b": [2, ...'))
    assert "".join(pieces) == '{\n  "a": 1,\n  "b": [\n    2,\n    '


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', "Line 2: a comma is missing."),
        ('{\n  "a": 1,\n}', "Line 3: a name in double quotes is missing."),
        ('{\n  "a": ,\n}', "Line 2: a value is missing."),
        ('{\n  "a" 1\n}', "Line 2: a colon is missing."),
        ("[1\n", "Line 1: a ] is missing."),
        ("[1]\n2", "Line 2: more text follows the JSON."),
    ],
)
def test_an_error_is_short_and_names_the_line_to_look_at(text: str, sentence: str) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        list(tokens(text))
    assert caught.value.short == sentence
