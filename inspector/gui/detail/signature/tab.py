"""The signature of a capture: the verdict in a sentence, its cause, the digests, and the signed bytes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.signature.causes import SIGNATURE_CODES, WORDS
from inspector.domain.signature.evaluation import is_evaluated_later
from inspector.domain.signature.explanation import NO_TIMESTAMP, Explanation, as_stored, explain
from inspector.domain.signature.finding import Finding
from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.detail.long_text import raw_pieces
from inspector.gui.detail.signature.digests import Digests
from inspector.gui.detail.signature.finding_card import FindingCard, remedy
from inspector.gui.detail.signature.verdict_head import VerdictHead
from inspector.gui.detail.signature.verdict_text import (
    LOOKING_FOR_CAUSE,
    shared_text,
    stored_differs,
    verdict_text,
)
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, box, column
from inspector.gui.kit.segmented_control import SegmentedControl
from inspector.gui.kit.theme import Theme

_INDENT, _HEIGHT = 22, 24


class Disclosure(QWidget):
    """An arrow and a sentence that expand `content` below."""

    unfolded = Signal()
    """Emitted before the content is shown."""

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = _Head(theme)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._below = QWidget()
        column(theme, content, margins=(_INDENT, 4, 0, 6), on=self._below)
        column(theme, self.head, self._below, on=self)
        self._below.hide()
        self.head.toggled.connect(self._toggle)

    def show_sentence(self, sentence: str) -> None:
        """Show another sentence, or hide the widget if it is empty."""
        self.head.setText(sentence)
        self.head.setAccessibleName(sentence)
        self.head.update()
        self.setVisible(bool(sentence))

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return self.head.isChecked()

    def fold(self) -> None:
        """Hide the content."""
        self.head.setChecked(False)

    @Slot(bool)
    def _toggle(self, is_open: bool) -> None:
        if is_open:
            self.unfolded.emit()
        self._below.setVisible(is_open)


class _Head(QAbstractButton):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._theme.font(12)).horizontalAdvance(self.text())
        return QSize(self._theme.px(_INDENT) + width + 4, self._theme.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_INDENT + 40), self._theme.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, indent = self._theme, self._theme.px(_INDENT)
        painter = QPainter(self)
        arrow = QRectF(0, 0, theme.px(15), self.height())
        paint_icon(
            painter, "chevron-down" if self.isChecked() else "chevron-right", theme, arrow, "text2", 13
        )
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text" if self.underMouse() else "text2"))
        area = self.rect().adjusted(indent, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


_PATIENCE_S = 0.05
"""Moving past a capture must not start the worker."""
SHOWN = 64 * 1024
"""Signed bytes shown here. The Body tab has all."""
_SIGNED_HEIGHT = 176


class SignatureTab(DetailView, QScrollArea):
    """Signature check with the current secrets when the tab is opened. The cause follows when found."""

    label = "Signature"
    remedy_requested = Signal(object)
    """The Remedy that the user selected."""
    help_requested = Signal(str)
    """The code of a finding to explain."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme, actions = context.theme, context.actions
        self._mask = context.mask
        self._session = context.session
        self._theme = theme
        self._actions = actions
        self._task = LatestTask(context.session.tasks, "explain a signature")
        self._detail: CaptureDetail | None = None
        self._explanation: Explanation | None = None
        self._is_active = self._is_requested = False
        self.is_complete = False
        """Whether the cause was found, or there is none to find."""
        self.cards: list[FindingCard] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.head = VerdictHead(theme, actions["add-secret"], actions["re-verify"])
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
        parts = (self.head, self._found, self.seen_too, self.digests, below, STRETCH)
        content = box(column(theme, *parts, spacing=14, margins=(20, 16, 20, 16)))
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)

    def mark(self, shown: ShownCapture) -> Badge:
        return Badge.of(shown.exact.row.verdict, shown.exact.row.is_json)

    def show_capture(self, shown: ShownCapture) -> None:
        detail = shown.exact
        if not shown.is_new and self._detail is not None and self._detail.row.id == detail.row.id:
            self._detail = detail
            if self._explanation is not None:
                self.head.show_stored(stored_differs(detail.row, self._explanation))
            elif self._is_active and not self._is_requested:
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
        self._detail = self._explanation = None
        self.is_complete = self._is_requested = False
        self._show_findings(())
        self.digests.forget()
        for part in (self.ruled_out, self.signed_bytes):
            part.hide()
        self.ruled_out.fold()
        self.signed_bytes.fold()
        self.bytes_view.forget()
        self.head.clear()

    def refresh(self) -> None:
        """Check again after a change of the secrets."""
        if self._detail is not None:
            self._task.cancel()
            self._explanation, self.is_complete, self._is_requested = None, False, False
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
            self._is_requested = True
            self._task.start(self._explain(self._detail))

    async def _explain(self, detail: CaptureDetail) -> None:
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
        self._show(explanation)
        proved = [finding for finding in explanation.findings if finding.is_proved]
        if explanation.verdict.word == "invalid" and proved:
            count = len(await self._session.cures.affected(proved))
            self.head.show_more(shared_text(proved, count))
            if len(proved) == 1:  # if there are several faults, fixing one does not help
                self._suggest_remedy(detail, explanation, count)
        self.is_complete = True

    def _show_check(self, detail: CaptureDetail) -> None:
        """Show the verdict and the digests at once, and the cause if it is stored."""
        secrets = self._session.secrets
        explanation = explain(detail.capture, secrets.active, secrets.inactive, is_cause_sought=False)
        explanation = as_stored(explanation, detail.capture, detail.row.verdict)
        self.is_complete = explanation.verdict.word != "invalid"
        if self.is_complete:
            self._show(explanation)
            return
        found = tuple(_of_signature(detail)) if detail.row.verdict.word == "invalid" else ()
        self._show(replace(explanation, findings=found))
        if not found:
            self.head.show_verdict("Invalid", LOOKING_FOR_CAUSE)

    # ---- display

    def _show(self, explanation: Explanation) -> None:
        detail = self._detail
        if detail is None:
            return
        self._explanation = explanation
        explanation = self._mask.explanation(explanation)
        words = verdict_text(explanation)
        self.head.show_verdict(words.sentence, words.more, Badge.of(explanation.verdict, explanation.is_json))
        self.head.show_stored(stored_differs(detail.row, explanation))
        self.head.add_secret.setVisible(words.asks_for_secret)
        self._show_findings(explanation.findings, is_valid=explanation.verdict.word == "valid")
        self.digests.show_explanation(self._explanation, is_hidden=self._mask.is_on)
        self._show_ruled_out(explanation.findings)
        size = counted(len(detail.capture.body), "byte")
        has_signed_bytes = explanation.expected is not None
        self.signed_bytes.show_sentence(
            f"Signed bytes: the received body, {size}" if has_signed_bytes else ""
        )

    def _show_findings(self, findings: tuple[Finding, ...], *, is_valid: bool = False) -> None:
        """Show each finding as a card. If a cause is proved, observations are only lines."""
        proved = tuple(finding for finding in findings if finding.is_proved)
        faults = len(proved)
        seen = [finding for finding in findings if not finding.is_proved] if proved else []
        lines = [f"Also observed: {visible(one.summary)} ({one.code})" for one in seen]
        self.seen_too.show_text("\n".join(lines))
        self.seen_too.setVisible(bool(lines))
        findings = proved or findings
        while len(self.cards) < len(findings):
            card = FindingCard(self._theme, self._actions["try-secret"])
            card.remedy_requested.connect(self.remedy_requested)
            card.help_requested.connect(self.help_requested)
            self.cards.append(card)
            self._found.addWidget(card)
        for number, card in enumerate(self.cards):
            if number < len(findings):
                card.show_finding(findings[number], faults, is_valid=is_valid)
            card.setVisible(number < len(findings))

    def _suggest_remedy(self, detail: CaptureDetail, explanation: Explanation, count: int) -> None:
        secrets = self._session.secrets
        proved = [finding for finding in explanation.findings if finding.is_proved]
        for card, finding in zip(self.cards, proved, strict=False):
            card.suggest(remedy(finding, detail.capture, secrets.active, secrets.names(), count))

    def _show_ruled_out(self, findings: tuple[Finding, ...]) -> None:
        """List the causes that were ruled out, if no cause was found."""
        codes = [
            f"{visible(str(code))}: {WORDS.get(str(code), 'observed, but not the cause')}"
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
