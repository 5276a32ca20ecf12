"""The headers of a capture: names and values as received, in order, with their meanings."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.headers import meaning
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.detail.long_text import raw_pieces
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label, draw_elided
from inspector.gui.kit.layout import box, column, grow, row
from inspector.gui.kit.table import TIP_ROLE, AnyIndex, Cells, RowModel, Table, paint_selection
from inspector.gui.kit.theme import Theme

_LONGEST_CELL = 1_000
_MEANING = 2
"""The cell after the columns, with the description of the row."""
_ROW, _KNOWN_ROW = 28, 42
_SENTENCE_MARGINS = 6


class HeadersTab(DetailView, QWidget):
    """The request line, the headers with known meanings, and the selected header in full."""

    label = "Headers"
    widest_count = "00"

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = context.theme
        px = theme.px
        self._values: list[bytes] = []
        self._names: list[bytes] = []
        self._selected: bytes | None = None
        """The name selected last, in lowercase."""
        self._line = Label(theme, px=12, is_fixed=True)
        self._line.setContentsMargins(px(20), px(10), px(20), px(8))
        self._line.setWordWrap(False)
        self.model = RowModel(("Name", "Value"), has_tips=True, parent=self)
        self.table = _HeaderTable(theme, self.model)
        self.table.set_widths(196)
        self.table.selectionModel().selectionChanged.connect(self._show_selected)
        self.table.copy_action.triggered.connect(self._copy_value)
        self.copy_both_action = QAction("Copy name and value", self)
        self.copy_both_action.triggered.connect(self._copy_both)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.table.addActions([self.table.copy_action, self.copy_both_action])
        self._name = Label(theme, px=12, weight=600)
        self.meaning = FlowText(theme, font=theme.font(12), tone="text2")
        self.meaning.setAccessibleName("Meaning of the selected header")
        self.value = TextView(theme, "Value of the selected header")
        self.value.setMinimumHeight(px(36))
        self.value.setMaximumHeight(px(84))
        text = column(theme, self._name, self.meaning, spacing=2, margins=(20, 8, 20, 0))
        value = row(theme, self.value, margins=(12, 0, 0, 0))
        self.selected_field = box(column(theme, Hairline(theme), text, grow(value)))
        table = row(theme, self.table, margins=(16, 0, 0, 0))
        column(theme, self._line, grow(table, 3), grow(self.selected_field), on=self)

    @staticmethod
    def mark(shown: ShownCapture) -> int:
        return len(shown.exact.capture.headers)

    def show_capture(self, shown: ShownCapture) -> None:
        capture = shown.masked.capture
        line = f"{visible(capture.method)} {visible_bytes(capture.target)} HTTP/{visible(capture.version)}"
        is_refused = capture.kind == "refused"
        self._line.setText(
            "Not a valid request. The received bytes are in Body." if is_refused else shortened(line, 72)
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
        self.model.show_rows(rows)
        self.table.fit_rows(rows)
        # Keep the same header selected from capture to capture.
        names = [name.lower() for name in self._names]
        if selected is not None and selected in names:
            self.table.selectRow(names.index(selected))
        else:
            self.selected_field.hide()
            self.value.forget()
        self._selected = selected

    @Slot()
    def _show_selected(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        row = rows[0].row() if rows else -1
        self.selected_field.setVisible(0 <= row < len(self._values))
        if not 0 <= row < len(self._values):
            return
        name = self._names[row]
        self._selected = name.lower()
        self._name.setText(shortened(visible_bytes(name), 60))
        sentence = meaning(name)
        # Hidden if the row shows the complete sentence.
        self.meaning.show_text(sentence or "No description available.")
        self.meaning.setVisible(not sentence or not self.table.has_room_for(sentence))
        self.value.fill(raw_pieces(self._values[row]), 1 << 20)

    # ---- copying

    @Slot()
    def _copy_value(self) -> None:
        self._copy("{value}")

    @Slot()
    def _copy_both(self) -> None:
        self._copy("{name}: {value}")

    def _copy(self, text: str) -> None:
        if 0 <= (row := self.table.currentIndex().row()) < len(self._values):
            name, value = visible_bytes(self._names[row]), visible_bytes(self._values[row])
            QGuiApplication.clipboard().setText(text.format(name=name, value=value))


class _HeaderTable(Table):
    """A table with higher rows for sentences. Ctrl+C copies the full value of the selected header."""

    def __init__(self, theme: Theme, model: RowModel) -> None:
        super().__init__(theme, model, "Headers")
        self.copy_action = QAction("Copy value", self)
        self._sentences = _WithSentence(theme, self)
        self.setItemDelegate(self._sentences)

    def fit_rows(self, rows: list[Cells]) -> None:
        """Set the height of each row according to its sentence."""
        for number, cells in enumerate(rows):
            self.setRowHeight(number, self._theme.px(_KNOWN_ROW if cells[_MEANING] else _ROW))

    def has_room_for(self, sentence: str) -> bool:
        """Return whether a row can show the complete sentence."""
        width = self._theme.metrics(11).horizontalAdvance(sentence)
        return width <= self.viewport().width() - self._theme.px(_SENTENCE_MARGINS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_action.trigger()
            return
        super().keyPressEvent(event)


class _WithSentence(QStyledItemDelegate):
    """A delegate that draws name and value in one line, and the meaning below across both columns."""

    def __init__(self, theme: Theme, parent: Table) -> None:
        super().__init__(parent)
        self._theme = theme
        self._table = parent

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        self.initStyleOption(option, index)
        theme, px = self._theme, self._theme.px
        is_selected = paint_selection(painter, option, theme)
        line = QRect(option.rect)
        line.setHeight(px(_ROW) - px(4) if option.rect.height() > px(_ROW) else px(_ROW))
        line.adjust(px(3), 0, -px(3), 0)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2" if index.column() == 0 else "text"))
        draw_elided(painter, line, option.text)
        if not (sentence := index.data(TIP_ROLE)):
            return
        whole = QRect(option.rect)
        whole.setLeft(px(3) - self._table.horizontalHeader().offset())
        whole.setWidth(self._table.viewport().width() - px(_SENTENCE_MARGINS))
        whole.setTop(line.bottom() - px(4))
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("text2" if is_selected else "text3"))
        painter.save()
        painter.setClipRect(option.rect)  # each cell draws its own part of the sentence
        draw_elided(painter, whole, sentence)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._theme.px(60), self._theme.px(_ROW))
