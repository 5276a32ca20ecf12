"""The reader of the handbook: topics and a search on the left, a page on the right."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from inspector.base.quantity import counted
from inspector.gui.detail.body.find_bar import FindBar
from inspector.gui.handbook.page_view import HandbookPageView
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.dialog import STAYS_OPEN, BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, box, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.session.handbook import TOPICS, Handbook, HandbookHit

_TARGET = Qt.ItemDataRole.UserRole
_MOST_HITS = 100


class HandbookWindow(BaseDialog):
    """A window that is not modal and stays open during other work."""

    def __init__(self, theme: Theme, handbook: Handbook, parent: QWidget | None = None) -> None:
        super().__init__("Help", parent)
        self._theme = theme
        self._handbook = handbook
        self._visited: list[tuple[str, str]] = []
        self._place = -1
        self.setProperty(STAYS_OPEN, True)
        self.field = LineField(theme, "Search the handbook", example="Search the handbook")
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Topics")
        self.list.setWordWrap(True)
        self.list.setSpacing(theme.px(2))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.found = Label(theme, px=12, tone="text2")
        self.page = HandbookPageView(theme)
        self.find_bar = FindBar(theme, what="Find in this page")
        self.back = IconButton(theme, "arrow-left", "Back", tip="Back  Alt+Left")
        self.forward = IconButton(theme, "arrow-right", "Forward", tip="Forward  Alt+Right")
        self.find_button = Button(theme, "Find", icon="search", key="Ctrl+F")
        self.close_button = Button(theme, "Close", key="Esc")
        self._lay_out()
        self._connect()
        resize_within(self, theme, theme.px(940), theme.px(680))
        self._show_topics()

    @property
    def where(self) -> tuple[str, str]:
        """The topic and the anchor of the current page."""
        return self._visited[self._place] if self._visited else ("", "")

    def _lay_out(self) -> None:
        theme = self._theme
        side = box(
            column(theme, self.field, self.found, grow(self.list), spacing=8, margins=(12, 12, 12, 12))
        )
        side.setFixedWidth(theme.px(260))
        parts = (self.back, self.forward, STRETCH, self.find_button)
        bar = row(theme, *parts, spacing=4, margins=(12, 8, 12, 8))
        find = box(row(theme, grow(self.find_bar), margins=(12, 0, 12, 8)))
        self._find_box = find
        find.hide()
        text = column(theme, bar, find, Hairline(theme), grow(self.page))
        buttons = foot(theme, STRETCH, self.close_button)
        middle = row(theme, side, Hairline(theme, is_upright=True), grow(text))
        column(theme, grow(middle), Hairline(theme), buttons, on=self)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._search)
        self.list.currentItemChanged.connect(self._open_item)
        self.list.itemActivated.connect(self._open_item)
        self.page.topic_requested.connect(self.show_topic)
        self.back.clicked.connect(self.go_back)
        self.forward.clicked.connect(self.go_forward)
        self.find_button.clicked.connect(self.open_find)
        self.find_bar.closed.connect(self._close_find)
        self.close_button.clicked.connect(self.accept)
        for keys, slot in (
            (QKeySequence.StandardKey.Back, self.go_back),
            (QKeySequence.StandardKey.Forward, self.go_forward),
            (QKeySequence.StandardKey.Find, self.open_find),
        ):
            QShortcut(QKeySequence(keys), self, slot)

    @Slot(str, str)
    def show_topic(self, topic: str, anchor: str = "") -> None:
        """Show a page, from a heading if `anchor` names one, and add it to the history."""
        del self._visited[self._place + 1 :]
        self._visited.append((topic, anchor))
        self._go(1)

    @Slot()
    def go_back(self) -> None:
        """Show the previous page of the history."""
        self._go(-1)

    @Slot()
    def go_forward(self) -> None:
        """Show the next page of the history."""
        self._go(1)

    @Slot()
    def open_find(self) -> None:
        """Open the bar that finds text in this page."""
        self._find_box.show()
        self.find_bar.open(self.page)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if event.key() != Qt.Key.Key_Down and self.field.text() and self.list.count():
                    self.list.setCurrentRow(0)
                self.list.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _go(self, by: int) -> None:
        place = self._place + by
        if not 0 <= place < len(self._visited):
            return
        self._place = place
        topic, anchor = self._visited[place]
        page = self._handbook.page(topic)
        self.page.show_page(page, anchor)
        self.setWindowTitle(f"{page.title} – Help")
        self.back.setEnabled(place > 0)
        self.forward.setEnabled(place < len(self._visited) - 1)
        if self.find_bar.isVisible():
            self.find_bar.search_in(self.page)
        if not self.field.text():
            self._mark_topic()

    @Slot()
    def _close_find(self) -> None:
        self._find_box.hide()
        self.page.setFocus()

    @Slot()
    def _search(self) -> None:
        text = self.field.text()
        if not text.strip():
            self._show_topics()
            return
        hits = self._handbook.search(text)
        self.found.setText(counted(len(hits), "section") if hits else "No matching sections.")
        self.found.show()
        self._fill((_line(hit), hit.section.topic, hit.section.anchor) for hit in hits[:_MOST_HITS])

    def _show_topics(self) -> None:
        self.found.hide()
        self._fill((page.title, page.topic, "") for page in self._handbook.pages())
        self._mark_topic()

    def _mark_topic(self) -> None:
        """Select the topic of the page without opening it again."""
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(TOPICS.index(self.page.topic) if self.page.topic else -1)

    def _fill(self, lines: Iterable[tuple[str, str, str]]) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for text, topic, anchor in lines:
                item = QListWidgetItem(text)
                item.setData(_TARGET, (topic, anchor))
                self.list.addItem(item)

    @Slot()
    def _open_item(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            topic, anchor = item.data(_TARGET)
            if (topic, anchor) != self.where:
                self.show_topic(topic, anchor)


def _line(hit: HandbookHit) -> str:
    """Return a hit as an entry of the list: the heading, the title of its page, the text around the words."""
    heading = hit.section.heading
    head = heading if heading == hit.title else f"{heading} · {hit.title}"
    return f"{head}\n{hit.excerpt}"
