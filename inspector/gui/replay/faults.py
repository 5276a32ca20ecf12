"""What is done wrong on purpose in a plan, and to every how many-th delivery."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from inspector.domain.replay.fault import FAULT_HELP, FAULT_NAMES, MOST_EVERY, Fault, FaultName
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import SpinBox

_TEXTS: dict[FaultName, str] = {
    "twice": "Delivered twice",
    "shuffled": "Shuffled within",
    "dropped": "Left out",
    "delayed": "Held back",
    "concurrent": "With the next",
    "cut": "Cut short",
    "broken-signature": "Broken signature",
    "stale-secret": "Stale secret",
}
_FIRST_EVERY = 10
_LEAST = 1


class FaultFields(QWidget):
    """Folded away until they are asked for: a plan has none, as a rule."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.button = Button(theme, "None", has_menu=True)
        self.button.setAccessibleName("Faults on purpose")
        self.button.clicked.connect(self._toggle)
        self._rows = QWidget()
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, px(4), 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(2))
        self.boxes: dict[FaultName, QCheckBox] = {}
        self.every: dict[FaultName, SpinBox] = {}
        for row, name in enumerate(FAULT_NAMES):
            box, spin = QCheckBox(_TEXTS[name]), SpinBox()
            box.setToolTip(plain_tip(FAULT_HELP[name]))
            spin.setRange(2 if name in ("shuffled", "concurrent") else _LEAST, MOST_EVERY)
            spin.setValue(_FIRST_EVERY)
            spin.setPrefix("" if name == "shuffled" else "every ")
            spin.setAccessibleName(f"{_TEXTS[name]}: how often")
            spin.setFixedWidth(px(92))
            spin.setEnabled(False)
            box.toggled.connect(spin.setEnabled)
            box.toggled.connect(self._look)
            spin.valueChanged.connect(self._look)
            grid.addWidget(box, row, 0)
            grid.addWidget(spin, row, 1)
            self.boxes[name], self.every[name] = box, spin
        self.seed = SpinBox()
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setAccessibleName("Seed")
        self.seed.setFixedWidth(px(92))
        self.seed.valueChanged.connect(self._look)
        seed: QLabel = Label(theme, "Seed, to repeat a run", px=12, tone="text2")
        seed.setBuddy(self.seed)
        grid.addWidget(seed, len(FAULT_NAMES), 0)
        grid.addWidget(self.seed, len(FAULT_NAMES), 1)
        self._rows.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(self._rows)

    def faults(self) -> tuple[Fault, ...]:
        """Those that were chosen."""
        return tuple(
            Fault(name=name, every=self.every[name].value())
            for name in FAULT_NAMES
            if self.boxes[name].isChecked()
        )

    @Slot()
    def _toggle(self) -> None:
        self._rows.setVisible(self._rows.isHidden())

    @Slot()
    def _look(self) -> None:
        chosen = [_TEXTS[fault.name].lower() for fault in self.faults()]
        text = (
            "None" if not chosen else chosen[0].capitalize() if len(chosen) == 1 else f"{len(chosen)} kinds"
        )
        self.button.show_as(text, None)
        self.button.setAccessibleName(f"Faults on purpose: {text}")
        self.changed.emit()
