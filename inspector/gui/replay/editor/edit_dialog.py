"""The Edit window: change the answers or the JSON of one capture, see the difference, and send it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QWidget

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.line_diff import LineDiff, LinePair, compare_bodies
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.replay.body_edit import MAX_SHOWN_CHANGES, EditedBody, change_lines
from inspector.domain.replay.redirect import FOLLOWED
from inspector.domain.replay.request_options import RequestOptions
from inspector.gui.detail.text_view import LineDiffView
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask, Runner
from inspector.gui.kit.dialog import BaseDialog, ask_to_discard
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import (
    STRETCH,
    Panel,
    Scrolled,
    box,
    caption,
    column,
    foot,
    grow,
    resize_within,
    row,
)
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.answer_form import AnswerForm
from inspector.gui.replay.editor.body_sync import BodySide, BodySync
from inspector.gui.replay.editor.edit_fields import EditFields
from inspector.gui.replay.editor.sample_dialog import SampleDialog
from inspector.gui.replay.editor.sent_strip import SentStrip
from inspector.gui.replay.editor.signature_choice import SignatureChoice
from inspector.gui.replay.questions import HostQuestion
from inspector.gui.replay.target import TargetField
from inspector.session.session import Session

_WIDTH, _HEIGHT, _LEFT, _WIRE_LINES = 1118, 811, 520, 8
_LEAST_BUTTON = 96
_LEFT_SHARE = 0.465
"""The share of the answers in a window too narrow for their full width."""
_DEBOUNCE_MS = 150
_PATIENCE_S = 1.0
_INLINE = 1024
"""Bytes of a body that is not JSON that are compared on the loop, in at most 4 ms."""
_COVERED = (
    "This page shows the exact request with its key, signature and answers. Turn off the mask to see it and"
    " your changes."
)
_UNSENT = "Your changes to capture {:,} have not been sent and will be lost."
_SAME = "None: every byte is sent as captured."
_WORDS = {"response_group": "completion", "answer": "answer"}


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
        """Whether the strip shows why the request was not sent."""
        self._stored: tuple[object, ...] | None = None
        """The stored content of the fields: as they were last filled or sent."""
        self.runner = Runner(session.tasks, self)
        self._load = LatestTask(session.tasks, "preview a request", self)
        resize_within(self, theme, theme.px(_WIDTH), theme.px(_HEIGHT))
        self.target = TargetField(session, theme, self.runner, session.replays.last_target or "")
        self.target.changed.connect(self._edited)
        self.target.entered.connect(self._send)
        self.question = HostQuestion(theme)
        self.question.allow.clicked.connect(self._allow)
        self.signature = SignatureChoice(session, theme)
        self.signature.changed.connect(self._edited)
        self.count = Label(theme, px=12, tone="text2")
        self.undo = Button(theme, "Undo all", icon="undo")
        self.undo.clicked.connect(self._undo_all)
        self.form = AnswerForm(theme)
        self.fields = EditFields(session, theme)
        self.fields.changed.connect(self._edited)
        self.sync = BodySync(session, self)
        self.sync.changed.connect(self._show_body)
        self.form.edited.connect(self.sync.set_values)
        self.fields.layout_edited.connect(self.sync.set_layout)
        self.fields.text_edited.connect(self.sync.set_text)
        self.wire = LineDiffView(theme, "Difference on the wire")
        self.sizes = Label(theme, px=12, tone="text2")
        self.problem = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self.problem.hide()
        self.strip = SentStrip(session, theme, self._mask)
        self.save = Button(theme, "Save as sample…", icon="save")
        self.save.setToolTip("Save the edited body under Send sample")
        self.save.clicked.connect(self._ask_name)
        self.curl = Button(theme, "Copy as cURL", icon="copy")
        self.curl.setToolTip("Copy a command that sends the edited request")
        self.curl.clicked.connect(self._copy)
        self._mask.changed.connect(self.strip.response.show_again)
        self._mask.changed.connect(self._show_title)
        self.verb = Button(theme, "Replay edited", icon="replay", key="Ctrl Enter", is_primary=True)
        self.verb.clicked.connect(self._send)
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(key), self).activated.connect(self._send)
        self._close = Button(theme, "Close", key="Esc")
        self._close.clicked.connect(self.reject)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._update_preview)
        self.finished.connect(self._end)
        for button in (self.verb, self.curl, self.undo, self.save):
            button.setEnabled(False)
        reading = self.runner.run(self._begin(), "edit a capture", self._show_error)
        self.finished.connect(reading.cancel)

    # ---- content

    async def _begin(self) -> None:
        detail = self._detail = await self._session.captures.detail(self._id)
        self._show_title()
        await self._offer_options(detail)
        self.signature.show_detail(detail)
        why = self.fields.show_detail(detail)
        self._stored = self._typed()
        if why is None:
            self.sync.begin(detail.capture.body.decode("utf-8"))
            self.save.setEnabled(True)
            await self.sync.settled()
        else:
            self.form.show_form(None, why)
        self._edited()
        self._update_preview()
        if not self.target.text:
            self.target.setFocus()
        elif why is not None or not self.form.focus_first():
            self.fields.tabs.setFocus()

    @Slot()
    def _show_title(self) -> None:
        """Show `Edit and replay: completion by user_123`."""
        if self._detail is None:
            return
        row = self._detail.row
        what = f"{_WORDS.get(row.event, 'capture')} {row.id:,}"
        if row.event in _WORDS and row.user_id:
            user = self._mask.name("user_id", shortened(visible(row.user_id), 60))
            what = f"{_WORDS[row.event]} by {user}"
        self.setWindowTitle(f"Edit and replay: {what}")

    async def _offer_options(self, detail: CaptureDetail) -> None:
        """Read the options of other captures. Later ones are suggested after the next edit: a chip that
        appears on arrival would move the others."""
        if detail.row.survey_id is None:
            return
        work = self._read_options(detail.row.survey_id, is_sample=detail.row.kind == "sample")
        reading = self.runner.run(work, "read options")
        self.finished.connect(reading.cancel)
        await asyncio.wait({reading}, timeout=_PATIENCE_S)

    async def _read_options(self, survey_id: str, *, is_sample: bool) -> None:
        self.form.show_options(await self._session.summaries.seen_options(survey_id, is_sample=is_sample))

    @Slot(object, str)
    def _show_body(self, body: EditedBody, side: BodySide) -> None:
        if side == "captured":
            self.form.show_original(body.form)
        self.fields.show_body(body, is_layout_edited=side == "layout", is_text_edited=side == "text")
        self.form.show_form(body.form, body.problem)
        if side == "values" and body.lines:
            self.fields.layout_field.show_line(body.lines[-1])
        self._edited()

    @property
    def _changes(self) -> int:
        detail, body = self._detail, self.sync.body
        if detail is None:
            return 0
        count = 0
        if body is not None and body.text != self.sync.original:
            count = len(body.changes or ()) or 1
        return count + self.fields.head_edited(detail.capture)

    @Slot()
    def _undo_all(self) -> None:
        if self._detail is not None:
            self.fields.restore(self._detail.capture)
            if self.fields.is_body_editable:
                self.sync.set_text(self.sync.original, "captured")

    @Slot()
    def _edited(self) -> None:
        if self._stored is None:
            return  # the capture is still being read
        self.question.hide()
        if self._is_refused:
            self._is_refused = False
            self.strip.show_note("Nothing sent yet.", tone="text2")
        changes = self._changes
        self.count.setText(counted(changes, "change") if changes else "No changes")
        self.undo.setEnabled(changes > 0 and not self._is_sending)
        self._timer.start()

    # ---- preview

    @Slot()
    def _update_preview(self) -> None:
        if self._detail is not None:
            self._load.start(self._preview(self._detail))

    async def _preview(self, detail: CaptureDetail) -> None:
        try:
            options = self._options()
            if not await self.target.leads_somewhere():
                self._show_difference((), ("Enter a target to see the difference.",))
                return
            preview = await self._session.requests.preview(detail, self.target.text, options)
        except InspectorError as error:
            self._show_difference((), (), str(error))
            return
        lines, more = await self._body_lines(detail.capture.body, preview.body)
        notes = [*filter(None, [more]), *preview.notes]
        if options.is_following_redirects:
            notes.append(FOLLOWED)
        if not lines and not preview.headers and not preview.notes:
            notes.insert(0, _SAME)
        sizes = f"{len(detail.capture.body):,} → {len(preview.body):,} bytes"
        self._show_difference((*preview.headers, *lines), notes, sizes=sizes)

    async def _body_lines(self, before: bytes, after: bytes) -> tuple[tuple[LinePair, ...], str]:
        """Return the changed values; without JSON, the changed lines."""
        body = self.sync.body
        if before == after:
            return (), ""
        if body is not None and body.changes is not None:
            if not body.changes:
                return (), "Only the white space of the body differs."
            return change_lines(body.changes, body.form)
        if body is not None and body.problem is not None:
            after = body.shown.encode("utf-8", "surrogatepass")  # in the lines that the user sees
        if len(before) + len(after) <= _INLINE:
            found = compare_bodies(before, after)
        else:
            found = await self._session.worker.run(compare_bodies, before, after)
        changed = tuple(line for line in found.lines if not line.is_same)
        left = len(changed) - MAX_SHOWN_CHANGES
        return changed[:MAX_SHOWN_CHANGES], counted(left, "more line") if left > 0 else ""

    def _show_difference(
        self,
        pairs: tuple[LinePair, ...],
        notes: tuple[str, ...] | list[str],
        problem: str = "",
        sizes: str = "",
    ) -> None:
        plain = tuple(LinePair(before=note, after=note, is_same=True) for note in notes)
        self.wire.show_comparison(LineDiff(lines=(*pairs, *plain)), is_paired=True)
        self.sizes.setText(sizes)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        can_send = not problem and bool(self.target.text) and not self._is_sending
        self.verb.setEnabled(can_send)
        self.curl.setEnabled(can_send)

    def _options(self) -> RequestOptions:
        return replace(
            self.signature.options(self.fields.edit()),
            has_marker=self.fields.marker.isChecked(),
            is_following_redirects=self.fields.redirects.isChecked(),
        )

    def _typed(self) -> tuple[object, ...]:
        return *self.fields.typed(), *self.signature.typed()

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
        self.form.commit()
        self._set_sending(True)
        work = self._sent(self.target.text, is_allowed=is_allowed)
        sending = self.runner.run(work, "replay an edited capture", self._show_error)
        self.finished.connect(sending.cancel)

    async def _sent(self, to: str, *, is_allowed: bool) -> None:
        await self.sync.settled()
        options = self._options()
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
        self.strip.show_note("Sending…", tone="text2")
        typed = self._typed()
        attempt = await self._session.requests.send(self._id, to, options)
        self._stored = typed
        self._set_sending(False)
        await self.strip.show_attempt(attempt)

    @Slot(str)
    def _show_error(self, sentence: str) -> None:
        self._set_sending(False)
        self._is_refused = True
        self.strip.show_note(sentence, tone="invalid")

    def _set_sending(self, is_sending: bool) -> None:
        self._is_sending = is_sending
        for part in (self.form, self.fields, self.signature):
            part.setEnabled(not is_sending)
        self.target.set_fixed(is_sending)
        self.undo.setEnabled(not is_sending and self._changes > 0)
        self.verb.setEnabled(not is_sending and bool(self.target.text) and self._detail is not None)

    # ---- copying and saving

    @Slot()
    def _ask_name(self) -> None:
        dialog = SampleDialog(self._session, self._theme, self.fields.edited_body, self)
        dialog.saved.connect(self._confirm_saved)
        dialog.open()

    @Slot(str)
    def _confirm_saved(self, name: str) -> None:
        self.save.confirm_as("Saved")
        capture = None if self._detail is None else self._detail.capture
        if capture is not None and not self.fields.head_edited(capture):
            self._stored = self._typed()  # a sample has the body only

    @Slot()
    def _copy(self) -> None:
        self.runner.run(self._copied(), "copy a request", self._show_error)

    async def _copied(self) -> None:
        await self.sync.settled()
        to = self.target.text
        text = await self._session.requests.snippet("curl", self._id, to, self._options())
        QGuiApplication.clipboard().setText(text)
        self.curl.confirm()

    # ---- closing

    def reject(self) -> None:
        """Close, by Esc, the button or the frame. Ask first if changes have not been sent."""
        if self._stored is None or self._stored == self._typed():
            super().reject()
            return
        text = _UNSENT.format(self._id)
        ask_to_discard(self._session, self._theme, "Discard your changes?", text, self)

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._load.cancel()
        self.sync.cancel()
        self.fields.cancel()
        self.strip.response.forget()

    # ---- layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.form.setFixedWidth(min(self._theme.px(_LEFT), round(self.width() * _LEFT_SHARE)))
        self.strip.fit(self.height())

    def _lay_out(self) -> None:
        theme = self._theme
        to = box(column(theme, caption(theme, "To", self.target), self.target, spacing=4))
        to.setFixedWidth(theme.px(236))
        signed = column(theme, caption(theme, "Signature", self.signature.box), self.signature, spacing=4)
        changes = column(theme, 15, row(theme, self.count, self.undo, spacing=12))
        bar = row(theme, to, grow(signed), changes, spacing=12, margins=(20, 12, 20, 10))
        head = Panel(theme, fill="window", radius=0)
        column(theme, bar, row(theme, self.question, margins=(20, 0, 20, 0)), on=head)
        title = row(
            theme,
            Label(theme, "Difference on the wire", px=13, weight=600),
            STRETCH,
            self.sizes,
            margins=(16, 0, 16, 0),
        )
        lines = _WIRE_LINES * self.wire.fontMetrics().lineSpacing()
        self.wire.setFixedHeight(lines + int(self.wire.document().documentMargin()))
        problem = row(theme, self.problem, margins=(16, 0, 16, 0))
        right = column(
            theme,
            grow(self.fields),
            Hairline(theme),
            8,
            title,
            problem,
            row(theme, self.wire, margins=(8, 0, 8, 0)),
        )
        parts = box(row(theme, self.form, Hairline(theme, is_upright=True), grow(right)))
        body = column(theme, head, Hairline(theme), grow(parts), Hairline(theme), self.strip)
        page = Scrolled(theme, box(body), self)
        for button in (self.save, self.curl, self.verb):
            button.setMinimumWidth(theme.px(_LEAST_BUTTON))  # on a small screen with large text
        buttons = foot(theme, self.save, self.curl, STRETCH, self._close, self.verb)
        column(theme, grow(page), Hairline(theme), buttons, on=self)
        MaskOverlay(theme, self._mask, page, _COVERED, is_of_credentials=True)
