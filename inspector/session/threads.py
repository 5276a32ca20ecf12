"""Threads: the captures of a list, folded by their respondent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from inspector.domain import query
from inspector.domain.capture.rows import ThreadRow
from inspector.domain.event.row_answers import RowAnswer, latest_answers
from inspector.domain.query.scope import Scope
from inspector.session.captures import MOST_OF_ROW, Captures
from inspector.store.query import threads as stored_threads
from inspector.store.query.threads import ThreadIds, ThreadSearch
from inspector.store.store import Store

__all__ = ["MOST_ANSWERED", "ThreadIds", "ThreadSearch", "Threads"]

MOST_ANSWERED = 8
"""The number of newest captures whose answers the row of a thread shows."""


class Threads:
    """Reads the threads of lists."""

    def __init__(self, store: Store, captures: Captures) -> None:
        self._store = store
        self._captures = captures

    def search(self, scope: Scope, text: str, also: Collection[int] = ()) -> ThreadSearch:
        """Return a search for the threads of the captures in scope that match, and of the captures `also`.

        Raises QueryError.
        """
        return ThreadSearch(self._store, scope, query.parse(text), also)

    async def previous(self, ids: Sequence[int], scope: Scope, text: str) -> dict[int, int | None]:
        """Return for captures with a respondent its previous capture in scope that matches, if any.

        Raises QueryError.
        """
        node = query.parse(text)
        return await self._store.fetch(
            lambda connection: stored_threads.previous(connection, ids, scope, node)
        )

    def rows(self, threads: Mapping[int, Sequence[int]]) -> dict[int, ThreadRow]:
        """Return the rows of visible threads, given their captures, newest first. Reads on the loop."""
        return self._store.read(lambda connection: stored_threads.thread_rows(connection, threads))

    def answers(self, threads: Mapping[int, Sequence[int]]) -> dict[int, tuple[RowAnswer, ...]]:
        """Return the latest answers in the newest captures of visible threads. Reads on the loop."""
        recent = {key: ids[:MOST_ANSWERED] for key, ids in threads.items()}
        known = self._captures.unlisted([id_ for ids in recent.values() for id_ in ids], MOST_OF_ROW)
        return {
            key: latest_answers(
                event for id_ in ids if (one := known.get(id_)) is not None and (event := one.event)
            )
            for key, ids in recent.items()
        }
