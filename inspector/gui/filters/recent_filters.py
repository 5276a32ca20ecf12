"""The filters that the user applied lately, in memory and in the saved state of the window."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.base.clock import local_time, now_ms
from inspector.domain.query import QueryError, parse

MOST = 20
"""Maximum number of recent filters."""


class RecentFilters:
    """Queries with the time of their last use, latest first."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def use(self, query: str, used_ms: int | None = None) -> None:
        """Add a query, or make it the latest. An invalid or empty one is ignored."""
        query = query.strip()
        try:
            parse(query)
        except QueryError:
            return
        if query:
            self._used.pop(query, None)
            self._used = {query: used_ms or now_ms(), **self._used}
            for old in list(self._used)[MOST:]:
                del self._used[old]

    def all(self) -> tuple[tuple[str, int], ...]:
        """Return each query with the time of its last use in milliseconds, latest first."""
        return tuple(self._used.items())

    def restore(self, saved: Iterable[tuple[str, int]]) -> None:
        """Use saved queries, which come latest first."""
        for query, used_ms in reversed(list(saved)):
            self.use(query, used_ms)


def used_at(used_ms: int) -> str:
    """Return `used 12:00` for today, otherwise with the date."""
    used = local_time(used_ms)
    is_today = used.date() == local_time(now_ms()).date()
    return f"used {used:%H:%M}" if is_today else f"used {used:%Y-%m-%d}"
