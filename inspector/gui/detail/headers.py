"""The Headers tab: names and values as received, in order and case, with what is known of each."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.known_headers import meaning
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.detail.long_text import raw_pieces
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.table import TIP_ROLE, Cells, RowModel, Table
from inspector.gui.kit.theme import Theme

_LONGEST_CELL = 1_000
_MEANING = 2
"""The cell beyond the columns that holds the sentence of a row."""
_ROW, _KNOWN_ROW = 28, 42
_SENTENCE_MARGINS = 6


class HeadersTab(QWidget):
    """The request line, the fields with a sentence on each known one, and the selected one whole, if any."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._theme = theme
        self._values: list[bytes] = []
        self._names: list[bytes] = []
        self._selected: bytes | None = None
        """The name that was selected last, in lowercase."""
        self._line = Label(theme, px=12, is_fixed=True)
        self._line.setContentsMargins(px(20), px(10), px(20), px(8))
        self._line.setWordWrap(False)
        self._model = RowModel(("Name", "Value"), has_tips=True, parent=self)
        self._table = _HeaderTable(theme, self._model)
        self._table.set_widths(196)
        self._table.selectionModel().selectionChanged.connect(self._show_selected)
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._table.customContextMenuRequested.connect(self._open_menu)
        self._table.copy_action.triggered.connect(self._copy_value)
        self._name = Label(theme, px=12, weight=600)
        self._meaning = FlowText(theme, font=theme.font(12), tone="text2")
        self._meaning.setAccessibleName("What the chosen header means")
        self._value = TextView(theme, "Value of the chosen header")
        self._value.setMinimumHeight(px(36))
        self._value.setMaximumHeight(px(84))
        said = QVBoxLayout()
        said.setContentsMargins(px(20), px(8), px(20), 0)
        said.setSpacing(px(2))
        said.addWidget(self._name)
        said.addWidget(self._meaning)
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
        self._whole = QWidget()
        whole = QVBoxLayout(self._whole)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(Hairline(theme))
        whole.addLayout(said)
        whole.addLayout(below, 1)
        layout.addLayout(table, 3)
        layout.addWidget(self._whole, 1)

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
            rows.append((visible_bytes(name) + mark, cell, meaning(name)))
        selected = self._selected
        self._model.show_rows(rows)
        self._table.fit_rows(rows)
        # The header that the user looks at stays selected from capture to capture.
        names = [name.lower() for name in self._names]
        if selected is not None and selected in names:
            self._table.selectRow(names.index(selected))
        else:
            self._whole.hide()
            self._value.forget()
        self._selected = selected

    @Slot()
    def _show_selected(self) -> None:
        rows = self._table.selectionModel().selectedRows()
        row = rows[0].row() if rows else -1
        self._whole.setVisible(0 <= row < len(self._values))
        if not 0 <= row < len(self._values):
            return
        name = self._names[row]
        self._selected = name.lower()
        self._name.setText(shortened(visible_bytes(name), 60))
        sentence = meaning(name)
        # The row says it already if it has room for the whole sentence.
        self._meaning.show_text(sentence or "No description available.")
        self._meaning.setVisible(not sentence or not self._table.has_room_for(sentence))
        self._value.fill(raw_pieces(self._values[row]), 1 << 20)

    # ---- copying

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        if not self._table.indexAt(place).isValid():
            return
        menu = QMenu(self._table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._table.copy_action)
        menu.addAction("Copy name and value").triggered.connect(self._copy_both)
        menu.popup(self._table.viewport().mapToGlobal(place))

    @Slot()
    def _copy_value(self) -> None:
        if 0 <= (row := self._table.currentIndex().row()) < len(self._values):
            QGuiApplication.clipboard().setText(visible_bytes(self._values[row]))

    @Slot()
    def _copy_both(self) -> None:
        if 0 <= (row := self._table.currentIndex().row()) < len(self._values):
            both = f"{visible_bytes(self._names[row])}: {visible_bytes(self._values[row])}"
            QGuiApplication.clipboard().setText(both)


class _HeaderTable(Table):
    """Rows with a sentence below are higher; Ctrl+C copies the value of the chosen one, whole."""

    def __init__(self, theme: Theme, model: RowModel) -> None:
        super().__init__(theme, model, "Headers")
        self.copy_action = QAction("Copy value", self)
        self._sentences = _WithSentence(theme, self)
        self.setItemDelegate(self._sentences)

    def fit_rows(self, rows: list[Cells]) -> None:
        """Give each row the height that it needs."""
        for number, row in enumerate(rows):
            self.setRowHeight(number, self._theme.px(_KNOWN_ROW if row[_MEANING] else _ROW))

    def has_room_for(self, sentence: str) -> bool:
        """Whether a row shows the whole sentence."""
        width = self._theme.metrics(11).horizontalAdvance(sentence)
        return width <= self.viewport().width() - self._theme.px(_SENTENCE_MARGINS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_action.trigger()
            return
        super().keyPressEvent(event)


class _WithSentence(QStyledItemDelegate):
    """Name and value in one line; below, over both columns, what the field means."""

    def __init__(self, theme: Theme, parent: Table) -> None:
        super().__init__(parent)
        self._theme = theme
        self._table = parent

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        self.initStyleOption(option, index)
        theme, px = self._theme, self._theme.px
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen:
            is_active = bool(option.state & QStyle.StateFlag.State_Active)
            painter.fillRect(option.rect, theme.color("selection" if is_active else "selection_no_focus"))
        line = QRect(option.rect)
        line.setHeight(px(_ROW) - px(4) if option.rect.height() > px(_ROW) else px(_ROW))
        line.adjust(px(3), 0, -px(3), 0)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2" if index.column() == 0 else "text"))
        shown = painter.fontMetrics().elidedText(option.text, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if not (sentence := index.data(TIP_ROLE)):
            return
        whole = QRect(option.rect)
        whole.setLeft(px(3) - self._table.horizontalHeader().offset())
        whole.setWidth(self._table.viewport().width() - px(_SENTENCE_MARGINS))
        whole.setTop(line.bottom() - px(4))
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("text2" if is_chosen else "text3"))
        shown = painter.fontMetrics().elidedText(sentence, Qt.TextElideMode.ElideRight, whole.width())
        painter.save()
        painter.setClipRect(option.rect)  # each cell draws its own part of the sentence
        painter.drawText(whole, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(60), self._theme.px(_ROW))
