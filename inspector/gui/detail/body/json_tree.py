"""The body as a tree: names beside values, a branch opened by a click or a key."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from inspector.domain.outline import Outline
from inspector.gui.detail.body.json_model import JsonModel
from inspector.gui.scrolling import use_thin_scroll_bars
from inspector.gui.theme import Theme

_ROW = 24


class JsonTree(QTreeView):
    """A tree of at most some thousand values; Ctrl+C copies the chosen one as it stands in the source."""

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
        use_thin_scroll_bars(self, theme)

    def show_outline(self, outline: Outline | None) -> None:
        """Show another tree with its first levels open, as far as they are short."""
        self.json.show_outline(outline)
        if outline is not None and len(outline.starts) <= 400:
            self.expandToDepth(2)
        elif outline is not None and self.json.rowCount() <= 50:
            self.expandToDepth(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.json.text_of(self.currentIndex()))
            return
        super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """Names in grey, values in the colour of their kind's weight: texts plain, the rest quieter."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        tone = "text2" if index.column() == 0 or option.text[:1] in "{[" else "text"
        color = QColor(self._theme.color(tone))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, color)
        option.textElideMode = Qt.TextElideMode.ElideRight

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> object:  # type: ignore[override]
        size = super().sizeHint(option, index)
        size.setHeight(self._theme.px(_ROW))
        return size
