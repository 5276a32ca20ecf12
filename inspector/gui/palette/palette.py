"""The command palette: a field above a list, over the window."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QWidget

from inspector.base.tasks import Tasks
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.controls.key_hint import KeyHint
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, column, grow, paint_raised, row
from inspector.gui.kit.theme import Theme
from inspector.gui.palette.entry import (
    CAPTURE_MARK,
    RESPONDENTS_MARK,
    SETTINGS_MARK,
    Hit,
    PaletteEntry,
    best,
    count_text,
    found,
    split_mark,
)
from inspector.gui.palette.model import PaletteDelegate, PaletteModel
from inspector.gui.palette.sources import EntrySources

_WIDTH, _HEIGHT, _TOP, _SHADOW = 656, 560, 100, 18
_PAGE = 9
_PAUSE_MS = 60
"""The pause in typing after which surveys and respondents are searched."""
_FOOT = (
    (("↑↓",), "select"),
    (("Enter",), "run"),
    (("Esc",), "close"),
    ((SETTINGS_MARK,), "settings"),
    ((RESPONDENTS_MARK,), "respondents"),
    ((CAPTURE_MARK,), "capture number"),
)


class CommandPalette(QWidget):
    """The palette, which closes when its field loses the focus. Its size never depends on its content."""

    closed = Signal()
    ran = Signal(object)
    """The PaletteEntry that the user runs."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        tasks: Tasks,
        sources: EntrySources,
        collect: Callable[[], tuple[list[PaletteEntry], tuple[str, ...]]],
    ) -> None:
        """`collect` returns the entries, and the keys of those that were run last."""
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._collect = collect
        self._sources = sources
        self._search = LatestTask(tasks, "search surveys and respondents", self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._start_search)
        self._entries: list[PaletteEntry] = []
        self._found: list[PaletteEntry] = []
        """The surveys and respondents found for the typed text."""
        self._recent: tuple[str, ...] = ()
        self._before: QWidget | None = None
        px = theme.px
        self.setAccessibleName("All commands")
        self.hide()
        self.field = QLineEdit()
        self.field.setAccessibleName("Find a command")
        self.field.setPlaceholderText("Search commands, surveys, respondents, targets and settings")
        self.field.setFont(theme.font(15))
        self.field.setFrame(False)
        self.field.setMinimumHeight(px(48))
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self._nothing = Label(theme, "No matches.", tone="text2")
        self._nothing.setContentsMargins(px(20), px(8), px(20), px(4))
        self._nothing.hide()
        self.count = Label(theme, px=12, tone="text2")
        self.model = PaletteModel(self)
        self.list = QListView()
        self.list.setAccessibleName("Commands")
        self.list.setModel(self.model)
        self._delegate = PaletteDelegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._clicked)
        theme.changed.connect(self._tint)
        self._lay_out()
        self._tint()
        window.installEventFilter(self)

    def _lay_out(self) -> None:
        theme = self._theme
        head = row(theme, grow(self.field), self.count, spacing=12, margins=(48, 0, 20, 0))
        hints = (KeyHint(theme, keys, what) for keys, what in _FOOT)
        foot = row(theme, *hints, STRETCH, spacing=16, margins=(20, 8, 16, 9))
        # The list takes the space, even if it is empty.
        parts = (head, Hairline(theme), 4, self._nothing, grow(self.list), 8, Hairline(theme), foot)
        edge = theme.px(_SHADOW) + 1
        column(theme, *parts, on=self).setContentsMargins(edge, edge, edge, edge)

    # ---- opening and closing

    @property
    def is_empty(self) -> bool:
        """Whether nothing matches the typed text."""
        return self._nothing.isVisible()

    @property
    def is_searching(self) -> bool:
        """Whether surveys and respondents may still be found for the typed text."""
        return self._pause.isActive() or self._search.is_running

    @Slot()
    def open(self, typed: str = "") -> None:
        """Open the palette with the focus in its field, or close it if it is open."""
        if self.isVisible():
            self.close_again()
            return
        self._before = self.window().focusWidget()
        self._entries, self._recent = self._collect()
        self._found = []
        self.field.setText(typed)
        self._typed(typed)
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.end(False)

    def close_again(self) -> None:
        """Close the palette and return the focus."""
        had_focus = self.field.hasFocus()
        self.hide()
        if had_focus and self._before is not None:
            self._before.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._before = None
        self._pause.stop()
        self._search.cancel()
        self._entries, self._found = [], []
        self.closed.emit()

    # ---- typing and selecting

    @Slot(str)
    def _typed(self, typed: str) -> None:
        self._search.cancel()  # its result would be about another text
        mark, text = split_mark(typed)
        if mark == RESPONDENTS_MARK or (text and not mark):
            self._pause.start()
        else:
            self._pause.stop()
            self._found = []
        hits = self._hits(typed)
        self._show(hits, best(hits))

    def _hits(self, typed: str) -> list[Hit]:
        if split_mark(typed)[0] == CAPTURE_MARK:
            return [Hit(entry=self._sources.capture(typed), rank=0)]
        # An entry that was also found by the search is listed once, as the search returned it.
        new = self._sources.new_target(typed)
        entries = {entry.key: entry for entry in (*self._entries, *self._found, *new)}
        return found(list(entries.values()), typed, self._recent)

    @Slot()
    def _start_search(self) -> None:
        self._search.start(self._add_found(self.field.text()))

    async def _add_found(self, typed: str) -> None:
        entries = await self._sources.search(typed)
        if not shiboken6.isValid(self) or not self.isVisible() or typed != self.field.text():
            return
        selected = self.model.hit_at(self.list.currentIndex().row())
        self._found = entries
        hits = self._hits(typed)
        # The selection stays where it is, even if something better was found.
        keys = [hit.entry.key for hit in hits]
        is_kept = selected is not None and selected.entry.key in keys
        self._show(hits, keys.index(selected.entry.key) if is_kept and selected is not None else best(hits))

    def _show(self, hits: list[Hit], place: int | None) -> None:
        """Show hits, and select the one at `place`, else the first."""
        self.count.setText(count_text(hits, split_mark(self.field.text())[1]))
        self.model.hold(hits)
        self._nothing.setVisible(not hits)
        row = self.model.row_of(hits[place]) if place is not None else self.model.next_row(-1, 1)
        self._select(row)
        if row <= 1:
            self.list.scrollToTop()  # including the caption

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row, 0))
        self._describe()

    def _describe(self) -> None:
        """Describe the selected entry to a screen reader, because the focus stays in the field."""
        index = self.list.currentIndex()
        description = index.data(Qt.ItemDataRole.AccessibleTextRole) if index.isValid() else "No matches"
        self.field.setAccessibleDescription(str(description))

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        self._run(index.row())

    def _run(self, row: int) -> None:
        hit = self.model.hit_at(row)
        if hit is None or hit.entry.reason:
            return
        self.ran.emit(hit.entry)
        self.close_again()
        # The focus must return first, because some commands move it.
        QTimer.singleShot(0, self, hit.entry.run)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass keys of the field to the list, and follow the size of the window."""
        if watched is self.field and self.isVisible():
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._press(event)
            if event.type() == QEvent.Type.FocusOut and self.isActiveWindow():
                self.close_again()
        elif watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        key, row = event.key(), self.list.currentIndex().row()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._select(self.model.next_row(row, 1 if key == Qt.Key.Key_Down else -1))
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            for _ in range(_PAGE):
                row = self.model.next_row(row, 1 if key == Qt.Key.Key_PageDown else -1)
            self._select(row)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(row)
        elif key == Qt.Key.Key_Escape:
            self.close_again()
        else:
            return key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        return True

    # ---- appearance

    def _place(self) -> None:
        window, px = self._window, self._theme.px
        around = 2 * (px(_SHADOW) + 1)
        width = min(px(_WIDTH), window.width() - px(32)) + around
        top = min(px(_TOP), window.height() // 8)
        height = min(px(_HEIGHT), window.height() - top - px(40)) + around
        self.setGeometry((window.width() - width) // 2, top - px(_SHADOW), width, height)

    @Slot()
    def _tint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("base"))
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text"))
        self.list.setPalette(palette)
        self.field.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        shadow = px(_SHADOW)
        box = QRectF(self.rect()).adjusted(shadow, shadow, -shadow, -shadow)
        paint_raised(painter, box, theme, shadow=shadow, radius=6, strength=3)
        lens = QRectF(box.left() + px(18), box.top(), px(20), px(48))
        paint_icon(painter, "search", theme, lens)
