"""What the list holds: the captures that a scope and a query choose, and those that join them live."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.domain import query
from inspector.domain.query import QueryError
from inspector.domain.scope import EVERYTHING, Scope
from inspector.gui.captures.model import CaptureModel
from inspector.gui.runner import Runner
from inspector.session.captures import Captures

_TYPING_MS = 150
_FIRST = 200


class Listing(QObject):
    """Fills the model. A newer question does not wait for the answer to an older one."""

    arrived = Signal(object)
    """Ids that were captured and belong in the list, ascending: to be put on top."""
    loaded = Signal()
    """The list holds what was asked for."""
    mistaken = Signal(object)
    """A QueryError, or null where the query is right."""

    def __init__(self, captures: Captures, model: CaptureModel, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.scope: Scope = EVERYTHING
        self.text = ""
        """The last right query; while what is typed is none, the list stays as it is."""
        self._captures = captures
        self._model = model
        self._runner = runner
        self._missed: list[int] = []
        self._asked = 0
        self._answered = 0
        self._typed = ""
        self._is_mistaken = False
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._take_typed)

    def show_scope(self, scope: Scope) -> None:
        """List another part of what was captured."""
        if scope != self.scope:
            self.scope = scope
            self.reload()

    @Slot(str)
    def type(self, text: str) -> None:
        """List what a query chooses, once typing pauses."""
        self._typed = text
        self._typing.start()

    def chosen(self) -> tuple[Scope, str] | None:
        """Scope and query as they stand, though typing has not paused yet; null for a query that is none."""
        if self._typing.isActive():
            self._typing.stop()
            self._take_typed()
        return None if self._is_mistaken else (self.scope, self.text)

    @property
    def is_everything(self) -> bool:
        """Neither a scope nor a query narrows the list."""
        return self.scope == EVERYTHING and not self.text.strip()

    @Slot()
    def reload(self) -> None:
        """Read the list again."""
        self._asked += 1
        self._runner.run(self._load(self._asked), "list captures")

    @Slot(object)
    def take(self, ids: Sequence[int]) -> None:
        """Captures that were just committed; those that belong in the list are announced."""
        if self._answered != self._asked:  # what is being read may lack them
            self._missed.extend(ids)
            return
        if not self.is_everything:
            chosen = self._captures.matching(ids, self.scope, self.text)
            ids = [capture_id for capture_id in ids if capture_id in chosen]
        if ids:
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
            self.reload()

    async def _load(self, asked: int) -> None:
        # The answers are shown by call_soon: no slot may run inside a task (see bridge.py).
        soon = asyncio.get_running_loop().call_soon
        if not self._model.rowCount():  # something is to be seen at once, however many there are
            first = await self._captures.ids(self.scope, self.text, limit=_FIRST)
            if first is None or asked != self._asked:
                return
            soon(self._show_first, asked, first)
        ids = await self._captures.ids(self.scope, self.text)
        if ids is not None:
            soon(self._show, asked, ids)

    def _show_first(self, asked: int, ids: array[int]) -> None:
        if asked == self._asked:
            self._model.set_ids(ids)

    def _show(self, asked: int, ids: array[int]) -> None:
        if asked != self._asked:
            return
        self._answered = asked
        self._model.set_ids(ids)
        self.loaded.emit()
        missed, self._missed = self._missed, []
        if missed:
            self.take(missed)
