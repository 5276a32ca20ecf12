"""The verdict on a receiver in two sentences, or the progress of its check."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.base.clock import local_time
from inspector.base.visible import shortened, visible
from inspector.domain.receiver.comparison import VersusReport
from inspector.domain.receiver.steps import CheckReport
from inspector.domain.replay.address_text import short_address
from inspector.gui.check.result_groups import RowState
from inspector.gui.check.result_tree import paint_state
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.layout import at, column, grow, row
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme

_TOP = Qt.AlignmentFlag.AlignTop
_START_IT = "Start your receiver, or correct the address."


class VerdictLine(QWidget):
    """A sign and two sentences. While the check runs, its progress and *Stop* are at the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = _Sign(theme)
        self.headline = FlowText(theme, font=theme.font(15, 600))
        self.headline.setAccessibleName("Verdict")
        self.about = FlowText(theme, font=theme.font(13), tone="text2")
        self.about.setAccessibleName("Details of the verdict")
        self.bar = ProgressBar(theme, self)
        self.stop = Button(theme, "Stop", icon="stop")
        row(
            theme,
            *(at(_TOP, self._sign), grow(column(theme, self.headline, self.about, spacing=2))),
            *(self.bar, self.stop),
            spacing=12,
            on=self,
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._show_running(False)

    def show_sentences(self, headline: str, about: str, state: RowState = "waiting") -> None:
        """Show a verdict, or why there is none."""
        self._show_running(False)
        self._sign.show_state(state)
        self._show(headline, about)

    def show_progress(self, headline: str, about: str, part: float) -> None:
        """Show how far the check got: `part` from 0 to 1 is done."""
        self._show_running(True)
        self._sign.show_state("waiting")
        self._show(headline, about)
        self.bar.show_part(part)
        self.bar.setAccessibleName(headline)

    def _show(self, headline: str, about: str) -> None:
        for words, text in ((self.headline, headline), (self.about, about)):
            if words.toPlainText() != text:
                words.show_text(text)

    def _show_running(self, is_running: bool) -> None:
        self.stop.setEnabled(is_running)
        self.stop.setVisible(is_running)
        self.bar.setVisible(is_running)


def state_of(report: CheckReport, compared: VersusReport | None = None) -> RowState:
    """Return the sign of a verdict, or of a comparison."""
    if compared is not None:
        return "passed" if compared.is_equal else "warning"
    if report.ended and not report.results:  # it was stopped at once
        return "undecided"
    if report.verdict != "correct":
        return "failed"
    if len(report.results) < report.total:  # it was stopped
        return "undecided"
    return "warning" if {"failed", "warning"} & {one.result for one in report.results} else "passed"


def verdict_text(report: CheckReport, compared: VersusReport | None, *, is_old: bool) -> tuple[str, str]:
    """Return the verdict as a sentence, and the lines below it. `is_old`: an earlier check found it."""
    if compared is not None:
        return visible(compared.sentence), "\n".join(map(_side_text, (compared.to, compared.versus)))
    sentence, next_step = _sentence_and_step(report)
    at_time = f"Checked at {local_time(report.started_ms):%H:%M:%S}." if is_old else ""
    parts = (report.counts, report.note, next_step, at_time)
    return visible(sentence), visible(" ".join(filter(None, parts)))


def _side_text(report: CheckReport) -> str:
    """Return the verdict on one of two receivers, after its address."""
    return f"{shortened(visible(short_address(report.to)), 60)}: {visible(report.sentence)}"


def _sentence_and_step(report: CheckReport) -> tuple[str, str]:
    """Return the verdict as a sentence, and the next step if the receiver cannot be reached."""
    if report.verdict != "unreachable" or report.ended:
        return report.sentence, ""
    sentence, _, own_step = report.sentence.partition(". ")  # some reasons end with their own next step
    return f"{sentence.removesuffix('.')}.", own_step or _START_IT


class _Sign(QWidget):
    """The sign of a result, 20 px large."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: RowState = "waiting"
        side = theme.px(20)
        self.setFixedSize(QSize(side, side))
        theme.changed.connect(self.update)

    def show_state(self, state: RowState) -> None:
        """Show the sign of another result; *waiting* has none."""
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        paint_state(painter, area, self._state, self._theme)
