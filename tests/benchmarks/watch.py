"""When captures were evaluated and counted, as another process sees it in the file."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.waiting import wait_until

LOOK_EVERY_S = 0.01


class _Look(NamedTuple):
    moment: float
    newest: int
    """The newest capture that has a row: all up to it are evaluated, as their rows come in order."""
    counted: int
    """The last one that is in groups and statistics."""
    refolds: int
    """The respondents that are still to be folded again."""


class Watch:
    """What a capture file contained at each look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looks: list[_Look] = []
        self._is_wanted = True
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_wanted = False
        self._thread.join()

    def until_counted(self, newest: int) -> None:
        """Wait until captures up to this one are evaluated and counted, at most a minute without progress."""
        seen: _Look | None = None
        while seen is None or not _is_settled(seen, newest):
            seen = wait_until(self._latest, partial(_is_progress, since=seen))

    def seconds_until(self, newest: int, *, after: float) -> tuple[float, float]:
        """Return how long after a moment captures up to this one were evaluated, and how long until counted.

        The moment is of `time.perf_counter`, in this process or another one.
        """
        evaluated = min(look.moment for look in self._looks if look.newest >= newest)
        counted = min(look.moment for look in self._looks if _is_settled(look, newest))
        return max(0.0, evaluated - after), max(0.0, counted - after)

    def longest_lag_s(self) -> float:
        """Return the longest time from a look until its newest capture was counted."""
        longest, later = 0.0, 0
        for look in self._looks:
            while later < len(self._looks) and self._looks[later].counted < look.newest:
                later += 1
            counted = self._looks[later].moment if later < len(self._looks) else float("inf")
            longest = max(longest, counted - look.moment)
        return longest

    def rate(self) -> float:
        """Return the captures counted per second, from the last look before the first one was counted."""
        first, last = self._looks[0], self._looks[-1]
        begun = max(look.moment for look in self._looks if look.counted == first.counted)
        ended = min(look.moment for look in self._looks if look.counted == last.newest)
        return (last.newest - first.counted) / (ended - begun)

    def _latest(self) -> _Look | None:
        return self._looks[-1] if self._looks else None

    def _look(self) -> None:
        query = "SELECT (SELECT coalesce(max(id), 0) FROM captures), watermark, refolds FROM figures"
        with closing(sqlite3.connect(self._path)) as connection:
            while self._is_wanted:
                row = connection.execute(query).fetchone()
                self._looks.append(_Look(time.perf_counter(), *row))
                time.sleep(LOOK_EVERY_S)


def newest_id(path: Path) -> int:
    """Return the newest capture of a file, or 0."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])


def _is_progress(look: _Look | None, since: _Look | None) -> bool:
    return look is not None and (since is None or look[1:] != since[1:])


def _is_settled(look: _Look, newest: int) -> bool:
    return look.counted >= newest and not look.refolds
