"""Surveys, their groups and respondents, as the tree shows them."""

from __future__ import annotations

import asyncio

from inspector.base.signals import Signal
from inspector.domain.capture.rows import TreePage
from inspector.store.group import tree
from inspector.store.store import Store

CHANGES_S = 0.25
"""The tree is told of changes at most once in this time."""


class Groups:
    """Bounded pages of the latest rows; every read is quick and at once."""

    def __init__(self, store: Store) -> None:
        self.changed: Signal[None] = Signal("groups.changed")
        self._store = store
        self._timer: asyncio.TimerHandle | None = None

    def surveys(
        self,
        *,
        limit: int = 200,
        search: str = "",
        verified: bool = True,
        samples: bool = False,
        only_partial: bool = False,
    ) -> TreePage:
        """The surveys with the latest arrivals that trusted captures know, or with `verified` false the
        others. `search` is contained in a name or an id, of the survey or of anything below it."""
        return self._store.read(
            lambda connection: tree.surveys(
                connection,
                is_sample=samples,
                verified=verified,
                search=search,
                limit=limit,
                only_partial=only_partial,
            )
        )

    def groups(
        self,
        survey_id: str,
        *,
        limit: int = 200,
        search: str = "",
        verified: bool = True,
        samples: bool = False,
        only_partial: bool = False,
    ) -> TreePage:
        """The groups of a survey with the latest arrivals."""
        return self._store.read(
            lambda connection: tree.groups(
                connection,
                survey_id,
                is_sample=samples,
                verified=verified,
                search=search,
                limit=limit,
                only_partial=only_partial,
            )
        )

    def respondents(
        self,
        survey_id: str,
        group_id: str,
        *,
        limit: int = 200,
        search: str = "",
        verified: bool = True,
        samples: bool = False,
        only_partial: bool = False,
    ) -> TreePage:
        """The respondents of a group with the latest arrivals; the user id '' is *Anonymous*."""
        return self._store.read(
            lambda connection: tree.respondents(
                connection,
                survey_id,
                group_id,
                is_sample=samples,
                verified=verified,
                search=search,
                limit=limit,
                only_partial=only_partial,
            )
        )

    @property
    def behind(self) -> int:
        """How many captures are not in groups and figures yet."""
        return self._store.behind()

    def announce(self) -> None:
        """Tell of a change soon, and of many that come together once."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHANGES_S, self._emit)

    def close(self) -> None:
        """Tell of nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _emit(self) -> None:
        self._timer = None
        self.changed.emit(None)
