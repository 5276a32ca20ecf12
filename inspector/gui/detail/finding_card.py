"""A finding as a card: where it was found, its code, cause, proof and fix."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from inspector.base.visible import visible
from inspector.domain.finding import Finding
from inspector.gui.badges import Badge, paint_glyph
from inspector.gui.detail.flow_text import FlowText
from inspector.gui.labels import Label
from inspector.gui.theme import Theme

_PLACES = {
    "secret": "Found in the secret",
    "digest": "Found in the digest",
    "body": "Found in the body",
    "header": "Found in the header",
    "not": "Found in the body",
    "unverifiable": "Found in the body",
    "unexplained": "No cause found",
}


class FindingCard(QWidget):
    """Made once, used again for other findings."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._place = Label(theme, px=13, weight=600)
        self._code = Label(theme, px=11, tone="text2", is_fixed=True)
        self._cause = FlowText(theme, font=theme.font(12.5))
        self._proof = FlowText(theme, font=theme.font(12.5))
        self._proof_glyph = _Tick(theme)
        self._fix = FlowText(theme, font=theme.font(12.5))
        grid = QGridLayout(self)
        grid.setContentsMargins(px(16), px(12), px(16), px(14))
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        grid.setColumnMinimumWidth(0, px(52))
        grid.setColumnStretch(1, 1)
        head = QHBoxLayout()
        head.addWidget(self._place)
        head.addStretch(1)
        head.addWidget(self._code)
        grid.addLayout(head, 0, 0, 1, 2)
        proof = QHBoxLayout()
        proof.setSpacing(px(6))
        proof.addWidget(self._proof_glyph)
        proof.addWidget(self._proof, 1)
        self._seen = Label(theme, px=12, tone="text2")
        top = Qt.AlignmentFlag.AlignTop
        self._proof_word = Label(theme, "Proof", px=12, tone="text2")
        grid.addWidget(self._seen, 1, 0, top)
        grid.addWidget(self._cause, 1, 1)
        grid.addWidget(self._proof_word, 2, 0, top)
        grid.addLayout(proof, 2, 1)
        self._fix_word = Label(theme, px=12, tone="text2")
        grid.addWidget(self._fix_word, 3, 0, top)
        grid.addWidget(self._fix, 3, 1)

    def show_finding(self, finding: Finding) -> None:
        """Show another finding."""
        self._place.setText(_PLACES.get(finding.code.split("-")[0], "Found between captures"))
        self._code.setText(finding.code)
        is_unexplained = finding.code == "unexplained"
        self._seen.setText("Cause" if finding.is_proved else "Seen")
        self._fix_word.setText("Check" if is_unexplained else "Fix")
        for part in (self._proof_word, self._proof):
            part.setVisible(not is_unexplained)
        self._cause.show_text(visible(finding.summary))
        proof = finding.detail.get("proof")
        said = "A recomputed digest equals the signature received."
        if not finding.is_proved:
            said = "None: it is stated as seen, and may not be the cause."
        self._proof.show_text(visible(str(proof)) if isinstance(proof, str) else said)
        self._proof_glyph.setVisible(finding.is_proved)
        checks = finding.detail.get("check_first")
        fixes = checks if isinstance(checks, list) and checks else [finding.fix]
        self._fix.show_text("\n".join(visible(str(fix)) for fix in fixes))
        self.setAccessibleName(f"{finding.code}: {visible(finding.summary)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class _Tick(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(theme.px(12), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_glyph(QPainter(self), QRectF(self.rect()), Badge.VALID, self._theme)
