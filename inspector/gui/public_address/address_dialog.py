"""The dialog that asks for the public address of the listener."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

_MOST = 2_000
"""Maximum characters that are read from the clipboard."""


def _copied_address() -> str:
    """Return the address in the clipboard, or an empty text if it is something else."""
    text = QGuiApplication.clipboard().text()[:_MOST].strip()
    return text if text.startswith("https://") and len(text.split()) == 1 else ""


class AddressDialog(FormDialog):
    """A dialog with one field. If the text is not an address, it shows an error and stays open."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None
    ) -> None:
        super().__init__(session, theme, "Public address", "Use address", parent)
        self._session = session
        self.explain(
            "Paste the address of a tunnel or proxy that leads to this listener. https:// is added if it is"
            " missing. A test request shows whether senders can reach it."
        )
        example = "https://quiet-river-hatch.example.com/"
        self.field = self.add_line("Address", name="Public address", example=example)
        self.field.setText(session.address.text or _copied_address())
        if mask is not None:
            LineMask(mask, self.field)
        self.add(self.error)
        self.field.selectAll()
        self.field.setFocus()
        self.field.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self._typed(self.field.text())

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.verb.setEnabled(bool(text.strip()))

    @Slot()
    def _use(self) -> None:
        self.working()
        self.runner.run(self._set(self.field.text()), "use a public address", self.notify)

    async def _set(self, text: str) -> None:
        await self._session.tunnels.use_address(text)
        self.accept()
