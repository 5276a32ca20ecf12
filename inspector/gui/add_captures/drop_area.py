"""Drops on the window: files and texts from other programs, wherever they land."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from inspector.gui.add_captures.card import AddItem
from inspector.gui.kit.theme import Theme
from inspector.session.file.preview import AddSource

_UTF8 = "text/plain;charset=utf-8"
_HINT = "Drop to preview captures"


def has_items(data: QMimeData) -> bool:
    """Return whether a drop or the clipboard has files or text."""
    return bool(_paths(data)) or data.hasText()


def items_of(data: QMimeData, *, is_pasted: bool) -> list[AddItem]:
    """Return the files in a drop or the clipboard, or its text."""
    if paths := _paths(data):
        return files(paths, is_pasted=is_pasted)
    # The bytes of 100 MB are there at once, but their text takes 0.2 s.
    text = data.data(_UTF8).data() if data.hasFormat(_UTF8) else data.text().encode("utf-8", "replace")
    if not text:
        return []
    source = AddSource(data=bytes(text))
    return [AddItem(source=source, origin="pasted" if is_pasted else "dropped text")]


def files(paths: Sequence[Path], *, is_pasted: bool) -> list[AddItem]:
    """Return items of files that were dropped or pasted."""
    origin = "pasted file" if is_pasted else "dropped file"
    return [AddItem(source=AddSource(path=path, may_wait=False), origin=origin) for path in paths]  # type: ignore[arg-type]


def _paths(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


class DropArea(QObject):
    """Accepts drops on a window and on its text fields, which would insert the address of a file as text."""

    dropped = Signal(object)
    """The items that were dropped."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._cover = _DropCover(theme, window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def watch_fields(self) -> None:
        """Also take files that are dropped on the window's text fields. Their own text drops stay theirs."""
        for field in self._window.findChildren(QLineEdit):
            field.installEventFilter(self)
        for kind in (QPlainTextEdit, QTextEdit):
            for area in self._window.findChildren(kind):
                assert isinstance(area, QAbstractScrollArea)
                area.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent | QDragMoveEvent | QDropEvent):
            return self._takes(watched, event)
        if event.type() == QEvent.Type.DragLeave and watched is self._window:
            self._cover.hide()
        return super().eventFilter(watched, event)

    def _takes(self, watched: QObject, event: QDropEvent) -> bool:
        """Accept what can be added, and return whether the event is handled."""
        data = event.mimeData()
        is_own = event.source() is not None  # rows of this window are here already
        if is_own or not (_paths(data) if watched is not self._window else has_items(data)):
            return False
        event.setDropAction(Qt.DropAction.CopyAction)  # a file manager must not remove the file
        event.accept()
        is_over = isinstance(event, QDragEnterEvent | QDragMoveEvent)
        self._cover.show_over(is_over)
        if not is_over:
            self.dropped.emit(items_of(data, is_pasted=False))
        return True


class _DropCover(QWidget):
    """An outline over the window while something is dragged over it."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(_HINT)
        self.hide()

    def show_over(self, is_shown: bool) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.setVisible(is_shown)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), px(2)))
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.setFont(theme.font(13, 600))
        width = painter.fontMetrics().horizontalAdvance(_HINT) + px(32)
        label = QRectF((self.width() - width) / 2, self.height() - px(96), width, px(36))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_fill"))
        painter.drawRoundedRect(label, px(6), px(6))
        painter.setPen(theme.color("on_accent"))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, _HINT)
