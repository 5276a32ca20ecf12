"""Saved filters as one line of the settings, and what they refuse."""

from __future__ import annotations

import pytest

from inspector.base.errors import UsageError
from inspector.domain.query.saved_filter import SavedFilter, free_name, read_silence


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        ("Failing: on verdict:invalid", SavedFilter(name="Failing", query="verdict:invalid")),
        ("A, b: alert on a OR b", SavedFilter(name="A, b", query="a OR b", bell="on")),
        ("S: muted beep on beep", SavedFilter(name="S", query="beep", bell="muted", has_beep=True)),
        ("Quiet: alert after 90s of silence", SavedFilter(name="Quiet", silence_s=90, bell="on")),
    ],
)
def test_a_filter_is_one_line_and_is_read_back(text: str, filter_: SavedFilter) -> None:
    assert SavedFilter.parse(text) == filter_
    assert SavedFilter.parse(f"  {text} ") == filter_
    assert filter_.text == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("on verdict:invalid", "verdict invalid"),
        ("beep after 2h of silence", "Silence over 2 h"),
        ("after 15m of silence", "Silence over 15 min"),
    ],
)
def test_a_rule_of_an_alert_gets_a_name_and_a_bell(text: str, name: str) -> None:
    found = SavedFilter.parse(text)
    assert (found.name, found.bell) == (name, "on")
    assert SavedFilter.parse(found.text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "verdict:invalid", "A: on", "A: on verdit:invalid", "on"),
        *("A: after 0m of silence", "A: after 9999h of silence"),
        *(f"{'n' * 61}: on a", "a\u202eb: on a", ": on a", "A: on a\nb"),
    ],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError):
        SavedFilter.parse(text)


def test_names_differ() -> None:
    assert free_name("A", ["b"]) == "A"
    assert free_name("A", ["a", "A 2"]) == "A 3"


@pytest.mark.parametrize(("text", "seconds"), [("15", 900), ("15m", 900), ("15 min", 900), ("2h", 7200)])
def test_a_silence_is_read_with_or_without_its_unit(text: str, seconds: int) -> None:
    assert read_silence(text) == seconds
    with pytest.raises(UsageError):
        read_silence(f"{text}x")
