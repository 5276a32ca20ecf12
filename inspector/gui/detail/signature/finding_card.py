"""A finding as a card: where it was found, its code, cause, proof and fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import is_evaluated_later
from inspector.domain.signature.explanation import explain
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from inspector.gui.detail.marked_text import MarkedText, first_difference
from inspector.gui.detail.signature.verdict_head import BadgeGlyph
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, Panel, at, box, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.session.secrets import SecretRow

_BLANK = " \t\r\n\v\f\u00a0\u200b\ufeff"
_KEPT_HERE = ("saved", "run")
"""Origins of secrets that can be corrected here. Others come from the environment, a file or an option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A button's fix for a cause: activate a secret, or correct its text."""

    label: str
    name: str
    text: str | None = field(default=None, repr=False)
    """The corrected text; None to only activate the secret."""


def remedy(
    finding: Finding, capture: Capture, secrets: Sequence[Secret], rows: Sequence[SecretRow], count: int
) -> Remedy | None:
    """Return the remedy that makes this capture valid, or None. `count` captures have the same cause."""
    name = finding.detail.get("secret")
    row = next((row for row in rows if row.name == name), None)
    if row is None or not finding.is_proved:
        return None
    if finding.code == "secret-other":
        return Remedy(label=f"Use “{shortened(visible(row.name), 30)}”", name=row.name)
    secret = next((one for one in secrets if one.name == row.name), None)
    if secret is None or row.origin not in _KEPT_HERE or is_evaluated_later(capture):
        return None
    for text in _corrected(finding.code, secret.text):
        tried = (Secret(name=row.name, text=text),)
        if text and explain(capture, tried, is_cause_sought=False).verdict.word == "valid":
            what = "quotes" if finding.code == "secret-quoted" else "whitespace"
            label = f"Remove the {what} and re-verify {max(count, 1):,}"
            return Remedy(label=label, name=row.name, text=text)
    return None


def _corrected(code: str, text: str) -> Iterator[str]:
    if code == "secret-whitespace":
        yield from dict.fromkeys((text.strip(_BLANK), text.rstrip(_BLANK), text.lstrip(_BLANK)))
    elif code == "secret-quoted":
        yield text[1:-1]


_PLACES = {
    "secret": "Found in the secret",
    "digest": "Found in the digest",
    "body": "Found in the body",
    "header": "Found in the header",
    "not": "Found in the body",
    "unverifiable": "Found in the body",
    "unexplained": "No cause found",
}
_NOTHING = "nothing"
_TOP = Qt.AlignmentFlag.AlignTop


class FindingCard(Panel):
    """A finding; the card is reused for others. `try_secret` is shown if a secret may be the cause."""

    remedy_requested = Signal(object)
    """The Remedy of the primary button."""
    help_requested = Signal(str)
    """The code of the finding to explain."""

    def __init__(self, theme: Theme, try_secret: QAction, parent: QWidget | None = None) -> None:
        super().__init__(theme, fill="raised", line="line", parent=parent)
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._place = Label(theme, px=13, weight=600)
        self.code = Link(theme, px=11)
        self.code.setToolTip("Open this code in the handbook")
        self.code.clicked.connect(self._ask_help)
        self._cause = FlowText(theme, font=theme.font(12.5))
        self._proof = FlowText(theme, font=theme.font(12.5))
        self._proof_glyph = BadgeGlyph(theme, Badge.VALID, QSize(px(12), px(16)))
        self._fix = FlowText(theme, font=theme.font(12.5))
        self._signed = MarkedText(theme, "Signed text", mark="invalid", ground="invalid_soft")
        self._came = MarkedText(theme, "Compared text", mark="invalid", ground="invalid_soft")
        self._change = FlowText(theme, font=theme.font(12), tone="text2")
        self._signed_word = Label(theme, "Signed", px=12, tone="text2")
        self._came_word = Label(theme, px=12, tone="text2")
        self.suggested: Remedy | None = None
        self.remedy = Button(theme, "", is_primary=True)
        self.remedy.clicked.connect(self._ask_remedy)
        self.try_secret = Button(theme, try_secret.text())
        self.try_secret.clicked.connect(try_secret.trigger)
        grid = QGridLayout(self)
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
                (self._seen, self._cause),
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
        buttons = row(theme, self.remedy, self.try_secret, STRETCH, spacing=8)
        grid.addLayout(buttons, 7, 1)

    def show_finding(self, finding: Finding, faults: int = 1, *, is_valid: bool = False) -> None:
        """Show another finding: one of `faults` proved faults, or one about a valid signature."""
        family = finding.code.partition("-")[0]
        self._place.setText(_PLACES.get(family, "Found between captures"))
        self.code.show_text(finding.code)
        self.code.setAccessibleName(f"Help on {finding.code}")
        is_unexplained = finding.code == "unexplained"
        self._seen.setText("Cause" if finding.is_proved else "Observed")
        self._fix_word.setText("Check" if is_unexplained else "Fix")
        for part in (self._proof_word, self._proof_row):
            part.setVisible(not is_unexplained)
        self._cause.show_text(visible(finding.summary))
        self._show_change(finding)
        self._proof.show_text(_proof(finding, faults, is_valid=is_valid))
        self._proof_glyph.setVisible(finding.is_proved)
        checks = finding.detail.get("check_first")
        fixes = [finding.fix]
        if isinstance(checks, list) and checks:
            fixes = [f"{number}. {check}" for number, check in enumerate(checks, start=1)]
        self._fix.show_text("\n".join(map(visible, fixes)))
        self.try_secret.setVisible(is_unexplained or family == "secret")
        self.setAccessibleName(f"{finding.code}: {visible(finding.summary)}")
        self.suggest(None)

    def suggest(self, remedy: Remedy | None) -> None:
        """Show a remedy as the primary button, or hide the button."""
        self.suggested = remedy
        self.remedy.setVisible(remedy is not None)
        if remedy is not None:
            self.remedy.show_as(remedy.label, None)

    @Slot()
    def _ask_remedy(self) -> None:
        if self.suggested is not None:
            self.remedy_requested.emit(self.suggested)

    @Slot()
    def _ask_help(self) -> None:
        self.help_requested.emit(self.code.text())

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


def _proof(finding: Finding, faults: int, *, is_valid: bool) -> str:
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
