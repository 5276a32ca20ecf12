"""The Headers tab: names and values as received, in order and case; the chosen value whole below."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QModelIndex, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.rows import CaptureDetail
from inspector.gui.detail.pieces import raw_pieces
from inspector.gui.detail.table import Cells, RowModel, Table
from inspector.gui.detail.text_view import TextView
from inspector.gui.labels import Hairline, Label
from inspector.gui.theme import Theme

_LONGEST_CELL = 1_000


class HeadersTab(QWidget):
    """The request line, the fields, and the whole of one that is chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._values: list[bytes] = []
        self._names: list[bytes] = []
        self._line = Label(theme, px=12, is_fixed=True)
        self._line.setContentsMargins(px(20), px(10), px(20), px(8))
        self._line.setWordWrap(False)
        self._model = RowModel(("Name", "Value"), parent=self)
        self._table = Table(theme, self._model, "Headers")
        self._table.set_widths(196)
        self._table.selectionModel().currentRowChanged.connect(self._chosen)
        self._name = Label(theme, px=12, weight=600)
        self._name.setContentsMargins(px(20), px(8), px(20), 0)
        self._value = TextView(theme, "Value of the chosen header")
        self._value.setFixedHeight(px(96))
        below = QVBoxLayout()
        below.setContentsMargins(px(12), 0, 0, 0)
        below.addWidget(self._value)
        table = QVBoxLayout()
        table.setContentsMargins(px(16), 0, 0, 0)
        table.addWidget(self._table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._line)
        layout.addLayout(table, 1)
        layout.addWidget(Hairline(theme))
        layout.addWidget(self._name)
        layout.addLayout(below)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Show the headers of another capture."""
        capture = detail.capture
        line = f"{visible(capture.method)} {visible_bytes(capture.target)} HTTP/{visible(capture.version)}"
        is_refused = capture.kind == "refused"
        self._line.setText(
            "What came was no request; its bytes stand in Body." if is_refused else shortened(line, 72)
        )
        self._names = [name for name, _ in capture.headers]
        self._values = [value for _, value in capture.headers]
        count = Counter(name.lower() for name in self._names)
        seen: Counter[bytes] = Counter()
        rows: list[Cells] = []
        for name, value in capture.headers:
            seen[name.lower()] += 1
            total = count[name.lower()]
            mark = f"  ({seen[name.lower()]} of {total})" if total > 1 else ""
            cell = visible_bytes(value[:_LONGEST_CELL])
            rows.append((visible_bytes(name) + mark, cell))
        self._model.show_rows(rows)
        if rows:
            self._table.selectRow(0)
        else:
            self._name.setText("")
            self._value.forget()

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._values):
            self._name.setText(shortened(visible_bytes(self._names[current.row()]), 60))
            self._value.fill(raw_pieces(self._values[current.row()]), 1 << 20)
