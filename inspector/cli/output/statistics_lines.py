"""The statistics of a survey or group as text: key numbers, then each question with its bars."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterator, Sequence

from inspector.base.clock import short_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.cli.output.alignment import cut, display_width, pad, wrapped
from inspector.cli.output.streams import Painter
from inspector.domain.event.question import question_type
from inspector.domain.query.scope import Scope
from inspector.domain.statistics.scores import (
    Rank,
    chart_kind,
    distribution,
    mean,
    nps,
    percent_text,
    ranked,
    ratings,
    share_text,
)
from inspector.domain.statistics.survey_counts import FreeText, QuestionTally
from inspector.session.summaries import Summary, key_numbers, notes

_WIDTH = 80
"""Columns without a terminal."""
_MAX_WIDTH = 100
"""Longer bars are not easier to read."""
_INDENT = 3
_MAX_OPTIONS = 12
_MAX_LABEL = 32
_MIN_BAR, _SHARE = 4, 5
_MAX_TEXT = 400
_BLOCKS = " ▏▎▍▌▋▊▉█"
_COLUMNS = " ▁▂▃▄▅▆▇█"
_PLAIN = str.maketrans({"−": "-", "–": "-", "…": "~", "“": '"', "”": '"', "·": "-", "★": "*"})
_MARKS = (("complete", "complete"), ("partial", "partial"), ("opened", "opened, no answer"))


class StatisticsLines:
    """Formats a summary at the width of the terminal. Payload text is escaped."""

    def __init__(self, out: Painter, *, examples: int) -> None:
        """`examples` is the maximum number of texts per question."""
        self._out = out
        self._examples = examples
        self._width = _WIDTH if out.width is None else min(out.width, _MAX_WIDTH)
        self._has_blocks = os.name == "nt" or locale.getencoding().lower().replace("-", "") == "utf8"

    def lines(self, scope: Scope, summary: Summary) -> Iterator[str]:
        """Yield the lines of a survey or group, in ASCII as far as possible if the locale has no UTF-8."""
        for line in self._lines(scope, summary):
            line = line.rstrip()
            yield line if self._has_blocks else line.translate(_PLAIN)

    def _lines(self, scope: Scope, summary: Summary) -> Iterator[str]:
        yield from self._head(scope, summary)
        yield ""
        yield from self._completion(summary)
        for _, tally in summary.tally.ordered():
            yield ""
            yield from self._question(tally)
        if found := notes(summary):
            yield ""
            for note in found:
                yield from self._wrapped(note, indent=0)

    # ---- parts

    def _head(self, scope: Scope, summary: Summary) -> Iterator[str]:
        name = summary.head.name or scope.survey_id or ""
        for line in self._wrapped(visible(name), indent=0):
            yield self._out.paint(line, "strong")
        ids = [scope.survey_id or ""] if summary.head.name else []
        if scope.group_id is not None:
            ids.append(scope.group_id or "No group")
        tag = {"samples": "[sample]", "not-verified": "[not verified]"}.get(scope.part, "")
        if facts := [*(visible(one) for one in ids), *([tag] if tag else [])]:
            for line in self._wrapped("  ".join(facts), indent=0):
                yield self._out.paint(line, "faint")
        yield from self._wrapped(", ".join(" ".join(pair) for pair in key_numbers(summary)), indent=0)
        if platforms := summary.tally.platforms.most_common(4):
            yield from self._wrapped(", ".join(f"{name}: {count:,}" for name, count in platforms), indent=0)

    def _completion(self, summary: Summary) -> Iterator[str]:
        runs = summary.tally.runs
        total = sum(runs.values())
        yield self._out.paint("Completion", "strong")
        if not total:
            yield from self._wrapped("No runs from trusted captures.")
            return
        noun = "run" if total > summary.tally.respondents else "respondent"
        part = percent_text(runs["complete"], total)
        yield from self._wrapped(f"{part} of {counted(total, noun)} complete")
        ranks = [
            Rank(option=label, count=runs[mark], share=runs[mark] / total)  # type: ignore[index]
            for mark, label in _MARKS
        ]
        yield from self._bars(ranks)
        yield from self._over_time(summary)

    def _over_time(self, summary: Summary) -> Iterator[str]:
        """Yield a column per span of time, if there are several and the terminal has blocks."""
        counts = [sum(pair) for pair in zip(*summary.by_time(), strict=True)]
        if not self._has_blocks or len(counts) < 2 or len(counts) > self._width - _INDENT:
            return
        top = max(*counts, 1)
        columns = "".join(_COLUMNS[-(-count * (len(_COLUMNS) - 1) // top)] for count in counts)
        first, last = summary.spans.name(0), summary.spans.name(len(counts) - 1)
        yield " " * _INDENT + self._out.paint(columns, "faint")
        yield from self._wrapped(f"started over time, {first} to {last}, at most {top:,} per column")

    def _question(self, tally: QuestionTally) -> Iterator[str]:
        number = "" if tally.order is None else str(tally.order)
        title = list(self._wrapped(tally.text or "The question has no text."))
        title[0] = pad(number, _INDENT) + title[0][_INDENT:] if len(number) < _INDENT else title[0]
        if len(number) >= _INDENT:
            title = [number, *title]
        for line in title:
            yield self._out.paint(line, "strong")
        kind, form = question_type(tally.kind), chart_kind(tally)
        label = kind.label if kind is not None else visible(shortened(tally.kind or "unknown type", 40))
        facts = [label]
        if form == "clicks":
            facts.append(f"seen {counted(tally.answered + tally.skipped, 'time')}")
        else:
            facts.append(counted(tally.answered, "answer"))
            facts += [f"{tally.skipped:,} skipped"] if tally.skipped else []
            facts += [f"{tally.odd:,} out of range, not counted"] if tally.odd else []
        yield from (self._out.paint(line, "faint") for line in self._wrapped(" · ".join(facts)))
        if form == "nps":
            yield from self._nps(tally)
        elif form == "rating":
            middle = mean(ratings(tally))
            ranks = distribution(tally)
            if middle is not None:
                yield from self._wrapped(f"mean {middle:.1f} of {len(ranks)}")
            prefix = kind.prefix if kind is not None else ""
            yield from self._bars(ranks, prefix=prefix)
        elif form == "options":
            yield from self._options(tally)
        elif form == "texts":
            yield from self._texts(tally)

    def _nps(self, tally: QuestionTally) -> Iterator[str]:
        score = nps(ratings(tally))
        groups = ((score.promoters, "promoter"), (score.passives, "passive"), (score.detractors, "detractor"))
        total = max(score.total, 1)
        parts = ", ".join(f"{counted(count, noun)} ({share_text(count / total)})" for count, noun in groups)
        yield from self._wrapped(f"NPS {score.text}: {parts}")
        yield from self._bars(distribution(tally))

    def _options(self, tally: QuestionTally) -> Iterator[str]:
        ranks = ranked(tally)
        yield from self._bars(ranks[:_MAX_OPTIONS])
        if left := sum(one.count for one in ranks[_MAX_OPTIONS:]) + tally.beyond:
            yield from self._wrapped(f"other options: {left:,}")

    def _texts(self, tally: QuestionTally) -> Iterator[str]:
        shown = tally.texts[: self._examples]
        for text in shown:
            yield self._example(text)
        if shown and (left := tally.written - len(shown)):
            yield from self._wrapped(f"{counted(left, 'older text')} not shown")

    # ---- lines

    def _example(self, text: FreeText) -> str:
        user = cut(visible(text.user_id) if text.user_id else "Anonymous", 20)
        source = f"  {user}, {short_time(text.received_ms)}"
        said = visible(shortened(text.text, _MAX_TEXT))
        if self._out.width is None:
            return f"{' ' * _INDENT}“{said}”{source}"
        room = self._width - _INDENT - 2
        if room - display_width(source) < 20:
            source = ""
        said = cut(said, max(1, room - display_width(source)))
        return f"{' ' * _INDENT}“{said}”{self._out.paint(source, 'faint')}"

    def _bars(self, ranks: Sequence[Rank], *, prefix: str = "") -> Iterator[str]:
        """Yield a line per option: label, bar, count, share. A narrow terminal has no bars."""
        labels = [prefix + visible(one.option) for one in ranks]
        room = self._width - _INDENT
        count_width = max((len(f"{one.count:,}") for one in ranks), default=1)
        most = min(_MAX_LABEL, max(6, round(room * 0.4)), max(4, room - count_width - _SHARE - 4))
        label_width = min(most, max(map(display_width, labels), default=0))
        bar_width = room - label_width - count_width - _SHARE - 6
        for label, one in zip(labels, ranks, strict=True):
            numbers = f"{one.count:>{count_width},}  {share_text(one.share) if one.count else '':>{_SHARE}}"
            bar = self._bar(one.share, bar_width) if bar_width >= _MIN_BAR else None
            middle = "  " if bar is None else f"  {bar}{' ' * (bar_width - len(bar))}  "
            line = " " * _INDENT + pad(cut(label, label_width), label_width) + middle + numbers
            yield line.rstrip() if self._out.width is None else cut(line.rstrip(), self._width)

    def _bar(self, share: float, width: int) -> str:
        """Return a bar of at most `width` columns. A small share is visible, too."""
        eighths = min(width * 8, max(1, round(share * width * 8))) if share > 0 else 0
        if not self._has_blocks:
            return "#" * -(-eighths // 8)
        return "█" * (eighths // 8) + (_BLOCKS[eighths % 8] if eighths % 8 else "")

    def _wrapped(self, text: str, *, indent: int = _INDENT) -> Iterator[str]:
        """Yield lines that fit the terminal, or one line without a terminal."""
        for line in wrapped(text, self._out.width, indent=indent, least=1, most=_MAX_WIDTH):
            yield " " * indent + line
