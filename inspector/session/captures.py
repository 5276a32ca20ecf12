"""Captures for everything that shows or marks them: rows, queries, details, clearing and undo."""

from __future__ import annotations

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, NotFound, UsageError
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.domain import query
from inspector.domain.capture.capture import MAX_NOTE
from inspector.domain.capture.rows import AttemptDetail, CaptureDetail, CaptureRow, MarkColor, VerdictTotals
from inspector.domain.event.row_answers import RowAnswer, row_answers
from inspector.domain.json.json_path import Step
from inspector.domain.query.completion import (
    MOST,
    CompletionPlace,
    Suggestion,
    known_suggestions,
    place_at,
    value_suggestions,
)
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.domain.signature.verdict import Verdict
from inspector.store.group import tree
from inspector.store.query import body_conditions, selection, suggestions
from inspector.store.query import rows as stored_rows
from inspector.store.query.search import MatchCounter, Order, Ordered, Search
from inspector.store.store import Store
from inspector.store.write import attempts, deletions, inboxes, marks
from inspector.store.write import captures as stored
from inspector.store.write.batching import FEW, Pace
from inspector.store.write.columns import Unlisted

T = TypeVar("T")

__all__ = ["LATEST", "Captures", "Deletion", "MatchCounter", "Order", "Ordered", "Search", "Unlisted"]

GIVEN = 2_000
"""Maximum number of remembered rows, as many as a list stores."""
LATEST = 1_000
"""Number of newest captures that are shown again after a change of secrets."""
MOST_OF_ROW = 8 * 1024
"""The largest body, in bytes, whose answers are read for a row. Rows of larger ones have their summary."""
MARKED_AT_ONCE = 500
"""Maximum number of captures per transaction, which must stay short: another process may be capturing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A clearing that can be undone until the program ends."""

    id: int
    count: int
    pinned: int = 0
    """Selected captures that were not cleared because they are pinned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Captures that the user added. Undo removes them again, until the program ends."""

    ids: Sequence[int]


class Captures:
    """Reads, marks, clears and restores captures."""

    def __init__(self, store: Store) -> None:
        self.captured: Signal[tuple[int, ...]] = Signal("captures.captured")
        """Ids of captures that were just committed, ascending. Large ones are evaluated later."""
        self.judged: Signal[tuple[int, ...]] = Signal("captures.judged")
        """Ids of rows that changed because of an evaluation or grouping."""
        self.removed: Signal[None] = Signal("captures.removed")
        self.restored: Signal[None] = Signal("captures.restored")
        self.given: OrderedDict[int, CaptureRow] = OrderedDict()
        """The last requested rows, as they were then: a sample of what a front end shows."""
        self.expected: set[int] = set()
        """Captures that this process recorded and is about to announce. An import may store them before."""
        self.undo_steps: list[Deletion | Addition] = []
        """What can be undone, oldest first: clearings of this process, including incomplete ones, and
        additions."""
        self._removed_again: list[Deletion] = []
        """The captures of undone additions, which are overwritten with the clearings."""
        self.is_clearing = False
        """Whether this process is hiding or restoring captures. It announces this at the end."""
        self._store = store
        self._announced: list[int] = []
        """Captures that are announced in the next turn of the loop."""

    # ---- new captures

    def announce(self, ids: Sequence[int]) -> None:
        """Emit `captured` soon, once for all captures that were just committed."""
        if not self._announced:
            asyncio.get_running_loop().call_soon(self._emit_captured)
        self._announced += ids
        self.expected.difference_update(ids)

    def _emit_captured(self) -> None:
        ids, self._announced = self._announced, []
        self.captured.emit(tuple(sorted(ids)))

    def doubt_unchecked(self) -> None:
        """Emit `judged` for just announced captures that were not checked, because the secrets changed."""
        if ids := self._store.read(lambda connection: stored_rows.unchecked(connection, LATEST)):
            self.judged.emit(tuple(ids))

    # ---- lists

    def rows(self, ids: Sequence[int]) -> dict[int, CaptureRow]:
        """Return the rows of at most a few hundred ids, without ids that no longer exist.

        Reads on the loop, without bodies.
        """
        found = self._store.read(lambda connection: stored_rows.rows(connection, ids))
        for id_, row in found.items():
            self.given[id_] = row
            self.given.move_to_end(id_)
        while len(self.given) > GIVEN:
            self.given.popitem(last=False)
        return found

    def unlisted(self, ids: Sequence[int], most_bytes: int) -> dict[int, Unlisted]:
        """Return what JSON adds to the rows of a few hundred ids, with bodies of at most this size.

        Reads on the loop.
        """
        return self._store.read(lambda connection: stored_rows.unlisted(connection, ids, most_bytes))

    def answers(self, ids: Sequence[int]) -> dict[int, tuple[RowAnswer, ...]]:
        """Return the answers in these visible rows, without captures that have none or are large.

        Reads on the loop.
        """
        found = self.unlisted(ids, MOST_OF_ROW).items()
        return {id_: parts for id_, one in found if one.event and (parts := row_answers(one.event))}

    def verdict(self, capture_id: int) -> Verdict:
        """Return the stored verdict of a capture. Raises NotFound if it does not exist."""
        row = self.rows([capture_id]).get(capture_id)
        if row is None:
            step = next_step(terminal="Run `list` to see the ids.", window="It was removed.")
            raise NotFound(f"There is no capture {capture_id}. {step}")
        return row.verdict

    def reasons(self, rows: Iterable[CaptureRow]) -> dict[int, str]:
        """Return why captures were refused, or the codes that explain an invalid signature, by id."""
        ids = [
            row.id
            for row in rows
            if row.kind == "refused" or (row.is_examined and row.verdict.word == "invalid")
        ]
        return self._store.read(lambda connection: stored_rows.reasons(connection, ids)) if ids else {}

    def search(self, scope: Scope, text: str) -> Search:
        """Return a search for the captures in scope that match: in parts, newest first, until it is stopped.

        Raises QueryError if the text is not a query.
        """
        return Search(self._store, scope, query.parse(text))

    async def ids(
        self, scope: Scope, text: str, *, newest_first: bool = True, limit: int | None = None
    ) -> array[int]:
        """Return all captures in scope that match, or the newest `limit` of them. Raises QueryError."""
        found = array("q")
        async with aclosing(self.search(scope, text).parts()) as parts:
            async for part in parts:
                found.extend(part)
                if limit is not None and len(found) >= limit:
                    del found[limit:]
                    break
        if not newest_first:
            found.reverse()
        return found

    async def chosen(self, scope: Scope, text: str) -> array[int]:
        """Return the captures in scope that match, oldest first.

        No later call interrupts it. Raises QueryError.
        """
        node = query.parse(text)
        return await self._store.fetch(
            lambda connection: selection.ids(connection, scope, node, newest_first=False)
        )

    def ordered(self, scope: Scope, text: str, order: Order) -> Ordered:
        """Return the captures in scope that match, in an order other than by arrival. Raises QueryError."""
        return Ordered(self._store, scope, query.parse(text), order)

    def counting(self) -> MatchCounter:
        """Return a counter of matches, which runs in threads until it is stopped."""
        return MatchCounter(self._store)

    async def values(
        self, ids: Sequence[int], paths: Sequence[tuple[Step, ...]]
    ) -> dict[int, tuple[str, ...]]:
        """Return the values at these JSON paths in the bodies of a few captures, as text."""
        return await self._store.fetch(partial(body_conditions.values_at, ids=ids, paths=paths))

    def matching(self, ids: Sequence[int], scope: Scope, text: str) -> set[int]:
        """Return which of a few captures are in scope and match. Reads on the loop. Raises QueryError."""
        node = query.parse(text)
        return self._store.read(lambda connection: selection.matching(connection, ids, scope, node))

    async def matching_in_thread(self, ids: Sequence[int], scope: Scope, text: str) -> set[int]:
        """As `matching`, in a thread: it may search large bodies."""
        node = query.parse(text)
        return await self._store.fetch(lambda connection: selection.matching(connection, ids, scope, node))

    def newest(self, scope: Scope, limit: int = 200) -> list[int]:
        """Return the newest captures of a scope, newest first. Reads on the loop."""
        everything = query.parse("")
        return list(
            self._store.read(
                lambda connection: selection.ids(
                    connection, scope, everything, newest_first=True, limit=limit
                )
            )
        )

    def figures(self) -> VerdictTotals:
        """Return the number of captures per verdict, as counted by the follower. Reads on the loop."""
        return self._store.read(tree.figures)

    async def suggestions(self, text: str, cursor: int) -> tuple[CompletionPlace, list[Suggestion]] | None:
        """Return suggestions for the query at the cursor: field names, known words and stored values.

        Return None if there are none.
        """
        place = place_at(text, cursor)
        if place is None:
            return None
        offers = known_suggestions(place)
        if place.field is not None and place.field.stored is not None:
            look = partial(suggestions.values, stored=place.field.stored, typed=place.typed, limit=MOST)
            offers += value_suggestions(place, await self._store.fetch(look))
        return (place, offers) if offers else None

    # ---- one capture

    async def detail(self, capture_id: int) -> CaptureDetail:
        """Return one capture with its body. Raises InspectorError if it does not exist."""
        return await self._store.fetch(
            lambda connection: CaptureDetail(
                capture=stored.read(connection, capture_id),
                row=stored_rows.rows(connection, [capture_id])[capture_id],
                findings=stored.findings(connection, capture_id),
                attempts=attempts.of_capture(connection, capture_id),
                inbox=inboxes.origin(connection, capture_id),
            )
        )

    def bodies(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Return the bodies of a few captures that exist. Reads on the loop, so they must not be large."""
        found, _ = self._store.read(lambda connection: stored.read_some(connection, ids, 2**40))
        return {capture_id: capture.body for capture_id, capture in found if capture is not None}

    async def attempt(self, attempt_id: int) -> AttemptDetail:
        """Return an attempt with its response. Raises InspectorError if it does not exist."""
        return await self._store.fetch(lambda connection: attempts.read(connection, attempt_id))

    # ---- pins, colours and notes

    async def pin(self, ids: Sequence[int], *, is_pinned: bool = True) -> int:
        """Pin or unpin captures, and return how many changed. Raises NotFound for an unknown id.

        Neither retention nor `prune` removes pinned captures.
        """
        return await self._mark(marks.pin if is_pinned else marks.unpin, ids)

    async def put_color(self, ids: Sequence[int], color: MarkColor | None) -> int:
        """As `pin`, for the colour of captures."""
        return await self._mark(partial(marks.put_color, color=color), ids)

    async def put_note(self, capture_id: int, text: str) -> None:
        """Set the note of a capture. An empty text removes it.

        Raises NotFound if the capture does not exist, or UsageError if the text is too long.
        """
        if len(text) > MAX_NOTE:
            raise UsageError(f"A note has at most {MAX_NOTE:,} characters, not {len(text):,}. Shorten it.")
        await self._store.write(partial(marks.put_note, capture_id=capture_id, text=text))
        self.judged.emit((capture_id,))

    async def _mark(self, change: Callable[..., int], ids: Sequence[int]) -> int:
        changed = 0
        for start in range(0, len(ids), MARKED_AT_ONCE):
            changed += await self._store.write(partial(change, ids=ids[start : start + MARKED_AT_ONCE]))
        self.judged.emit(tuple(sorted(ids)))
        return changed

    # ---- clearing

    @property
    def deletions(self) -> tuple[Deletion, ...]:
        """The clearings of this process that are not final yet."""
        cleared = [step for step in self.undo_steps if isinstance(step, Deletion)]
        return (*cleared, *self._removed_again)

    def forget_deletions(self, final: Collection[Deletion]) -> None:
        """Forget clearings that became final."""
        self.undo_steps[:] = [step for step in self.undo_steps if step not in final]
        self._removed_again[:] = [one for one in self._removed_again if one not in final]

    async def clear(self, scope: Scope = EVERYTHING, text: str = "") -> Deletion:
        """Hide the captures in scope that match, except pinned ones, in batches between arriving captures.

        `undo` restores them. The clearing becomes final when the program ends.
        """
        node = query.parse(text)
        return await self.delete(
            await self._store.fetch(
                lambda connection: selection.ids(connection, scope, node, newest_first=True)
            )
        )

    async def delete(self, chosen: Sequence[int]) -> Deletion:
        """Hide captures except pinned ones, as `clear` does.

        Raises BusyError if it cannot continue. Captures hidden before that can be restored.
        """
        self._store.undo_lock.hold()
        owner = self._store.undo_lock.name
        deletion = await self._store.write(partial(deletions.begin, now_ms=now_ms(), owner=owner))
        count = pinned = 0
        self.is_clearing = True
        try:
            async for hidden in self._in_parts(chosen, partial(deletions.hide, deletion=deletion)):
                count += hidden.number
                pinned += hidden.pinned
        except BusyError as error:
            if not count:
                raise
            many = "1 capture" if count == 1 else f"{count:,} captures"
            raise BusyError(f"{error} {many} cleared before that can be restored with Undo.") from error
        finally:
            made = Deletion(id=deletion, count=count, pinned=pinned)
            if count:
                self.undo_steps.append(made)
            self.is_clearing = False
            self.removed.emit(None)
        return made

    async def undo(self, deletion: Deletion) -> int:
        """Restore the captures of a clearing, and return their number.

        If it fails, it can be repeated.
        """
        if deletion in self.undo_steps:
            self.undo_steps.remove(deletion)
        count = 0
        self.is_clearing = True
        try:
            ids = await self._store.fetch(partial(deletions.ids_of, deletion=deletion.id))
            async for part in self._in_parts(ids, partial(deletions.restore, deletion=deletion.id)):
                count += part
        except BaseException:
            self.undo_steps.append(deletion)
            raise
        finally:
            self.is_clearing = False
            self.restored.emit(None)
        return count

    async def remove_again(self, addition: Addition) -> Deletion:
        """Undo an addition: hide its captures, except pinned ones. That cannot be undone."""
        if addition in self.undo_steps:
            self.undo_steps.remove(addition)
        try:
            made = await self.delete(addition.ids)
        except BaseException:
            self.undo_steps.append(addition)
            raise
        if made in self.undo_steps:
            self.undo_steps.remove(made)
            self._removed_again.append(made)
        return made

    async def _in_parts(self, ids: Sequence[int], change: Callable[..., T]) -> AsyncIterator[T]:
        """Yield the result of `change(connection, ids=…, is_bulk=…)` for one part after another."""
        pace = Pace(self._store, is_bulk=len(ids) > FEW)
        if pace.is_bulk:
            for part in pace.slices(ids):
                yield await pace.write(partial(change, ids=part, is_bulk=True))
        else:
            async for several in pace.parts(ids):
                yield await pace.write(partial(change, ids=several))
        await pace.finish()
