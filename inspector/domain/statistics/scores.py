"""Statistics from the counts of a question: scores, shares, ranks, medians."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from inspector.domain.event.question import question_type
from inspector.domain.statistics.survey_counts import QuestionTally

ChartKind = Literal["nps", "rating", "options", "texts", "clicks"]
"""The form in which the answers to a question are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nps:
    """The Net Promoter Score: the share of 9 and 10 minus the share of 0 to 6, in points."""

    detractors: int
    passives: int
    promoters: int

    @property
    def total(self) -> int:
        """The number of answers."""
        return self.detractors + self.passives + self.promoters

    @property
    def score(self) -> int | None:
        """From -100 to 100; None without answers."""
        return round(100 * (self.promoters - self.detractors) / self.total) if self.total else None

    @property
    def text(self) -> str:
        """`+34`, `−12`, `0`; a dash without answers."""
        score = self.score
        return "–" if score is None else f"{score:+}".replace("-", "−") if score else "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """One option, and how often it was selected."""

    option: str
    count: int
    share: float
    """Its share of all answers, from 0 to 1."""


def chart_kind(question: QuestionTally) -> ChartKind:
    """Return how to show the answers to a question: by its type, or by the answers if that is unknown."""
    kind = question_type(question.kind)
    if kind is not None and kind.value == "nps_feedback":
        return "nps"
    if kind is not None and kind.response_form == "number":
        return "rating"
    if kind is not None and kind.response_form == "click":
        return "clicks"
    if kind is not None and kind.response_form in ("one", "several"):
        return "options"
    return "options" if question.counts and not question.written else "texts"


def ratings(question: QuestionTally) -> dict[str, int]:
    """Return the count of each number in the range of the question's type. If the question had another type
    before, there are answers of that type, too."""
    kind = question_type(question.kind)
    low, high = (kind.low or 0, kind.high or 0) if kind is not None else (0, -1)
    return {
        text: count
        for text, count in question.counts.items()
        if text.isascii() and text.isdecimal() and low <= int(text[:9]) <= high
    }


def nps(counts: Mapping[str, int]) -> Nps:
    """Return the score of answers from 0 to 10."""
    by_number = {int(number): count for number, count in counts.items() if number.isdecimal()}
    return Nps(
        detractors=sum(count for number, count in by_number.items() if number <= 6),
        passives=sum(count for number, count in by_number.items() if 7 <= number <= 8),
        promoters=sum(count for number, count in by_number.items() if 9 <= number <= 10),
    )


def mean(counts: Mapping[str, int]) -> float | None:
    """Return the mean of ratings; None without ratings."""
    total = sum(counts.values())
    return sum(int(number) * count for number, count in counts.items()) / total if total else None


def ranked(question: QuestionTally) -> list[Rank]:
    """Return the options by count, the most frequent first; equal counts by text."""
    asked = max(question.answered, 1)
    ordered = sorted(question.counts.items(), key=lambda one: (-one[1], one[0]))
    return [Rank(option=option, count=count, share=count / asked) for option, count in ordered]


def distribution(question: QuestionTally) -> list[Rank]:
    """Return each number in the range of the question's type, the highest first, including unused ones."""
    kind = question_type(question.kind)
    low, high = (kind.low or 0, kind.high or 0) if kind is not None else (0, 0)
    given = ratings(question)
    total = max(sum(given.values()), 1)
    return [
        Rank(option=str(number), count=given.get(str(number), 0), share=given.get(str(number), 0) / total)
        for number in range(high, low - 1, -1)
    ]


def median_seconds(seconds: Counter[int]) -> int | None:
    """Return the median duration, the lower one of two; None without durations."""
    left = (sum(seconds.values()) + 1) // 2
    for second in sorted(seconds):
        left -= seconds[second]
        if left <= 0:
            return second
    return None


def percent_text(count: int, total: int) -> str:
    """Return `55.6 %`, rounded to one decimal, except that only none is 0 and only all is 100.

    `100 %` and `0 %` have no decimal.
    """
    if count in (0, total):
        return "100 %" if count else "0 %"
    tenths = (count * 2000 + total) // (2 * total)  # half up, exactly
    return f"{min(max(tenths, 1), 999) / 10:.1f} %"


def share_text(part: float) -> str:
    """Return `41 %`; `<1 %` for a small part that rounds to 0, `>99 %` for one that rounds to 100."""
    if 0 < part < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= part < 1 else f"{part:.0%}".replace("%", " %")
