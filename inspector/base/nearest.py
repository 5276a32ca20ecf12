"""The known word that a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_CUTOFF = 0.6  # the library's default: `lisen` finds `listen`, `foo` finds nothing


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like `word`, or None if none is similar."""
    from difflib import get_close_matches  # 3 ms, needed for a mistake only

    words = {one.lower(): one for one in known}
    found = get_close_matches(word.lower()[:100], words, n=1, cutoff=_CUTOFF)
    return words[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean X?`, or an empty text if no known word is similar."""
    found = nearest(word, known)
    return "" if found is None else f" Did you mean {found}?"
