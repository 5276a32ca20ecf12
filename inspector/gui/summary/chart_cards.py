"""The cards of a survey's page with charts: over time, completion, and one per kind of question."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector.domain.capture.rows import Mark
from inspector.domain.statistics.scores import distribution, floored, mean, nps, ranked, ratings, share_text
from inspector.domain.statistics.survey_counts import QuestionTally
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.cards import Card
from inspector.gui.summary.charts import NpsChart, RankChart, TimeChart
from inspector.gui.surveys.delegate import paint_mark
from inspector.session.summaries import Summary

OPTIONS_AT_FIRST = 8
_MARKS: tuple[tuple[Mark, str, str], ...] = (
    ("complete", "done", "chart"),
    ("partial", "partial", "chart_soft"),
    ("opened", "opened, no answer", "chart_grey"),
)


class TimeCard(Card):
    """Respondents by the time their first capture came."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.show_head("Respondents over time")
        self.chart = TimeChart(theme)
        for tone, word in (("chart", "done"), ("chart_soft", "partial or opened")):
            self.head.insertWidget(self.head.count() - 1, _Key(theme, tone, word))
        self.content.addWidget(self.chart)

    def show_summary(self, summary: Summary) -> None:
        """Show other counts."""
        count = len(summary.spans.edges)
        labels = [summary.spans.label(place) for place in range(count)]
        done, begun = summary.tally.done_by_time, summary.tally.begun_by_time
        self.chart.show_counts(labels, done + [0] * (count - len(done)), begun + [0] * (count - len(begun)))


class CompletionCard(Card):
    """The share of those who came to the end."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.show_head("Completion")
        self._score = Label(theme, px=32, weight=600)
        self._of = Label(theme, px=12, tone="text2")
        top = row(theme, self._score, grow(self._of), spacing=10)
        self._bar = _Shares(theme)
        self.content.addLayout(top)
        self.content.addWidget(self._bar)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(10))
        self._grid.setVerticalSpacing(theme.px(6))
        self._grid.setColumnStretch(1, 1)
        self._numbers: list[tuple[Label, Label]] = []
        for line, (mark, word, _) in enumerate(_MARKS):
            count, share = Label(theme), Label(theme, tone="text2")
            share.setFixedWidth(theme.px(44))
            for label in (count, share):
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(_Dot(theme, mark), line, 0)
            self._grid.addWidget(Label(theme, word), line, 1)
            self._grid.addWidget(count, line, 2)
            self._grid.addWidget(share, line, 3)
            self._numbers.append((count, share))
        self.content.addLayout(self._grid)

    def show_summary(self, summary: Summary) -> None:
        """Show other counts."""
        runs = summary.tally.runs
        total = sum(runs.values())
        self._score.setText(f"{floored(runs['complete'] / total):.1f} %" if total else "–")
        is_again = total > summary.tally.respondents
        who = "times it was taken" if is_again else f"respondent{'' if total == 1 else 's'} finished"
        self._of.setText(f"of {total:,} {who}")
        self._bar.show_parts([(runs[mark], tone) for mark, _, tone in _MARKS])
        for (count, share), (mark, _, _) in zip(self._numbers, _MARKS, strict=True):
            count.setText(f"{runs[mark]:,}")
            share.setText(share_text(runs[mark] / total) if total else "")


class NpsCard(Card):
    """The score, and how often each number was given."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._score = Label(theme, px=32, weight=600)
        self._of = Label(theme, px=12, tone="text2")
        self.chart = NpsChart(theme)
        row_layout = row(
            theme, column(theme, self._score, self._of, STRETCH, spacing=2), grow(self.chart), spacing=20
        )
        self.content.addLayout(row_layout)

    def show_tally(self, tally: QuestionTally) -> None:
        """Show other answers."""
        score = nps(ratings(tally))
        self._score.setText(score.text)
        self._of.setText(f"NPS score\n{_answers(score.total)}")
        self.chart.show_counts([tally.counts[str(number)] for number in range(11)], score)
        self.show_note(_odd(tally))


class RatingCard(Card):
    """The mean, and how often each number was given: stars, a scale, faces."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._score = Label(theme, px=32, weight=600)
        self._of = Label(theme, px=12, tone="text2")
        self.chart = RankChart(theme)
        top = row(theme, self._score, grow(self._of), spacing=10)
        self.content.addLayout(top)
        self.content.addWidget(self.chart)

    def show_tally(self, tally: QuestionTally) -> None:
        """Show other answers."""
        middle = mean(ratings(tally))
        self._score.setText("–" if middle is None else f"{middle:.1f}")
        rows = distribution(tally)
        self._of.setText(f"of {len(rows)}, mean of\n{_answers(sum(tally.counts.values()))}")
        glyph = {"star_feedback": "star", "emoji_feedback": "face"}.get(tally.kind or "", "")
        self.chart.show_rows([(one.option, one.count, one.share) for one in rows], glyph)
        self.show_note(_odd(tally))


class OptionsCard(Card):
    """The options, those chosen most first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._is_all = False
        self._tally = QuestionTally()
        self.chart = RankChart(theme)
        self._more = Link(theme)
        self._more.clicked.connect(self._show_all)
        self.tools.append(self._more)
        self.content.addWidget(self.chart)
        self.content.addWidget(self._more)

    def show_tally(self, tally: QuestionTally) -> None:
        """Show other answers."""
        self._tally = tally
        ranks = ranked(tally)
        shown = ranks if self._is_all else ranks[:OPTIONS_AT_FIRST]
        self.chart.show_rows([(one.option, one.count, one.share) for one in shown])
        left = len(ranks) - len(shown)
        self._more.show_text(f"Show {left:,} more")
        self._more.setVisible(left > 0)
        said = _answers(tally.answered)
        is_several = sum(tally.counts.values()) + tally.beyond > tally.answered
        said += "; several may be chosen." if is_several or "multi" in (tally.kind or "") else "."
        if tally.beyond:
            said += f" {tally.beyond:,} choices of rarer options are not shown."
        self.show_note(said)

    def _show_all(self) -> None:
        self._is_all = True
        self.show_tally(self._tally)


class ClicksCard(Card):
    """An introduction, which is clicked and not answered."""

    def show_tally(self, tally: QuestionTally) -> None:
        """Show another number."""
        count = tally.answered + tally.skipped
        self.show_note(f"Seen {count:,} time{'' if count == 1 else 's'}; it asks nothing.")


def _answers(count: int) -> str:
    return f"{count:,} answer{'' if count == 1 else 's'}"


def _odd(tally: QuestionTally) -> str:
    verb = "is" if tally.odd == 1 else "are"
    return f"{_answers(tally.odd)} out of range {verb} not counted in." if tally.odd else ""


class _Key(QWidget):
    """A square in a chart's colour with its word."""

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


class _Dot(QWidget):
    """How far a respondent came, as the tree shows it."""

    def __init__(self, theme: Theme, mark: Mark) -> None:
        super().__init__()
        self._theme, self._mark = theme, mark
        self.setFixedSize(theme.px(12), theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_mark(QPainter(self), QRectF(self.rect()), self._mark, self._theme)


class _Shares(QWidget):
    """One bar made of parts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[tuple[int, str]] = []
        self.setFixedHeight(theme.px(10))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: list[tuple[int, str]]) -> None:
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
