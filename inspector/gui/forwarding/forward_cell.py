"""The connection bar's part on forwarding: where captures go, and how that fares."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from inspector.gui.forwarding.forwards_menu import ForwardsMenu, mark, place, sentence
from inspector.gui.kit.bar_cell import BarCell
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import ElidedLabel, plain_tip
from inspector.gui.kit.theme import Theme
from inspector.session.forwards import ForwardRow

_WIDEST, _WIDEST_SMALL = "away, 1,234 wait, 1,234 failed", "1,234 failed"
"""The longest states that fit next to the place. A longer one is shortened and has a tool tip."""
_SMALL = 16
"""Characters of a place in a small window."""


class ForwardCell(BarCell):
    """One forward with its check box, or how many there are; what is not as usual stands beside it."""

    switched = Signal(int, bool)
    """A forward's id, and whether it is to be on."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, "Forwards to", parent)
        self.menu = ForwardsMenu(theme, actions, self)
        self._rows: tuple[ForwardRow, ...] = ()
        self._is_small = False
        self._box = QCheckBox(self)
        self._box.clicked.connect(self._clicked)
        self._button = Button(theme, "Nowhere yet", is_quiet=True, has_menu=True, parent=self)
        self._button.clicked.connect(self._open)
        self._theme = theme
        self._mark = ElidedLabel(theme, px=12, weight=500, tone="warning", parent=self)
        for widget in (self._box, self._mark):  # else they take height from the caption
            widget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.add(self._box, self._button, self._mark)
        self.show_rows(())

    def show_rows(self, rows: tuple[ForwardRow, ...]) -> None:
        """Show these; all is well where nothing stands beside their places."""
        self._rows = rows
        self._box.setVisible(len(rows) == 1)
        if not rows:
            text, state, tip = "Nowhere yet", "", "Send each new capture on to a URL as it arrives"
        elif len(rows) == 1:
            [row] = rows
            text, state, tip = place(row, _SMALL if self._is_small else 30), "", sentence(row)
            state = mark(row, is_short=self._is_small)
            self._box.setChecked(row.state != "paused")
            self._box.setAccessibleName(f"Forward to {place(row, 60)}")
            self._box.setToolTip("Pause forwarding" if row.state != "paused" else "Go on forwarding")
        else:
            text, state = f"{len(rows)} targets", _worst(rows, is_short=self._is_small)
            tip = "\n".join(f"{place(row, 60)}: {sentence(row)}" for row in rows)
        self._button.show_as(text, None)
        self._button.setAccessibleName(f"Forwards to {text}{f', {state}' if state else ''}")
        self._button.setToolTip(plain_tip(tip))
        self._mark.setText(state)
        self._mark.set_tone("text2" if state == "paused" and rows[0].trouble is None else "warning")
        # Its room is reserved from the first forward on, so that another state moves no other cell.
        widest = _WIDEST_SMALL if self._is_small else _WIDEST
        self._mark.setFixedWidth(self._theme.metrics(12, 500).horizontalAdvance(widest) + 2)
        self._mark.setVisible(bool(rows))

    @property
    def state(self) -> str:
        """The state next to the place, as shown."""
        return self._mark.text()

    def show_small(self, is_small: bool) -> None:
        """Shorter words for a small window."""
        self._is_small = is_small
        self.show_rows(self._rows)

    @Slot(bool)
    def _clicked(self, is_on: bool) -> None:
        if len(self._rows) == 1:
            self._box.setChecked(self._rows[0].state != "paused")  # until it is so
            self.switched.emit(self._rows[0].id, is_on)

    @Slot()
    def _open(self) -> None:
        self.menu.fill(self._rows)
        self.menu.popup(self._button.mapToGlobal(QPoint(0, self._button.height())))


def _worst(rows: tuple[ForwardRow, ...], *, is_short: bool) -> str:
    """Of several forwards, what is not as usual with any."""
    away = sum(row.state == "waiting" for row in rows)
    paused = sum(row.state == "paused" for row in rows)
    failed = sum(row.failed for row in rows)
    parts = [
        f"{away} away" if away else "",
        f"{paused} paused" if paused else "",
        f"{failed:,} failed" if failed else "",
    ]
    told = [part for part in parts if part]
    return ", ".join(told[:1] if is_short else told)
