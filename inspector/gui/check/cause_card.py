"""What was found in a receiver: cause, proof and fix, next to correct code for its framework."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import (
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QPlainTextEdit, QSizePolicy, QWidget

from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.receiver.framework import FrameworkGuess
from inspector.domain.receiver.verdict import is_forgery_accepted
from inspector.domain.replay.address_text import short_address
from inspector.gui.check.result_groups import sentence_of
from inspector.gui.detail.signature.disclosure import Disclosure
from inspector.gui.detail.signature.verdict_head import BadgeGlyph
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, Panel, Scrolled, at, box, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.verifier_menu import VerifierMenu
from inspector.session.receiver.check import CheckReport
from inspector.session.receiver.verifiers import VERIFIERS, verifier_snippet, verifier_text

_LINES = 10
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`")
_COMMENT = re.compile(r"^\s*(?://|#(?!\[)|--).*")
_UNEXPLAINED = (
    "The receiver accepted none of the signatures that known mistakes produce. Compare its code with this."
)
_FORGED_FIX = "Reject each event whose signature is missing or differs, before reading it, as in this code."
_MOST_FORGED = 3
_TOP = Qt.AlignmentFlag.AlignTop


class CauseCard(Panel):
    """The cause of a receiver's mistake. At the right is a correct receiver; the guessed framework first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None) -> None:
        super().__init__(theme, fill="raised", line="line", parent=parent)
        px = theme.px
        self._theme = theme
        self._mask = mask
        self._report: CheckReport | None = None
        self._is_one_of_two = False
        self._is_selected = False
        """The user has selected a framework."""
        self.verifier = next(iter(VERIFIERS.values()))
        self.title = ElidedLabel(theme, px=13, weight=600)
        self.code = ElidedLabel(theme, px=11, tone="text2")
        self.code.setFont(theme.fixed_font(11))
        self.code.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.cause, self.proof, self.fix = (FlowText(theme, font=theme.font(12.5)) for _ in range(3))
        self.ruled_out = FlowText(theme, font=theme.font(12), tone="text2")
        self.disclosure = Disclosure(theme, self.ruled_out)
        self._glyph = BadgeGlyph(theme, Badge.VALID, QSize(px(12), px(16)))
        self._words = [Label(theme, word, px=12, tone="text2") for word in ("Cause", "Proof", "Fix")]
        proof = box(row(theme, at(_TOP, self._glyph), grow(self.proof), spacing=7))
        self._cause_rows = [self.cause, proof, self.fix]
        for words, name in zip((self.cause, self.proof, self.fix), ("Cause", "Proof", "Fix"), strict=True):
            words.setAccessibleName(name)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, px(6), 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(6))
        grid.setColumnMinimumWidth(0, px(44))
        grid.setColumnStretch(1, 1)
        for place, (word, part) in enumerate(zip(self._words, self._cause_rows, strict=True)):
            grid.addWidget(word, place, 0, _TOP)
            grid.addWidget(part, place, 1, _TOP)
        found = Scrolled(theme, box(column(theme, grid, self.disclosure, STRETCH, spacing=6)))
        found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The code decides how high the card is, and longer words scroll.
        found.setMinimumHeight(px(48))
        found.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.language = Button(theme, self.verifier.label, is_quiet=True, has_menu=True)
        self.language.setToolTip("Select another framework")
        self.language.clicked.connect(self._open_languages)
        self.languages = VerifierMenu(self)
        self.languages.verifier_selected.connect(self._select)
        self.copy = Button(theme, "Copy the code", icon="copy", is_primary=True)
        self.copy.setToolTip("Copy a ready-to-run receiver that checks signatures")
        self.copy.clicked.connect(self._copy)
        self.snippet = _CodeView(theme)
        head = row(theme, self.title, grow(self.code), spacing=6, margins=(0, 2, 6, 2))
        left = column(theme, head, grow(found), spacing=4, margins=(0, 8, 0, 8))
        frame = Panel(theme, fill="base", line="line", radius=3)
        column(theme, self.snippet, margins=(1, 1, 1, 1), on=frame)
        head_of_code = row(theme, self.language, STRETCH, self.copy)
        right = column(theme, head_of_code, grow(frame), spacing=8, margins=(0, 10, 0, 11))
        row(theme, grow(left, 40), 16, grow(right, 60), margins=(15, 0, 11, 0), on=self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._show_verifier()
        if mask is not None:
            mask.changed.connect(self._show_again)

    def show_search(self) -> None:
        """Show that the cause is being searched for, so that the card has its place."""
        self._report = None
        self.title.setText("Found in the receiver")
        self.code.setText("")
        for place, part in enumerate((*self._words, *self._cause_rows)):
            part.setVisible(place % len(self._words) == 0)
        self._words[0].setText("Cause")
        self.cause.show_text("Not found yet.")
        self.disclosure.show_sentence("")

    def show_report(self, report: CheckReport, *, is_one_of_two: bool = False) -> bool:
        """Show the causes of a report, or what was ruled out. Return whether there is anything to show.

        `is_one_of_two`: two receivers are compared, so the title names the one that is meant.
        """
        self._report, self._is_one_of_two = report, is_one_of_two
        causes, forged = report.causes, _forged(report)
        if not causes and not forged and not report.ruled_out:
            return False
        self._guess(report.framework)
        is_found = bool(causes or forged)
        where = self._shown(shortened(visible(short_address(report.to)), 60)) if is_one_of_two else ""
        found = f"Found in {where or 'the receiver'}"
        self.title.setText(found if is_found else f"No cause found{f' in {where}' if where else ''}")
        self.code.setText(", ".join(visible(cause.code) for cause in causes))
        is_proved = bool(causes) and all(cause.is_proved for cause in causes)
        self._words[0].setText("Cause" if is_proved else "Observed")
        self._words[2].setText("Fix" if is_found else "Check")
        texts = [
            [cause.why or cause.summary for cause in causes] + forged,
            [cause.proof for cause in causes if cause.proof],
            [cause.fix for cause in causes] or [_FORGED_FIX if forged else _UNEXPLAINED],
        ]
        for place, (part, lines) in enumerate(zip((self.cause, self.proof, self.fix), texts, strict=True)):
            part.show_text(self._shown("\n".join(dict.fromkeys(map(visible, lines)))))
            self._words[place].setVisible(bool(lines))
            self._cause_rows[place].setVisible(bool(lines))
        self._glyph.setVisible(is_proved)
        count = len(report.ruled_out)
        self.ruled_out.show_text(self._shown(", ".join(map(visible, report.ruled_out))))
        sentence = f"{count} {'mistake' if count == 1 else 'mistakes'} ruled out"
        self.disclosure.fold()
        self.disclosure.show_sentence(sentence if count and not causes else "")
        return True

    @Slot()
    def _show_again(self) -> None:
        if self._report is not None:
            self.show_report(self._report, is_one_of_two=self._is_one_of_two)

    def _shown(self, text: str) -> str:
        return text if self._mask is None else self._mask.sentence(text)

    def _guess(self, framework: FrameworkGuess | None) -> None:
        """Show the code for the guessed framework, unless the user has selected another one."""
        key = None if framework is None else framework.verifier
        if key in VERIFIERS and not self._is_selected:
            self.verifier = VERIFIERS[key]
            self._show_verifier()

    def _show_verifier(self) -> None:
        self.language.show_as(self.verifier.label, None)
        self.snippet.setPlainText(verifier_snippet(self.verifier))
        self.snippet.setAccessibleName(f"Correct code for {self.verifier.label}")

    @Slot()
    def _open_languages(self) -> None:
        self.languages.show_selected(self.verifier.key)
        self.languages.popup(self.language.mapToGlobal(QPoint(0, self.language.height())))

    @Slot(str)
    def _select(self, key: str) -> None:
        self._is_selected = True
        self.verifier = VERIFIERS[key]
        self._show_verifier()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(verifier_text(self.verifier))
        self.copy.confirm()


def _forged(report: CheckReport) -> list[str]:
    """Return what the receiver accepts that it must reject, as sentences."""
    accepted = [one for one in report.results if is_forgery_accepted(one)]
    says = [sentence_of(one) for one in accepted[:_MOST_FORGED]]
    if (more := len(accepted) - len(says)) > 0:
        says.append(f"And accepts {counted(more, 'other forged event')}.")
    return says


class _CodeView(QPlainTextEdit):
    """A few lines of code that scroll. Its strings are blue, and its comments grey."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fixed_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(theme.px(8))
        self.setCornerWidget(QWidget())  # otherwise the style draws a square between the scroll bars
        self._colours = _Colours(theme, self)
        theme.changed.connect(self._tint)
        self._tint()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(360), _LINES * self.fontMetrics().lineSpacing() + 2 * self._theme.px(8))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(240), self.sizeHint().height() * 3 // _LINES)

    @Slot()
    def _tint(self) -> None:
        self.setPalette(self._theme.code_palette(self.palette()))
        self._colours.rehighlight()


class _Colours(QSyntaxHighlighter):
    def __init__(self, theme: Theme, view: QPlainTextEdit) -> None:
        super().__init__(view.document())
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        if _COMMENT.match(text):
            self._color(0, len(text), "text2")
            return
        for found in _STRING.finditer(text):
            self._color(found.start(), len(found[0]), "accent")

    def _color(self, start: int, length: int, token: str) -> None:
        form = QTextCharFormat()
        form.setForeground(self._theme.color(token))
        self.setFormat(start, length, form)
