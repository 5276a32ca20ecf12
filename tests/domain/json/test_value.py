"""Bodies are read as JavaScript reads them, and nothing a sender can post breaks the reading."""

from __future__ import annotations

import contextlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.value import NotJSON, Number, depth_exceeds, parse


def test_safe_integers_are_integers_and_other_numbers_keep_their_source_text() -> None:
    value = parse(b"[7, -12, 9007199254740991, 1.50, 1e3, 9007199254740993, -0]")
    assert isinstance(value, list)
    assert value[:3] == [7, -12, 9007199254740991]
    assert [type(item) for item in value] == [int, int, int, Number, Number, Number, Number]
    assert [item.source for item in value if isinstance(item, Number)] == [
        "1.50",
        "1e3",
        "9007199254740993",
        "-0",
    ]


def test_a_number_survives_the_way_to_another_process() -> None:
    number = parse(b"1.50")
    copy = pickle.loads(pickle.dumps(number))
    assert isinstance(copy, Number)
    assert (copy, copy.source) == (1.5, "1.50")


def test_a_number_of_five_thousand_digits_is_infinite_as_in_javascript() -> None:
    number = parse(b"9" * 5000)
    assert isinstance(number, Number)
    assert number == float("inf")
    assert number.source == "9" * 5000


def test_of_a_duplicate_key_the_first_place_and_the_last_value_stay() -> None:
    value = parse(b'{"a":1,"b":2,"a":3}')
    assert isinstance(value, dict)
    assert list(value.items()) == [("a", 3), ("b", 2)]


def test_invalid_utf8_becomes_replacement_characters() -> None:
    assert parse(b'"caf\xe9"') == "caf\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b'{"a":1,}',
        b"[1,]",
        b"{'a':1}",
        b"01",
        b"1.",
        b".5",
        b"+1",
        b'"a\nb"',
        b'"a\x00b"',
        b"{}{}",
        b"{}\x00",
        b"\x0b{}",
        b"\xc2\xa0{}",
        b'"\\x41"',
        b'"',
        b"nul",
        "[٣]".encode(),
    ],
)
def test_what_javascript_does_not_read_is_no_json(body: bytes) -> None:
    with pytest.raises(NotJSON):
        parse(body)


DEEP = 100_000


def _deepest(value: object) -> object:
    while isinstance(value, (list, dict)) and value:
        value = value[0] if isinstance(value, list) else value["a"]
    return value


def test_a_hundred_thousand_nested_values_are_read() -> None:
    assert _deepest(parse(b"[" * DEEP + b"1.0" + b"]" * DEEP)) == 1
    assert _deepest(parse(b'{"a" : ' * DEEP + b'"x"' + b" }" * DEEP)) == "x"


@pytest.mark.parametrize(
    "tail",
    [
        b"",
        b"]" * (DEEP - 1),
        b"]" * (DEEP + 1),
        b"1 2" + b"]" * DEEP,
        b"1," + b"]" * DEEP,
        b'{"a"}' + b"]" * DEEP,
        b"{1:2}" + b"]" * DEEP,
        b'{"a":1 "b":2}' + b"]" * DEEP,
        b"NaN" + b"]" * DEEP,
        b'"a\nb"' + b"]" * DEEP,
        b"}" + b"]" * DEEP,
    ],
)
def test_deep_down_the_grammar_is_as_strict(tail: bytes) -> None:
    with pytest.raises(NotJSON):
        parse(b"[" * DEEP + tail)


def test_depth_is_counted_outside_of_strings_only() -> None:
    assert not depth_exceeds(b"[" * 500 + b"]" * 500, 500)
    assert depth_exceeds(b"[" * 501 + b"]" * 501, 500)
    assert depth_exceeds(b'{"a":[' * 251 + b"]}" * 251, 500)
    assert not depth_exceeds(b'["' + b"[{" * 1000 + b'\\"' + b"[" * 1000 + b'"]', 500)
    assert not depth_exceeds(b"[" + b"[]," * 1000 + b"[]]", 500)


def test_a_string_that_never_ends_is_passed_in_one_go() -> None:
    assert not depth_exceeds(b"[" * 9 + b'"' + b'\\"' * 2_000_000 + b"[" * 50, 10)


@given(st.binary(max_size=60) | st.text(alphabet='[]{}":,\\u0019.eE+-tru nl\ud800\n', max_size=40))
def test_any_bytes_are_read_or_refused(body: bytes | str) -> None:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    depth_exceeds(raw, 3)
    with contextlib.suppress(NotJSON):
        parse(raw)
