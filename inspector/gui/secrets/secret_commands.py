"""Commands that add, try, import and remove secrets, and evaluate stored captures with them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.gui.detail.signature.cure_buttons import CauseOffer
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import ConfirmDialog, ask_which
from inspector.gui.secrets.secret_dialog import DotenvDialog, SecretDialog, free_name
from inspector.gui.secrets.try_secret import TrySecretDialog
from inspector.session.signature.diagnoses import DiagnosisProgress

D = TypeVar("D", bound=QDialog)

_FIRST_SECRET = "dashboard"  # noqa: S105 - the name of a secret that was entered without one


class SecretCommands(QObject):
    """The commands of the secrets. Each action is enabled while it is possible."""

    diagnosing = Signal(object)
    """A DiagnosisProgress: all remaining invalid signatures are being diagnosed."""
    cured = Signal(object)
    """The CureResult of a cure, or None if it failed."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._session = window.session
        self._selected: tuple[int, ...] = ()
        self._trying: TrySecretDialog | None = None
        for name, command in (
            ("add-secret", self.add),
            ("copy-secret", self.copy_generated),
            ("import-secret", self.import_file),
            ("try-secret", self.try_one),
            ("undo-secret", self.undo_change),
            ("re-verify", self.re_verify),
            ("diagnose-all", self.diagnose_all),
        ):
            window.action(name).triggered.connect(command)
        for changed in (self._session.secrets.changed, self._session.secret_changes.changed):
            SignalBatcher(changed, self).passed.connect(self._allow)
        self._allow()

    @Slot()
    def _allow(self) -> None:
        self._window.action("copy-secret").setEnabled(bool(self._session.secrets.generated))
        self._window.action("undo-secret").setEnabled(self._session.secret_changes.last is not None)

    @property
    def trying(self) -> TrySecretDialog | None:
        """The dialog that tries a secret, while it is open."""
        return self._trying

    # ---- adding and removing

    @Slot()
    def add(self) -> None:
        """Ask for a secret to add."""
        self._open(SecretDialog)

    @Slot(str, bool)
    def switch(self, name: str, is_active: bool) -> None:
        """Activate or deactivate a secret."""
        switching = self._session.secret_changes.switch(name, is_active)
        self._window.runner.run(switching, "switch a secret")

    @Slot(str, bool)
    def use(self, text: str, is_generated: bool = False) -> None:
        """Add an active secret; save it if there is a keyring."""
        name = free_name(self._session, _FIRST_SECRET)
        save = self._session.secrets.keyring is not None
        adding = self._session.secret_changes.add(name, text, save=save, is_generated=is_generated)
        self._window.runner.run(adding, "use a secret")

    @Slot()
    def copy_generated(self) -> None:
        """Copy the generated secret, which the sender does not use yet."""
        if generated := self._session.secrets.generated:
            QGuiApplication.clipboard().setText(generated[-1].text)
            self._window.notify(f"Copied the secret {visible(generated[-1].name)}.")

    @Slot(str)
    def remove(self, name: str) -> None:
        """Remove a secret. Ask first if it is saved, because it cannot be restored."""
        row = next((row for row in self._session.secrets.names() if row.name == name), None)
        if row is None:
            return
        if row.origin != "saved":
            self._forget(name)
            return
        title = f"Remove the secret “{visible(name)}”?"
        text = "It is deleted from the keyring. All captures are re-verified without it."
        if (question := self._open(ConfirmDialog, title, text, "Remove secret")) is not None:
            question.accepted.connect(partial(self._forget, name))

    def _forget(self, name: str) -> None:
        self._window.runner.run(self._remove(name), "remove a secret")

    async def _remove(self, name: str) -> None:
        await self._session.secret_changes.remove(name)
        self._window.notify(f"Removed the secret {visible(name)}.")

    # ---- import

    @Slot()
    def import_file(self) -> None:
        """Ask for an .env file."""
        ask_which(
            self._window.widget,
            "Import from .env",
            kinds=(".env files (.env .env.* *.env)",),
            then=self.read_file,
        )

    @Slot(str)
    def read_file(self, file: str) -> None:
        """Ask which variable of this file contains the secret."""
        self._window.runner.run(self._read_file(Path(file)), "read an .env file")

    async def _read_file(self, file: Path) -> None:
        variables = await self._session.secrets.read_dotenv(file)
        if not variables:
            self._window.notify(f"No variable in {visible(file.name)} has a value. Select another file.")
            return
        if (dialog := self._open(DotenvDialog, file, variables)) is not None:
            dialog.selected.connect(self._variable_selected)

    @Slot(str, str)
    def _variable_selected(self, name: str, text: str) -> None:
        self._open(SecretDialog, name=name, text=text)

    # ---- trying a secret

    @Slot(object)
    def selection_changed(self, ids: Sequence[int]) -> None:
        """Try secrets on these captures from now on."""
        self._selected = tuple(ids)
        if self._trying is not None:
            self._trying.show_selection(self._selected)

    @Slot()
    def try_one(self) -> None:
        """Open the dialog that tries a secret, or bring it to the front."""
        if self._trying is None:
            make = partial(TrySecretDialog, self._session, self._window.theme, self._selected)
            # Next to the window, so that other captures can be selected meanwhile.
            self._trying = self._window.open_dialog(make, is_modal=False)
            if self._trying is None:
                return
            self._trying.used.connect(self._use_tried)
            self._trying.finished.connect(self._tried)
        self._trying.raise_()
        self._trying.activateWindow()

    @Slot(str)
    def _use_tried(self, text: str) -> None:
        self._open(SecretDialog, text=text)

    @Slot()
    def _tried(self) -> None:
        self._trying = None

    # ---- cures

    @Slot(object)
    def apply(self, offer: CauseOffer) -> None:
        """Apply a cure and re-verify all captures."""
        self._window.runner.run(self._apply(offer), "cure a secret")

    async def _apply(self, offer: CauseOffer) -> None:
        assert offer.cure is not None
        try:
            result = await self._session.cures.apply(offer.cure, offer.ids)
        except InspectorError:
            self.cured.emit(None)
            raise
        self.cured.emit(result)

    @Slot()
    def undo_change(self) -> None:
        """Undo the last change of a secret, and re-verify all captures."""
        self._window.runner.run(self._undo_change(), "undo a change of a secret")

    async def _undo_change(self) -> None:
        if undone := await self._session.secret_changes.undo():
            self._window.notify(undone)

    # ---- re-verification

    @Slot()
    def re_verify(self) -> None:
        """Evaluate every stored capture with the current secrets."""
        self._window.runner.run(self._session.verification.repeat(), "re-verify all captures")

    @Slot()
    def diagnose_all(self) -> None:
        """Diagnose every invalid signature."""
        self._window.runner.run(self._diagnose_all(), "diagnose all")

    async def _diagnose_all(self) -> None:
        if left := await self._session.diagnoses.count_left():
            self._session.diagnoses.all()
            self.diagnosing.emit(DiagnosisProgress(left=left, is_all=True))
        else:
            self._window.notify("All invalid signatures are diagnosed.")

    def _open(self, make: Callable[..., D], *arguments: object, **named: object) -> D | None:
        return self._window.open_dialog(partial(make, self._session, self._window.theme, *arguments, **named))
