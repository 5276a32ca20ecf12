"""Clears captures, restores them, and deletes them permanently."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from inspector.gui.captures.listing import Listing
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import ConfirmDialog
from inspector.session.captures import Deletion


class ClearCommands(QObject):
    """The commands that remove captures from the list."""

    cleared = Signal(int, int)
    """How many captures were cleared, which can be undone, and how many pinned ones stayed."""
    undone = Signal(str)
    """There is nothing to restore any more; a sentence says why."""

    def __init__(self, window: Window, listing: Listing) -> None:
        super().__init__(window.widget)
        self._window = window
        self._captures = window.session.captures
        self._listing = listing
        window.action("clear").triggered.connect(self.clear)
        window.action("undo").triggered.connect(self.undo)
        window.action("delete-for-good").triggered.connect(self.delete_permanently)

    @Slot()
    def clear(self) -> None:
        """Clear what is listed; it can be undone."""
        if (selected := self._listing.chosen()) is None:
            self._window.notify("The filter has a mistake, so nothing was cleared.")
        else:
            self._window.runner.run(self._hide(self._captures.clear(*selected)), "clear captures")

    @Slot(object)
    def delete(self, ids: Sequence[int]) -> None:
        """Clear these captures; it can be undone."""
        if ids:
            self._window.runner.run(self._hide(self._captures.delete(ids)), "clear captures")

    async def _hide(self, work: Coroutine[Any, Any, Deletion]) -> None:
        deletion = await work
        if deletion.count or deletion.pinned:
            self.cleared.emit(deletion.count, deletion.pinned)

    @Slot()
    def undo(self) -> None:
        """Restore the captures that were cleared last."""
        if deletions := self._captures.deletions:
            self._window.runner.run(self._undo(deletions.pop()), "undo clearing")
        else:
            self._window.notify("There is nothing to undo.")

    async def _undo(self, deletion: Deletion) -> None:
        count = await self._captures.undo(deletion)
        self.undone.emit(f"{count:,} capture{'' if count == 1 else 's'} came back.")

    @Slot()
    def delete_permanently(self) -> None:
        """Ask whether to overwrite cleared captures in the file."""
        if not (count := sum(deletion.count for deletion in self._captures.deletions)):
            self._window.notify("Nothing is cleared, so there is nothing to delete for good.")
            return
        many = "The cleared capture is" if count == 1 else f"All {count:,} cleared captures are"
        text = f"{many} overwritten in the file, and cannot be given back."
        verb = f"Delete {count:,} for good"
        window = self._window
        make = partial(ConfirmDialog, window.session, window.theme, "Delete for good", text, verb)
        if (question := window.open_dialog(make)) is not None:
            question.accepted.connect(self._overwrite)

    @Slot()
    def _overwrite(self) -> None:
        self._window.runner.run(self._delete_permanently(), "delete cleared captures permanently")

    async def _delete_permanently(self) -> None:
        count = await self._window.session.maintenance.delete_for_good()
        self.undone.emit(f"{count:,} capture{'' if count == 1 else 's'} deleted for good.")
