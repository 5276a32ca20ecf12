"""The signature of a capture: the verdict in a sentence, its cause, the digests, and the signed bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.signature.causes import SEARCHED, SIGNATURE_CODES, WORDS
from inspector.domain.signature.evaluation import is_evaluated_later
from inspector.domain.signature.explanation import NO_TIMESTAMP, Explanation, as_stored, explain
from inspector.domain.signature.finding import Finding
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.detail.long_text import raw_pieces
from inspector.gui.detail.signature.cure_buttons import CauseOffer, CureButtons, CureNote
from inspector.gui.detail.signature.digests import Digests
from inspector.gui.detail.signature.disclosure import Disclosure
from inspector.gui.detail.signature.finding_card import FindingCard
from inspector.gui.detail.signature.verdict_head import VerdictHead
from inspector.gui.detail.signature.verdict_text import (
    LOOKING_FOR_CAUSE,
    is_outdated,
    outdated_text,
    shared_text,
    verdict_text,
)
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.controls.segmented_control import SegmentedControl
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, box, column
from inspector.gui.kit.theme import Theme
from inspector.session.signature.cures import CureResult, SecretCure, can_address_sender
from inspector.session.signature.secret_changes import SecretChange
from inspector.session.signature.verification import VerificationProgress

_RECOUNT_MS = 500
_PATIENCE_S = 0.05
"""Moving past a capture must not start the worker."""
SHOWN = 64 * 1024
"""Signed bytes shown here. The Body tab has all."""
_SIGNED_HEIGHT = 176


class SignatureTab(DetailView, QScrollArea):
    """Signature check with the current secrets when the tab is opened. The cause follows when found."""

    label = "Signature"
    cure_requested = Signal(object)
    """The CauseOffer that the user selected."""
    undo_requested = Signal()
    """The user wants to undo the cure."""
    filter_requested = Signal(str)
    """The filter that lists all captures with the same cause."""
    help_requested = Signal(str)
    """The code of a finding to explain."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme, actions = context.theme, context.actions
        self._mask = context.mask
        self._session = context.session
        self._theme = theme
        self._actions = actions
        self._task = LatestTask(context.session.tasks, "explain a signature", self)
        self._counting = LatestTask(context.session.tasks, "count captures with the same cause", self)
        self._copying = LatestTask(context.session.tasks, "copy a message for the sender", self)
        self._detail: CaptureDetail | None = None
        self._explanation: Explanation | None = None
        self._is_active = self._is_requested = False
        self._is_waiting = False
        """Whether only the stored verdict is shown, because it was made with other secrets."""
        self.is_complete = False
        """Whether the cause was found, or there is none to find."""
        self.cards: list[FindingCard] = []
        self._cure: SecretCure | None = None
        self._cured: tuple[frozenset[int], SecretChange | None] = (frozenset(), None)
        """The captures of the last cure, and its change; None while it is applied."""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.head = VerdictHead(theme, actions["add-secret"], actions["re-verify"])
        self.note = CureNote(theme)
        self.note.undo_requested.connect(self.undo_requested)
        self.buttons = CureButtons(theme, actions, context.verifier)
        self.buttons.cure_requested.connect(self._request_cure)
        self.buttons.filter_requested.connect(self.filter_requested)
        self.buttons.message_requested.connect(self._copy_message)
        self.digests = Digests(theme)
        self._ruled_out = FlowText(theme, font=theme.font(12), tone="text2")
        self.ruled_out = Disclosure(theme, self._ruled_out)
        self.bytes_view = SignedBytes(theme)
        self.signed_bytes = Disclosure(theme, self.bytes_view)
        self.signed_bytes.unfolded.connect(self._show_bytes)
        self._found = QVBoxLayout()
        self._found.setSpacing(theme.px(8))
        self.seen_too = FlowText(theme, font=theme.font(12), tone="text2")
        self.seen_too.hide()
        below = column(theme, self.ruled_out, self.signed_bytes)
        checked = column(theme, self.digests, below, spacing=6)
        parts = (self.head, self.note, self._found, self.seen_too, checked, STRETCH)
        content = box(column(theme, *parts, spacing=14, margins=(20, 16, 20, 16)))
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)
        self.buttons.setParent(content)  # until a card holds them
        self.buttons.hide()
        session = context.session
        SignalBatcher(session.verification.progressed, self).passed.connect(self._show_progress)
        SignalBatcher(session.secret_changes.changed, self).passed.connect(self._show_cured)
        SignalBatcher(session.diagnoses.progressed, self, _RECOUNT_MS).passed.connect(self._recount)

    @staticmethod
    def mark(shown: ShownCapture) -> Badge:
        return Badge.of(shown.exact.row.verdict, shown.exact.row.is_json)

    def show_capture(self, shown: ShownCapture) -> None:
        detail = shown.exact
        if not shown.is_new and self._detail is not None and self._detail.row.id == detail.row.id:
            has_other_verdict = detail.row.verdict != self._detail.row.verdict
            self._detail = detail
            if has_other_verdict:
                self.refresh()
            elif self._explanation is None and self._is_active and not self._is_requested:
                self._start()
            return
        self.clear()
        self._detail = detail
        self.verticalScrollBar().setValue(0)
        row = detail.row
        self.head.show_verdict(row.verdict.word.capitalize(), "", Badge.of(row.verdict, row.is_json))
        if self._is_active:
            self._start()

    def clear(self) -> None:
        self._task.cancel()
        self._detail = self._explanation = self._cure = None
        self.is_complete = self._is_requested = False
        self._show_findings(())
        self.digests.forget()
        for part in (self.ruled_out, self.signed_bytes):
            part.hide()
        self.ruled_out.fold()
        self.signed_bytes.fold()
        self.bytes_view.forget()
        self.head.clear()
        self.note.hide()

    def refresh(self) -> None:
        """Check again after a change of the secrets."""
        if self._detail is not None:
            self._task.cancel()
            self._explanation = self._cure = None
            self.is_complete = self._is_requested = False
            # The findings are about the previous secrets.
            self._detail = replace(self._detail, findings=())
            if self._is_active:
                self._start()

    def set_active(self, is_active: bool) -> None:
        self._is_active = is_active
        if is_active and not self._is_requested and self._detail is not None:
            self._start()

    # ---- checking

    def _start(self) -> None:
        if self._detail is not None:
            self._is_requested, self._is_waiting = True, False
            self._task.start(self._explain(self._detail))

    async def _explain(self, detail: CaptureDetail) -> None:
        self.head.clear()
        if is_evaluated_later(detail.capture):
            self.head.show_verdict(detail.row.verdict.word.capitalize(), "Computing digests…")
        else:
            self._show_check(detail)
            if self.is_complete:
                return
        try:
            await asyncio.sleep(_PATIENCE_S)
            explanation = await self._session.diagnoses.explain(detail.row.id)
        except InspectorError as error:
            self.head.show_verdict("This capture no longer exists", str(error))
            return
        if self._is_outdated(detail, explanation):
            self._show_outdated(detail)
            return
        find_cure = self._session.cures.cure
        if is_evaluated_later(detail.capture):
            cure = await asyncio.to_thread(find_cure, detail.capture, explanation.findings)
        else:
            cure = find_cure(detail.capture, explanation.findings)
        self._cure = await self._session.cures.kept(cure)
        self._show(explanation)
        await self._offer(explanation)
        self.is_complete = True

    async def _offer(self, explanation: Explanation) -> None:
        """Count the captures with the same cause, and show what can be done about it."""
        findings = explanation.findings
        proved = [finding for finding in findings if finding.is_proved]
        if explanation.verdict.word != "invalid" or not proved:
            return
        cures = self._session.cures
        ids = tuple(await cures.affected(findings))
        self.head.show_more(shared_text(proved, len(ids)))
        offer = CauseOffer(
            cure=self._cure,
            ids=ids or (self._detail.row.id,) if self._detail is not None else (),
            query=cures.query(findings),
            concerns_sender=can_address_sender("invalid", findings, self._cure),
        )
        self.buttons.show_offer(offer, tries_secret=False)
        self.buttons.show()

    def _show_check(self, detail: CaptureDetail) -> None:
        """Show the verdict and the digests at once, and the cause if it is stored."""
        secrets = self._session.secrets
        explanation = explain(detail.capture, secrets.active, secrets.inactive, is_cause_sought=False)
        explanation = as_stored(explanation, detail.capture, detail.row.verdict)
        if self._is_outdated(detail, explanation):
            self._show_outdated(detail)
            return
        self.is_complete = explanation.verdict.word != "invalid"
        if self.is_complete:
            self._show(explanation)
            return
        found = tuple(_of_signature(detail)) if detail.row.verdict.word == "invalid" else ()
        self._cure = self._session.cures.cure(detail.capture, found)
        self._show(replace(explanation, findings=found))
        if not found:
            self.head.show_verdict("Invalid", LOOKING_FOR_CAUSE)

    def _is_outdated(self, detail: CaptureDetail, explanation: Explanation) -> bool:
        row = self._detail.row if self._detail is not None else detail.row  # it may have changed meanwhile
        return is_outdated(row, explanation)

    def _show_outdated(self, detail: CaptureDetail) -> None:
        """Show only the stored verdict, as every other view does, until all captures are verified again."""
        session = self._session
        self._explanation, self.is_complete, self._is_waiting = None, True, True
        is_running, has_secret = session.verification.is_running, bool(session.secrets.active)
        words = outdated_text(detail.row, is_running=is_running, has_secret=has_secret)
        badge = Badge.of(detail.row.verdict, detail.row.is_json)
        self.head.show_verdict(words.sentence, words.more, badge)
        self.head.add_secret.setVisible(words.asks_for_secret)
        self.head.re_verify.setVisible(has_secret and not is_running)
        self._show_findings(())
        self._show_cured()
        for part in (self.digests, self.ruled_out, self.signed_bytes):
            part.hide()

    # ---- cures

    @Slot(object)
    def _request_cure(self, offer: CauseOffer) -> None:
        self._cured = (frozenset(offer.ids), None)
        self._show_progress(self._session.verification.progress)
        self._show_findings(())
        self.cure_requested.emit(offer)

    @Slot(object)
    def show_cured(self, result: CureResult | None) -> None:
        """Show the result of the requested cure in place of its card; None if it failed."""
        ids, change = self._cured
        if not ids or change is not None:
            return  # it was requested in another window
        self._cured = (ids, self._session.secret_changes.last) if result is not None else (frozenset(), None)
        if result is not None:
            self.note.show_result(result.sentence, is_good=result.valid == result.count)
        self._show_cured()
        if result is None:
            self.refresh()

    @Slot()
    def _show_cured(self) -> None:
        """Show the note with the captures that were cured, while the cure can be undone."""
        ids, change = self._cured
        row = None if self._detail is None else self._detail.row
        is_applied = change is not None and change is self._session.secret_changes.last
        is_shown = row is not None and (is_applied or change is None) and row.id in ids
        self.note.setVisible(is_shown)

    @Slot(object)
    def _show_progress(self, progress: VerificationProgress | None) -> None:
        ids, change = self._cured
        if ids and change is None:
            done = f" {progress.done:,} of {progress.total:,}" if progress and not progress.is_done else ""
            self.note.show_working(f"Re-verifying{done}…")
            self._show_cured()
        elif progress is not None and progress.is_done and self._is_waiting:
            self.refresh()

    @Slot()
    def _recount(self) -> None:
        """Count again after other captures were diagnosed."""
        if self._is_active and self._explanation is not None and self.is_complete:
            self._counting.start(self._offer(self._explanation))

    @Slot()
    def _copy_message(self) -> None:
        if self._detail is not None and self._explanation is not None:
            self._copying.start(self._copy_message_about(self._detail, self._explanation.findings))

    async def _copy_message_about(self, detail: CaptureDetail, findings: Sequence[Finding]) -> None:
        message = await self._session.cures.message(detail, findings, self._cure)
        if message is not None:
            QGuiApplication.clipboard().setText(message)
            self.buttons.message.confirm()

    # ---- display

    def _show(self, explanation: Explanation) -> None:
        detail = self._detail
        if detail is None:
            return
        self._explanation = explanation
        explanation = self._mask.explanation(explanation)
        words = verdict_text(explanation, is_sample=detail.row.kind == "sample")
        self.head.show_verdict(words.sentence, words.more, Badge.of(explanation.verdict, explanation.is_json))
        self.head.add_secret.setVisible(words.asks_for_secret)
        self._show_findings(explanation.findings, explanation.verdict.word)
        self._show_cured()
        self.digests.show_explanation(self._explanation, self._cure, is_hidden=self._mask.is_on)
        self._show_ruled_out(explanation.findings)
        size = counted(len(detail.capture.body), "byte")
        has_signed_bytes = explanation.expected is not None
        self.signed_bytes.show_sentence(
            f"Signed bytes: the received body, {size}" if has_signed_bytes else ""
        )

    def _show_findings(self, findings: tuple[Finding, ...], verdict: str = "") -> None:
        """Show each finding as a card. If a cause is proved, observations are only lines."""
        proved = tuple(finding for finding in findings if finding.is_proved)
        faults, is_valid = len(proved), verdict == "valid"
        seen = [finding for finding in findings if not finding.is_proved] if proved else []
        lines = [f"Also observed: {visible(one.summary)} ({one.code})" for one in seen]
        self.seen_too.show_text("\n".join(lines))
        self.seen_too.setVisible(bool(lines))
        findings = proved or findings
        while len(self.cards) < len(findings):
            card = FindingCard(self._theme)
            card.help_requested.connect(self.help_requested)
            self.cards.append(card)
            self._found.addWidget(card)
        for number, card in enumerate(self.cards):
            if number < len(findings):
                cure = self._cure if findings[number].is_proved else None
                card.show_finding(findings[number], faults, is_valid=is_valid, cure=cure)
            card.setVisible(number < len(findings))
        concerns_sender = not faults and can_address_sender(verdict, findings, self._cure)
        if findings:
            self.cards[len(findings) - 1].hold(self.buttons)
        else:
            self._found.addWidget(self.buttons)
        tries_secret = bool(findings) and not faults and not is_valid
        self.buttons.show_offer(CauseOffer(concerns_sender=concerns_sender), tries_secret=tries_secret)
        self.buttons.setVisible(not faults and (bool(findings) or concerns_sender))

    def _show_ruled_out(self, findings: tuple[Finding, ...]) -> None:
        """List the causes that were ruled out: by the search, or by the proof of another cause."""
        proved = {finding.code for finding in findings if finding.is_proved}
        codes = [
            code
            for finding in findings
            if finding.code == "unexplained"
            for code in finding.detail.get("ruled_out", ())
        ]
        if proved & set(WORDS):
            codes = [cause.code for cause in SEARCHED if cause.code not in proved]
        lines = (
            f"{visible(str(code))}: {WORDS.get(str(code), 'observed, but not the cause')}" for code in codes
        )
        self._ruled_out.show_text("\n".join(lines))
        count = counted(len(codes), "other cause" if proved else "cause")
        self.ruled_out.show_sentence(f"Ruled out: {count}" if codes else "")

    @Slot()
    def _show_bytes(self) -> None:
        if self._detail is not None:
            self.bytes_view.show_body(self._mask.signed(self._detail.capture.body))


def _of_signature(detail: CaptureDetail) -> list[Finding]:
    """Return the stored findings of the diagnosis. Empty if the capture was not diagnosed."""
    if not detail.row.is_examined:
        return []
    return [finding for finding in detail.findings if finding.code in SIGNATURE_CODES]


class SignedBytes(QWidget):
    """The signed bytes as text or hex, with their own scroll bar."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = TextView(theme, "Signed bytes as text")
        self.hex = HexView(theme)
        self.hex.setAccessibleName("Signed bytes in hex")
        self._pages = _Framed(theme)
        self._pages.addWidget(self.text)
        self._pages.addWidget(self.hex)
        self._pages.setFixedHeight(theme.px(_SIGNED_HEIGHT))
        self.choice = SegmentedControl(theme, ("Text", "Hex"))
        self.choice.select(0)
        self.choice.selected.connect(self._pages.setCurrentIndex)
        self._more = Label(theme, px=12, tone="text2", wraps=True)
        no_timestamp = Label(theme, NO_TIMESTAMP, px=12, tone="text2", wraps=True)
        column(theme, self.choice, self._pages, self._more, no_timestamp, spacing=6, on=self)

    def show_body(self, body: bytes) -> None:
        """Show the first `SHOWN` of these bytes."""
        self._more.setText(f"First {SHOWN:,} of {len(body):,} bytes. The Body tab shows all of them.")
        self._more.setVisible(len(body) > SHOWN)
        self.text.fill(raw_pieces(body[:SHOWN]), SHOWN * 4)
        self.hex.show_body(body[:SHOWN])

    def forget(self) -> None:
        """Release the bytes."""
        self.text.forget()
        self.hex.show_body(b"")


class _Framed(QStackedWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setContentsMargins(1, 1, 1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
