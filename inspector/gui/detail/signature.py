"""The Signature tab: the verdict in a sentence, what was found, the digests, facts about the scheme."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.explanation import Explanation
from inspector.domain.judgement import INLINE_BYTES
from inspector.domain.rows import CaptureDetail
from inspector.gui.badges import Badge, paint_glyph
from inspector.gui.buttons import Button
from inspector.gui.detail.digests import Digests
from inspector.gui.detail.finding_card import FindingCard
from inspector.gui.detail.flow_text import FlowText
from inspector.gui.detail.load import Load
from inspector.gui.detail.signature_words import said, stored_differs
from inspector.gui.icons import paint_icon
from inspector.gui.labels import Label
from inspector.gui.scrolling import use_thin_scroll_bars
from inspector.gui.theme import Theme
from inspector.session.session import Session

_PATIENCE_S = 0.05
NO_TIMESTAMP = "No timestamp is signed: an exact copy stays valid for ever."


class SignatureTab(QScrollArea):
    """Explained when it is looked at, under the secrets of now."""

    def __init__(
        self, session: Session, theme: Theme, add_secret: QAction | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._load = Load(session.tasks, "explain a signature")
        self._detail: CaptureDetail | None = None
        self._is_active = self._is_shown = False
        self._cards: list[FindingCard] = []
        px = theme.px
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        use_thin_scroll_bars(self, theme)
        self._glyph = _Glyph(theme)
        self._sentence = FlowText(theme, font=theme.font(15, 600))
        self._more = FlowText(theme, font=theme.font(12.5), tone="text2")
        self._stored = FlowText(theme, font=theme.font(12.5, 500), tone="warning")
        self._add_secret = Button(theme, "Add a secret…", icon="key", is_primary=True)
        if add_secret is not None:
            self._add_secret.clicked.connect(add_secret.trigger)
        self._has_action = add_secret is not None
        self._digests = Digests(theme)
        self._facts = [_Fact(theme), _Fact(theme), _Fact(theme)]

        words = QVBoxLayout()
        words.setSpacing(px(3))
        words.addWidget(self._sentence)
        words.addWidget(self._more)
        words.addWidget(self._stored)
        words.addSpacing(px(4))
        words.addWidget(self._add_secret)
        top = QHBoxLayout()
        top.setSpacing(px(12))
        top.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        self._found = QVBoxLayout()
        self._found.setSpacing(px(8))
        content = QWidget()
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(px(20), px(16), px(20), px(16))
        layout.setSpacing(px(14))
        layout.addLayout(top)
        layout.addLayout(self._found)
        layout.addWidget(self._digests)
        for fact in self._facts:
            layout.addWidget(fact)
        layout.addStretch(1)
        self.setWidget(content)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Take another capture."""
        self._load.cancel()
        is_same = self._detail is not None and self._detail.row.id == detail.row.id
        self._detail, self._is_shown = detail, False
        if not is_same:
            self.verticalScrollBar().setValue(0)
            self._say(
                detail.row.verdict.word.capitalize(), "", Badge.of(detail.row.verdict, detail.row.is_json)
            )
            self._clear()
        if self._is_active:
            self._load.start(self._explain(detail))

    def forget(self) -> None:
        """Give up what is being found out."""
        self._load.cancel()
        self._detail, self._is_shown = None, False

    def refresh(self) -> None:
        """Secrets changed: explain anew."""
        if self._detail is not None:
            self.show_detail(self._detail)

    def set_active(self, is_active: bool) -> None:
        """Whether the tab is being looked at."""
        self._is_active = is_active
        if is_active and not self._is_shown and self._detail is not None:
            self._load.start(self._explain(self._detail))

    async def _explain(self, detail: CaptureDetail) -> None:
        try:
            if len(detail.capture.body) > INLINE_BYTES:
                self._say(detail.row.verdict.word.capitalize(), "Its digests are being computed.", None)
                await asyncio.sleep(_PATIENCE_S)  # who walks past does not start the worker
            explanation = await self._session.diagnoses.explain(detail.row.id)
        except InspectorError as error:
            self._say("It is gone", str(error), None)
            return
        self._is_shown = True
        self._show(detail, explanation)

    def _show(self, detail: CaptureDetail, explanation: Explanation) -> None:
        words = said(detail.row, explanation)
        self._say(words.sentence, words.more, Badge.of(explanation.verdict, explanation.is_json))
        stored = stored_differs(detail.row, explanation)
        self._stored.show_text(stored)
        self._stored.setVisible(bool(stored))
        self._add_secret.setVisible(words.asks_for_secret and self._has_action)
        while len(self._cards) < len(explanation.findings):
            card = FindingCard(self._theme)
            self._cards.append(card)
            self._found.addWidget(card)
        for number, card in enumerate(self._cards):
            if number < len(explanation.findings):
                card.show_finding(explanation.findings[number])
            card.setVisible(number < len(explanation.findings))
        self._digests.show_explanation(explanation)
        size = len(detail.capture.body)
        self._facts[0].show_sentence(
            f"Signed bytes: {size:,}, the body as it arrived." if explanation.expected is not None else ""
        )
        self._facts[1].show_sentence(_ruled_out(explanation))
        self._facts[2].show_sentence(NO_TIMESTAMP if explanation.received is not None else "")

    def _say(self, sentence: str, more: str, badge: Badge | None) -> None:
        if badge is not None:
            self._glyph.show_badge(badge)
        self._sentence.show_text(sentence)
        self._more.show_text(more)
        self._more.setVisible(bool(more))

    def _clear(self) -> None:
        for card in self._cards:
            card.hide()
        self._digests.hide()
        self._stored.hide()
        self._add_secret.hide()
        for fact in self._facts:
            fact.hide()


def _ruled_out(explanation: Explanation) -> str:
    """Which causes were looked for and are not there, where none was found."""
    codes = [
        visible(str(code))
        for finding in explanation.findings
        for code in finding.detail.get("ruled_out", ())
        if finding.code == "unexplained"
    ]
    return f"Ruled out: {', '.join(codes)}." if codes else ""


class _Glyph(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._badge = Badge.UNCHECKED
        self.setFixedSize(theme.px(20), theme.px(20))

    def show_badge(self, badge: Badge) -> None:
        self._badge = badge
        self.setAccessibleName(badge.word)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_glyph(QPainter(self), QRectF(self.rect()).adjusted(1, 1, -1, -1), self._badge, self._theme)


class _Fact(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = Label(theme, px=12, tone="text2", wraps=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(22), 0, 0, 0)
        layout.addWidget(self._text)

    def show_sentence(self, sentence: str) -> None:
        self._text.setText(sentence)
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        side = self._theme.px(15)
        area = QRectF(0, 0, side, side)  # beside the first line
        paint_icon(QPainter(self), "info", self._theme, area, "text2", 15)
