"""The Edit window: change one capture, see how it differs, and send it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QScrollArea, QWidget

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.domain.capture.line_diff import BodyEdit, compare_edit
from inspector.domain.capture.rows import AttemptRow, CaptureDetail
from inspector.domain.replay.redirect import FOLLOWED
from inspector.domain.replay.request_options import RequestOptions
from inspector.gui.detail.attempt_text import elapsed_text, outcome_sentence
from inspector.gui.detail.text_view import LineDiffView
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask, Runner
from inspector.gui.kit.dialog import BaseDialog, ask_to_discard
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import Scrolled, box, caption, column, foot, grow, resize_within, row
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.edit_fields import EditFields
from inspector.gui.replay.questions import HostQuestion
from inspector.gui.replay.responses import response_of
from inspector.gui.replay.target import TargetField
from inspector.session.session import Session

_DEBOUNCE_MS = 150
_INLINE = 1024
"""Characters of a body that are checked on the loop, in at most 4 ms. With repetitive lines, 8,192 characters
blocked the loop, which also listens, for 150 ms. A longer body goes to the worker process."""
_COVERED = (
    "This page shows the exact request with its key, signature and answers. Turn off the mask to see it and"
    " your changes."
)
_UNSENT = "Your changes to capture {:,} have not been sent and will be lost."
_SAME = "None: every byte is sent as captured."


class EditDialog(BaseDialog):
    """Not modal, so that other captures can be inspected. Closing it cancels the request in flight, which is
    then stored as an attempt with an unknown outcome."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        capture_id: int,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
    ) -> None:
        super().__init__(f"Edit and replay capture {capture_id:,}", parent)
        self._session = session
        self._mask = mask or Mask(session, self)
        self._theme = theme
        self._id = capture_id
        self._detail: CaptureDetail | None = None
        self._is_sending = False
        self._is_refused = False
        """Whether the note shows why the request was not sent."""
        self._stored: tuple[object, ...] | None = None
        """The stored content of the fields: as they were last filled or sent."""
        self.runner = Runner(session.tasks, self)
        self._load = LatestTask(session.tasks, "preview a request")
        resize_within(self, theme, theme.px(960), theme.px(680))
        self.target = TargetField(session, theme, self.runner, session.replays.last_target or "")
        self.target.changed.connect(self._edited)
        self.target.entered.connect(self._send)
        self.question = HostQuestion(theme)
        self.question.allow.clicked.connect(self._allow)
        self.fields = EditFields(session, theme)
        self.fields.changed.connect(self._edited)
        self.differs = FlowText(theme, font=theme.font(12.5))
        self.differs.show_text("")
        self.comparison = LineDiffView(theme, "Body before and after, line by line")
        self.compared = Label(theme, px=12, tone="text2", wraps=True)
        self._response_title = Label(theme, "Response", px=13, weight=600)
        self.response = LineDiffView(theme, "Response with changes marked")
        for part in (self._response_title, self.response):
            part.hide()  # hidden until something was sent
        self.note = FlowText(theme, font=theme.font(12.5), tone="text2")
        self.verb = Button(theme, "Replay", icon="replay", is_primary=True)
        self.verb.clicked.connect(self._send)
        self._close = Button(theme, "Close", key="Esc")
        self._close.clicked.connect(self.reject)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._update_preview)
        self.finished.connect(self._end)
        self.verb.setEnabled(False)
        self.note.show_text("Nothing sent yet.")
        reading = self.runner.run(self._begin(), "edit a capture", self._show_error)
        self.finished.connect(reading.cancel)

    # ---- preview

    async def _begin(self) -> None:
        self._detail = await self._session.captures.detail(self._id)
        self.fields.show_detail(self._detail)
        self._stored = self.fields.typed()
        self.fields.body.setFocus()
        self._update_preview()

    @Slot()
    def _edited(self) -> None:
        self.question.hide()
        if self._is_refused:
            self._is_refused = False
            self._show_note("Nothing sent yet.", tone="text2")
        self._timer.start()

    @Slot()
    def _update_preview(self) -> None:
        if self._detail is not None:
            self._load.start(self._preview(self._detail))

    async def _preview(self, detail: CaptureDetail) -> None:
        if self.fields.is_body_editable:
            await self._look_at_body(detail.capture.body, self.fields.body_text())
        try:
            options = self.fields.request_options()
            if not await self.target.leads_somewhere():
                self._show_differences("", "Enter a target to see the changes.")
                return
            preview = await self._session.requests.preview(detail, self.target.text, options)
        except InspectorError as error:
            self._show_differences(str(error), "")
            return
        sentences = [*(preview.differs or (_SAME,)), *([FOLLOWED] if options.is_following_redirects else ())]
        self._show_differences("", "\n".join(sentences))

    async def _look_at_body(self, original: bytes, text: str) -> None:
        if len(text) <= _INLINE:
            found = compare_edit(original, text)
        else:
            found = await self._session.worker.run(compare_edit, original, text)
        self.comparison.show_comparison(found.comparison)
        self.compared.setText(_compared(original, text, found))
        if found.trouble is not None:
            self.fields.show_json_state(f"Not JSON: {found.trouble}", is_error=True)
        else:
            self.fields.show_json_state("Valid JSON.", is_error=False)

    def _show_differences(self, problem: str, sentences: str) -> None:
        self.differs.set_tone("invalid" if problem else "text")
        self.differs.show_text(problem or sentences)
        self.verb.setEnabled(not problem and bool(self.target.text) and not self._is_sending)

    # ---- sending

    @Slot()
    def _send(self) -> None:
        self._begin_sending(is_allowed=False)

    @Slot()
    def _allow(self) -> None:
        self.question.hide()
        self._begin_sending(is_allowed=True)

    def _begin_sending(self, *, is_allowed: bool) -> None:
        if self._is_sending or self._detail is None or not self.target.text:
            return
        try:
            options = self.fields.request_options()
        except UsageError as error:
            self._show_error(str(error))
            return
        self._set_sending(True)
        work = self._sent(self.target.text, options, is_allowed=is_allowed)
        sending = self.runner.run(work, "replay an edited capture", self._show_error)
        self.finished.connect(sending.cancel)

    async def _sent(self, to: str, options: RequestOptions, *, is_allowed: bool) -> None:
        if await self.target.resolved() is None:
            self._set_sending(False)
            return
        host = await self._session.requests.asks_host(to)
        if host is not None and not is_allowed:
            self._set_sending(False)
            self.question.ask(visible(host))
            return
        if host is not None:
            await self._session.hosts.allow(host)
        self._show_note("Sending…", tone="text2")
        row = await self._session.requests.send(self._id, to, options)
        self._stored = self.fields.typed()
        self._set_sending(False)
        self._show_note(self._mask.sentence(_outcome(row)), tone="text" if row.is_expected else "invalid")
        response = await response_of(self._session, self._mask, row)
        for part in (self._response_title, self.response):
            part.setVisible(response is not None)
        if response is not None:
            self.response.show_comparison(response)

    @Slot(str)
    def _show_error(self, sentence: str) -> None:
        self._set_sending(False)
        self._is_refused = True
        self._show_note(sentence, tone="invalid")

    def _show_note(self, sentence: str, *, tone: str) -> None:
        self.note.set_tone(tone)
        self.note.show_text(sentence)

    def _set_sending(self, is_sending: bool) -> None:
        self._is_sending = is_sending
        self.fields.set_fixed(is_sending)
        self.target.set_fixed(is_sending)
        self.verb.setEnabled(not is_sending and bool(self.target.text) and self._detail is not None)

    # ---- closing

    def reject(self) -> None:
        """Close, by Esc, the button or the frame. Ask first if changes have not been sent."""
        if self._stored is None or self._stored == self.fields.typed():
            super().reject()
            return
        text = _UNSENT.format(self._id)
        ask_to_discard(self._session, self._theme, "Discard your changes?", text, self)

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._load.cancel()
        self.fields.cancel()

    # ---- layout

    def _lay_out(self) -> None:
        theme = self._theme
        left = column(
            theme,
            *(caption(theme, "To", self.target), self.target, self.question),
            4,
            grow(self.fields),
            spacing=4,
            margins=(20, 14, 16, 12),
        )
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.differs)
        right = column(
            theme,
            Label(theme, "Changes to the capture", px=13, weight=600),
            grow(scroll, 2),
            Label(theme, "Body, before and after", px=13, weight=600),
            self.compared,
            grow(self.comparison, 3),
            self._response_title,
            grow(self.response, 3),
            spacing=6,
            margins=(16, 14, 16, 0),
        )
        parts = box(row(theme, grow(left), Hairline(theme, is_upright=True), grow(right)))
        page = Scrolled(theme, parts, self)
        buttons = foot(theme, grow(self.note), self.verb, self._close)
        column(theme, grow(page), Hairline(theme), buttons, on=self)
        MaskOverlay(theme, self._mask, page, _COVERED, is_of_credentials=True)


def _compared(original: bytes, text: str, found: BodyEdit) -> str:
    edited = text.encode("utf-8", "surrogatepass")
    if edited == original:
        return "Unchanged."
    size = f"{len(original):,} → {len(edited):,} bytes."
    return f"Only the whitespace differs: {size}" if found.comparison.is_same else size


def _outcome(row: AttemptRow) -> str:
    return f"{outcome_sentence(row)} Took {elapsed_text(row)}. Stored under Attempts."
