"""The content of the list: the captures of a scope and a query, and new ones as they arrive."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections import deque
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.domain import query
from inspector.domain.query import QueryError
from inspector.domain.query.fields import DIAGNOSED_FIELDS
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.captures.model import CaptureModel
from inspector.gui.kit.context.runner import Runner
from inspector.session.captures import Captures, Order, Ordered, Search

_TYPING_MS = 150
_PART_S = 0.1
"""Seconds between two parts of a result. A list of a million rows takes about 4 ms to grow."""
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
    refused = Signal(str)
    """Why the list cannot have the requested order."""
    mistaken = Signal(object)
    """A QueryError, or None if the query is valid."""

    def __init__(self, captures: Captures, model: CaptureModel, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.scope: Scope = EVERYTHING
        self.text = ""
        """The last valid query. The list does not change while the typed query is invalid."""
        self.order = NEWEST_FIRST
        self._captures = captures
        self._model = model
        self._runner = runner
        self._missed: list[int] = []
        self._search_number = 0
        self._search: Search | Ordered | None = None
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
            self.ordered.emit(order)
            self._begin(is_streamed=True)

    def stop(self) -> None:
        """Stop the search when the window closes."""
        self._search_number += 1
        if self._search is not None:
            self._search.stop()

    @property
    def search(self) -> Search | Ordered | None:
        """The current search, or the last one."""
        return self._search

    @property
    def has_found(self) -> bool:
        """Whether the list shows some of the current search's result."""
        return self._newest is not None

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

    @Slot(object)
    def take(self, ids: Sequence[int]) -> None:
        """Announce the committed captures that belong in the list."""
        if self._newest is None:  # it is not known yet whether the search finds them
            self._missed.extend(ids)
            return
        ids = [capture_id for capture_id in ids if capture_id > self._newest]
        if ids and not self.is_everything:
            found = self._captures.matching(ids, self.scope, self.text)
            self._waiting.extend(capture_id for capture_id in ids if capture_id not in found)
            ids = [capture_id for capture_id in ids if capture_id in found]
        if ids:
            self.arrived.emit(ids)

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
        if found := sorted(self._captures.matching(ids, self.scope, self.text)):
            for capture_id in found:
                self._waiting.remove(capture_id)
            self.arrived.emit(found)

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

    def _begin(self, *, is_streamed: bool) -> None:
        """Start the search again. If streamed, the first part of the result replaces the list."""
        if self._search is not None:
            self._search.stop()
        self._search_number += 1
        self._newest = None
        self._waiting.clear()
        if self.order == NEWEST_FIRST:
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
            self._model.set_ids(ids, is_by_time=is_by_time)
        else:
            self._model.add_older(ids)
        self._newest = newest
        self.loaded.emit()
        missed, self._missed = self._missed, []
        if missed:
            self.take(missed)
