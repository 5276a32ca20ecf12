"""Fuzzy matching of a typed word in a title, with the letters that matched.

Own code, because the letters are shown: rapidfuzz measures how similar whole texts are, and aligns letters
without regard to words, and pfzy marks letters, but is not maintained. A palette needs little more than this:
letters in order, of which the first begins a word.
"""

from __future__ import annotations

from dataclasses import dataclass

_LONG = 4
INSIDE = 6
"""The rank from which on a match begins within a word, or is in pieces."""
_WORD_START, _SCATTERED, _PER_PIECE = 2, 8, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzyMatch:
    """Where a word was found in a title."""

    rank: int
    """0 for the start of the title; lower is better."""
    spans: tuple[tuple[int, int], ...]
    """The matched letters, as (start, end) from left to right."""


def match(title: str, word: str) -> FuzzyMatch | None:
    """Return the best place of `word` in `title`, both in lower case, or None.

    The start of the title ranks above the start of a word, and that above its middle. Letters that are apart
    rank last, and the first of them begins a word. A word with a digit, such as `localhost:4002`, is never in
    pieces: 4002 is not nearly 4004.
    """
    place = _place(title, word)
    if place is not None:
        end = place + len(word)
        rank = 0 if place == 0 else _WORD_START if _begins_word(title, place) else INSIDE
        return FuzzyMatch(rank=rank + title[end : end + 1].isalnum(), spans=((place, end),))
    if any(map(str.isdigit, word)):
        return None
    found = [spans for start in _starts(title, word[0]) if (spans := _scattered(title, word, start))]
    if not found:
        return None
    spans = min(found, key=len)
    # Letters here and there are not a match, unless each piece begins a word. From four letters on, an
    # abbreviation such as `rply` may be in some pieces.
    is_initials = all(_begins_word(title, begin) for begin, _ in spans)
    if not is_initials and (len(word) < _LONG or len(spans) > len(word) // 2 + 1):
        return None
    return FuzzyMatch(rank=_SCATTERED + _PER_PIECE * len(spans), spans=spans)


def _begins_word(title: str, place: int) -> bool:
    return place == 0 or not title[place - 1].isalnum()


def _place(title: str, word: str) -> int | None:
    """Return the index of a typed word in a title, at the start of a word if possible."""
    first = place = title.find(word)
    while place > 0 and title[place - 1].isalnum():
        place = title.find(word, place + 1)
    return place if place >= 0 else first if first >= 0 else None


def _starts(title: str, letter: str) -> list[int]:
    return [at for at, one in enumerate(title) if one == letter and _begins_word(title, at)]


def _scattered(title: str, word: str, start: int) -> tuple[tuple[int, int], ...]:
    """Return the letters of `word` in order from `start`: next to each other, else at the start of a word,
    else anywhere. Empty if one is missing."""
    spans = [(start, start + 1)]
    for place, letter in enumerate(word[1:], start=1):
        begun, end = spans[-1]
        if title[end : end + 1] == letter:
            spans[-1] = begun, end + 1
            continue
        rest = word[place + 1 :]
        candidates = [at for at in range(end, len(title)) if title[at] == letter]
        possible = [at for at in candidates if _has_in_order(title, rest, at + 1)]
        at = next((at for at in possible if _begins_word(title, at)), next(iter(possible), None))
        if at is None:
            return ()
        spans.append((at, at + 1))
    return tuple(spans)


def _has_in_order(title: str, letters: str, place: int) -> bool:
    for letter in letters:
        place = title.find(letter, place) + 1
        if place == 0:
            return False
    return True
