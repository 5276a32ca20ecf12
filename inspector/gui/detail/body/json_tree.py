"""The body as a tree: names beside values, a branch opened by a click or a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QColor, QContextMenuEvent, QGuiApplication, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from inspector.domain.json.json_index import JsonIndex
from inspector.domain.json.source_at import source_at
from inspector.gui.detail.body.json_model import JsonModel
from inspector.gui.kit.scroll_bars import use_thin_scroll_bars
from inspector.gui.kit.theme import Theme

_ROW = 24
_FEW = 100
"""Rows that are opened unasked."""
_TONES = {
    '"': "code_string",
    "{": "text2",
    "[": "text2",
    "t": "code_word",
    "f": "code_word",
    "n": "code_word",
}
"""By the first character of a value; any other begins a number."""


class JsonTree(QTreeView):
    """A tree of at most some thousand values; what is copied of it is as it stands in the source."""

    copied = Signal(str)
    """What was copied, in a sentence."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.json = JsonModel(self)
        self.setModel(self.json)
        self._delegate = _Delegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)
        self.setIndentation(theme.px(16))
        self.setFont(theme.fixed_font())
        self.setAllColumnsShowFocus(True)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.header().setStretchLastSection(True)
        self.header().resizeSection(0, theme.px(190))
        self.setAccessibleName("Body as a tree")
        self.activated.connect(self.json.show_more)
        self.clicked.connect(self.json.show_more)
        use_thin_scroll_bars(self, theme)
        self.exact: str | None = None
        """What values are copied of, where what is shown has parts of it hidden."""
        self.copy_value = self._action("Copy value", QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy_value.triggered.connect(self._copy_value)
        self.copy_path = self._action("Copy path", QKeySequence("Ctrl+Shift+C"))
        self.copy_path.triggered.connect(self._copy_path)

    def show_outline(self, outline: JsonIndex | None) -> None:
        """Show another tree with its first levels open, as far as they are short."""
        self._delegate.found = frozenset()
        self.json.show_outline(outline)
        if outline is not None and len(outline.starts) <= 400:
            self.expandToDepth(2)
        elif outline is not None and self.json.rowCount() <= 50:
            for row in range(self.json.rowCount()):
                index = self.json.index(row, 0)
                if self.json.rowCount(index) <= _FEW:
                    self.expand(index)

    # ---- searching

    @property
    def anchor(self) -> int:
        """From where a search goes on."""
        index = self.currentIndex()
        return int(index.internalId()) if index.isValid() and self.selectionModel().hasSelection() else 0

    def search(self, needle: str) -> Iterator[list[int]]:
        """The values in whose names or sources `needle` stands, ignoring case."""
        return self.json.search(needle)

    def show_match(self, match: int, around: Sequence[int]) -> None:
        """Choose a value that was found, its branch open, with the others near it marked."""
        self._delegate.found = frozenset(around)
        index = self.json.index_of(match)
        self.setCurrentIndex(index)
        self.scrollTo(index, QTreeView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def show_no_match(self) -> None:
        """Mark nothing."""
        self._delegate.found = frozenset()
        self.viewport().update()

    # ---- copying

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.currentIndex().isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.copy_value, self.copy_path])
        menu.addSeparator()
        menu.addAction("Open all below").triggered.connect(self._expand_current)
        menu.popup(event.globalPos())

    def _action(self, text: str, keys: QKeySequence) -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.addAction(action)
        return action

    def _copy_value(self) -> None:
        if self.currentIndex().isValid():
            text = self.json.text_of(self.currentIndex())
            if self.exact is not None:
                text = source_at(self.exact, self.json.path_of(self.currentIndex())) or text
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(f"Copied the value of {self.json.path_of(self.currentIndex())}")

    def _copy_path(self) -> None:
        if self.currentIndex().isValid():
            path = self.json.path_of(self.currentIndex())
            QGuiApplication.clipboard().setText(path)
            self.copied.emit(f"Copied {path}")

    def _expand_current(self) -> None:
        self.expandRecursively(self.currentIndex().siblingAtColumn(0))


class _Delegate(QStyledItemDelegate):
    """Names in grey, values in the colour of their kind; what was found stands on a ground of its own."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.found: frozenset[int] = frozenset()

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        tone = "text2" if index.column() == 0 else _TONES.get(option.text[:1], "code_number")
        if index.internalId() in self.found:
            tone = "text"
            option.backgroundBrush = QBrush(self._theme.color("found"))
        color = QColor(self._theme.color(tone))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, color)
        option.textElideMode = Qt.TextElideMode.ElideRight

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size = super().sizeHint(option, index)
        size.setHeight(self._theme.px(_ROW))
        return size
