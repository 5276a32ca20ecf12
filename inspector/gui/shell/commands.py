"""What the window does for its user, beyond showing: each verb asks the session and tells the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from inspector.base.errors import PortTaken, TakenError
from inspector.domain.query.scope import Scope
from inspector.gui.captures.listing import Listing
from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.first_start.address import AddressDialog
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import ConfirmDialog, open_dialog
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.maintenance_dialog import MaintenanceDialog
from inspector.gui.replay.edit import EditDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.shell.about import AboutDialog
from inspector.session.captures import Deletion
from inspector.session.replays import RemainingPlan
from inspector.session.session import Session

D = TypeVar("D", bound=QDialog)

_MISTAKEN = "The filter has a mistake, so nothing was {}."


class Commands(QObject):
    """The verbs of one window. `told` has a sentence for the status line."""

    message_posted = Signal(str)
    starting = Signal()
    """An attempt to listen begins."""
    started = Signal()
    """Listening has started or failed."""
    not_listening = Signal(object)
    """Why listening could not begin, as a sentence; None when it is tried again."""
    port_suggested = Signal(str, str)
    """Why listening could not begin, and what `listen_elsewhere` does about it, as the verb of a button."""
    cleared = Signal(int, int)
    """So many captures were cleared, and can be given back; so many more are pinned, and stayed."""
    undone = Signal(str)
    """There is nothing to give back any more; a sentence says why."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        theme: Theme,
        runner: Runner,
        listing: Listing,
        *,
        mask: Mask,
    ) -> None:
        super().__init__(window)
        self._mask = mask
        self._window = window
        self._session = session
        self._theme = theme
        self._runner = runner
        self._listing = listing
        self._check: CheckDialog | None = None
        self._free_port: int | None = None
        """A port to listen on in place of one that is in use."""

    # ---- listening

    @Slot()
    def listen(self) -> None:
        """Begin to capture."""
        self.not_listening.emit(None)
        self.starting.emit()
        self._runner.run(self._listen(), "start listening", self._refuse_listening)

    @Slot()
    def listen_elsewhere(self) -> None:
        """Capture on the port that was suggested, until the program ends."""
        self.not_listening.emit(None)
        self.starting.emit()
        self._runner.run(self._listen(self._free_port), "start listening", self._refuse_listening)

    def _refuse_listening(self, sentence: str) -> None:
        if self._free_port is None:
            self.not_listening.emit(sentence)
        else:
            self.port_suggested.emit(sentence, f"Listen on {self._free_port}")

    async def _listen(self, port: int | None = None) -> None:
        self._free_port = None
        try:
            await self._session.listen(port)
        except PortTaken as error:
            self._free_port = error.free_port
            raise
        except TakenError as error:
            raise TakenError(f"{error} Meanwhile this window shows what that one captures.") from None
        finally:
            # By call_soon: no slot may run inside a task (see signal_batcher.py).
            asyncio.get_running_loop().call_soon(self.started.emit)

    @Slot()
    def stop_listening(self) -> None:
        """Capture no more."""
        self._runner.run(self._session.stop_listening(), "stop listening")

    @Slot()
    def copy_local(self) -> None:
        """Put the local address on the clipboard."""
        self._copy(self._session.ingest.url)

    @Slot()
    def send_sample(self) -> None:
        """Send samples to this listener."""
        self._runner.run(self._send_sample(), "send sample")

    async def _send_sample(self) -> None:
        result = await self._session.samples.send()
        if result.failed:
            self.message_posted.emit(
                f"{result.sent} samples arrived, {result.failed} did not: {result.error}"
            )
        else:
            signed = f"signed with {result.secret}" if result.secret else "signed with a secret of their own"
            self.message_posted.emit(f"Sent {result.sent} samples, {signed}.")

    # ---- the public address

    @Slot()
    def set_address(self) -> None:
        """Ask for the public address."""
        self._open(AddressDialog)

    @Slot()
    def forget_address(self) -> None:
        """Show no public address any more."""
        self._runner.run(self._session.address.set(None), "forget the public address")

    @Slot()
    def copy_public(self) -> None:
        """Copy the public address."""
        self._copy(self._session.address.text)

    # ---- captures

    @Slot(object)
    def replay(self, ids: Sequence[int]) -> None:
        """Open the plan for sending these."""
        if ids:
            self._open_beside(ReplayDialog, tuple(ids))

    @Slot(object)
    def edit_and_replay(self, capture_id: int) -> None:
        """Open one capture to be changed and sent."""
        self._open_beside(EditDialog, capture_id)

    @Slot()
    def replay_listed(self) -> None:
        """Open the plan for sending everything that is listed."""
        if (chosen := self._listing.chosen()) is None:
            self.message_posted.emit(_MISTAKEN.format("replayed"))
        else:
            self._open_beside(ReplayDialog, chosen)

    def resume(self, rest: RemainingPlan) -> None:
        """Open the remaining deliveries of a replay."""
        self._open_beside(ReplayDialog, rest)

    @Slot(object)
    def replay_scope(self, scope: Scope) -> None:
        """Open the plan for sending every capture of a scope, whatever the filter."""
        self._open_beside(ReplayDialog, (scope, ""))

    @Slot()
    def check_receiver(self) -> None:
        """Open the window that checks a receiver, or bring it to the front."""
        if self._check is None:
            self._check = self._open_beside(CheckDialog)
            if self._check is None:
                return
            self._check.finished.connect(self._checked)
        self._check.raise_()
        self._check.activateWindow()

    @Slot()
    def _checked(self) -> None:
        self._check = None

    @Slot()
    def clear(self) -> None:
        """Clear what is listed; it can be undone."""
        if (chosen := self._listing.chosen()) is None:
            self.message_posted.emit(_MISTAKEN.format("cleared"))
        else:
            self._runner.run(self._hide(self._session.captures.clear(*chosen)), "clear captures")

    def delete(self, ids: Sequence[int]) -> None:
        """Clear a few captures; it can be undone."""
        if ids:
            self._runner.run(self._hide(self._session.captures.delete(ids)), "clear captures")

    async def _hide(self, work: Coroutine[Any, Any, Deletion]) -> None:
        deletion = await work
        if deletion.count or deletion.pinned:
            self.cleared.emit(deletion.count, deletion.pinned)

    @Slot()
    def undo(self) -> None:
        """Give back what was cleared last."""
        if deletions := self._session.captures.deletions:
            self._runner.run(self._undo(deletions.pop()), "undo clearing")
        else:
            self.message_posted.emit("There is nothing to undo.")

    async def _undo(self, deletion: Deletion) -> None:
        count = await self._session.captures.undo(deletion)
        self.undone.emit(f"{count:,} capture{'' if count == 1 else 's'} came back.")

    # ---- the file

    @Slot()
    def delete_for_good(self) -> None:
        """Ask whether what was cleared is to be overwritten, so that nobody finds it again."""
        if not (count := sum(deletion.count for deletion in self._session.captures.deletions)):
            self.message_posted.emit("Nothing is cleared, so there is nothing to delete for good.")
            return
        many = "The cleared capture is" if count == 1 else f"All {count:,} cleared captures are"
        text = f"{many} overwritten in the file, and cannot be given back."
        verb = f"Delete {count:,} for good"
        if (question := self._open(ConfirmDialog, "Delete for good", text, verb)) is not None:
            question.accepted.connect(self._overwrite)

    @Slot()
    def _overwrite(self) -> None:
        self._runner.run(self._delete_for_good(), "delete for good")

    async def _delete_for_good(self) -> None:
        count = await self._session.maintenance.delete_for_good()
        self.undone.emit(f"{count:,} capture{'' if count == 1 else 's'} deleted for good.")

    @Slot()
    def maintain(self) -> None:
        """Open the dialog that keeps the file in order."""
        self._open(MaintenanceDialog)

    # ---- the program

    @Slot()
    def about(self) -> None:
        """Tell what this is and where it keeps things."""
        self._open(AboutDialog)

    def _copy(self, text: str | None) -> None:
        if text:
            QGuiApplication.clipboard().setText(text)
            self.message_posted.emit(f"Copied {text}")

    def _open(
        self, make: Callable[..., D], *arguments: object, is_modal: bool = True, **named: object
    ) -> D | None:
        """Show a dialog of this session and window; its parent keeps it until it is closed."""
        made = partial(make, self._session, self._theme, *arguments, self._window, **named)
        return open_dialog(self._window, made, is_modal=is_modal)

    def _open_beside(self, make: Callable[..., D], *arguments: object) -> D | None:
        """Show a dialog next to the window, which stays usable."""
        return self._open(make, *arguments, is_modal=False, mask=self._mask)
