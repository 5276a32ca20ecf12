"""Surveys with their groups and respondents, as the tree shows them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypedDict, Unpack

from inspector.base.signals import Signal
from inspector.domain.capture.rows import TreePage
from inspector.store.group import tree
from inspector.store.group.tree import TreeOptions
from inspector.store.store import Store

CHANGES_S = 0.25
"""Minimum time between two emissions of `changed`."""


class PageOptions(TypedDict, total=False):
    """The keywords of `TreeOptions`."""

    limit: int
    search: str
    verified: bool
    samples: bool
    only_partial: bool


class Groups:
    """Limited pages of the latest rows. Every read is quick and on the loop."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[None] = Signal("groups.changed")
        self._store = store
        self._timer: asyncio.TimerHandle | None = None

    def surveys(self, **options: Unpack[PageOptions]) -> TreePage:
        """Return the surveys with the latest arrivals."""
        return self._store.read(partial(tree.surveys, options=TreeOptions(**options)))

    def groups(self, survey_id: str, **options: Unpack[PageOptions]) -> TreePage:
        """Return the groups of a survey with the latest arrivals."""
        page = partial(tree.groups, survey_id=survey_id, options=TreeOptions(**options))
        return self._store.read(page)

    def respondents(self, survey_id: str, group_id: str, **options: Unpack[PageOptions]) -> TreePage:
        """Return the respondents of a group with the latest arrivals. The user id '' is *Anonymous*."""
        page = partial(tree.respondents, survey_id=survey_id, group_id=group_id)
        return self._store.read(partial(page, options=TreeOptions(**options)))

    @property
    def behind(self) -> int:
        """The number of captures that groups and statistics do not include yet."""
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
