"""The cards of a survey page with charts: over time, completion, and one per kind of question."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector.base.quantity import counted
from inspector.domain.capture.rows import Mark
from inspector.domain.query.terms import Span
from inspector.domain.statistics.scores import (
    distribution,
    mean,
    nps,
    percent_text,
    ranked,
    ratings,
    share_text,
)
from inspector.domain.statistics.survey_counts import QuestionTally
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.cards import Card, TextsCard
from inspector.gui.summary.charts import NpsChart, RankChart, TimeChart
from inspector.gui.summary.page import MarkSign, open_choices
from inspector.session.summaries import Summary

_OPTIONS_AT_FIRST = 8
_MARKS: tuple[tuple[Mark, str, str], ...] = (
    ("complete", "complete", "chart"),
    ("partial", "partial", "chart_soft"),
    ("opened", "opened, no answer", "chart_grey"),
)
"""How far respondents got, with the words and colours of the shares."""


class TimeCard(Card):
    """Respondents by the time of their first capture, or of their first answer."""

    span_selected = Signal(object)
    """The Span of time that the user selected in the chart."""
    times_selected = Signal(bool)
    """Whether the times are those of the answers."""
    _WORDS = ("by arrival", "by answer")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.show_head("Respondents over time")
        self._chart = TimeChart(theme)
        for tone, word in (("chart", "complete"), ("chart_soft", "partial or opened")):
            self.head.insertWidget(self.head.count() - 1, _ColorKey(theme, tone, word))
        self._times = Button(theme, self._WORDS[0], is_quiet=True, has_menu=True)
        self._times.setToolTip(
            "The time of a respondent: the first arrival, or created_at of the first answer"
        )
        self._times.clicked.connect(self._open_times)
        self.head.insertWidget(self.head.count() - 1, self._times)
        self.tools.append(self._times)
        self._edges: tuple[int, ...] = ()
        self._chart.selected.connect(self._select_span)
        self.content.addWidget(self._chart)

    @Slot()
    def _open_times(self) -> None:
        choices = ((self._WORDS[0], False), (self._WORDS[1], True))
        open_choices(self._times, choices, self._select_times, current=self._times.text())

    @Slot(QAction)
    def _select_times(self, action: QAction) -> None:
        self.times_selected.emit(action.data())

    @Slot(int, int)
    def _select_span(self, first: int, last: int) -> None:
        if last < len(self._edges):
            before = self._edges[last + 1] if last + 1 < len(self._edges) else None
            self.span_selected.emit(Span(since_ms=self._edges[first], before_ms=before))

    def show_summary(self, summary: Summary) -> None:
        self._edges = summary.spans.edges
        self._times.show_as(self._WORDS[summary.is_by_answer], None)
        spans, places = summary.spans, range(len(summary.spans.edges))
        self._chart.show_counts(
            [spans.label(place) for place in places],
            *summary.by_time(),
            names=[spans.name(place) for place in places],
        )


class CompletionCard(Card):
    """The share of respondents who completed the survey."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.show_head("Completion")
        self._score, self._of = _score(theme)
        self._bar = _ShareBar(theme)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(10))
        grid.setVerticalSpacing(theme.px(6))
        grid.setColumnStretch(1, 1)
        self._numbers: list[tuple[Label, Label]] = []
        for line, (mark, word, _) in enumerate(_MARKS):
            count, share = Label(theme), Label(theme, tone="text2")
            share.setFixedWidth(theme.px(44))
            for place, widget in enumerate((MarkSign(theme, 12, 18, mark), Label(theme, word), count, share)):
                grid.addWidget(widget, line, place)
            for label in (count, share):
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._numbers.append((count, share))
        self.content.addLayout(row(theme, self._score, grow(self._of), spacing=10))
        self.content.addWidget(self._bar)
        self.content.addLayout(grid)

    def show_summary(self, summary: Summary) -> None:
        runs = summary.tally.runs
        total = sum(runs.values())
        self._score.setText(percent_text(runs["complete"], total) if total else "–")
        is_repeated = total > summary.tally.respondents
        who = (
            f"run{'' if total == 1 else 's'} complete"
            if is_repeated
            else f"respondent{'' if total == 1 else 's'} complete"
        )
        self._of.setText(f"of {total:,} {who}")
        self._bar.show_parts([(runs[mark], tone) for mark, _, tone in _MARKS])
        for (count, share), (mark, _, _) in zip(self._numbers, _MARKS, strict=True):
            count.setText(f"{runs[mark]:,}")
            share.setText(share_text(runs[mark] / total) if total else "")


class NpsCard(Card):
    """The net promoter score, and how often each number was given."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._score, self._of = _score(theme)
        self._chart = NpsChart(theme)
        score = column(theme, self._score, self._of, STRETCH, spacing=2)
        self.content.addLayout(row(theme, score, grow(self._chart), spacing=20))

    def show_answers(self, tally: QuestionTally) -> None:
        score = nps(ratings(tally))
        self._score.setText(score.text)
        self._of.setText(f"NPS score\n{counted(score.total, 'answer')}")
        self._chart.show_counts([tally.counts[str(number)] for number in range(11)], score)
        self.show_note(_out_of_range(tally))


class RatingCard(Card):
    """The mean, and how often each number was given: stars, a scale or faces."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._score, self._of = _score(theme)
        self._chart = RankChart(theme)
        self.content.addLayout(row(theme, self._score, grow(self._of), spacing=10))
        self.content.addWidget(self._chart)

    def show_answers(self, tally: QuestionTally) -> None:
        middle = mean(ratings(tally))
        self._score.setText("–" if middle is None else f"{middle:.1f}")
        rows = distribution(tally)
        self._of.setText(f"of {len(rows)}, mean of\n{counted(sum(tally.counts.values()), 'answer')}")
        glyph = {"star_feedback": "star", "emoji_feedback": "face"}.get(tally.kind or "", "")
        self._chart.show_rows([(one.option, one.count, one.share) for one in rows], glyph)
        self.show_note(_out_of_range(tally))


class OptionsCard(Card):
    """The options, most frequent first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._is_all = False
        self._tally = QuestionTally()
        self._chart = RankChart(theme)
        self._more = Link(theme)
        self._more.clicked.connect(self._show_all)
        self.tools.append(self._more)
        self.content.addWidget(self._chart)
        self.content.addWidget(self._more)

    def show_answers(self, tally: QuestionTally) -> None:
        self._tally = tally
        ranks = ranked(tally)
        shown = ranks if self._is_all else ranks[:_OPTIONS_AT_FIRST]
        self._chart.show_rows([(one.option, one.count, one.share) for one in shown])
        left = len(ranks) - len(shown)
        self._more.show_text(f"Show {left:,} more")
        self._more.setVisible(left > 0)
        note = counted(tally.answered, "answer")
        is_several = sum(tally.counts.values()) + tally.beyond > tally.answered
        note += ", multiple choice." if is_several or "multi" in (tally.kind or "") else "."
        if tally.beyond:
            note += f" {tally.beyond:,} selections of rarer options are not shown."
        self.show_note(note)

    def _show_all(self) -> None:
        self._is_all = True
        self.show_answers(self._tally)


class ClicksCard(Card):
    """An introduction, which is clicked but not answered."""

    def show_answers(self, tally: QuestionTally) -> None:
        self.show_note(f"Seen {counted(tally.answered + tally.skipped, 'time')}. No answer expected.")


CARDS: dict[str, type[Card]] = {
    "time": TimeCard,
    "completion": CompletionCard,
    "nps": NpsCard,
    "rating": RatingCard,
    "options": OptionsCard,
    "clicks": ClicksCard,
    "texts": TextsCard,
}
"""The card for each kind of question, and the two cards without a question."""


def _score(theme: Theme) -> tuple[Label, Label]:
    """Return the labels for a score and for its description."""
    return Label(theme, px=32, weight=600), Label(theme, px=12, tone="text2")


def _out_of_range(tally: QuestionTally) -> str:
    verb = "is" if tally.odd == 1 else "are"
    return f"{counted(tally.odd, 'answer')} out of range {verb} not counted." if tally.odd else ""


class _ColorKey(QWidget):
    """A square in a colour of a chart, with its meaning."""

    def __init__(self, theme: Theme, tone: str, word: str) -> None:
        super().__init__()
        self._theme, self._tone = theme, tone
        row(theme, Label(theme, word, px=12, tone="text2"), margins=(16, 0, 4, 0), on=self)

    def paintEvent(self, event: QPaintEvent) -> None:
        side = self._theme.px(9)
        area = QRectF(0, (self.height() - side) / 2, side, side)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._tone))
        painter.drawRoundedRect(area, 2, 2)


class _ShareBar(QWidget):
    """A bar of several parts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[tuple[int, str]] = []
        self.setFixedHeight(theme.px(10))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: list[tuple[int, str]]) -> None:
        """Show parts by their size and colour."""
        self._parts = parts
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        total = sum(count for count, _ in self._parts)
        if not total:
            painter.fillRect(self.rect(), self._theme.color("line"))
        left = 0.0
        for count, tone in self._parts:
            right = left + self.width() * count / max(total, 1)
            gap = 2 if right < self.width() - 1 else 0
            area = QRectF(left, 0, max(right - left - gap, 0), self.height())
            painter.fillRect(area, self._theme.color(tone))
            left = right
