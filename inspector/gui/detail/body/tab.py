"""The body in four views: tree, pretty-printed, raw and bytes."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.base.quantity import counted
from inspector.domain.json.json_index import JsonIndex, index_json
from inspector.domain.signature.content import Content, coding_of, decoded
from inspector.gui.detail.body.copying import ValueCopier
from inspector.gui.detail.body.find_bar import FindBar
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.body.json_tree import JsonTree
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.detail.long_text import pretty_pieces, raw_pieces
from inspector.gui.detail.text_view import MOST_LINES, TextView
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.links import ElidedLink

TREE, PRETTY, RAW, HEX = range(4)

FIRST_TEXT = 1024 * 1024
"""Characters shown until the user requests all."""
ALL = 1 << 40
PREFIX = 2 * 1024 * 1024
"""Bytes pretty-printed until the user requests all."""
TREE_TEXT = 4 * 1024 * 1024
"""Characters that become a tree."""
INLINE_TREE = 8 * 1024
"""In characters; the worker builds the tree of a longer text."""
PATIENCE_S = 0.05
"""Moving past a large body must not start the worker."""


class BodyTab(DetailView, QWidget):
    """The body in four views. A view is filled the first time that it shows a capture."""

    label = "Body"
    message_posted = Signal(str)
    """A sentence: what was copied."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        session, theme = context.session, context.theme
        self._session = session
        self._task = LatestTask(session.tasks, "show a body", self)
        self._body = b""
        self._coding: str | None = None
        self._size: int | None = None
        """The size of the exact body in bytes, if a masked one is shown."""
        self._decoded: Content | None = None
        self._is_json = False
        self._has_layout = False
        """Whether the body is JSON or begins like it. The part before an error can be pretty-printed."""
        self._ready: set[int] = set()
        self._is_all_laid_out = False
        self._selected = TREE
        """The view selected last by the user. Another is shown if it cannot show the body."""
        self._is_active = False
        self._json: JsonIndex | None = None

        self.choice = SegmentedControl(theme, ("Tree", "Pretty", "Raw", "Hex"))
        self.choice.selected.connect(self._select)
        self.size_label = Label(theme, px=12, tone="text2")
        self.notice = FlowText(theme, font=theme.font(12), tone="text2")
        self.show_all = ElidedLink(theme)
        self.show_all.clicked.connect(self._show_all)
        self.tree = JsonTree(theme)
        self.pretty = TextView(theme, "Formatted body")
        self.raw = TextView(theme, "Raw body")
        self.hex = HexView(theme)
        self.pretty.paused.connect(self._filled)
        self.raw.paused.connect(self._filled)
        self.views = (self.tree, self.pretty, self.raw, self.hex)
        self._copiers = [ValueCopier(session, view) for view in self.views]
        for copier in self._copiers:
            copier.message_posted.connect(self.message_posted)
        self._stack = QStackedWidget()
        for view in self.views:
            self._stack.addWidget(view)

        self.find_bar = FindBar(theme)
        self.find_bar.closed.connect(self._focus_view)
        find = IconButton(theme, "search", "Find in the body", tip="Find in the body  Ctrl+F")
        find.clicked.connect(self.open_find)
        top = row(theme, self.choice, STRETCH, self.size_label, find, spacing=8)
        notice = row(theme, grow(self.notice), self.show_all, spacing=6)
        head = column(theme, top, self.find_bar, notice, spacing=6, margins=(20, 10, 20, 8))
        column(theme, head, grow(row(theme, self._stack, margins=(12, 0, 0, 0))), on=self)

    def show_capture(self, shown: ShownCapture) -> None:
        if not shown.is_new:
            return  # a body never changes
        self.clear()
        detail = shown.masked
        self._body = detail.capture.body
        if shown.is_masked:
            exact = shown.exact.capture.body
            self._size = len(exact)
            for copier in self._copiers:
                copier.exact = exact.decode("utf-8", "replace")
        encodings = b"".join(detail.capture.values(b"content-encoding"))
        self._coding = None if detail.row.kind == "refused" else coding_of(encodings, self._body)
        self._is_json = detail.row.is_json is not False and detail.row.kind != "refused"
        if self._is_active:
            self._start()

    def clear(self) -> None:
        self._task.cancel()
        self.find_bar.forget()
        self._body, self._decoded, self._json, self._coding, self._size = b"", None, None, None, None
        self._ready.clear()
        self._is_all_laid_out = False
        for copier in self._copiers:
            copier.exact = None
        self.tree.show_index(None)
        self.pretty.forget()
        self.raw.forget()
        self.hex.show_body(b"")

    def set_active(self, is_active: bool) -> None:
        self._is_active = is_active
        if is_active and not self._ready:  # an empty body also has a notice
            self._start()

    @property
    def is_ready(self) -> bool:
        """Whether the current view is filled."""
        return self._stack.currentIndex() in self._ready

    @Slot()
    def open_find(self) -> None:
        """Open the find bar for the current view."""
        self.find_bar.open(self._current)

    def event(self, event: QEvent) -> bool:
        """Make Ctrl+F open the find bar while the focus is in this tab. Elsewhere it opens the filter."""
        is_key = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_key and event.matches(QKeySequence.StandardKey.Find):  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.open_find()
        elif event.matches(QKeySequence.StandardKey.FindNext):
            self.find_bar.find_next()
        elif event.matches(QKeySequence.StandardKey.FindPrevious):
            self.find_bar.find_previous()
        else:
            super().keyPressEvent(event)

    def _start(self) -> None:
        self._task.start(self._prepare())

    async def _prepare(self) -> None:
        if self._coding is not None and self._decoded is None:
            self._decoded = await asyncio.to_thread(decoded, self._body, self._coding)
        body = self._shown
        if self._decoded is not None:
            self._is_json = True  # not known yet; the views find out
        self._has_layout = bool(body) and (self._is_json or body[:64].lstrip()[:1] in (b"{", b"["))
        for place in (TREE, PRETTY):
            self.choice.set_enabled(place, self._has_layout, "The body is not JSON.")
        view = self._selected
        if view in (TREE, PRETTY) and not (self._has_layout and self._is_json):
            view = RAW
        await self._show_view(view)

    async def _show_view(self, view: int) -> None:
        """Show a view, and fill it if necessary."""
        body = self._shown
        self.choice.select(view)
        self._stack.setCurrentIndex(view)
        if view not in self._ready:
            self._ready.add(view)
            if view == TREE:
                await self._fill_tree(body)
            elif view == PRETTY:
                # Decoding 50 MiB takes 30 ms, so decode only the visible part first.
                text = body[:PREFIX].decode("utf-8", "replace")
                self.pretty.fill(pretty_pieces(text), FIRST_TEXT, is_json=True)
            elif view == RAW:
                self.raw.fill(raw_pieces(body), FIRST_TEXT, is_json=self._has_layout)
            else:
                self.hex.show_body(body)
        self._filled()

    async def _fill_tree(self, body: bytes) -> None:
        text = body[:TREE_TEXT].decode("utf-8", "replace")
        if len(text) <= INLINE_TREE:
            self._json = index_json(text)
        else:
            self.notice.show_text("Building the tree…")
            try:
                await asyncio.sleep(PATIENCE_S)
                self._json = await self._session.worker.run(index_json, text)
            except asyncio.CancelledError:
                self._ready.discard(TREE)
                raise
        self.tree.show_index(self._json)

    @Slot(int)
    def _select(self, view: int) -> None:
        self._selected = view
        self._task.start(self._show_view(view))

    @Slot()
    def _show_all(self) -> None:
        self.show_all.hide()
        if self._stack.currentIndex() == RAW:
            self.raw.fill_up(ALL)
        elif len(self._shown) <= PREFIX:
            self.pretty.fill_up(ALL)
        else:
            self._is_all_laid_out = True
            text = self._shown.decode("utf-8", "replace")
            self.pretty.fill(pretty_pieces(text), ALL, lines=MOST_LINES, is_json=True)

    @Slot()
    def _filled(self) -> None:
        """Describe and search the view that was just filled or selected."""
        self._describe()
        self.find_bar.search_in(self._current)

    @Slot()
    def _focus_view(self) -> None:
        self._current.setFocus()

    @Slot()
    def _describe(self) -> None:
        """Describe which part of the body is shown."""
        view = self._stack.currentIndex()
        sentences: list[str] = []
        if self._decoded is not None:
            sentences.append(
                f"Received compressed ({self._decoded.coding}, {len(self._body):,} bytes)"
                f", shown decoded ({counted(len(self._decoded.body), 'byte')})."
            )
            sentences += [self._decoded.problem or "", self._decoded.remark or ""]
        if not self._body:
            sentences.append("The body is empty.")
        elif not self._is_json and self._decoded is None:
            sentences.append("Not JSON." if view in (RAW, HEX) else "")
        text = {PRETTY: self.pretty, RAW: self.raw}.get(view)
        is_part = text is not None and not text.is_whole
        if view == PRETTY and len(self._shown) > PREFIX and not self._is_all_laid_out:
            is_part = True
        is_part_of_tree = False
        if view == TREE and self._json is not None:
            if self._json.broken and len(self._body) <= TREE_TEXT:
                sentences.append(f"{self._json.broken} Only the part before it is shown.")
            elif not self._json.is_whole or self._json.broken:
                sentences.append("Too large or deep for a complete tree. The first values are shown.")
                is_part_of_tree = True
        elif is_part:
            lines = None if text is None else text.lines_shown
            shown = f"{FIRST_TEXT // 2**20} MiB is" if lines is None else f"{lines:,} lines are"
            more = " Hex shows everything." if text is not None and text.is_full else ""
            sentences.append(f"The first {shown} shown.{more}")
        elif text is not None and text.problem:
            sentences.append(f"{text.problem} Only the part before it is shown.")
        self.find_bar.set_partial(is_part or is_part_of_tree)
        notice = " ".join(part for part in sentences if part)
        self.notice.show_text(notice)
        self.notice.setVisible(bool(notice))
        self.show_all.show_text("Show all")
        self.show_all.setVisible(is_part and not (text is not None and text.is_full))
        self.size_label.setText(counted(len(self._shown) if self._size is None else self._size, "byte"))

    @property
    def _current(self) -> JsonTree | TextView | HexView:
        return self.views[self._stack.currentIndex()]

    @property
    def _shown(self) -> bytes:
        return self._body if self._decoded is None else self._decoded.body
