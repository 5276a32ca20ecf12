"""The first differing place of two bodies, in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.signature.first_difference import difference, first_difference
from tests.builders import ANSWER

VALUE = json.loads(ANSWER)


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (json.dumps(VALUE), "a space after a colon"),
        (ANSWER.decode().replace(",", ", "), "a space after a comma"),
        (json.dumps(VALUE, indent=2), "pretty-printed with 2 spaces"),
        (json.dumps(VALUE, indent="\t").replace("\n", "\r\n"), "with a tab, with Windows line ends"),
        (ANSWER.decode() + "\n", "a newline at the end"),
        (ANSWER.decode() + "\r\n", "CRLF"),
        (" " + ANSWER.decode(), "whitespace before the body"),
        (json.dumps(VALUE, sort_keys=True, separators=(",", ":")), "a different order of keys"),
    ],
)
def test_what_was_done_to_a_body_is_told_in_words(came: str, words: str) -> None:
    assert words in difference(signed=ANSWER, came=came.encode()).words


@pytest.mark.parametrize(
    ("signed", "came", "words"),
    [
        ('{"a":"x/y"}', '{"a":"x\\/y"}', "slashes escaped"),
        ('{"a":"<b>"}', '{"a":"\\u003cb\\u003e"}', r"HTML character escaped as \u003c"),
        ('{"a":"é"}', '{"a":"\\u00e9"}', "non-ASCII"),
        ('{"a":1}', '{"a":1.0}', "a number printed differently"),
        ('{"a":"x"}', '{"a":"y"}', "a different name or text"),
    ],
)
def test_escapes_and_numbers_are_told_in_words(signed: str, came: str, words: str) -> None:
    assert words in difference(signed=signed.encode(), came=came.encode()).words


def test_both_sides_are_shown_from_a_little_before_the_place() -> None:
    found = difference(signed=b'{"a":1,"b":2}', came=b'{"a":1, "b":2}')
    assert (found.offset, found.signed, found.came) == (7, '{"a":1,"b":2}', '{"a":1, "b":2}')


def test_what_is_shown_hides_nothing() -> None:
    assert difference(signed=b"ab\x1bc", came=b"ab\xe2\x80\xaed").came == "ab\\u202ed"


@given(one=st.binary(max_size=40), other=st.binary(max_size=40))
def test_any_two_bodies_are_compared(one: bytes, other: bytes) -> None:
    offset = first_difference(one, other)
    assert one[:offset] == other[:offset]
    assert one[offset : offset + 1] != other[offset : offset + 1] or one == other
    assert difference(signed=one, came=other).words
    assert difference(signed=one, came=other, ours="stringify").words
