"""How many captures are retained, and which must be removed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

DAY_MS = 24 * 60 * 60 * 1000
_UNITS = ("KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionLimits:
    """The limits; None means no limit. Pinned captures are always retained and not counted."""

    count: int | None = None
    days: float | None = None
    size: int | None = None
    """Bytes of bodies."""

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit."""
        return (self.count, self.days, self.size) != (None, None, None)

    def in_words(self) -> str:
        """Return `the newest 1,000 captures, those of the last 30 days`: what each limit retains."""
        count, days, size = self.count, self.days, self.size
        limits = (
            count and f"the newest {'capture' if count == 1 else f'{count:,} captures'}",
            days and f"the captures of the last {'day' if days == 1 else f'{days:g} days'}",
            size and f"the newest {size_in_words(size)} of bodies",
        )
        return ", ".join(words for words in limits if words)

    def oldest_ms(self, now_ms: int) -> int:
        """Return the time before which captures are too old."""
        return -1 if self.days is None else max(0, now_ms - round(self.days * DAY_MS))


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturesToRemove:
    """The captures to remove, counted by their first reason."""

    ids: array[int]
    """Ascending."""
    old: int = 0
    beyond_count: int = 0
    beyond_size: int = 0

    def in_words(self, keep: RetentionLimits, removed: int) -> str:
        """Return `1,204 captures older than 30 days`: the number of removed captures and the reasons."""
        many = f"{removed:,} capture{'' if removed == 1 else 's'}"
        reasons = [
            (self.old, f"older than {keep.days or 0:g} day{'' if keep.days == 1 else 's'}"),
            (self.beyond_count, f"beyond the newest {keep.count or 0:,}"),
            (self.beyond_size, f"beyond {size_in_words(keep.size or 0)} of bodies"),
        ]
        given = [(count, words) for count, words in reasons if count]
        if len(given) == 1:
            return f"{many} {given[0][1]}"
        return f"{many}: {', '.join(f'{count:,} {words}' for count, words in given)}" if given else many


def captures_to_remove(
    captures: Iterable[tuple[int, int, int]], keep: RetentionLimits, now_ms: int, *, count: int, size: int
) -> CapturesToRemove:
    """Return the captures that are too old, and then the oldest ones until the others are within limits.

    `captures` are id, time and size of the unpinned captures, by id. Only as many as needed are read. `count`
    and `size` are those of the captures that are not too old.
    """
    oldest_ms = keep.oldest_ms(now_ms)
    ids = array("q")
    old = beyond_count = beyond_size = 0
    for capture_id, received_ms, body_size in captures:
        is_over_count = keep.count is not None and count > keep.count
        is_over_size = keep.size is not None and size > keep.size
        if received_ms < oldest_ms:
            old += 1
        elif is_over_count or is_over_size:
            beyond_count += is_over_count
            beyond_size += not is_over_count
            count -= 1
            size -= body_size
        elif oldest_ms < 0:
            break
        else:
            continue
        ids.append(capture_id)
    return CapturesToRemove(ids=ids, old=old, beyond_count=beyond_count, beyond_size=beyond_size)


def size_in_words(size: int) -> str:
    """Return `812 bytes`, `1.5 MiB`."""
    if size < 1024:
        return f"{size:,} byte{'' if size == 1 else 's'}"
    value = float(size)
    for unit in _UNITS:
        value /= 1024
        if value < 1024 or unit == _UNITS[-1]:
            break
    return f"{value:,.1f} {unit}".replace(".0 ", " ")
