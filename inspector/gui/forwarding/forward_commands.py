"""Commands that add, change, pause and remove forwards, and messages about their changes."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.gui.forwarding.forward_dialog import ForwardDialog
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.session.forwards import ForwardRow

_CHANGES_MS = 200


class ForwardCommands(QObject):
    """The commands of the forwards, and messages about changes of one."""

    rows_changed = Signal(object)
    """The forwards, masked as necessary: a tuple of ForwardRow."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._forwards = window.session.forwards
        self._mask = window.screen_mask
        self._seen: dict[int, ForwardRow] = {}
        self._losing: set[int] = set()
        """Forwards already reported as losing captures, until they deliver one."""
        window.action("forward-to").triggered.connect(self.add)
        SignalBatcher(self._forwards.changed, self, _CHANGES_MS).passed.connect(self.show_rows)
        self._mask.changed.connect(self.show_rows)

    @Slot()
    def show_rows(self) -> None:
        """Emit the current forwards."""
        rows = tuple(map(self._mask.forward, self._forwards.rows()))
        self.rows_changed.emit(rows)
        self.follow(rows)

    @Slot()
    def add(self) -> None:
        """Ask where to forward new captures."""
        self._open(None)

    @Slot(int, bool)
    def switch(self, forward_id: int, is_on: bool) -> None:
        """Pause or resume a forward."""
        self.do("resume" if is_on else "pause", forward_id)

    @Slot(str, int)
    def do(self, verb: str, forward_id: int) -> None:
        """Run a verb of the menu on a forward."""
        row = next((row for row in self._forwards.rows() if row.id == forward_id), None)
        if row is None:
            return
        if verb == "change":
            self._open(row)
        elif verb == "remove" and (row.waiting or row.failed):
            self._ask_to_remove(row)
        else:
            self._window.runner.run(self._work(verb, row), f"{verb} a forward")

    def _work(self, verb: str, row: ForwardRow) -> Coroutine[Any, Any, None]:
        if verb == "pause":
            return self._forwards.pause(row.id)
        if verb == "resume":
            return self._resume(row)
        if verb == "catch-up":
            return self._catch_up(row)
        if verb == "remove":
            return self._forwards.remove(row.id)
        return self._forwards.change(row.id, rule=row.rule, relays=verb == "relay")

    async def _resume(self, row: ForwardRow) -> None:
        await self._forwards.resume(row.id)
        self._window.notify(
            f"Forwarding to {self._place(row)} resumed. Catch up sends the captures that arrived meanwhile."
        )

    async def _catch_up(self, row: ForwardRow) -> None:
        count = await self._forwards.catch_up(row.id)
        many = counted(count, "capture")
        nothing = f"{self._place(row)} already has all captures since forwarding began."
        self._window.notify(f"Forwarding {many} to {self._place(row)} in order." if count else nothing)

    def _ask_to_remove(self, row: ForwardRow) -> None:
        left = row.waiting + row.failed
        many = counted(left, "capture")
        text = f"{many} did not reach {self._place(row)}. You can still replay them."
        title = f"Remove the forward to {self._place(row)}?"
        make = partial(ConfirmDialog, self._window.session, self._window.theme, title, text, "Remove forward")
        if (question := self._window.open_dialog(make)) is not None:
            question.accepted.connect(partial(self._remove, row.id))

    def follow(self, rows: Sequence[ForwardRow]) -> None:
        """Report once that a forward waits, loses captures, is paused, or is on again.

        The bar shows the numbers. One message per capture would fill the status bar while a target is down.
        """
        before, self._seen = self._seen, {row.id: row for row in rows}
        for row in rows:
            last = before.get(row.id)
            if last is None:
                continue
            if row.delivered > last.delivered:
                self._losing.discard(row.id)
            if (sentence := self._change(last, row)) is not None:
                self._window.notify(sentence)
        self._losing &= self._seen.keys()

    def _change(self, last: ForwardRow, row: ForwardRow) -> str | None:
        place, why = visible(row.place), visible(row.trouble or "")
        if row.state != last.state:
            if row.state == "waiting":
                return f"Forwarding to {place} is waiting: {why}"
            if row.state == "paused":
                return f"Forwarding to {place} is paused: {why}" if why else None  # the user paused it
            return f"{place} responds again. Forwarding the waiting captures." if row.delivered else None
        if row.failed > last.failed and row.state == "on" and row.id not in self._losing:
            self._losing.add(row.id)
            return f"{place} rejected a capture. Filter with is:failed to see it."
        return None

    def _place(self, row: ForwardRow) -> str:
        return visible(self._mask.forward(row).place)

    def _remove(self, forward_id: int) -> None:
        self._window.runner.run(self._forwards.remove(forward_id), "remove a forward")

    def _open(self, row: ForwardRow | None) -> None:
        make = partial(ForwardDialog, self._window.session, self._window.theme, row, mask=self._mask)
        self._window.open_dialog(make)
