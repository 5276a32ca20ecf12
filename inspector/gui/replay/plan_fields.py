"""The fields of a replay plan: order, pace, concurrency, reaction to failures, and deliberate faults."""

from __future__ import annotations

from typing import Any, Literal

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from inspector.domain.replay.fault import FAULT_HELP, FAULT_NAMES, MOST_EVERY, Fault, FaultName
from inspector.domain.replay.plan_options import MAX_AT_ONCE, MAX_GAP_S, MAX_RATE, MAX_SCALE, MIN_SCALE, Order
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.controls.value_boxes import ComboBox, DecimalBox, SpinBox
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import caption, column, form, grow, row
from inspector.gui.kit.tab_order import scroll_to
from inspector.gui.kit.theme import Theme

Pace = Literal["answers", "rate", "timing"]
_ORDERS: dict[Order, str] = {"arrival": "By arrival time", "created": "By answer time"}
_PACES: dict[Pace, str] = {
    "answers": "As fast as responses arrive",
    "rate": "At a fixed rate",
    "timing": "With the original timing",
}
_TEXTS: dict[FaultName, str] = {
    "twice": "Delivered twice",
    "shuffled": "Shuffled within",
    "dropped": "Dropped",
    "delayed": "Delayed",
    "concurrent": "With the next",
    "cut": "Cut short",
    "broken-signature": "Broken signature",
    "stale-secret": "Stale secret",
}
_FIRST_EVERY = 10
_LEAST = 1


class PaceFields(QWidget):
    """The order, pace and concurrency of a plan."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.order = ComboBox(theme, "Order", _ORDERS)
        self.pace = ComboBox(theme, "Pace", _PACES)
        self.rate = DecimalBox(theme, "Deliveries per second", 0.01, MAX_RATE, unit=" per second", value=10)
        self.scale = DecimalBox(theme, "Speed factor", MIN_SCALE, MAX_SCALE, value=1)
        self.scale.setPrefix("× ")
        self.gap = DecimalBox(theme, "Maximum gap in seconds", 0, MAX_GAP_S, unit=" s", value=5)
        self._gap_label = Label(theme, "maximum gap", px=12, tone="text2")
        self.at_once = SpinBox("Concurrent deliveries", 1, MAX_AT_ONCE)
        self.at_once.setMinimumHeight(px(28))
        self._order_kept = Label(theme, px=12, tone="text2")
        self.on_failure = ComboBox(theme, "On failure", {False: "Continue", True: "Stop"})
        column(
            theme,
            form(theme, ("Order", self.order), ("Pace", self.pace)),
            self.rate,
            self.scale,
            row(theme, self._gap_label, grow(self.gap), spacing=8),
            8,
            caption(theme, "Concurrent", self.at_once),
            row(theme, self.at_once, grow(self._order_kept), spacing=8),
            form(theme, ("On failure", self.on_failure)),
            spacing=4,
            on=self,
        )
        for signal in (
            *(self.order.currentIndexChanged, self.pace.currentIndexChanged),
            *(self.on_failure.currentIndexChanged, self.rate.valueChanged, self.scale.valueChanged),
            *(self.gap.valueChanged, self.at_once.valueChanged),
        ):
            signal.connect(self._look)
        self._look()

    def arguments(self) -> dict[str, Any]:
        """Return the fields as arguments of PlanOptions."""
        pace: Pace = self.pace.currentData()
        return {
            "order": self.order.currentData(),
            "rate": self.rate.value() if pace == "rate" else None,
            "scale": self.scale.value() if pace == "timing" else None,
            "max_gap_s": self.gap.value() if pace == "timing" else None,
            "at_once": self.at_once.value(),
            "is_stopping_on_failure": self.on_failure.currentData(),
        }

    @Slot()
    def _look(self) -> None:
        pace: Pace = self.pace.currentData()
        self.rate.setVisible(pace == "rate")
        for part in (self.scale, self.gap, self._gap_label):
            part.setVisible(pace == "timing")
        is_kept = self.at_once.value() == 1
        self._order_kept.setText("order is preserved" if is_kept else "order is not preserved")
        self.changed.emit()


class FaultFields(QWidget):
    """The faults of a plan, collapsed because most plans have none."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.button = Button(theme, "None", has_menu=True)
        self.button.setAccessibleName("Deliberate faults")
        self.button.clicked.connect(self._toggle)
        self._rows = QWidget()
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, px(4), 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(2))
        self.boxes: dict[FaultName, QCheckBox] = {}
        self.every: dict[FaultName, SpinBox] = {}
        for place, name in enumerate(FAULT_NAMES):
            least = 2 if name in ("shuffled", "concurrent") else _LEAST
            box, spin = QCheckBox(_TEXTS[name]), SpinBox(f"{_TEXTS[name]}: frequency", least, MOST_EVERY)
            box.setToolTip(plain_tip(FAULT_HELP[name]))
            spin.setValue(_FIRST_EVERY)
            spin.setPrefix("" if name == "shuffled" else "every ")
            spin.setFixedWidth(px(92))
            spin.setEnabled(False)
            box.toggled.connect(spin.setEnabled)
            box.toggled.connect(self._look)
            spin.valueChanged.connect(self._look)
            grid.addWidget(box, place, 0)
            grid.addWidget(spin, place, 1)
            self.boxes[name], self.every[name] = box, spin
        self.seed = SpinBox("Seed", 0, 2**31 - 1)
        self.seed.setFixedWidth(px(92))
        self.seed.valueChanged.connect(self._look)
        seed: QLabel = Label(theme, "Seed to repeat a run", px=12, tone="text2")
        seed.setBuddy(self.seed)
        grid.addWidget(seed, len(FAULT_NAMES), 0)
        grid.addWidget(self.seed, len(FAULT_NAMES), 1)
        self._rows.hide()
        column(theme, self.button, self._rows, on=self)

    def faults(self) -> tuple[Fault, ...]:
        """Return the selected faults."""
        return tuple(
            Fault(name=name, every=self.every[name].value())
            for name in FAULT_NAMES
            if self.boxes[name].isChecked()
        )

    @Slot()
    def _toggle(self) -> None:
        self._rows.setVisible(self._rows.isHidden())
        if not self._rows.isHidden():
            QTimer.singleShot(0, self, self._scroll)  # after the layout

    @Slot()
    def _scroll(self) -> None:
        """Scroll to the faults, of which the first ones must be visible."""
        scroll_to(self)

    @Slot()
    def _look(self) -> None:
        selected = [_TEXTS[fault.name].lower() for fault in self.faults()]
        text = (
            "None"
            if not selected
            else selected[0].capitalize()
            if len(selected) == 1
            else f"{len(selected)} kinds"
        )
        self.button.show_as(text, None)
        self.button.setAccessibleName(f"Deliberate faults: {text}")
        self.changed.emit()
