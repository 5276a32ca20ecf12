"""Entries of the palette, and their ranking for a typed text. The functions are pure, and fast enough for
each key press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from inspector.gui.palette.fuzzy import INSIDE, match

Part = Literal["Recent", "Commands", "Filters", "Surveys and respondents", "Targets", "Settings"]
RECENT: Part = "Recent"
PARTS: tuple[Part, ...] = (
    *("Recent", "Commands", "Filters", "Surveys and respondents", "Targets", "Settings"),
)
"""The captions, in display order."""
UNAVAILABLE = "Not available now"
"""The caption of unavailable entries, which come last."""
SETTINGS_MARK, RESPONDENTS_MARK, CAPTURE_MARK = ">", "@", "#"
_SHOWN_RECENT = 6
_IN_HINT, _SETTING_MISS, _RECENT_BONUS = 12, 3, 12

Kind = Literal["command", "setting", "choice", "survey", "respondent", "filter", "target", "capture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteEntry:
    """Something that the palette can run. An unavailable entry is listed with its reason."""

    key: str
    """Its identity, by which it is remembered after it was run."""
    kind: Kind
    title: str
    part: Part
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A found entry."""

    entry: PaletteEntry
    rank: int
    """Lower is better."""
    spans: tuple[tuple[int, int], ...] = ()
    """The matched letters of its title, as (start, end)."""


def split_mark(typed: str) -> tuple[str, str]:
    """Return the mark that `typed` begins with, or an empty text, and the remainder."""
    text = typed.lstrip()
    if text[:1] in (SETTINGS_MARK, RESPONDENTS_MARK, CAPTURE_MARK):
        return text[0], text[1:].strip()
    return "", text.strip()


def found(entries: Sequence[PaletteEntry], typed: str, recent: Sequence[str] = ()) -> list[Hit]:
    """Return the entries that contain every typed word: by part and rank, unavailable ones last.

    `recent`: the keys of the entries that were run last, the latest first. Without typed text, return these
    and the commands.
    """
    mark, rest = split_mark(typed)
    words = rest.lower().split()
    age = {key: place for place, key in enumerate(recent if words else recent[:_SHOWN_RECENT])}
    hits = []
    for entry in entries:
        if not _is_asked_for(entry, mark, words, age):
            continue
        hit = _hit(entry, words)
        if hit is not None:
            if entry.key in age and not entry.reason and not mark:
                hit = replace(hit, entry=replace(entry, part=RECENT))
            hits.append(hit)
    return sorted(
        hits,
        key=lambda hit: (
            bool(hit.entry.reason),
            PARTS.index(hit.entry.part),
            hit.rank,
            age.get(hit.entry.key, len(recent)) if hit.entry.part == RECENT else 0,
            # Without typed text, entries with an icon come first: users know the keys for tabs and rows.
            not words and hit.entry.icon is None,
        ),
    )


def best(hits: Sequence[Hit]) -> int | None:
    """Return the index of the best available hit, for the Return key; None if there is none."""
    places = [place for place, hit in enumerate(hits) if not hit.entry.reason]
    return min(places, key=lambda place: (_rank(hits[place]), place), default=None)


def _rank(hit: Hit) -> int:
    """Return the rank among all parts. Recent entries are probably meant again."""
    was_run = hit.entry.part == RECENT and hit.entry.kind != "capture"
    return hit.rank - (_RECENT_BONUS if was_run else 0)


def count_text(hits: Sequence[Hit], typed: str) -> str:
    """Return how many entries can be run, such as `7 matches`; nothing if no text was typed."""
    if not typed.strip() or not hits:
        return ""
    count = sum(not hit.entry.reason for hit in hits)
    return f"{count:,} match{'' if count == 1 else 'es'}"


def _is_asked_for(entry: PaletteEntry, mark: str, words: Sequence[str], age: dict[str, int]) -> bool:
    if mark == SETTINGS_MARK:
        return entry.kind == "setting" or (entry.kind == "choice" and bool(words))
    if mark == RESPONDENTS_MARK:
        return entry.kind == "respondent"
    return bool(words) or entry.kind == "command" or entry.key in age


def _hit(entry: PaletteEntry, words: Sequence[str]) -> Hit | None:
    title, hint = entry.title.lower(), f" {entry.hint} {entry.also}".lower()
    rank = 0
    spans: list[tuple[int, int]] = []
    for word in words:
        place = match(title, word)
        if entry.kind == "capture" and place is not None and place.rank >= INSIDE:
            place = None  # every title contains `capture`
        is_apart = place is not None and len(place.spans) > 1
        if f" {word}" in hint and (place is None or is_apart):
            rank += _IN_HINT
        elif place is not None:
            rank += place.rank
            spans += place.spans
        else:
            return None
    miss = _SETTING_MISS if entry.kind in ("setting", "choice") else 0
    return Hit(entry=entry, rank=rank + miss if words else 0, spans=tuple(sorted(spans)))
