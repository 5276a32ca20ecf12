"""The response of an attempt: formatted, raw, its headers, and how it differs from the previous one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain

import shiboken6
from PySide6.QtCore import QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QWidget

from inspector.base.clock import short_time
from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible_bytes
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.json.source import JsonSyntaxError, pretty
from inspector.domain.replay.attempt import status_text
from inspector.domain.signature.content import coding_of, decoded
from inspector.gui.detail.attempt_text import before_text, header_lines_text, result_text
from inspector.gui.detail.long_text import Piece, one_line_pieces, pretty_pieces, raw_pieces
from inspector.gui.detail.text_view import LineDiffView, TextView
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, Part, Stretch, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

PRETTY, RAW, HEADERS, COMPARISON, NOTHING = range(5)
_MOST = 1 << 20
"""Characters of a response that are shown."""
_CHECKED = 64 * 1024
"""Characters that are checked to be JSON. For a longer text, the first character decides."""
_ONE_LINE = 2 * 1024
_MARGIN = 4
_MOST_HEADS = 1_000
_STRIP = 168
"""The width of the views' names with space between them, in px of the drawing."""
_NO_LIMIT = 16_777_215
"""Qt's own maximum height."""


class ResponseView(QWidget):
    """One response with its views, its type and size, and a note on the previous attempt at this target."""

    reason_requested = Signal(object)
    """The AttemptRow: the user asks why the receiver rejected this request."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        mask: Mask,
        parent: QWidget | None = None,
        *,
        has_status: bool = False,
        explains: bool = False,
        compares: bool = False,
        margin: int = 20,
        title: str = "",
        below: QWidget | None = None,
    ) -> None:
        """`has_status`: show the status above the body, because nothing else next to it does.

        `explains`: suggest finding out why a request was rejected. `compares`: first show what has changed
        since the previous response, if anything has. `margin`: at the left, in px of the drawing.
        `title`: the view is a part of a pane that begins with its title, and its raw view has the headers,
        too. `below`: follows the text.
        """
        super().__init__(parent)
        self._session = session
        self._mask = mask
        self._has_status = has_status
        self._explains = explains
        self._compares = compares
        self._title = title
        self._task = LatestTask(session.tasks, "show a response", self)
        self._row: AttemptRow | None = None
        self._before: AttemptRow | None = None
        self._attempt: AttemptDetail | None = None
        self._caption = ""
        self._body = b""
        self._is_json = False
        self._is_one_line = False
        self._selected = RAW if title else PRETTY
        """The view selected last by the user. Raw is shown if the response is not JSON."""
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.strip = TabStrip(theme, ("Pretty", "Raw", "Headers"), is_small=True)
        self.strip.setAccessibleName("Views of the response")
        self.strip.tabBarClicked.connect(self._select)
        self.strip.currentChanged.connect(self._show_view)
        self.facts = ElidedLabel(theme, px=12, tone="text2")
        if not title:
            self.facts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.copy = IconButton(theme, "copy", "Copy the response body")
        self.copy.clicked.connect(self._copy)
        self.status = Label(theme, px=12, is_fixed=True)
        self.status.setVisible(False)
        self.pretty = TextView(theme, "Formatted response body")
        self.raw = TextView(theme, "Raw response body")
        self.headers = TextView(theme, "Response headers")
        self.comparison = LineDiffView(theme, "Response compared with the previous one")
        self.sentence = Label(theme, tone="text2", wraps=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.sentence.setContentsMargins(*map(theme.px, (_MARGIN, _MARGIN, 16, _MARGIN)))
        self.stack = QStackedWidget()
        for view in (self.pretty, self.raw, self.headers, self.comparison):
            view.document().setDocumentMargin(theme.px(_MARGIN))
            self.stack.addWidget(view)
        self.stack.addWidget(self.sentence)
        self.stack.setMinimumHeight(theme.px(24))
        self.note = ElidedLabel(theme, px=12, tone="text2")
        self.compare = Link(theme, "Compare")
        self.compare.clicked.connect(self._toggle_comparison)
        self.why = Link(theme, "Why was this rejected?")
        self.why.clicked.connect(self._ask_reason)
        right = min(margin, 16)
        parts: tuple[Part, ...] = (self.strip, 16, grow(self.facts), self.copy)
        if title:
            self.strip.setMinimumWidth(theme.px(_STRIP))  # otherwise its tabs are as close as possible
            name = Label(theme, title, px=12, weight=500, tone="text2")
            parts = (name, 4, grow(self.facts), self.strip, 8, self.copy)
        head = row(theme, *parts, spacing=4, margins=(margin, 4, right, 2))
        status = row(theme, self.status, margins=(margin, 4, right, 0))
        body = row(theme, self.stack, margins=(max(margin - _MARGIN, 0), 0, 0, 0))
        foot = box(
            row(theme, self.note, 8, self.compare, 12, self.why, STRETCH, margins=(margin, 2, right, 6))
        )
        if title:
            foot.hide()  # such a pane has notes of its own
        # Next to its own status, the note follows the text. Otherwise it is at the bottom.
        lines: tuple[Part, ...] = (head, status, grow(body, 1_000), foot)
        if below is not None:
            lines += (row(theme, grow(below), margins=(margin, 8, right, 6)),)
        column(theme, *lines, Stretch(int(has_status)), on=self)
        for view in (self.pretty, self.raw, self.headers):
            view.paused.connect(self._fit)
        mask.changed.connect(self.show_again)
        self.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    @property
    def text(self) -> str:
        """The response as shown in the current view."""
        view = self.stack.currentWidget()
        return view.toPlainText() if isinstance(view, QPlainTextEdit) else self.sentence.text()

    # ---- what is shown

    def show_attempt(self, attempt: AttemptRow | None, caption: str = "") -> None:
        """Read and show the response of a stored attempt; None shows nothing.

        `caption` is shown before its type and size.
        """
        if attempt is not None and self._row is not None and attempt.id == self._row.id:
            return
        self._task.cancel()
        self._row, self._caption = attempt, caption
        if attempt is None:
            self.forget()
        else:
            self._task.start(self._read(attempt))

    @Slot()
    def show_again(self) -> None:
        """Read the response again, because other values are masked."""
        if self._row is not None:
            self._task.start(self._read(self._row))

    def show_detail(self, attempt: AttemptDetail, note: str = "") -> None:
        """Show a response that is not stored, already masked."""
        self._row = None
        self._task.start(self._show(attempt, None, note))

    def show_sentence(self, text: str) -> None:
        """Show a sentence in place of a response."""
        self.forget()
        self.sentence.setText(text)

    def forget(self) -> None:
        """Show nothing, and release the response."""
        self._task.cancel()
        self._row = self._before = self._attempt = None
        self._body, self._is_json = b"", False
        for view in (self.pretty, self.raw, self.headers, self.comparison):
            view.forget()
        self.sentence.setText("")
        self.stack.setCurrentIndex(NOTHING)
        self.facts.setText("")
        self._show_note("")
        self.status.hide()
        self.strip.setEnabled(False)
        self.strip.set_count(HEADERS, None)
        self.copy.setEnabled(False)

    def set_one_line(self, is_one_line: bool) -> None:
        """Show formatted JSON in one line, for a low view."""
        if is_one_line != self._is_one_line:
            self._is_one_line = is_one_line
            if self._is_json:
                self._fill_pretty()

    # ---- reading

    async def _read(self, row: AttemptRow) -> None:
        read = self._session.captures.attempt
        compared = self._session.requests.since([row]).get(row.id)
        self._before = before = None if compared is None else compared.before
        try:
            attempt = await self._mask.attempt(await read(row.id))
            earlier = None if before is None else await self._mask.attempt(await read(before.id))
        except InspectorError as error:
            if shiboken6.isValid(self):
                self.show_sentence(str(error))
            return
        if not shiboken6.isValid(self):  # its window was closed meanwhile
            return
        is_same = earlier is not None and (
            (earlier.row.status, earlier.response_body) == (attempt.row.status, attempt.response_body)
        )
        if is_same:
            self._before = None  # there is nothing to compare
        past = before_text(before, is_same=is_same)
        if row.outcome == "ok" and not row.is_expected:
            past += ", but a correct receiver rejects this capture"
        if self._has_status:
            note = f"{past[:1].upper()}{past[1:]}."
        elif row.outcome == "unknown":
            note = short_time(row.started_ms)
        else:
            note = f"{short_time(row.started_ms)}  ·  {past}"
        await self._show(attempt, self._before, note)
        if self._compares and self._before is not None:
            await self._compare(self._before.id, row.id)

    async def _show(self, attempt: AttemptDetail, before: AttemptRow | None, note: str) -> None:
        body, row = attempt.response_body, attempt.row
        encoding = b"".join(
            value for name, value in attempt.response_headers if name.lower() == b"content-encoding"
        )
        if (coding := coding_of(encoding, body)) is not None:
            body = (await asyncio.to_thread(decoded, body, coding)).body
            if not shiboken6.isValid(self):
                return
        self._attempt, self._before, self._body = attempt, before, body
        has_response = row.status is not None
        self._is_json = has_response and _is_json(body)
        self.strip.setEnabled(has_response)
        self.strip.setTabEnabled(PRETTY, self._is_json)
        self.strip.setTabToolTip(PRETTY, "" if self._is_json else "The response is not JSON.")
        self.strip.set_count(HEADERS, len(attempt.response_headers))
        self.copy.setEnabled(bool(body))
        facts = _type_and_size(attempt)
        if self._title:
            facts = facts.rpartition(", ")[2]
        self.facts.setText(", ".join(filter(None, (self._caption, facts))))
        self.status.setVisible(self._has_status and has_response)
        if row.status is not None:
            self.status.setText(status_text(row.status))
            self.status.set_tone("text2" if row.is_expected else "invalid")
        self._show_note(note)
        is_rejected = has_response and row.outcome != "ok"
        self.why.setVisible(self._explains and not row.is_expected and is_rejected)
        if not has_response:
            self.sentence.setText(result_text(row))
            self.stack.setCurrentIndex(NOTHING)
            self._fit()
            return
        heads = header_lines_text(attempt)
        self.headers.fill(iter([Piece(text=heads, taken=0)]), _MOST, head_lines=_MOST_HEADS)
        if self._title and heads:
            pieces = chain([Piece(text=f"{heads}\n", taken=0)], raw_pieces(body))
            count = len(attempt.response_headers)
            self.raw.fill(pieces, _MOST, is_json=self._is_json, head_lines=count)
        else:
            self.raw.fill(raw_pieces(body), _MOST, is_json=self._is_json)
        self._fill_pretty()
        self._show_best()

    @Slot()
    def _fit(self) -> None:
        """Make the text as high as its lines, if the note follows it."""
        view = self.stack.currentWidget()
        if not self._has_status or not isinstance(view, QPlainTextEdit):
            self.stack.setMaximumHeight(_NO_LIMIT)
            return
        lines = max(1, round(view.document().size().height()))
        margin = 2 * round(view.document().documentMargin())
        self.stack.setMaximumHeight(lines * view.fontMetrics().lineSpacing() + margin + 2)

    def _fill_pretty(self) -> None:
        text = self._body.decode("utf-8", "replace")
        if not self._is_json:
            self.pretty.forget()
        elif self._is_one_line and len(text) <= _ONE_LINE:
            self.pretty.fill(one_line_pieces(text), _MOST, is_json=True)
        else:
            self.pretty.fill(pretty_pieces(text), _MOST, is_json=True)

    def _show_note(self, note: str) -> None:
        self.note.setText(note)
        self.compare.show_text("Compare")
        self.compare.setVisible(self._before is not None)
        self.why.setVisible(False)

    # ---- user input

    @Slot(int)
    def _select(self, view: int) -> None:
        """Show a view that the user clicked, even if it is the current tab next to a comparison."""
        if 0 <= view <= HEADERS and self.strip.isTabEnabled(view):
            self._selected = view
            self._show_view(view)

    def _show_best(self) -> None:
        view = RAW if self._selected == PRETTY and not self._is_json else self._selected
        self.strip.setCurrentIndex(view)
        self._show_view(view)

    @Slot(int)
    def _show_view(self, view: int) -> None:
        if self._attempt is None or self._attempt.row.status is None:
            return
        if self.strip.hasFocus():  # selected by an arrow key
            self._selected = view
        has_text = bool(self._body) or view == HEADERS or (view == RAW and bool(self._title))
        self.sentence.setText("" if has_text else "The response has no body.")
        self.stack.setCurrentIndex(view if has_text else NOTHING)
        self._fit()
        self.status.setVisible(self._has_status)
        self.compare.show_text("Compare")

    @Slot()
    def _toggle_comparison(self) -> None:
        if self.stack.currentIndex() == COMPARISON:
            self._show_best()
        elif self._row is not None and self._before is not None:
            self._task.start(self._compare(self._before.id, self._row.id))

    async def _compare(self, before_id: int, attempt_id: int) -> None:
        with suppress(InspectorError):  # one of them was just cleared
            compared = await self._mask.compared(before_id, attempt_id)
            if shiboken6.isValid(self):
                self._show_comparison(compared)
                self.compare.show_text("Show the response")

    async def show_difference(self, before: AttemptDetail, after: AttemptDetail) -> None:
        """Show how one response that is not stored differs from another one, until the user selects a view.

        Both are already masked.
        """
        self._task.cancel()
        self._row = None
        await self._show(after, None, "")
        compared = await self._session.requests.compare(before, after)
        if shiboken6.isValid(self):
            self._show_comparison(compared)

    def _show_comparison(self, compared: LineDiff) -> None:
        self.comparison.show_comparison(compared)
        self.stack.setCurrentIndex(COMPARISON)
        self._fit()
        self.status.hide()  # it is the first line of the comparison

    @Slot()
    def _ask_reason(self) -> None:
        if self._row is not None:
            self.reason_requested.emit(self._row)

    @Slot()
    def _copy(self) -> None:
        data = QMimeData()
        data.setData("application/octet-stream", self._body)
        data.setText(self._body.decode("utf-8", "replace"))
        QGuiApplication.clipboard().setMimeData(data)
        self.copy.confirm()


def _is_json(body: bytes) -> bool:
    text = body[: _CHECKED + 1].decode("utf-8", "replace")
    if not text.strip():
        return False
    if len(text) > _CHECKED:
        return text.lstrip()[:1] in ("{", "[")
    try:
        for _ in pretty(text):
            pass
    except JsonSyntaxError:
        return False
    return True


def _type_and_size(attempt: AttemptDetail) -> str:
    """Return `application/json, 49 bytes`, with + if only the beginning of the response is stored."""
    if attempt.row.status is None:
        return ""
    kinds = [value for name, value in attempt.response_headers if name.lower() == b"content-type"]
    kind = shortened(visible_bytes(kinds[0]).partition(";")[0].strip(), 60) if kinds else ""
    size = len(attempt.response_body)
    length = f"more than {counted(size, 'byte')}" if attempt.is_response_cut else counted(size, "byte")
    return ", ".join(filter(None, (kind, length if size else "no body")))
