"""The Body tab: the same bytes as a tree, laid out, as they came, and as numbers."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from inspector.base.quantity import counted
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.json.json_index import JsonIndex, outline
from inspector.domain.signature.content import Content, coding_of, decoded
from inspector.gui.detail.body.copying import Copying
from inspector.gui.detail.body.find_bar import FindBar
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.body.json_tree import JsonTree
from inspector.gui.detail.long_text import pretty_pieces, raw_pieces
from inspector.gui.detail.text_view import MOST_LINES, TextView
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.links import ElidedLink
from inspector.gui.kit.segmented_control import SegmentedControl
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

TREE, PRETTY, RAW, HEX = range(4)

FIRST_TEXT = 1024 * 1024
"""Characters that are shown before the user asks for all."""
ALL = 1 << 40
PREFIX = 2 * 1024 * 1024
"""Bytes that are laid out before the user asks for all."""
TREE_TEXT = 4 * 1024 * 1024
"""Characters of which a tree is made."""
INLINE_TREE = 8 * 1024
"""Of a longer text the tree is made in the worker."""
PATIENCE_S = 0.05
"""Who walks past a large body does not start the worker."""


class BodyTab(QWidget):
    """What is shown is made when it is looked at, and stays until another capture is shown."""

    message_posted = Signal(str)
    """What was copied, in a sentence."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._session = session
        self._load = LatestTask(session.tasks, "show a body")
        self._body = b""
        self._coding: str | None = None
        self._size: int | None = None
        """Bytes of the exact body, where what is shown has parts of it hidden."""
        self._decoded: Content | None = None
        self._is_json = False
        self._has_layout = False
        """It is JSON, or begins like it: then what stands before the fault can be laid out."""
        self._ready: set[int] = set()
        self._is_all_laid_out = False
        self._wanted = TREE
        """The view that the user chose last; another stands in where it cannot be shown."""
        self._is_active = False
        self._outline: JsonIndex | None = None

        self._choice = SegmentedControl(theme, ("Tree", "Pretty", "Raw", "Hex"))
        self._choice.selected.connect(self._chosen)
        self._about = Label(theme, px=12, tone="text2")
        self._notice = FlowText(theme, font=theme.font(12), tone="text2")
        self._all = ElidedLink(theme)
        self._all.clicked.connect(self._show_all)
        self._tree = JsonTree(theme)
        self._pretty = TextView(theme, "Body laid out")
        self._raw = TextView(theme, "Body as it came")
        self._hex = HexView(theme)
        self._pretty.paused.connect(self._filled)
        self._raw.paused.connect(self._filled)
        self._tree.copied.connect(self.message_posted)
        self._copying = [Copying(session, view, self) for view in (self._pretty, self._raw, self._hex)]
        for copying in self._copying:
            copying.message_posted.connect(self.message_posted)
        self._all_views = (self._tree, self._pretty, self._raw, self._hex)
        self._views = QStackedWidget()
        for one in self._all_views:
            self._views.addWidget(one)

        self.find_bar = FindBar(theme)
        self.find_bar.closed.connect(self._focus_view)
        find = IconButton(theme, "search", "Find in the body", tip="Find in the body  Ctrl+F")
        find.clicked.connect(self.open_find)

        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(self._choice)
        top.addStretch(1)
        top.addWidget(self._about)
        top.addWidget(find)
        said = QHBoxLayout()
        said.addWidget(self._notice, 1)
        said.addWidget(self._all)
        head = QVBoxLayout()
        head.setContentsMargins(px(20), px(10), px(20), px(8))
        head.setSpacing(px(6))
        head.addLayout(top)
        head.addWidget(self.find_bar)
        head.addLayout(said)
        views = QHBoxLayout()
        views.setContentsMargins(px(12), 0, 0, 0)
        views.addWidget(self._views)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(views, 1)

    def show_detail(self, detail: CaptureDetail, *, exact: bytes | None = None) -> None:
        """Take another capture; its views are made once the tab is looked at.

        `exact` is the body that values are copied of, where what is shown has parts of it hidden.
        """
        self.forget()
        self._body = detail.capture.body
        self._size = None if exact is None else len(exact)
        self._tree.exact = None if exact is None else exact.decode("utf-8", "replace")
        for copying in self._copying:
            copying.exact = self._tree.exact
        encodings = b"".join(detail.capture.values(b"content-encoding"))
        self._coding = None if detail.row.kind == "refused" else coding_of(encodings, self._body)
        self._is_json = detail.row.is_json is not False and detail.row.kind != "refused"
        if self._is_active:
            self._start()

    def forget(self) -> None:
        """Show nothing and give up what is being made."""
        self._load.cancel()
        self.find_bar.forget()
        self._body, self._decoded, self._outline, self._coding = b"", None, None, None
        self._size = None
        self._ready.clear()
        self._is_all_laid_out = False
        self._tree.show_outline(None)
        self._tree.exact = None
        for copying in self._copying:
            copying.exact = None
        self._pretty.forget()
        self._raw.forget()
        self._hex.show_body(b"")

    def set_active(self, is_active: bool) -> None:
        """Whether the tab is being looked at."""
        self._is_active = is_active
        if is_active and not self._ready:  # an empty body too says what it is
            self._start()

    @Slot()
    def open_find(self) -> None:
        """Ask what is to be found in what is shown."""
        self.find_bar.open(self._current)

    def event(self, event: QEvent) -> bool:
        """Ctrl+F is find while the focus is in here, and the filter's elsewhere."""
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
        self._load.start(self._prepare())

    async def _prepare(self) -> None:
        if self._coding is not None and self._decoded is None:
            self._decoded = await asyncio.to_thread(decoded, self._body, self._coding)
        body = self._shown
        if self._decoded is not None:
            self._is_json = True  # nobody has looked yet; the views find out
        self._has_layout = bool(body) and (self._is_json or body[:64].lstrip()[:1] in (b"{", b"["))
        for place in (TREE, PRETTY):
            self._choice.set_enabled(place, self._has_layout, "The body is not JSON.")
        view = self._wanted
        if view in (TREE, PRETTY) and not (self._has_layout and self._is_json):
            view = RAW
        await self._make(view)

    async def _make(self, view: int) -> None:
        """Fill a view if it is not yet, and show it."""
        body = self._shown
        self._choice.choose(view)
        self._views.setCurrentIndex(view)
        if view not in self._ready:
            self._ready.add(view)
            if view == TREE:
                await self._make_tree(body)
            elif view == PRETTY:
                # Decoding 50 MiB takes 30 ms, so at first no more than can be shown.
                text = body[:PREFIX].decode("utf-8", "replace")
                self._pretty.fill(pretty_pieces(text), FIRST_TEXT, is_json=True)
            elif view == RAW:
                self._raw.fill(raw_pieces(body), FIRST_TEXT, is_json=self._has_layout)
            else:
                self._hex.show_body(body)
        self._filled()

    async def _make_tree(self, body: bytes) -> None:
        text = body[:TREE_TEXT].decode("utf-8", "replace")
        if len(text) <= INLINE_TREE:
            self._outline = outline(text)
        else:
            self._notice.show_text("The tree is being made.")
            try:
                await asyncio.sleep(PATIENCE_S)
                self._outline = await self._session.worker.run(outline, text)
            except asyncio.CancelledError:
                self._ready.discard(TREE)
                raise
        self._tree.show_outline(self._outline)

    @Slot(int)
    def _chosen(self, view: int) -> None:
        self._wanted = view
        self._load.start(self._make(view))

    @Slot()
    def _show_all(self) -> None:
        self._all.hide()
        if self._views.currentIndex() == RAW:
            self._raw.fill_up(ALL)
        elif len(self._shown) <= PREFIX:
            self._pretty.fill_up(ALL)
        else:
            self._is_all_laid_out = True
            text = self._shown.decode("utf-8", "replace")
            self._pretty.fill(pretty_pieces(text), ALL, lines=MOST_LINES, is_json=True)

    @Slot()
    def _filled(self) -> None:
        """Another view is shown, or more of the same: say so, and search it."""
        self._say()
        self.find_bar.search_in(self._current)

    @Slot()
    def _focus_view(self) -> None:
        self._current.setFocus()

    @Slot()
    def _say(self) -> None:
        """Tell what is shown and what is not."""
        view = self._views.currentIndex()
        said: list[str] = []
        if self._decoded is not None:
            said.append(
                f"It arrived compressed ({self._decoded.coding}, {len(self._body):,} bytes)"
                f" and is shown decoded ({counted(len(self._decoded.body), 'byte')})."
            )
            said += [self._decoded.problem or "", self._decoded.remark or ""]
        if not self._body:
            said.append("The body is empty.")
        elif not self._is_json and self._decoded is None:
            said.append("It is not JSON." if view in (RAW, HEX) else "")
        text = {PRETTY: self._pretty, RAW: self._raw}.get(view)
        is_part = text is not None and not text.is_whole
        if view == PRETTY and len(self._shown) > PREFIX and not self._is_all_laid_out:
            is_part = True
        is_part_of_tree = False
        if view == TREE and self._outline is not None:
            if self._outline.broken and len(self._body) <= TREE_TEXT:
                said.append(f"{self._outline.broken} What stands before is shown.")
            elif not self._outline.is_whole or self._outline.broken:
                said.append("It is too large or deep for a whole tree: the first values are shown.")
                is_part_of_tree = True
        elif is_part:
            lines = None if text is None else text.lines_shown
            shown = f"{FIRST_TEXT // 2**20} MiB is" if lines is None else f"{lines:,} lines are"
            more = " Hex shows everything." if text is not None and text.is_full else ""
            said.append(f"The first {shown} shown.{more}")
        elif text is not None and text.trouble:
            said.append(f"{text.trouble} What stands before is shown.")
        self.find_bar.say_part(is_part or is_part_of_tree)
        notice = " ".join(part for part in said if part)
        self._notice.show_text(notice)
        self._notice.setVisible(bool(notice))
        self._all.show_text("Show all")
        self._all.setVisible(is_part and not (text is not None and text.is_full))
        self._about.setText(counted(len(self._shown) if self._size is None else self._size, "byte"))

    @property
    def _current(self) -> JsonTree | TextView | HexView:
        return self._all_views[self._views.currentIndex()]

    @property
    def _shown(self) -> bytes:
        return self._body if self._decoded is None else self._decoded.body
