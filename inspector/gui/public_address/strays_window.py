"""The window of stray requests, which missed the guarded path of the public address."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Slot
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QWidget

from inspector.base.clock import short_time
from inspector.base.errors import NotFound
from inspector.base.quantity import counted, size_text
from inspector.base.visible import shortened, visible, visible_block, visible_bytes
from inspector.domain.capture.stray import Stray, StrayRow
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.dialog import BaseDialog, ConfirmDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, column, foot, grow, resize_within
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.table import RowModel, Table

_ABOUT = (
    "Requests to other paths than that of the public address. They got 404 and are not captures. Scanners"
    " send them, or a sender that still has an old path."
)
_TITLES = ("Time", "Method", "Target", "From", "Body")
_WIDTHS = (96, 64, 300, 140)
_LONGEST = 300
_LOOK_MS = 500
_NOTHING = "No stray requests."
_HIDDEN = "Hidden while the screen is masked. Turn off the mask to see it."
_QUESTION = "They are deleted permanently. Captures stay."


class StraysWindow(BaseDialog):
    """The list, newest first, above the selected request as text. It follows new ones. Not modal."""

    def __init__(self, window: Window, parent: QWidget | None = None) -> None:
        super().__init__("Stray requests", parent)
        self._window = window
        theme = window.theme
        self._strays = window.session.strays
        self._rows: tuple[StrayRow, ...] = ()
        self._model = RowModel(_TITLES, right=frozenset({4}), parent=self)
        self.table = Table(theme, self._model, "Stray requests")
        self.table.set_widths(*_WIDTHS)
        self.table.selectionModel().currentRowChanged.connect(self._show_request)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("The selected stray request")
        self.text.setReadOnly(True)
        self.text.setFont(theme.fixed_font())
        self.text.setTabChangesFocus(True)
        self._about = Label(theme, _ABOUT, tone="text2", wraps=True)
        panes = QSplitter()
        panes.setOrientation(panes.orientation().Vertical)
        panes.setChildrenCollapsible(False)
        for pane in (self.table, self.text):
            panes.addWidget(pane)
        panes.setSizes([theme.px(240), theme.px(160)])
        self.count = Label(theme, px=12, tone="text2")
        self.clear = Button(theme, "Clear all…", icon="trash")
        self.clear.clicked.connect(self._ask)
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.accept)
        head = column(
            theme,
            Label(theme, "Stray requests", px=16, weight=600),
            self._about,
            grow(panes),
            spacing=8,
            margins=(20, 16, 20, 12),
        )
        column(
            theme, grow(head), Hairline(theme), foot(theme, self.count, STRETCH, self.clear, close), on=self
        )
        self._cover = MaskOverlay(theme, window.screen_mask, panes, _HIDDEN, is_of_credentials=True)
        resize_within(self, theme, theme.px(760), theme.px(560))
        SignalBatcher(self._strays.changed, self, _LOOK_MS).passed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the list again, and keep the selected request."""
        current = self.table.currentIndex().row()
        selected = self._rows[current].id if 0 <= current < len(self._rows) else None
        self._rows = self._strays.rows()
        self._model.show_rows([_cells(one) for one in self._rows])
        places = [place for place, one in enumerate(self._rows) if one.id == selected]
        if self._rows:
            self.table.selectRow(places[0] if places else 0)
        else:
            self.text.setPlainText(_NOTHING)
        self.clear.setEnabled(bool(self._rows))
        self.count.setText(counted(len(self._rows), "stray request"))

    @Slot(QModelIndex)
    def _show_request(self, index: QModelIndex) -> None:
        if not 0 <= index.row() < len(self._rows):
            return
        try:
            stray = self._strays.read(self._rows[index.row()].id)
        except NotFound:  # above the quota meanwhile
            self.text.setPlainText("This request was removed.")
            return
        text = _request_text(stray)
        if text != self.text.toPlainText():  # keeps the place in a text that is being read
            self.text.setPlainText(text)

    @Slot()
    def _ask(self) -> None:
        title = f"Clear {counted(len(self._rows), 'stray request')}?"
        question = ConfirmDialog(self._window.session, self._window.theme, title, _QUESTION, "Clear", self)
        question.accepted.connect(self._clear)
        question.open()

    @Slot()
    def _clear(self) -> None:
        self._window.runner.run(self._strays.clear(), "clear the stray requests")


def _cells(one: StrayRow) -> tuple[str, ...]:
    client = one.claimed or one.remote.rpartition(":")[0]
    return (
        short_time(one.received_ms),
        shortened(visible(one.method), 20),
        shortened(visible_bytes(one.target), _LONGEST),
        shortened(visible(client), 60),
        size_text(one.body_bytes) if one.body_bytes else "–",
    )


def _request_text(stray: Stray) -> str:
    """Return the request as text: its head, and the stored part of its body."""
    version = f" HTTP/{visible(stray.version)}" if stray.version else ""  # of a malformed request
    head = [f"{visible(stray.method)} {visible_bytes(stray.target)}{version}"]
    head += [f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in stray.headers]
    body = visible_block(stray.body.decode("utf-8", "backslashreplace"))
    if stray.body_bytes > len(stray.body):
        body += f"\n… {size_text(len(stray.body))} of {size_text(stray.body_bytes)} are stored."
    return "\n".join(head) + (f"\n\n{body}" if body else "")
