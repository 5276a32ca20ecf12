"""The Signature tab: the verdict in a sentence, what was found, the digests, facts about the scheme."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.signature.causes import SIGNATURE_CODES, WORDS
from inspector.domain.signature.evaluation import is_judged_later
from inspector.domain.signature.explanation import NO_TIMESTAMP, Explanation, explain
from inspector.domain.signature.finding import Finding
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.long_text import raw_pieces
from inspector.gui.detail.signature.digests import Digests
from inspector.gui.detail.signature.disclosure import Disclosure
from inspector.gui.detail.signature.finding_card import FindingCard, remedy
from inspector.gui.detail.signature.verdict_head import VerdictHead
from inspector.gui.detail.signature.verdict_text import SOUGHT, said, sharing, stored_differs
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import InfoNote, Label
from inspector.gui.kit.segmented_control import SegmentedControl
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

SHOWN = 64 * 1024
"""Of more bytes the Body tab shows the rest."""
_TEXT, _HEX = range(2)
_HEIGHT = 176


class SignedBytes(QWidget):
    """A pane of fixed height that scrolls within itself; filled when it is unfolded."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._body = b""
        self._choice = SegmentedControl(theme, ("Text", "Hex"))
        self._choice.choose(_TEXT)
        self._choice.selected.connect(self._choose)
        self._text = TextView(theme, "Signed bytes as text")
        self._hex = HexView(theme)
        self._hex.setAccessibleName("Signed bytes in hex")
        self._pages = _Framed(theme)
        self._pages.addWidget(self._text)
        self._pages.addWidget(self._hex)
        self._pages.setFixedHeight(theme.px(_HEIGHT))
        self._more = Label(theme, px=12, tone="text2", wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(6))
        layout.addWidget(self._choice)
        layout.addWidget(self._pages)
        layout.addWidget(self._more)

    def show_body(self, body: bytes) -> None:
        """Show the first of these bytes."""
        self._body = body[:SHOWN]
        is_cut = len(body) > SHOWN
        self._more.setText(f"The first {SHOWN:,} of {len(body):,} bytes; the Body tab has all.")
        self._more.setVisible(is_cut)
        self._text.fill(raw_pieces(self._body), SHOWN * 4)
        self._hex.show_body(self._body)

    def forget(self) -> None:
        """Let go of the bytes."""
        self._body = b""
        self._text.forget()
        self._hex.show_body(b"")

    @Slot(int)
    def _choose(self, place: int) -> None:
        self._pages.setCurrentIndex(place)


class _Framed(QStackedWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setContentsMargins(1, 1, 1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


_PATIENCE_S = 0.05


class SignatureTab(QScrollArea):
    """Explained when it is looked at, under the secrets of now; the cause follows when it is found."""

    remedy_requested = Signal(object)
    """A Remedy: what the user lets this program do about a cause."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        actions: Actions,
        mask: Mask,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mask = mask
        self._session = session
        self._theme = theme
        self._actions = actions
        self._load = LatestTask(session.tasks, "explain a signature")
        self._detail: CaptureDetail | None = None
        self._explanation: Explanation | None = None
        self._is_active = self._is_sought = self._is_shown = False
        self._cards: list[FindingCard] = []
        px = theme.px
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.head = VerdictHead(theme, actions["add-secret"], actions["check-again"])
        self._digests = Digests(theme)
        self._ruled_out = FlowText(theme, font=theme.font(12), tone="text2")
        self.ruled_out = Disclosure(theme, self._ruled_out)
        self._bytes = SignedBytes(theme)
        self.signed_bytes = Disclosure(theme, self._bytes)
        self.signed_bytes.unfolded.connect(self._show_bytes)
        self._fact = InfoNote(theme)

        self._found = QVBoxLayout()
        self._found.setSpacing(px(8))
        self._seen_too = FlowText(theme, font=theme.font(12), tone="text2")
        self._seen_too.hide()
        content = QWidget()
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(px(20), px(16), px(20), px(16))
        layout.setSpacing(px(14))
        layout.addWidget(self.head)
        layout.addLayout(self._found)
        layout.addWidget(self._seen_too)
        layout.addWidget(self._digests)
        below = QVBoxLayout()
        below.setSpacing(0)
        for row in (self.ruled_out, self.signed_bytes, self._fact):
            below.addWidget(row)
        layout.addLayout(below)
        layout.addStretch(1)
        self.setWidget(content)

    # ---- what it is told

    def show_detail(self, detail: CaptureDetail, *, is_anew: bool = False) -> None:
        """Take another capture, or the same one anew: then only what is stored of it may be different,
        unless `is_anew` says that all of it is to be made again."""
        if not is_anew and self._detail is not None and self._detail.row.id == detail.row.id:
            self._detail = detail
            if self._explanation is not None:
                self.head.say_stored(stored_differs(detail.row, self._explanation))
            elif self._is_active and not self._is_sought:
                self._start()
            return
        self.forget()
        self._detail = detail
        self.verticalScrollBar().setValue(0)
        row = detail.row
        self.head.say(row.verdict.word.capitalize(), "", Badge.of(row.verdict, row.is_json))
        if self._is_active:
            self._start()

    def forget(self) -> None:
        """Give up what is being found out, and let go of what was shown."""
        self._load.cancel()
        self._detail = self._explanation = None
        self._is_shown = self._is_sought = False
        self._show_findings(())
        self._digests.forget()
        for part in (self.ruled_out, self.signed_bytes, self._fact):
            part.hide()
        self.ruled_out.fold()
        self.signed_bytes.fold()
        self._bytes.forget()
        self.head.clear()

    def refresh(self) -> None:
        """Secrets changed: explain anew."""
        if self._detail is not None:
            self._load.cancel()
            self._explanation, self._is_shown, self._is_sought = None, False, False
            # What was found is about secrets of before.
            self._detail = replace(self._detail, findings=())
            if self._is_active:
                self._start()

    def set_active(self, is_active: bool) -> None:
        """Whether the tab is being looked at."""
        self._is_active = is_active
        if is_active and not self._is_sought and self._detail is not None:
            self._start()

    # ---- how it is found out

    def _start(self) -> None:
        if self._detail is not None:
            self._is_sought = True
            self._load.start(self._explain(self._detail))

    async def _explain(self, detail: CaptureDetail) -> None:
        if is_judged_later(detail.capture):
            self.head.say(detail.row.verdict.word.capitalize(), "Its digests are being computed.")
        else:
            self._show_check(detail)
            if self._is_shown:
                return
        try:
            await asyncio.sleep(_PATIENCE_S)  # who walks past does not start the worker
            explanation = await self._session.diagnoses.explain(detail.row.id)
        except InspectorError as error:
            self.head.say("It is gone", str(error))
            return
        self._show(explanation)
        proved = [finding for finding in explanation.findings if finding.is_proved]
        if explanation.verdict.word == "invalid" and proved:
            count = await self._session.diagnoses.shared_by(proved[0].code)
            self.head.say_more(sharing(proved, count))
            if len(proved) == 1:  # of several faults one alone would not help
                self._offer_remedy(detail, explanation, count)
        self._is_shown = True

    def _show_check(self, detail: CaptureDetail) -> None:
        """The verdict and the digests at once; the cause only if it was found before."""
        secrets = self._session.secrets
        explanation = explain(detail.capture, secrets.active, secrets.inactive, is_cause_sought=False)
        self._is_shown = explanation.verdict.word != "invalid"
        if self._is_shown:
            self._show(explanation)
            return
        found = tuple(_of_signature(detail)) if detail.row.verdict.word == "invalid" else ()
        self._show(replace(explanation, findings=found))
        if not found:
            self.head.say("Invalid", SOUGHT)

    # ---- how it is shown

    def _show(self, explanation: Explanation) -> None:
        detail = self._detail
        if detail is None:
            return
        self._explanation = explanation
        explanation = self._mask.explanation(explanation)
        words = said(detail.row, explanation)
        self.head.say(words.sentence, words.more, Badge.of(explanation.verdict, explanation.is_json))
        self.head.say_stored(stored_differs(detail.row, explanation))
        self.head.add_secret.setVisible(words.asks_for_secret)
        self._show_findings(explanation.findings, is_valid=explanation.verdict.word == "valid")
        self._digests.show_explanation(self._explanation, is_hidden=self._mask.is_on)
        self._show_ruled_out(explanation.findings)
        size = len(detail.capture.body)
        self.signed_bytes.show_sentence(
            f"Signed bytes: {size:,}, the body as it arrived" if explanation.expected is not None else ""
        )
        self._fact.show_sentence(NO_TIMESTAMP if explanation.received is not None else "")

    def _show_findings(self, findings: tuple[Finding, ...], *, is_valid: bool = False) -> None:
        """Each as a card; beside a cause that is proved, what was merely seen is a line."""
        proved = tuple(finding for finding in findings if finding.is_proved)
        faults = len(proved)
        seen = [finding for finding in findings if not finding.is_proved] if proved else []
        lines = [f"Seen too: {visible(one.summary)} ({one.code})" for one in seen]
        self._seen_too.show_text("\n".join(lines))
        self._seen_too.setVisible(bool(lines))
        findings = proved or findings
        while len(self._cards) < len(findings):
            card = FindingCard(self._theme, self._actions["try-secret"])
            card.remedy_requested.connect(self.remedy_requested)
            self._cards.append(card)
            self._found.addWidget(card)
        for number, card in enumerate(self._cards):
            if number < len(findings):
                card.show_finding(findings[number], faults, is_valid=is_valid)
            card.setVisible(number < len(findings))

    def _offer_remedy(self, detail: CaptureDetail, explanation: Explanation, count: int) -> None:
        secrets = self._session.secrets
        proved = [finding for finding in explanation.findings if finding.is_proved]
        for card, finding in zip(self._cards, proved, strict=False):
            card.offer(remedy(finding, detail.capture, secrets.active, secrets.names(), count))

    def _show_ruled_out(self, findings: tuple[Finding, ...]) -> None:
        """Which causes were looked for and are not there, where none was found."""
        codes = [
            f"{visible(str(code))}: {WORDS.get(str(code), 'seen, and not it')}"
            for finding in findings
            for code in finding.detail.get("ruled_out", ())
            if finding.code == "unexplained"
        ]
        many = "" if len(codes) == 1 else "s"
        self._ruled_out.show_text("\n".join(codes))
        self.ruled_out.show_sentence(f"Ruled out: {len(codes)} cause{many}" if codes else "")

    @Slot()
    def _show_bytes(self) -> None:
        if self._detail is not None:
            self._bytes.show_body(self._mask.signed(self._detail.capture.body))


def _of_signature(detail: CaptureDetail) -> list[Finding]:
    """What a diagnosis left with the capture, if one was made."""
    if not detail.row.is_examined:
        return []
    return [finding for finding in detail.findings if finding.code in SIGNATURE_CODES]
