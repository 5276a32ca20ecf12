"""The columns of the list, from left to right: the one place to add one to."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from inspector.gui.captures.line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `text` is what a screen reader says of a cell, `tip` what a tool tip adds."""

    name: str
    title: str
    width: int
    """At 100 %; the last column takes what remains, whatever this says."""
    text: Callable[[Line], str]
    looks: Callable[[Line], Hashable]
    """What its picture is made of: cells that are equal in it look the same and are drawn once."""
    tip: Callable[[Line], str] | None = None
    is_left_out_when_small: bool = False


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
    ),
    Column(
        name="survey",
        title="Survey",
        width=160,
        text=lambda line: line.survey,
        looks=lambda line: line.survey,
        tip=lambda line: line.survey,
        is_left_out_when_small=True,
    ),
    Column(
        name="respondent",
        title="Respondent",
        width=86,
        text=lambda line: line.respondent,
        looks=lambda line: line.respondent,
        tip=lambda line: line.respondent,
    ),
    Column(
        name="answer",
        title="Answer",
        width=130,
        text=_answer,
        looks=lambda line: (line.tags, line.answer, line.is_broken),
        tip=_answer,
    ),
)
