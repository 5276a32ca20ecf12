"""Statistics of hostile and wide texts fit every terminal, and never have a control character."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from inspector.base.visible import visible
from inspector.cli.output.alignment import display_width
from inspector.cli.output.statistics_lines import StatisticsLines
from inspector.cli.output.streams import Painter
from inspector.domain.query.scope import Scope
from inspector.domain.statistics.survey_counts import FreeText, QuestionTally, SurveyCounts
from inspector.domain.statistics.timeline import chart_spans
from inspector.session.summaries import Summary, SummaryHead

_NUMBERS = ("nps_feedback", "star_feedback")
_TYPES = (*_NUMBERS, "multi_select_feedback", "input_feedback", "intro_prompt", None, "\x1b")
_TEXT = st.text(max_size=80)


@st.composite
def _tallies(draw: st.DrawFn) -> QuestionTally:
    kind = draw(st.sampled_from(_TYPES))
    options = st.integers(0, 10).map(str) if kind in _NUMBERS else _TEXT.map(visible)
    counts = Counter(draw(st.dictionaries(options, st.integers(1, 10**12), max_size=15)))
    said = draw(_TEXT)
    text = FreeText(text=said, group_id=said, user_id=said, capture_id=1, received_ms=1_700_000_000_000)
    return QuestionTally(
        order=draw(st.none() | st.integers(0, 10**9)),
        text=visible(draw(_TEXT)),
        kind=kind,
        answered=sum(counts.values()),
        skipped=draw(st.integers(0, 3)),
        odd=draw(st.integers(0, 3)),
        counts=counts,
        texts=(text,) if kind not in _NUMBERS else (),
        written=1,
    )


@given(
    tallies=st.lists(_tallies(), max_size=3),
    name=_TEXT,
    runs=st.integers(0, 10**9),
    width=st.sampled_from([20, 21, 33, 40, 80, 100, 240]),
)
def test_no_line_is_wider_than_the_terminal(
    tallies: list[QuestionTally], name: str, runs: int, width: int
) -> None:
    counts = SurveyCounts(
        respondents=runs,
        runs=Counter(complete=runs),
        questions={(str(n), n): t for n, t in enumerate(tallies)},
    )
    counts.platforms.update({visible(name): 2})
    summary = Summary(
        head=SummaryHead(name=name),
        spans=chart_spans(0, 10**12),
        tally=counts,
        total=runs,
        captures=runs,
        is_whole=True,
    )
    scope = Scope(part="not-verified", survey_id=name, group_id=name)
    lines = list(StatisticsLines(Painter(width=width), examples=5).lines(scope, summary))
    for line in lines:
        assert display_width(line) <= width, line
        assert visible(line) == line
    assert list(StatisticsLines(Painter(), examples=5).lines(scope, summary))
