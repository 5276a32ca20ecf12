"""The columns of the list, from left to right: the one place to add one to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from inspector.gui.captures.line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `text` is what a screen reader says of a cell, `tip` what a tool tip adds."""

    name: str
    title: str
    width: int
    """At 100 %; the last column takes what remains, or more than there is where all others gave way."""
    text: Callable[[Line], str]
    looks: Callable[[Line], Hashable]
    """What its picture is made of: cells that are equal in it look the same and are drawn once."""
    tip: Callable[[Line], str] | None = None
    least: int | None = None
    """How narrow it may become where the answer would have less than its width; null for never."""
    leaves: int | None = None
    """Its turn to be left out where narrowing is not enough; null for never."""


def _verdict(line: Line) -> str:
    word = line.badge.word if line.badge else ""
    return f"{word}, not examined yet" if line.verdict_tip else word


def _answer(line: Line) -> str:
    return ", ".join((*line.tags, line.answer))


COLUMNS = (
    Column(name="gutter", title="", width=28, text=lambda line: "", looks=lambda line: None),
    Column(
        name="time",
        title="Time",
        width=70,
        text=lambda line: line.time,
        looks=lambda line: line.time,
        tip=lambda line: line.time_tip,
    ),
    Column(
        name="verdict",
        title="Verdict",
        width=102,
        text=_verdict,
        looks=lambda line: line.badge and line.badge.word,
        tip=lambda line: line.verdict_tip,
    ),
    Column(
        name="event",
        title="Event",
        width=88,
        text=lambda line: line.event,
        looks=lambda line: (line.event, line.is_loud, line.is_unknown),
        leaves=3,
    ),
    Column(
        name="survey",
        title="Survey",
        width=160,
        text=lambda line: line.survey,
        looks=lambda line: line.survey,
        tip=lambda line: line.survey,
        least=92,
        leaves=1,
    ),
    Column(
        name="respondent",
        title="Respondent",
        width=86,
        text=lambda line: line.respondent,
        looks=lambda line: line.respondent,
        tip=lambda line: line.respondent,
        least=64,
        leaves=2,
    ),
    Column(
        name="answer",
        title="Answer",
        width=118,
        text=_answer,
        looks=lambda line: (line.tags, line.answer, line.is_broken),
        tip=_answer,
    ),
)


def widths(room: float) -> Mapping[int, float]:
    """The widths of the columns that are shown in `room`, at 100 %, by their numbers.

    The answer keeps its width: other columns become narrow, then they are left out one after the other.
    """
    shown = dict(enumerate(COLUMNS))
    leaving = sorted((column.leaves, number) for number, column in shown.items() if column.leaves)
    while True:
        wanted: dict[int, float] = {number: column.width for number, column in shown.items()}
        lacking = sum(wanted.values()) - room
        for number, column in shown.items():
            if lacking > 0 and column.least is not None:
                given = min(lacking, column.width - column.least)
                wanted[number] -= given
                lacking -= given
        if lacking <= 0 or not leaving:
            return wanted
        del shown[leaving.pop(0)[1]]
