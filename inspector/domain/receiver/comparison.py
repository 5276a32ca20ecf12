"""How two receivers differ: the old and the new deployment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inspector.base.quantity import counted
from inspector.domain.receiver.report import Area, TestGroup
from inspector.domain.receiver.steps import CheckReport, CheckResult, CheckStep

Side = Literal["to", "versus"]
"""The receiver of a step: the one of `--to`, or the one of `--versus`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersusStep:
    """A step of the check of one of two receivers."""

    side: Side
    step: CheckStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPair:
    """The results of one test at both receivers."""

    test: str
    title: str
    group: TestGroup
    area: Area
    to: CheckResult | None
    """None if the test was not run at this receiver."""
    versus: CheckResult | None

    @property
    def is_equal(self) -> bool:
        """Whether both have the same result and the same decisive status. Times do not count."""
        return _outcome(self.to) == _outcome(self.versus)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersusReport:
    """The last step of a check of two receivers."""

    to: CheckReport
    versus: CheckReport
    pairs: tuple[ResultPair, ...]
    """Every test that was run at one of them, in order."""
    sentence: str
    """`The receivers differ in 2 of 26 tests.`"""

    @property
    def differing(self) -> tuple[ResultPair, ...]:
        """The tests whose results differ."""
        return tuple(pair for pair in self.pairs if not pair.is_equal)

    @property
    def is_same_verdict(self) -> bool:
        """Whether both have the same verdict, and the same causes of it."""
        return _verdict(self.to) == _verdict(self.versus)

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs except times."""
        return self.is_same_verdict and not self.differing


def compare_reports(to: CheckReport, versus: CheckReport) -> VersusReport:
    """Return how two receivers differ."""
    mine = {result.test: result for result in to.results}
    theirs = {result.test: result for result in versus.results}
    pairs = tuple(
        ResultPair(
            test=one.test,
            title=one.title,
            group=one.group,
            area=one.area,
            to=mine.get(one.test),
            versus=theirs.get(one.test),
        )
        for one in ({**theirs, **mine}[name] for name in _merged(list(mine), list(theirs)))
    )
    report = VersusReport(to=to, versus=versus, pairs=pairs, sentence="")
    return VersusReport(to=to, versus=versus, pairs=pairs, sentence=_sentence(report))


def _merged(first: Sequence[str], second: Sequence[str]) -> Sequence[str]:
    """Return the names of both in order. One list is the other one, up to where its check ended."""
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    return [*longer, *(name for name in shorter if name not in longer)]


def _sentence(report: VersusReport) -> str:
    unreachable = [one for one in (report.to, report.versus) if not one.results]
    if unreachable:
        return " ".join(dict.fromkeys(one.sentence for one in unreachable))
    total, differing = len(report.pairs), len(report.differing)
    if differing:
        return f"The receivers differ in {differing:,} of {counted(total, 'test')}."
    if not report.is_same_verdict:
        return f"The receivers respond alike in all {counted(total, 'test')}, for different reasons."
    return f"The receivers do not differ: {counted(total, 'test')} have the same result."


def _outcome(result: CheckResult | None) -> object:
    if result is None:
        return None
    return result.result, result.status


def _verdict(report: CheckReport) -> object:
    return report.verdict, tuple((cause.code, cause.is_proved) for cause in report.causes)
