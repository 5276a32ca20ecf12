"""The right side of the Edit window: the JSON, the exact text, and the headers of one capture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QTextDocument, QTextOption
from PySide6.QtWidgets import QCheckBox, QStackedWidget, QWidget

from inspector.base.visible import visible_block
from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.capture.headers import header_lines, read_header_lines
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.replay.body_edit import EditedBody, compacted, formatted
from inspector.domain.replay.request_options import Edit
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.controls.value_boxes import LineField, TextBox
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, plain_tip
from inspector.gui.kit.layout import STRETCH, box, caption, column, grow, row
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.code_field import CodeField
from inspector.gui.replay.text import FOLLOW, FOLLOW_TIP
from inspector.session.session import Session

MAX_EDITED = 96 * 1024
"""Maximum bytes of a body that can be edited here. Qt takes 30 ms to lay out a line of this length."""
_MOST_SHOWN = 16 * 1024
"""Maximum bytes that are shown of a body that cannot be edited."""
_INLINE = 8 * 1024
"""Characters of a body that are laid out on the loop. A longer body goes to the worker."""
TABS = ("JSON", "Raw", "Headers")
_RAW = 1
IN_SYNC = "valid JSON, in sync"


class EditFields(QWidget):
    """Fields that are read as an Edit. Unchanged parts keep their exact bytes."""

    changed = Signal()
    """A field other than the body was edited."""
    layout_edited = Signal(str)
    text_edited = Signal(str)
    """The user edited the body: as JSON with one value per line, or as the exact text."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session = session
        self._capture: Capture | None = None
        self._text = ""
        """The exact text of the body. The field follows it once its page is shown."""
        px = theme.px
        self.tabs = TabStrip(theme, TABS)
        self.tabs.setAccessibleName("Views of the request")
        self.layout_field = CodeField(theme, "Body as JSON")
        self.body = CodeField(theme, "Body")
        self.layout_field.edited.connect(self._layout_edited)
        self.body.edited.connect(self._text_edited)
        self.state = StateLabel(theme)
        self.copy = IconButton(theme, "copy", "Copy the body")
        self.copy.clicked.connect(self._copy)
        self.format = Button(theme, "Format", is_quiet=True)
        self.format.setToolTip("One value per line; changes the signed bytes")
        self.compact = Button(theme, "Compact", is_quiet=True)
        self.compact.setToolTip("One line, as most senders print it")
        self.format.clicked.connect(self._format)
        self.compact.clicked.connect(self._compact)
        self._layout_load = LatestTask(session.tasks, "lay out a body", self)
        self.method = LineField(theme, "Method")
        self.method.setFixedWidth(px(120))
        self.headers = _text(theme, "Headers, one per line")
        self.marker = QCheckBox()
        self.redirects = QCheckBox(FOLLOW)
        self.redirects.setToolTip(plain_tip(FOLLOW_TIP))
        self._pages = QStackedWidget()
        for page in (self.layout_field, self._raw_page(), self._header_page()):
            self._pages.addWidget(page)
        self.tabs.currentChanged.connect(self._show_page)
        head = row(
            theme, self.tabs, STRETCH, grow(self.state, 1000), self.copy, spacing=8, margins=(16, 0, 12, 0)
        )
        column(theme, head, 4, grow(self._pages), on=self)
        self.method.textChanged.connect(self._changed)
        self.headers.textChanged.connect(self._headers_changed)
        self.marker.toggled.connect(self._changed)
        self.redirects.toggled.connect(self._changed)

    def _raw_page(self) -> QWidget:
        buttons = row(self._theme, self.format, self.compact, STRETCH, spacing=12, margins=(16, 0, 0, 0))
        return box(column(self._theme, buttons, grow(self.body), spacing=4))

    def _header_page(self) -> QWidget:
        theme = self._theme
        return box(
            column(
                theme,
                *(caption(theme, "Method", self.method), self.method, 8),
                caption(theme, "Headers (Host and Content-Length are set for the target)", self.headers),
                *(grow(self.headers), 8, self.marker, self.redirects),
                spacing=4,
                margins=(16, 6, 16, 10),
            )
        )

    # ---- content

    def show_detail(self, detail: CaptureDetail) -> str | None:
        """Fill the fields with a capture, without its body if it can be edited.

        Return why its body cannot be edited as text, or None.
        """
        capture = detail.capture
        self.marker.setText(f"Mark as replay: x-webhook-inspector-replay: {detail.row.id}")
        self.restore(capture)
        self._capture = capture
        why = _not_editable(capture.body)
        if why is None:
            self._text = capture.body.decode("utf-8")
            if _in_document(self._text) != self._text:
                why = "This field would change some characters of the body. It is sent as captured."
        if why is not None:
            self._text = visible_block(_beginning(capture.body))
        self.body.fill("" if why is None else self._text)
        for field in (self.body, self.layout_field):
            field.setReadOnly(why is not None)
        for button in (self.format, self.compact):
            button.setEnabled(why is None)
        self.tabs.setTabEnabled(0, why is None)
        if why is not None:
            self.tabs.setCurrentIndex(_RAW)
            self.state.show_state(why, is_good=None)
        return why

    def restore(self, capture: Capture) -> None:
        """Show the method and the headers of a capture again."""
        self.method.setText(capture.method)
        self.headers.setPlainText(header_lines(capture.headers))

    def show_body(self, body: EditedBody, *, is_layout_edited: bool, is_text_edited: bool) -> None:
        """Show another body. The field that the user edits stays."""
        if not is_layout_edited:
            self.layout_field.show_text(body.shown)
        if not is_text_edited:
            self._text = body.text
            self._show_page(self._pages.currentIndex())
        self.layout_field.mark_lines(body.lines)
        if body.problem is not None:
            self.state.show_state(body.problem, is_good=False)
        else:
            self.state.show_state(IN_SYNC, is_good=True)

    @property
    def is_body_editable(self) -> bool:
        """Whether the body can be edited as text."""
        return not self.body.isReadOnly()

    def body_text(self) -> str:
        """Return the body as text."""
        return self._text

    def edited_body(self) -> bytes:
        """Return the bytes of the edited body."""
        return self._text.encode("utf-8", "surrogatepass")

    def typed(self) -> tuple[object, ...]:
        """Return the content of all fields, to compare later."""
        return (
            *(self.method.text(), self.headers.toPlainText(), self.body_text()),
            *(self.marker.isChecked(), self.redirects.isChecked()),
        )

    def edit(self) -> Edit:
        """Return the edit of the capture. Raises UsageError if a header line is not valid."""
        assert self._capture is not None
        capture = self._capture
        method, pairs = self.method.text(), self._pairs(capture)
        body = self.edited_body() if self.is_body_editable else capture.body
        return Edit(
            method=None if method == capture.method else method,
            headers=None if pairs == capture.headers else pairs,
            body=None if body == capture.body else body,
        )

    def head_edited(self, capture: Capture) -> int:
        """Return whether the method and the headers differ from those of the capture: 0, 1 or 2 do."""
        has_headers = self.headers.toPlainText() != header_lines(capture.headers)
        return has_headers + (self.method.text() != capture.method)

    def _pairs(self, capture: Capture) -> HeaderPairs:
        return read_header_lines(self.headers.toPlainText(), capture.headers)

    # ---- edits

    @Slot(int)
    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        if page == _RAW:
            self.body.show_text(self._text)

    @Slot()
    def _layout_edited(self) -> None:
        self.layout_edited.emit(self.layout_field.whole_text())

    @Slot()
    def _text_edited(self) -> None:
        self._text = self.body.whole_text()
        self.text_edited.emit(self._text)

    @Slot()
    def _headers_changed(self) -> None:
        self.tabs.set_count(2, sum(bool(line.strip()) for line in self.headers.toPlainText().split("\n")))
        self._changed()

    @Slot()
    def _changed(self) -> None:
        if self._capture is not None:
            self.changed.emit()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.copy.confirm()

    @Slot()
    def _format(self) -> None:
        self._layout_load.start(self._lay_out(formatted))

    @Slot()
    def _compact(self) -> None:
        self._layout_load.start(self._lay_out(compacted))

    async def _lay_out(self, laid_out: Callable[[str], str | None]) -> None:
        """Lay out the body again, which can be undone. A body that is not JSON stays as it is."""
        text = self.body_text()
        new = laid_out(text) if len(text) <= _INLINE else await self._session.worker.run(laid_out, text)
        if new is not None and new != text and self.body_text() == text:
            self._text = new
            self.body.show_text(new)
            self.text_edited.emit(new)

    def cancel(self) -> None:
        """Cancel formatting the body."""
        self._layout_load.cancel()


class StateLabel(QWidget):
    """Whether the body is JSON: a sentence with a tick or a warning."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon: tuple[str, str] | None = None
        self.text = ElidedLabel(theme, px=12, tone="text2")
        row(theme, STRETCH, self.text, margins=(20, 0, 0, 0), on=self)

    def show_state(self, sentence: str, *, is_good: bool | None) -> None:
        """Show a sentence; None for neither good nor bad."""
        self._icon = {True: ("tick", "valid"), False: ("warning", "warning"), None: None}[is_good]
        self.text.set_tone("warning" if is_good is False else "text2")
        self.text.setText(sentence)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._icon is not None:
            side = self._theme.px(14)
            left = self.text.x() - self._theme.px(20)
            area = QRectF(left, (self.height() - side) / 2, side, side)
            paint_icon(QPainter(self), self._icon[0], self._theme, area, self._icon[1], 14)


def _not_editable(body: bytes) -> str | None:
    if len(body) > MAX_EDITED:
        return f"A body of {len(body):,} bytes is too long to edit here. It is sent as captured."
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "The body is not text (perhaps compressed). It is sent as captured."
    return None


def _in_document(text: str) -> str:
    """Return a text as a field would have it after it was set."""
    document = QTextDocument()
    document.setPlainText(text)
    return document.toRawText().replace("\u2029", "\n")


def _beginning(body: bytes) -> str:
    return body[:_MOST_SHOWN].decode("utf-8", "backslashreplace")


def _text(theme: Theme, name: str) -> TextBox:
    field = TextBox(theme)
    field.setFont(theme.fixed_font())
    field.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
    field.setAccessibleName(name)
    return field
