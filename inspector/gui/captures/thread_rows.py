"""The rows of a list that is folded by respondent: threads, and the captures of open threads below them.

A row has a key: the newest capture of a thread, or minus a capture inside an open thread.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from typing import NamedTuple

from inspector.session.threads import ThreadIds


class OpenThread(NamedTuple):
    """The place of an open thread."""

    row: int
    inside: int
    """The number of rows below it that belong to it."""
    before: int
    """The number of rows above it that belong to other open threads."""


class ThreadRows:
    """Threads, newest on top. All of a million captures take 30 MB."""

    def __init__(self, found: ThreadIds) -> None:
        self._ids = found.ids
        self._newest = array("q", found.newest)
        self._newest.reverse()  # ascending, so that a new thread is appended
        self._starts = array("q", found.starts)
        self._starts.reverse()
        self._counts = array("q", found.counts)
        self._counts.reverse()
        self._joined: dict[int, array[int]] = {}
        """The captures of threads that have changed since they were read."""
        self._open: dict[int, array[int]] = {}
        self._places: list[OpenThread] = []
        self.capture_count = len(self._ids)
        """The number of captures in all threads."""

    def __len__(self) -> int:
        return len(self._newest) + sum(len(members) for members in self._open.values())

    @property
    def newest_first(self) -> Iterator[int]:
        """The newest capture of each thread."""
        return reversed(self._newest)

    def all_members(self) -> list[int]:
        """Return the captures of all threads, newest first."""
        if not self._joined:
            return sorted(self._ids, reverse=True)
        joined = [one for members in self._joined.values() for one in members]
        return sorted({*self._ids, *joined}, reverse=True)

    @property
    def open(self) -> tuple[int, ...]:
        """The keys of the open threads."""
        return tuple(self._open)

    def key_at(self, row: int) -> int:
        """Return the key of a row."""
        place = bisect_right(self._places, row, key=lambda one: one.row) - 1
        if place < 0:
            return self._newest[-1 - row]
        thread = self._places[place]
        if row == thread.row:
            return self._newest[-1 - (row - thread.before)]
        if row <= thread.row + thread.inside:
            key = self._newest[-1 - (thread.row - thread.before)]
            return -self._open[key][row - thread.row - 1]
        return self._newest[-1 - (row - thread.before - thread.inside)]

    def row_of(self, key: int) -> int | None:
        """Return the row of a key, or None if it is not in the list.

        If all other captures of a thread have left the list, the last one has the row of the thread.
        """
        if key < 0:
            for head, members in self._open.items():
                if -key in members:
                    return (self.row_of(head) or 0) + 1 + members.index(-key)
            return self.row_of(-key) if self.count(-key) == 1 else None
        if (place := self._place_of(key)) is None:
            return None
        index = len(self._newest) - 1 - place
        return index + sum(one.inside for one in self._places if one.row - one.before < index)

    def is_last(self, key: int) -> bool:
        """Return whether a capture is the last one of its open thread."""
        return any(members[-1] == -key for members in self._open.values())

    def count(self, key: int) -> int:
        """Return the number of captures of a thread, or 0 for a capture inside an open thread."""
        if key < 0 or (place := self._place_of(key)) is None:
            return 0
        return len(self._joined[key]) if key in self._joined else self._counts[place]

    def members(self, key: int) -> array[int]:
        """Return the captures of a thread, newest first; for a capture inside an open thread, itself."""
        if key < 0:
            return array("q", (-key,))
        if key in self._joined:
            return self._joined[key]
        if (place := self._place_of(key)) is None:
            return array("q")
        start = self._starts[place]
        return array("q", sorted(self._ids[start : start + self._counts[place]], reverse=True))

    def thread_of(self, capture_id: int) -> int | None:
        """Return the key of the thread that contains a capture. Searches all captures."""
        for key, members in self._joined.items():
            if capture_id in members:
                return key
        try:
            where = self._ids.index(capture_id)
        except ValueError:
            return None
        for place, start in enumerate(self._starts):
            if start <= where < start + self._counts[place]:
                return self._newest[place]
        return None

    def set_open(self, keys: Collection[int]) -> None:
        """Open the threads of these keys, and fold all others."""
        self._open = {key: self.members(key) for key in sorted(keys, reverse=True) if self.count(key) > 1}
        self._arrange()

    def join(self, capture_id: int, previous: int | None) -> None:
        """Add a capture: to the thread whose newest capture is `previous`, or as a thread of its own."""
        members, is_open = array("q", (capture_id,)), False
        place = None if previous is None else self._place_of(previous)
        if previous is not None and place is not None:
            members.extend(self.members(previous))
            is_open = self._open.pop(previous, None) is not None
            self._joined.pop(previous, None)
            for part in (self._newest, self._starts, self._counts):
                del part[place]
        place = bisect_left(self._newest, members[0])
        self._newest.insert(place, members[0])
        self._starts.insert(place, -1)  # not in `_ids`
        self._counts.insert(place, 0)
        self._joined[members[0]] = members
        if is_open:
            self._open[members[0]] = members
        self.capture_count += 1
        self._arrange()

    def _place_of(self, key: int) -> int | None:
        place = bisect_left(self._newest, key)
        return place if place < len(self._newest) and self._newest[place] == key else None

    def _arrange(self) -> None:
        before = 0
        self._places = []
        for key in sorted(self._open, reverse=True):
            place = self._place_of(key)
            if place is not None:
                row = len(self._newest) - 1 - place + before
                self._places.append(OpenThread(row, len(self._open[key]), before))
                before += len(self._open[key])
