"""A finding as a card: where it was found, its code, cause, proof and fix."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector.base.visible import visible
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.finding import Finding
from inspector.gui.detail.marked_text import MarkedText, first_difference
from inspector.gui.detail.signature.verdict_head import BadgeGlyph
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, Panel, at, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.session.signature.cures import SecretCure

_PLACES = {
    "secret": "Found in the secret",
    "digest": "Found in the digest",
    "body": "Found in the body",
    "header": "Found in the header",
    "not": "Found in the body",
    "unverifiable": "Found in the body",
    "unexplained": "No cause found",
}
_WHY = {
    "\n": "echo and most editors end a file with a newline.",
    "\r\n": "Windows editors end a line like this.",
    " ": "Copied text often has a space at its end.",
    "\t": "Copied text often has a tab at its end.",
    "\u00a0": "Most editors do not show it.",
    "\u200b": "Most editors do not show it.",
    "\ufeff": "Windows editors write it at the start of a file.",
}
"""How white space gets into a secret."""
_NOTHING = "nothing"
_TOP = Qt.AlignmentFlag.AlignTop
_BUTTONS = 7
"""The row of the buttons."""


class FindingCard(Panel):
    """A finding; the card is reused for others."""

    help_requested = Signal(str)
    """The code of the finding to explain."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, fill="raised", line="line", parent=parent)
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._place = Label(theme, px=13, weight=600)
        self.code = Link(theme, px=11)
        self.code.setToolTip("Open this code in the handbook")
        self.code.clicked.connect(self._ask_help)
        self._cause = FlowText(theme, font=theme.font(12.5))
        self._secret = MarkedText(theme, "Secret", mark="invalid", ground="invalid_soft")
        self._why = FlowText(theme, font=theme.font(12), tone="text2")
        self._proof = FlowText(theme, font=theme.font(12.5))
        self._proof_glyph = BadgeGlyph(theme, Badge.VALID, QSize(px(12), px(16)))
        self._fix = FlowText(theme, font=theme.font(12.5))
        self._signed = MarkedText(theme, "Signed text", mark="invalid", ground="invalid_soft")
        self._came = MarkedText(theme, "Compared text", mark="invalid", ground="invalid_soft")
        self._change = FlowText(theme, font=theme.font(12), tone="text2")
        self._signed_word = Label(theme, "Signed", px=12, tone="text2")
        self._came_word = Label(theme, px=12, tone="text2")
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(px(16), px(12), px(16), px(14))
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        grid.setColumnMinimumWidth(0, px(52))
        grid.setColumnStretch(1, 1)
        grid.addLayout(row(theme, self._place, STRETCH, self.code, spacing=6), 0, 0, 1, 2)
        self._seen = Label(theme, px=12, tone="text2")
        self._proof_word = Label(theme, "Proof", px=12, tone="text2")
        self._fix_word = Label(theme, px=12, tone="text2")
        self._proof_row = box(row(theme, at(_TOP, self._proof_glyph), grow(self._proof), spacing=6))
        for place, (word, part) in enumerate(
            (
                (self._seen, box(column(theme, self._secret, self._cause, self._why, spacing=2))),
                (self._signed_word, self._signed),
                (self._came_word, self._came),
                (None, self._change),
                (self._proof_word, self._proof_row),
                (self._fix_word, self._fix),
            ),
            start=1,
        ):
            if word is not None:
                grid.addWidget(word, place, 0, _TOP)
            grid.addWidget(part, place, 1)

    def hold(self, buttons: QWidget) -> None:
        """Show these buttons at the bottom."""
        self._grid.addWidget(buttons, _BUTTONS, 0, 1, 2)

    def show_finding(
        self, finding: Finding, faults: int = 1, *, is_valid: bool = False, cure: SecretCure | None = None
    ) -> None:
        """Show another finding: one of `faults` proved faults, or one about a valid signature."""
        family = finding.code.partition("-")[0]
        self._place.setText(_PLACES.get(family, "Found between captures"))
        self.code.show_text(finding.code)
        self.code.setAccessibleName(f"Help on {finding.code}")
        is_unexplained = finding.code == "unexplained"
        self._seen.setText("Cause" if finding.is_proved else "Observed")
        self._fix_word.setText("Check" if is_unexplained else "Fix")
        for part in (self._proof_word, self._proof_row, self._seen):
            part.setVisible(not is_unexplained)  # the sentence above says it
        self._show_cause(finding, is_shown=not is_unexplained)
        self._show_change(finding)
        self._proof.show_text(_proof(finding, faults, cure, is_valid=is_valid))
        self._proof_glyph.setVisible(finding.is_proved)
        checks = finding.detail.get("check_first")
        fixes = [finding.fix]
        if cure is not None and cure.change and cure.is_ours:
            fixes = [f"Use it {cure.change} here and in your service."]
        if isinstance(checks, list) and checks:
            fixes = [f"{number}. {check}" for number, check in enumerate(checks, start=1)]
        self._fix.show_text("\n".join(map(visible, fixes)))
        self.setAccessibleName(f"{finding.code}: {visible(finding.summary)}")

    @Slot()
    def _ask_help(self) -> None:
        self.help_requested.emit(self.code.text())

    def _show_cause(self, finding: Finding, *, is_shown: bool) -> None:
        """Show the white space of a secret next to dots, or any other cause as a sentence."""
        found = finding.detail.get("white_space") if finding.code == "secret-whitespace" else None
        before, after = (str(found[side]) for side in ("before", "after")) if found else ("", "")
        is_marked = is_shown and bool(before or after)
        if is_marked:
            left, right = visible(before), visible(after)
            text = f"{left}{DOTS} {right}" if right else f"{left}{DOTS}"
            part = (len(text) - len(right), len(text)) if right else (0, len(left))
            self._secret.show_marked(text, part)
            why = _WHY.get(after or before, "")
            side = "" if found and found["side"] == "here" else "Only the sender’s secret has it."
            self._why.show_text(" ".join(filter(None, (why, side))))
        self._secret.setVisible(is_marked)
        self._why.setVisible(is_marked and bool(self._why.toPlainText()))
        self._cause.show_text(visible(finding.summary))
        self._cause.setVisible(is_shown and not is_marked)

    def _show_change(self, finding: Finding) -> None:
        """Show the first difference between the two bodies, if the finding has one."""
        detail = finding.detail
        signed, came, offset = detail.get("signed"), detail.get("came"), detail.get("offset")
        has_place = isinstance(signed, str) and isinstance(came, str) and isinstance(offset, int)
        for part in (self._signed_word, self._signed, self._came_word, self._came, self._change):
            part.setVisible(has_place)
        if not has_place:
            return
        signed, came = visible(str(signed)), visible(str(came))
        self._signed.show_marked(signed or _NOTHING, _differing_character(signed or _NOTHING, came))
        self._came.show_marked(came or _NOTHING, _differing_character(came or _NOTHING, signed))
        self._came_word.setText("Stringify" if finding.code == "not-canonical" else "Received")
        self._change.show_text(f"First difference after {offset:,} byte{'' if offset == 1 else 's'}.")


def _differing_character(text: str, other: str) -> tuple[int, int]:
    place = first_difference(text, other)
    return place, min(place + 1, len(text))


def _proof(finding: Finding, faults: int, cure: SecretCure | None, *, is_valid: bool) -> str:
    if cure is not None and cure.change:
        return f"{cure.change[0].upper()}{cure.change[1:]}, all 64 digits match."
    if not finding.is_proved and is_valid:
        return "None needed: this is an observation, and the signature is valid."
    if not finding.is_proved:
        return "None: this is an observation, and may not be the cause."
    if faults > 1:
        return f"With all {faults} faults corrected, the recomputed digest equals the received signature."
    readings = {
        "body-rewritten": "The digest over JSON.stringify of the body equals the received signature.",
        "not-canonical": "The digest over the received bytes equals the received signature.",
        "header-of-another-capture": "The digest over that capture’s body equals the received signature.",
    }
    return readings.get(finding.code, "The digest recomputed this way equals the received signature.")
