"""The window of the gaps of a shared inbox: messages that this machine never received."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from inspector.base.clock import short_time
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, column, foot, grow, resize_within
from inspector.gui.kit.table import RowModel, Table
from inspector.session.inbox.state import InboxGap

_ABOUT = (
    "Messages that were removed from the stream before this machine received them. A member that has them can"
    " export them."
)
_TITLES = ("Noticed", "Missing", "Messages", "Reason")
_WIDTHS = (84, 76, 132)
_LOOK_MS = 500


class GapsWindow(BaseDialog):
    """The gaps that the file knows, newest first. It follows new ones. Not modal."""

    def __init__(self, window: Window, parent: QWidget | None = None) -> None:
        super().__init__("Gaps of the shared inbox", parent)
        theme = window.theme
        self._desk = window.session.desk
        self._model = RowModel(_TITLES, right=frozenset({1}), has_tips=True, parent=self)
        self.table = Table(theme, self._model, "Gaps")
        self.table.set_widths(*_WIDTHS)
        self.count = Label(theme, px=12, tone="text2")
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.accept)
        head = column(
            theme,
            Label(theme, "Gaps of the shared inbox", px=16, weight=600),
            Label(theme, _ABOUT, tone="text2", wraps=True),
            grow(self.table),
            spacing=8,
            margins=(20, 16, 20, 12),
        )
        column(theme, grow(head), Hairline(theme), foot(theme, self.count, STRETCH, close), on=self)
        resize_within(self, theme, theme.px(880), theme.px(400))
        SignalBatcher(self._desk.gaps_found, self, _LOOK_MS).passed.connect(self.refresh)
        self.refresh()
        self.table.setFocus()

    @Slot()
    def refresh(self) -> None:
        """Show the gaps that are known now."""
        gaps = self._desk.stored_gaps()
        self._model.put_rows([_cells(one) for one in gaps])
        self.count.setText(counted(len(gaps), "gap"))


def _cells(gap: InboxGap) -> tuple[str, ...]:
    many = "unknown" if gap.number is None else f"{gap.number:,}"
    if gap.first is None or gap.last is None:
        place = "–"
    else:
        place = f"{gap.first:,}" if gap.first == gap.last else f"{gap.first:,} to {gap.last:,}"
    why = visible(gap.why)
    return short_time(gap.noticed_ms), many, place, why, why
