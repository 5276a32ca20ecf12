"""The fields of the Edit window: method, headers and body of one capture, and how it is signed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QSyntaxHighlighter, QTextCursor, QTextOption
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QVBoxLayout, QWidget

from inspector.base.visible import visible, visible_block
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.headers import header_lines, read_header_lines
from inspector.domain.capture.line_diff import compacted, formatted
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.gui.detail.long_text import colour_spans, ends_in_string
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label, plain_tip
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import ElidedComboBox, LineField
from inspector.gui.replay.text import FOLLOW, FOLLOW_TIP
from inspector.session.session import Session

MAX_EDITED = 256 * 1024
"""Bytes of a body that can be edited here."""
_INLINE = 8 * 1024
"""Characters of a body that are laid out on the loop. A longer body goes to the worker."""
_MOST_COLOURED = 32 * 1024
"""Maximum length of a coloured line: each key press colours its line again."""
_IN_STRING = 1
_HEADER_LINES = 6
_AS_CAPTURED = "As captured"


class EditFields(QWidget):
    """Fields that are read as RequestOptions. Unchanged parts keep their exact bytes."""

    changed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session = session
        self._capture: Capture | None = None
        self._is_verified = True
        self._verified_by: str | None = None
        """The secret that verified the capture."""
        self._is_signature_selected = False
        """The user selected a signature, which edits of the body no longer change."""
        px = theme.px
        self.method = LineField(theme, "Method")
        self.method.setFixedWidth(px(120))
        self.headers = _text(theme, "Headers, one per line")
        self.headers.setFixedHeight(_HEADER_LINES * self.headers.fontMetrics().lineSpacing() + px(14))
        self.body = _text(theme, "Body")
        self._colours = _JsonColours(theme, self.body)
        self.format = Button(theme, "Format", is_quiet=True)
        self.format.setToolTip("One value per line; changes the signed bytes")
        self.compact = Button(theme, "Compact", is_quiet=True)
        self.compact.setToolTip("One line, as most senders print it")
        self.format.clicked.connect(self._format)
        self.compact.clicked.connect(self._compact)
        self._layout_load = LatestTask(session.tasks, "lay out a body")
        self.json = FlowText(theme, font=theme.font(12, 500), tone="text2")
        self.json.hide()
        self.signature = ElidedComboBox(theme, "Signature", {None: _AS_CAPTURED})
        for secret in (*session.secrets.active, *session.secrets.inactive):
            self.signature.addItem(f"Re-sign with {visible(secret.name)}", secret.name)
        self._signed_by = Label(theme, px=11, tone="text2", wraps=True)
        self._signed_by.hide()
        self.confirm = QCheckBox("Re-sign although the origin is unknown")
        self.confirm.setToolTip(
            "The original signature is not valid; a new one makes the request look genuine"
        )
        self.confirm.hide()
        self.marker = QCheckBox()
        self.redirects = QCheckBox(FOLLOW)
        self.redirects.setToolTip(plain_tip(FOLLOW_TIP))
        layout = column(theme, spacing=4, on=self)
        self._part(layout, "Method", self.method)
        self._part(layout, "Headers (Host and Content-Length are set for the target)", self.headers)
        self._part(layout, "Body", self.body, self.format, self.compact, stretch=1)
        layout.addWidget(self.json)
        self._part(layout, "Signature", self.signature)
        layout.addWidget(self._signed_by)
        layout.addWidget(self.confirm)
        layout.addWidget(self.marker)
        layout.addWidget(self.redirects)
        self.signature.currentIndexChanged.connect(self._signed)
        self.signature.activated.connect(self._signature_selected)
        self.body.textChanged.connect(self._sign_edited)
        for signal in (
            *(self.method.textChanged, self.headers.textChanged, self.body.textChanged),
            *(self.confirm.toggled, self.marker.toggled, self.redirects.toggled),
        ):
            signal.connect(self._changed)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Fill the fields with a capture."""
        capture = self._capture = detail.capture
        self._is_verified = detail.row.verdict.word == "valid"
        self._verified_by = detail.row.verdict.secret if self._is_verified else None
        self.method.setText(capture.method)
        self.headers.setPlainText(header_lines(capture.headers))
        self.marker.setText(f"Mark as replay: x-webhook-inspector-replay: {detail.row.id}")
        why = _not_editable(capture.body)
        self.body.setPlainText(
            capture.body.decode("utf-8") if why is None else visible_block(_beginning(capture.body))
        )
        if why is None and _text_of(self.body).encode("utf-8", "surrogatepass") != capture.body:
            why = "This field would change some characters of the body. It is sent as captured."
        self.body.setReadOnly(why is not None)
        for button in (self.format, self.compact):
            button.setEnabled(why is None)
        self.show_json_state(why or "", is_error=False)
        self._signed()

    @property
    def is_body_editable(self) -> bool:
        """Whether the body can be edited as text."""
        return not self.body.isReadOnly()

    def body_text(self) -> str:
        """Return the body as text."""
        return _text_of(self.body)

    def typed(self) -> tuple[object, ...]:
        """Return the content of all fields, to compare later."""
        return (
            *(self.method.text(), self.headers.toPlainText(), self.body_text()),
            *(self.signature.currentData(), self.confirm.isChecked()),
            *(self.marker.isChecked(), self.redirects.isChecked()),
        )

    def request_options(self) -> RequestOptions:
        """Return the options of the request. Raises UsageError if a header line is not valid."""
        assert self._capture is not None
        capture = self._capture
        method, headers = self.method.text(), self.headers.toPlainText()
        pairs = read_header_lines(headers, capture.headers)
        body = self.body_text().encode("utf-8", "surrogatepass") if self.is_body_editable else capture.body
        return RequestOptions(
            edit=Edit(
                method=None if method == capture.method else method,
                headers=None if pairs == capture.headers else pairs,
                body=None if body == capture.body else body,
            ),
            sign_with=self.signature.currentData(),
            is_resigning_unverified=self.confirm.isChecked() and not self.confirm.isHidden(),
            has_marker=self.marker.isChecked(),
            is_following_redirects=self.redirects.isChecked(),
        )

    def show_json_state(self, sentence: str, *, is_error: bool) -> None:
        """Show below the body what is wrong with it; an empty sentence hides the note."""
        self.json.set_tone("warning" if is_error else "text2")
        self.json.show_text(sentence)
        self.json.setVisible(bool(sentence))

    def set_fixed(self, is_fixed: bool) -> None:
        """Disable the fields while the request is in flight."""
        self.setEnabled(not is_fixed)

    @Slot(int)
    def _signature_selected(self, _: int) -> None:
        self._is_signature_selected = True

    @Slot()
    def _sign_edited(self) -> None:
        """Sign an edited body with the secret that verified the original: its signature fits only one
        body."""
        if self._capture is None or self._is_signature_selected or not self.is_body_editable:
            return
        is_edited = self.body_text().encode("utf-8", "surrogatepass") != self._capture.body
        place = self.signature.findData(self._verified_by) if is_edited and self._verified_by else 0
        self.signature.setCurrentIndex(max(place, 0))

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
            cursor = QTextCursor(self.body.document())
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(new)
            self.body.moveCursor(QTextCursor.MoveOperation.Start)

    @Slot()
    def _signed(self) -> None:
        secret = self.signature.currentData()
        by = (
            ""
            if secret is None or secret != self._verified_by
            else f"{visible(secret)} verified the original."
        )
        self._signed_by.setText(by)
        self._signed_by.setVisible(bool(by))
        self.confirm.setVisible(self.signature.currentData() is not None and not self._is_verified)
        self._changed()

    @Slot()
    def _changed(self) -> None:
        if self._capture is not None:
            self.changed.emit()

    def cancel(self) -> None:
        """Cancel formatting the body."""
        self._layout_load.cancel()

    def _part(
        self, layout: QVBoxLayout, caption: str, field: QWidget, *beside: QWidget, stretch: int = 0
    ) -> None:
        label = Label(self._theme, caption, px=11, tone="text2")
        label.setBuddy(field)
        field.setAccessibleName(caption)
        head = row(self._theme, grow(label), *beside, spacing=8)
        layout.addLayout(head)
        layout.addWidget(field, stretch)
        layout.addSpacing(self._theme.px(4))


class _JsonColours(QSyntaxHighlighter):
    """Colours names, strings, numbers and words, as the Body tab does."""

    def __init__(self, theme: Theme, field: QPlainTextEdit) -> None:
        super().__init__(field.document())
        self._theme = theme
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        is_in_string = self.previousBlockState() == _IN_STRING
        if len(text) <= _MOST_COLOURED:
            for start, length, token in colour_spans(text, is_in_string):
                self.setFormat(start, length, self._theme.color(token))
        self.setCurrentBlockState(_IN_STRING if ends_in_string(text, is_in_string) else 0)


def _not_editable(body: bytes) -> str | None:
    if len(body) > MAX_EDITED:
        return f"A body of {len(body):,} bytes is too long to edit here. It is sent as captured."
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "The body is not text (perhaps compressed). It is sent as captured."
    return None


def _beginning(body: bytes) -> str:
    return body[:MAX_EDITED].decode("utf-8", "backslashreplace")


def _text(theme: Theme, name: str) -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setFont(theme.fixed_font())
    field.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
    field.setTabChangesFocus(True)
    field.setAccessibleName(name)
    return field


def _text_of(field: QPlainTextEdit) -> str:
    """Return the exact text; `toPlainText` would replace no-break spaces by plain ones."""
    return field.document().toRawText().replace("\u2029", "\n")
