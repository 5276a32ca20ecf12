"""What is offered where the cursor stands, and what the text is once it is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.query import FIELDS, parse
from inspector.domain.query.completion import (
    Suggestion,
    completed,
    known_suggestions,
    place_at,
    quoted,
    value_suggestions,
)


def labels(text: str) -> list[str]:
    """What the registry offers; `|` is the cursor."""
    place = place_at(text.replace("|", ""), text.index("|"))
    return [] if place is None else [offer.label for offer in known_suggestions(place)]


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("su|", ["survey:"]),
        ("-(SU|", ["survey:"]),
        ("crash i|", ["id:", "is:"]),
        ("i| crash", ["id:", "is:"]),
        ("us|er:x", ["user:"]),
        ("$|", ["$.path:"]),
        ("crash|", []),
        ('"a su|', []),
        ('"a b" su|', ["survey:"]),
        ("NOT|", []),
        ("a AND|", []),
        ("verdict:|", ["valid", "rewritten", "bytes-only", "invalid", "unsigned", "unchecked"]),
        ("verdict:VAL|", ["valid", "invalid"]),
        ("a -verdict:un| b", ["unsigned", "unchecked"]),
        ("verdict:valid|", ["valid", "invalid"]),
        ("verdict:invalid|", []),
        ("type:nps|", ["nps_feedback"]),
        ('kind:"ref|"', ["refused"]),
        ("nothing:|", []),
        ("http://x|", []),
    ],
)
def test_what_begins_like_what_is_typed_is_offered(text: str, offers: list[str]) -> None:
    assert labels(text) == offers


@pytest.mark.parametrize("text", ["|", "a |", "(|", "a OR | b"])
def test_where_nothing_is_typed_every_field_could_stand(text: str) -> None:
    assert labels(text) == [f"{name}:" for name in FIELDS]


@pytest.mark.parametrize(
    ("text", "value", "is_then"),
    [
        ("a survey:co|", "Continuous NPS", 'a survey:"Continuous NPS" |'),
        ('survey:"co|" b', 'a "b"', r'survey:"a \"b\"" |b'),
        ("(user:|)", "a*b", '(user:"a*b"|)'),
        ("user:an|n x", "ann", "user:ann |x"),
    ],
)
def test_what_is_taken_stands_in_the_place_of_what_was_typed(text: str, value: str, is_then: str) -> None:
    plain, cursor = text.replace("|", ""), text.index("|")
    place = place_at(plain, cursor)
    assert place is not None
    [offer] = value_suggestions(place, [(value, "")])
    after, at = completed(plain, place, offer)
    assert f"{after[:at]}|{after[at:]}" == is_then
    parse(after)


def test_after_the_name_of_a_field_its_value_follows_at_once() -> None:
    place = place_at("x su", 4)
    assert place is not None
    assert completed("x su", place, Suggestion(text="survey:", label="survey:")) == ("x survey:", 9)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(['"', "\\", "$", ":", "-", "(", " ", "a", "user:"])).map("".join)
)
def test_at_no_place_of_no_text_does_it_fail(text: str) -> None:
    for cursor in range(len(text) + 1):
        place = place_at(text, cursor)
        if place is not None:
            assert 0 <= place.start <= cursor <= place.end <= len(text)
            for offer in known_suggestions(place):
                after, at = completed(text, place, offer)
                assert place.start < at <= len(after)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30))
def test_a_value_in_quotes_is_read_as_that_value(value: str) -> None:
    assert parse(f"note:{quoted(value)}").value == value  # type: ignore[union-attr]
