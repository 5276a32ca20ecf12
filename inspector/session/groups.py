"""Surveys with their groups and respondents, as the tree shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypedDict, Unpack

from inspector.base.signals import Signal
from inspector.domain.capture.rows import TreePage
from inspector.store.group import tree
from inspector.store.store import Store

CHANGES_S = 0.25
"""Shortest time between two emissions of `changed`."""


class PageOptions(TypedDict, total=False):
    """Which rows a page of the tree has."""

    limit: int
    """The maximum number of rows, 200 by default."""
    search: str
    """Text in a name or an id, of the row or of anything below it."""
    verified: bool
    """Rows that trusted captures know, the default, or only the others."""
    samples: bool
    only_partial: bool
    """Only rows with respondents that are not complete."""


class Groups:
    """Bounded pages of the latest rows. Every read is quick and on the loop."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[None] = Signal("groups.changed")
        self._store = store
        self._timer: asyncio.TimerHandle | None = None

    def surveys(self, **options: Unpack[PageOptions]) -> TreePage:
        """Return the surveys with the latest arrivals."""
        return self._page(tree.surveys, **options)

    def groups(self, survey_id: str, **options: Unpack[PageOptions]) -> TreePage:
        """Return the groups of a survey with the latest arrivals."""
        return self._page(tree.groups, survey_id, **options)

    def respondents(self, survey_id: str, group_id: str, **options: Unpack[PageOptions]) -> TreePage:
        """Return the respondents of a group with the latest arrivals. The user id '' is *Anonymous*."""
        return self._page(tree.respondents, survey_id, group_id, **options)

    def _page(
        self,
        rows: Callable[..., TreePage],
        *ids: str,
        limit: int = 200,
        search: str = "",
        verified: bool = True,
        samples: bool = False,
        only_partial: bool = False,
    ) -> TreePage:
        return self._store.read(
            lambda connection: rows(
                connection,
                *ids,
                is_sample=samples,
                verified=verified,
                search=search,
                limit=limit,
                only_partial=only_partial,
            )
        )

    @property
    def behind(self) -> int:
        """The number of captures that are not in groups and statistics yet."""
        return self._store.behind()

    def announce(self) -> None:
        """Emit `changed` soon, once per burst of changes."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHANGES_S, self._emit)

    def close(self) -> None:
        """Emit nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _emit(self) -> None:
        self._timer = None
        self.changed.emit(None)
