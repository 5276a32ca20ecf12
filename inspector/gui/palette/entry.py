"""Entries of the palette, and their ranking for a typed text. The functions are pure, and fast enough for
each key press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

PARTS = ("This capture", "Everything shown", "Go to", "Application", "Settings")
"""The captions, in display order."""
UNAVAILABLE = "Not available"
"""The caption of unavailable entries, which come last."""
SETTINGS_MARK, CAPTURE_MARK = ">", "#"

_MISS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteEntry:
    """A command in the palette. An unavailable entry is listed with its reason."""

    title: str
    part: str
    """One of PARTS."""
    run: Callable[[], None]
    hint: str = ""
    """Its object or topic, next to the title."""
    also: str = ""
    """More search words."""
    icon: str | None = None
    keys: tuple[str, ...] = ()
    """Key caps from left to right."""
    reason: str = ""
    """Why it is not available now."""
    is_setting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A found entry."""

    entry: PaletteEntry
    rank: int
    """Lower is better."""
    spans: tuple[tuple[int, int], ...] = ()
    """The typed parts of its title, as (start, end)."""


def found(entries: Sequence[PaletteEntry], typed: str) -> list[Hit]:
    """Return the entries that contain every typed word: available ones first, by part and rank.

    A word in a title counts more than one in a hint, the start of a word more than its middle, and a whole
    word more than a part.
    """
    is_settings = typed.startswith(SETTINGS_MARK)
    words = typed.removeprefix(SETTINGS_MARK).lower().split()
    if is_settings:
        entries = [entry for entry in entries if entry.is_setting]
    hits = [hit for entry in entries if (hit := _hit(entry, words)) is not None]
    # Without typed text, entries with an icon come first: the keys for tabs and rows are known to users.
    return sorted(
        hits,
        key=lambda hit: (
            *(bool(hit.entry.reason), PARTS.index(hit.entry.part)),
            *(hit.rank, not words and hit.entry.icon is None),
        ),
    )


def best(hits: Sequence[Hit]) -> int | None:
    """Return the index of the best available hit, for the Return key; None if there is none."""
    places = [place for place, hit in enumerate(hits) if not hit.entry.reason]
    return min(places, key=lambda place: (hits[place].rank, place), default=None)


def _hit(entry: PaletteEntry, words: Sequence[str]) -> Hit | None:
    title, hint = entry.title.lower(), f"{entry.hint} {entry.also}".lower()
    rank, spans = 0, []
    for word in words:
        place = _place(title, word)
        if place is not None:
            spans.append((place, place + len(word)))
            end = place + len(word)
            rank += 0 if place == 0 else 2 if not title[place - 1].isalnum() else 6
            rank += title[end : end + 1].isalnum()  # the word continues
        elif word in hint:
            rank += 12
        else:
            return None
    return Hit(entry=entry, rank=rank + (_MISS if entry.is_setting else 0), spans=tuple(sorted(spans)))


def _place(title: str, word: str) -> int | None:
    """Return the index of a typed word in a title, at the start of a word if possible."""
    first = place = title.find(word)
    while place > 0 and title[place - 1].isalnum():
        place = title.find(word, place + 1)
    return place if place >= 0 else first if first >= 0 else None
