"""A parsed value in any style, whatever it nests and holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.json.value import depth, parse
from inspector.domain.json.writer import Style, encoder, number_text, utf_8, walked, written

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=6), values, max_size=4),
    max_leaves=12,
)


def _source_text(value: Any, **options: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **options).encode("utf-8", "backslashreplace")


@given(JSON, st.sampled_from(["", " ", "\t", "    "]))
def test_it_prints_as_python_does_where_numbers_keep_their_text(value: Any, indent: str) -> None:
    """Lists of one kind, which are printed at once, and mixed ones alike."""
    style = Style(number=lambda number: number.source, indent=indent, colon=": " if indent else ":")
    body = _source_text(value, indent=indent or None, separators=(",", style.colon))
    assert utf_8("".join(written(parse(body), style))) == body


@given(JSON)
def test_what_the_walk_says_is_so(value: Any) -> None:
    body = _source_text(value)
    is_plain, has_index_keys = walked(parse(body))
    members: list[Any] = [value]
    for member in members:
        members += member.values() if isinstance(member, dict) else member if isinstance(member, list) else ()
    numbers = [one for one in members if type(one) in (int, float)]
    assert is_plain == all(type(one) is int and abs(one) < 2**53 for one in numbers)
    keys = [key for one in members if isinstance(one, dict) for key in one]
    assert has_index_keys == any("0" <= key[:1] <= "9" for key in keys)


@given(JSON, st.booleans())
def test_the_encoder_prints_as_the_standard_one(value: Any, is_ascii: bool) -> None:
    quoted = json.encoder.encode_basestring_ascii if is_ascii else json.encoder.encode_basestring
    assert encoder(quoted)(value) == json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("12345678901234567", "12345678901234568"),
        ("-12345678901234567", "-12345678901234568"),
        ("1152921504606846976", "1152921504606847000"),
        ("-1152921504606846976", "-1152921504606847000"),
        ("10000000000000000", "10000000000000000"),
        ("999999999999999999999", "1e+21"),
        ("99999999999999990000", "99999999999999980000"),
        ("1e20", "100000000000000000000"),
        ("-1.5e20", "-150000000000000000000"),
        ("1e21", "1e+21"),
        ("0.00001234", "0.00001234"),
        ("-1.25e-6", "-0.00000125"),
        ("1.5e-7", "1.5e-7"),
        ("-0.0", "0"),
        ("-1e400", "null"),
        ("5e-324", "5e-324"),
    ],
)
def test_numbers_are_laid_out_as_javascript_lays_them_out(source: str, text: str) -> None:
    value = parse(source.encode())
    assert isinstance(value, float)
    assert number_text(value) == text


def test_depth_is_no_obstacle() -> None:
    body = b'[1,{"a":' * 50_000 + b"null" + b"}]" * 50_000
    assert depth(body) == 100_000
    assert utf_8("".join(written(parse(body), Style()))) == body
