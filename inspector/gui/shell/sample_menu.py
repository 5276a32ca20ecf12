"""The menu of the Send sample button: the built-in survey, and the samples that the user saved."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.event.sample import SAMPLES

_LONGEST = 60


class SampleMenu(QMenu):
    """Saved samples by name. Their owner sets the names before it opens."""

    selected = Signal(str)
    """The name of the sample to send; empty for the built-in survey."""
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.show_names(())

    @Slot(object)
    def show_names(self, names: tuple[str, ...]) -> None:
        """Show other saved samples."""
        self.clear()
        built_in = self.addAction(f"Sample survey, {SAMPLES} events")
        built_in.triggered.connect(partial(self.selected.emit, ""))
        if not names:
            hint = self.addAction("Save one with Edit (E)")
            hint.setEnabled(False)
            return
        self.addSeparator()
        for name in names:
            self.addAction(_shown(name)).triggered.connect(partial(self.selected.emit, name))
        self.addSeparator()
        remove = self.addMenu("Remove a saved sample")
        for name in names:
            remove.addAction(_shown(name)).triggered.connect(partial(self.removed.emit, name))


def _shown(name: str) -> str:
    return shortened(visible(name), _LONGEST).replace("&", "&&")
