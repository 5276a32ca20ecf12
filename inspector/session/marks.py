"""Pins, notes and colours: what a person marks captures with, beside whoever captures or looks on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from inspector.base.errors import UsageError
from inspector.domain.capture.capture import MAX_NOTE
from inspector.domain.capture.rows import MarkColor
from inspector.session.captures import Captures
from inspector.store.store import Store
from inspector.store.write import marks as stored

_AT_ONCE = 500
"""Captures in one transaction, which must stay short: another process may be capturing."""


class Marks:
    """Marks captures. What is pinned is never taken by retention or `prune`."""

    def __init__(self, store: Store, captures: Captures) -> None:
        self._store = store
        self._captures = captures

    async def pin(self, ids: Sequence[int], *, is_pinned: bool = True) -> int:
        """Pin captures, or unpin them; how many changed. Raises NotFound where one is not there."""
        work = stored.pin if is_pinned else stored.unpin
        changed = 0
        for start in range(0, len(ids), _AT_ONCE):
            changed += await self._store.write(partial(work, ids=ids[start : start + _AT_ONCE]))
        self._captures.judged.emit(tuple(sorted(ids)))
        return changed

    async def put_color(self, ids: Sequence[int], color: MarkColor | None) -> int:
        """Give captures a colour, or take it; how many changed. Raises NotFound where one is not there."""
        changed = 0
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            changed += await self._store.write(partial(stored.put_color, ids=part, color=color))
        self._captures.judged.emit(tuple(sorted(ids)))
        return changed

    async def put_note(self, capture_id: int, text: str) -> None:
        """Set a capture's note; an empty one removes it.

        Raises NotFound where there is no such capture, UsageError where the text is too long.
        """
        if len(text) > MAX_NOTE:
            raise UsageError(f"A note has at most {MAX_NOTE:,} characters, not {len(text):,}.")
        await self._store.write(partial(stored.put_note, capture_id=capture_id, text=text))
        self._captures.judged.emit((capture_id,))
