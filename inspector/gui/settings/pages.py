"""The pages of the settings: the list at the left, and one section of rows per page at the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Label, draw_elided
from inspector.gui.kit.layout import STRETCH, column, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme

ICONS = {
    "Appearance": "eye",
    "Listening": "inbox",
    "Public address": "globe",
    "Shared inbox": "team",
    "Secrets": "key",
    "Replay": "replay",
    "Forwarding": "arrow-right",
    "Alerts": "bell",
    "Privacy": "shield",
    "Storage": "database",
    "Shortcuts": "keyboard",
    "Advanced": "settings",
}
"""The icon of each page, in display order."""
_APART = ("Advanced",)
_ROW, _SPACE = 30, 8
_COUNT_ROLE = Qt.ItemDataRole.UserRole


class SettingsRow(Protocol):
    """A row of a page; it is a widget."""

    def is_about(self, words: Sequence[str]) -> bool:
        """Return whether the row contains each of these lower-case words."""

    def setVisible(self, visible: bool) -> None:
        """Show or hide the row."""


_ALL = 1_000


class Section(QWidget):
    """A page: its title, the link that resets it, and its rows, which are built when they are first shown."""

    reset_requested = Signal(str)
    """The user wants the defaults of the page with this name."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        build: Callable[[str], Iterator[SettingsRow]],
        *,
        can_be_reset: bool = True,
    ) -> None:
        """`build` yields the rows of the page with this name."""
        super().__init__()
        self.name = name
        self._left = build(name)
        self._rows: list[SettingsRow] = []
        self.is_built = False
        """Whether all of its rows exist."""
        self._can_be_reset = can_be_reset
        self.reset = Link(theme, "Reset this page")
        self.reset.clicked.connect(self._ask)
        head = row(theme, Label(theme, name, px=16, weight=600), STRETCH, self.reset)
        self._column = column(theme, head, 4, margins=(0, 0, 0, 16), on=self)

    def build_some(self, most: int) -> None:
        """Build the next rows, at most this many."""
        made = list(islice(self._left, most))
        self.is_built = len(made) < most
        for one in made:
            if isinstance(one, QWidget):
                self._column.addWidget(one)
        self._rows += made

    @property
    def rows(self) -> Sequence[SettingsRow]:
        """Its rows, from top to bottom."""
        while not self.is_built:
            self.build_some(_ALL)
        return self._rows

    def show_all(self) -> None:
        """Show every row."""
        self.reset.setVisible(self._can_be_reset)
        for one in self.rows:
            one.setVisible(True)

    def show_matches(self, words: Sequence[str]) -> int:
        """Show only rows that contain each of these words, and return their number."""
        self.reset.hide()
        is_page = all(word in self.name.lower() for word in words)
        count = 0
        for one in self.rows:
            is_shown = is_page or one.is_about(words)
            one.setVisible(is_shown)
            count += is_shown
        return count

    @Slot()
    def _ask(self) -> None:
        self.reset_requested.emit(self.name)


class PageList(QListWidget):
    """The names of the pages with their icons; the current one is shown."""

    def __init__(self, theme: Theme, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Pages")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self._delegate = _PageDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        for name in names:
            self.addItem(QListWidgetItem(name))
        theme.changed.connect(self.viewport().update)

    def show_count(self, name: str, count: int) -> None:
        """Show a number at the right of a page; none for 0."""
        for item in self.findItems(name, Qt.MatchFlag.MatchExactly):
            item.setData(_COUNT_ROLE, count)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {count}" if count else name)

    def select(self, name: str) -> None:
        """Make a page the current one."""
        for item in self.findItems(name, Qt.MatchFlag.MatchExactly):
            self.setCurrentItem(item)


class _PageDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._theme.px(_ROW + (_SPACE if index.data() in _APART else 0)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px, name = self._theme, self._theme.px, str(index.data())
        area = QRectF(option.rect)
        area.setTop(area.bottom() - px(_ROW))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection"))
            painter.drawRoundedRect(area, 4, 4)
        icon = QRectF(area.left() + px(12), area.top(), px(16), area.height())
        paint_icon(painter, ICONS.get(name, "settings"), theme, icon)
        painter.setFont(theme.font(13))
        painter.setPen(theme.color("text"))
        draw_elided(painter, area.adjusted(px(36), 0, -px(36), 0), name)
        if count := index.data(_COUNT_ROLE):
            painter.setFont(theme.font(12))
            painter.setPen(theme.color("text2"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area.adjusted(0, 0, -px(12), 0), right, f"{count:,}")
        painter.restore()
