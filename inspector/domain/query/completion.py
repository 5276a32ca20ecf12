"""Suggestions at the cursor of a query: names of fields, and their values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from inspector.base.visible import visible
from inspector.domain.query.fields import FIELDS, JSON_PATH, FilterField
from inspector.domain.query.parser import OPERATORS

MOST = 20
"""Maximum stored values, more than a user reads."""

# Like the parser's tokens, but for an unfinished text.
_TERM = re.compile(
    r'(?:(?P<name>[A-Za-z][A-Za-z0-9_-]*|\$(?:"(?:[^"\\]|\\.)*"|[^\s()":])*):)?'
    r'(?P<value>"(?:[^"\\]|\\.)*"?|[^\s()"]*)',
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')
_NEEDS_QUOTES = re.compile(r'[\s()"*]|^$')


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionPlace:
    """The text being typed."""

    start: int
    end: int
    """The range that a suggestion replaces."""
    field: FilterField | None
    """The field of the value; None for a word, which can become the name of a field."""
    typed: str
    """The text left of the cursor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A suggested text for the cursor."""

    text: str
    """The text that replaces the typed one."""
    label: str
    """The text to show, made visible."""
    help: str = ""
    exact: str = ""
    """A stored value as it was sent."""
    help_exact: str = ""
    """The help of a stored value as it was sent, such as the id of a survey that is known by its name."""


def place_at(text: str, cursor: int) -> CompletionPlace | None:
    """Return the place of the cursor. None within a phrase, which has no suggestions."""
    position = 0
    while position < cursor:
        if text[position].isspace() or text[position] in "()-":
            position += 1
            continue
        term = _TERM.match(text, position)
        assert term is not None
        if term.end() >= cursor:
            return _place(term, cursor)
        position = max(term.end(), position + 1)
    return CompletionPlace(start=cursor, end=cursor, field=None, typed="")


def is_incomplete(text: str, cursor: int) -> bool:
    """Return whether the text at the cursor can still become valid by typing on, such as `since:` or
    `verdict:inv`."""
    place = place_at(text, cursor)
    if place is None:  # in a phrase, or after an operator
        return text[:cursor].count('"') % 2 == 1 or text[:cursor].endswith(OPERATORS)
    if place.field is None:
        return place.typed in ("", "-") or text[:cursor].count("(") > text[:cursor].count(")")
    typed = place.typed.lower()
    known = place.field.words or place.field.suggested
    is_begun = any(one.startswith(typed) for one in (*known, *place.field.synonyms))
    return is_begun or (not place.field.words and typed[:1] in "0123456789<>")


def known_suggestions(place: CompletionPlace) -> list[Suggestion]:
    """Return the fields, or the known words and values of the field. Those that begin with the typed text
    come first, then those that contain it. If no allowed word does, return all of them."""
    if place.field is None:
        return _fitting(
            place.typed,
            (
                Suggestion(text="$." if name == JSON_PATH else f"{name}:", label=f"{name}:", help=entry.help)
                for name, entry in FIELDS.items()
            ),
            is_begun=True,
        )
    values = [Suggestion(text=one, label=one) for one in place.field.words or place.field.suggested]
    return values if has_no_value(place) else _fitting(place.typed, values)


def has_no_value(place: CompletionPlace) -> bool:
    """Return whether the field allows only known words, and none of them contains the typed text."""
    if place.field is None or not place.field.words:
        return False
    typed = place.typed.lower()
    return not any(typed in one for one in (*place.field.words, *place.field.synonyms))


def value_suggestions(place: CompletionPlace, values: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """Return suggestions for stored values, each with a short help. The text is exact, the label made
    visible."""
    return [
        Suggestion(
            text=quoted(value), label=visible(value), help=visible(words), exact=value, help_exact=words
        )
        for value, words in values
    ]


def quoted(value: str) -> str:
    """Return `value` in the form after a colon."""
    if not _NEEDS_QUOTES.search(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def completed(text: str, place: CompletionPlace, offer: Suggestion) -> tuple[str, int]:
    """Return the text with the suggestion in its place, and the new position of the cursor."""
    rest = text[place.end :]
    is_open = offer.text.endswith((":", "."))  # a value must follow
    if not is_open and not rest.startswith((" ", ")")):
        rest = f" {rest}"
    cursor = place.start + len(offer.text) + (not is_open and rest.startswith(" "))
    return text[: place.start] + offer.text + rest, cursor


def _place(term: re.Match[str], cursor: int) -> CompletionPlace | None:
    name, start = term["name"], term.start("value")
    if name is None or cursor < start:
        if name is None and (term["value"].startswith('"') or term["value"] in OPERATORS):
            return None
        typed = term.string[term.start() : cursor]
        return CompletionPlace(
            start=term.start(), end=term.end() if name is None else start, field=None, typed=typed
        )
    entry = FIELDS.get(JSON_PATH if name.startswith("$") else name.lower())
    if entry is None:
        return None
    typed = term.string[start:cursor]
    if typed.startswith('"'):
        typed = _ESCAPED.sub(r"\1", typed[1:])
    return CompletionPlace(start=start, end=term.end(), field=entry, typed=typed)


def _fitting(typed: str, offers: Iterable[Suggestion], *, is_begun: bool = False) -> list[Suggestion]:
    typed = typed.lower()
    every = [offer for offer in offers if typed in offer.label.lower()]
    begun = [offer for offer in every if offer.label.lower().startswith(typed)]
    exact = [offer for offer in every if offer.text.lower() == typed]
    if exact == every:
        return []
    # The typed text comes first: Return accepts the first suggestion, and must not turn a valid query into an
    # invalid one.
    return begun if is_begun else sorted(every, key=lambda offer: (offer not in exact, offer not in begun))
