"""The content of the list: the captures of a scope and a query, and new ones as they arrive."""

from __future__ import annotations

import asyncio
import math
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from operator import neg

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.domain import query
from inspector.domain.query import QueryError
from inspector.domain.query.fields import DIAGNOSED_FIELDS
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.captures.model import CaptureModel
from inspector.gui.kit.context.runner import Runner
from inspector.session.captures import Captures, Order, Ordered, Search
from inspector.session.threads import ThreadIds, Threads, ThreadSearch

_TYPING_MS = 150
_PART_S = 0.1
"""Seconds between two parts of a result. A list of a million rows takes about 4 ms to grow."""
_LARGE = 64 * 1024
"""A larger capture is compared with the query in a thread."""
_WAITING = 500
NEWEST_FIRST = Order()
_LEARNT = DIAGNOSED_FIELDS | {"is", "survey"}
"""Fields whose values are known only after grouping, shortly after a capture is announced."""


class Listing(QObject):
    """The search that fills the model. A new search does not wait for the previous one."""

    arrived = Signal(object)
    """Ids of new captures that belong in the list, ascending."""
    requested = Signal()
    """Emitted when the scope or query has changed and the search has begun."""
    loaded = Signal()
    """Emitted when the list has another part of the result."""
    searching = Signal(bool)
    """Whether more captures may be found."""
    ordered = Signal(object)
    """The new Order of the list."""
    threaded = Signal(bool)
    """Whether the list is folded by respondent now."""
    refused = Signal(str)
    """Why the list cannot have the requested order."""
    mistaken = Signal(object)
    """A QueryError, or None if the query is valid."""

    def __init__(
        self, captures: Captures, threads: Threads, model: CaptureModel, runner: Runner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.scope: Scope = EVERYTHING
        self.text = ""
        """The last valid query. The list does not change while the typed query is invalid."""
        self.order = NEWEST_FIRST
        self.is_threaded = False
        """Whether captures are folded by respondent. Only the list with the newest on top has threads."""
        self._captures = captures
        self._threads = threads
        self._joining: list[int] = []
        """New captures whose threads are looked up next."""
        self._is_joining = False
        self._model = model
        self._runner = runner
        self._missed: list[int] = []
        self._search_number = 0
        self._search: Search | Ordered | ThreadSearch | None = None
        self._keeping: Collection[int] = ()
        """The captures that stay in the list when it is read again."""
        self._listed: tuple[Scope, str] | None = None
        """The scope and query of the captures in the list."""
        self._newest: int | None = None
        """The newest capture covered by the search. None until the list shows part of its result."""
        self._waiting: deque[int] = deque(maxlen=_WAITING)
        """Captures that arrived since the list was read and do not match yet."""
        self._typed = ""
        self._is_mistaken = False
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._take_typed)

    def show_scope(self, scope: Scope) -> None:
        """List the captures of another scope."""
        if scope != self.scope:
            self.scope = scope
            self._begin(is_streamed=True)
            self.requested.emit()

    @Slot(str)
    def type(self, text: str) -> None:
        """List the captures of a query once typing pauses."""
        self._typed = text
        self._typing.start()

    def current_query(self) -> tuple[Scope, str] | None:
        """Return scope and query without waiting for a typing pause, or None if the query is invalid."""
        if self._typing.isActive():
            self._typing.stop()
            self._take_typed()
        return None if self._is_mistaken else (self.scope, self.text)

    @property
    def is_searching(self) -> bool:
        """Whether the current search may find more captures."""
        return self._search is not None and not self._search.is_whole

    @Slot(object)
    def put_in(self, order: Order) -> None:
        """List the same captures in another order."""
        if order != self.order:
            self.order = order
            self._set_threaded(self.is_threaded and order == NEWEST_FIRST)
            self.ordered.emit(order)
            self._begin(is_streamed=True)

    @Slot(bool)
    def fold(self, is_threaded: bool) -> None:
        """Fold the captures by respondent, the newest on top, or list each capture."""
        if is_threaded == self.is_threaded:
            return
        self._set_threaded(is_threaded)
        if is_threaded and self.order != NEWEST_FIRST:
            self.put_in(NEWEST_FIRST)
        else:
            self._begin(is_streamed=True)

    def _set_threaded(self, is_threaded: bool) -> None:
        if is_threaded != self.is_threaded:
            self.is_threaded = is_threaded
            self.threaded.emit(is_threaded)

    def stop(self) -> None:
        """Stop the search when the window closes."""
        self._search_number += 1
        if self._search is not None:
            self._search.stop()

    @property
    def search(self) -> Search | Ordered | ThreadSearch | None:
        """The current search, or the last one."""
        return self._search

    @property
    def has_found(self) -> bool:
        """Whether the list shows some of the current search's result."""
        return self._newest is not None

    @property
    def is_current(self) -> bool:
        """Whether the list shows captures of its scope and query, not those of the previous ones."""
        return self._listed == (self.scope, self.text)

    @property
    def waiting(self) -> tuple[int, ...]:
        """Captures that arrived since the list was read and may still match."""
        return tuple(self._waiting)

    @property
    def is_everything(self) -> bool:
        """Whether neither a scope nor a query narrows the list."""
        return self.scope == EVERYTHING and not self.text.strip()

    @Slot()
    def reload(self) -> None:
        """Read the list again. The visible rows stay until the complete result replaces them."""
        self._begin(is_streamed=not self._model.rowCount())

    def reload_keeping(self, ids: Collection[int]) -> None:
        """Read the list again. These captures stay in it, even if they no longer match, unless it has another
        order than by time."""
        self._begin(is_streamed=not self._model.rowCount(), keeping=frozenset(ids))

    @Slot(object)
    def take(self, ids: Sequence[int]) -> None:
        """Announce the committed captures that belong in the list."""
        if self._newest is None:  # it is not known yet whether the search finds them
            self._missed.extend(ids)
            return
        newest = self._newest
        ids = [one for one in ids if one > newest or self._is_missing(one)]
        if ids and not self.is_everything:
            ids = self._without_large(ids)
            found = self._captures.matching(ids, self.scope, self.text) if ids else set()
            self._waiting.extend(capture_id for capture_id in ids if capture_id not in found)
            ids = [capture_id for capture_id in ids if capture_id in found]
        if ids:
            self._announce(ids)

    def _is_missing(self, capture_id: int) -> bool:
        """Return whether a capture that existed when the list was read is not in it.

        An import stores the captures that wait for their evaluation first, and a filter can match them later.
        """
        is_listed_by_time = self.order == NEWEST_FIRST and not self.is_threaded and not self.is_searching
        return is_listed_by_time and self._model.row_of(capture_id) is None

    def take_evaluated(self, ids: Sequence[int]) -> None:
        """Announce waiting captures that match now that they were evaluated or diagnosed."""
        if self._waiting:
            changed = set(ids)
            self._ask_again([capture_id for capture_id in self._waiting if capture_id in changed])

    def take_grouped(self) -> None:
        """Announce waiting captures that match now that they were grouped."""
        if self._waiting and not _LEARNT.isdisjoint(query.field_names(query.parse(self.text))):
            self._ask_again(list(self._waiting))

    def _ask_again(self, ids: Sequence[int]) -> None:
        ids = self._without_large(ids)
        if ids:
            self._take_waiting(self._captures.matching(ids, self.scope, self.text), self._search_number)

    def _without_large(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of small captures. A thread asks about large ones: a query may search bodies."""
        large = {one for one, row in self._captures.rows(ids).items() if row.size > _LARGE}
        if large:
            self._waiting.extend(sorted(large.difference(self._waiting)))
            self._runner.run(self._ask_in_thread(large, self._search_number), "match large captures")
        return [one for one in ids if one not in large]

    async def _ask_in_thread(self, ids: Collection[int], number: int) -> None:
        found = await self._captures.matching_in_thread(tuple(ids), self.scope, self.text)
        asyncio.get_running_loop().call_soon(self._take_waiting, found, number)

    def _take_waiting(self, found: Collection[int], number: int) -> None:
        new = sorted(one for one in found if one in self._waiting)
        if not new or number != self._search_number:  # a new search finds them
            return
        for one in new:
            self._waiting.remove(one)
        self._announce(new)

    def _announce(self, ids: Sequence[int]) -> None:
        """Emit `arrived`, for a list of threads after their previous captures are known."""
        if not self.is_threaded:
            self.arrived.emit(ids)
            return
        self._joining.extend(ids)
        if not self._is_joining:  # one after another: a later one may join a thread of an earlier one
            self._is_joining = True
            self._runner.run(self._join(), "find the threads of new captures")

    async def _join(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._joining:
                ids, self._joining = sorted(self._joining), []
                number = self._search_number
                previous = await self._threads.previous(ids, self.scope, self.text)
                loop.call_soon(self._joined, number, ids, previous)
        finally:
            self._is_joining = False

    def _joined(self, number: int, ids: Sequence[int], previous: Mapping[int, int | None]) -> None:
        if number == self._search_number:  # else the new search finds them
            self._model.note_previous(previous)
            self.arrived.emit(ids)

    @Slot()
    def _take_typed(self) -> None:
        try:
            query.parse(self._typed)
        except QueryError as error:
            self._is_mistaken = True
            self.mistaken.emit(error)
            return
        self._is_mistaken = False
        self.mistaken.emit(None)
        if self._typed.strip() != self.text.strip():
            self.text = self._typed
            self._begin(is_streamed=True)
            self.requested.emit()

    def _begin(self, *, is_streamed: bool, keeping: frozenset[int] = frozenset()) -> None:
        """Start the search again. If streamed, the first part of the result replaces the list.

        `keeping`: captures that stay in it, even if they no longer match.
        """
        if self._search is not None:
            self._search.stop()
        self._search_number += 1
        self._keeping = keeping
        self._newest = None
        self._waiting.clear()
        if self.is_threaded:
            self._search = self._threads.search(self.scope, self.text, keeping)
            self._runner.run(
                self._load_threads(self._search_number, self._search, is_streamed), "list threads"
            )
        elif self.order == NEWEST_FIRST:
            self._search = self._captures.search(self.scope, self.text)
            self._runner.run(self._load(self._search_number, self._search, is_streamed), "list captures")
        else:
            self._search = self._captures.ordered(self.scope, self.text, self.order)
            self._runner.run(
                self._load_ordered(self._search_number, self._search), "list captures in order", self._refuse
            )

    async def _load_ordered(self, number: int, search: Ordered) -> None:
        loop = asyncio.get_running_loop()
        first = await search.first()
        if first is None:
            return
        loop.call_soon(partial(self._show, number, first, search.newest, is_by_time=False, is_last=False))
        whole = await search.whole()
        if whole is not None:
            is_same = whole[: len(first)] == first
            more = whole[len(first) :] if is_same else whole
            loop.call_soon(
                partial(self._show, number, more, search.newest, is_first=not is_same, is_by_time=False)
            )

    async def _load_threads(self, number: int, search: ThreadSearch, is_streamed: bool) -> None:
        loop = asyncio.get_running_loop()
        first = await search.first()
        if first is not None and is_streamed:
            loop.call_soon(partial(self._show_threads, number, first, None))
        whole = None if first is None else await search.whole()
        if whole is not None:
            loop.call_soon(partial(self._show_threads, number, whole, search.newest, is_more=is_streamed))

    def _show_threads(
        self, number: int, found: ThreadIds, newest: int | None, *, is_more: bool = False
    ) -> None:
        """Show the threads of search `number`. Without `newest`, they are only the first ones."""
        if number != self._search_number:
            return
        self.searching.emit(newest is None)
        self._model.set_threads(found, is_more=is_more)
        self._end_part(newest)

    def _end_part(self, newest: int | None) -> None:
        self._newest = newest
        self._listed = (self.scope, self.text)
        self.loaded.emit()
        if newest is not None and self._missed:
            missed, self._missed = self._missed, []
            self.take(missed)

    def _refuse(self, sentence: str) -> None:
        """Report why the order is impossible, and list the newest captures first."""
        self.refused.emit(sentence)
        self.put_in(NEWEST_FIRST)

    async def _load(self, number: int, search: Search, is_streamed: bool) -> None:
        # call_soon shows the results, because no slot may run inside a task (see signal_batcher.py).
        loop = asyncio.get_running_loop()
        found, shown_at = array("q"), -math.inf
        async for part in search.parts():
            found.extend(part)
            if is_streamed and loop.time() - shown_at >= _PART_S:
                is_first = shown_at < 0
                loop.call_soon(
                    partial(self._show, number, found, search.newest, is_first=is_first, is_last=False)
                )
                found, shown_at = array("q"), loop.time()
        if search.is_whole:
            loop.call_soon(partial(self._show, number, found, search.newest, is_first=shown_at < 0))

    def _show(
        self,
        number: int,
        ids: array[int],
        newest: int,
        *,
        is_first: bool = True,
        is_last: bool = True,
        is_by_time: bool = True,
    ) -> None:
        """Show part of the result of search `number`. The first part replaces the list."""
        if number != self._search_number:
            return
        self.searching.emit(not is_last)
        if is_first:
            for one in self._keeping if is_by_time else ():
                place = bisect_left(ids, -one, key=neg)
                if ids[place : place + 1].tolist() != [one]:
                    ids.insert(place, one)
            self._model.set_ids(ids, is_by_time=is_by_time)
        else:
            self._model.add_older(ids)
        self._end_part(newest)
