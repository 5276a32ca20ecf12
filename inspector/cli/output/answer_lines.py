"""The answers of a capture as lines of text: each question, and its answer in a short drawing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspector.cli.output.columns import wrapped
from inspector.cli.output.streams import Painter

if TYPE_CHECKING:
    from inspector.domain.event.answers import AnswerEntry, AnswersPage

MAX_ANSWER = 2_000
"""Maximum characters of one answer. The body has all of them."""
_MAX_OPTIONS = 20
_INDENT = "   "


def answer_lines(page: AnswersPage, out: Painter) -> Iterator[str]:
    """Yield the questions of an event in their order, with their answers."""
    if page.sentence:
        yield page.sentence
    for entry in page.entries:
        if entry.form == "gap":
            number = f"{entry.order}. " if entry.order.isdecimal() else ""
            lines = wrapped(number + entry.texts[0], out.width, indent=2)
            yield from (out.paint(line, "faint") for line in lines)
            continue
        yield from _question(entry, out)
        yield from (_INDENT + line for line in _answer(entry, out))
        if entry.note:
            yield _INDENT + entry.note


def _question(entry: AnswerEntry, out: Painter) -> Iterator[str]:
    number = f"{entry.order}. " if entry.order else ""
    label = f" ({entry.label})" if entry.label else ""
    question = entry.question or "The question has no text."
    for place, line in enumerate(wrapped(f"{number}{question}{label}", out.width, indent=5)):
        yield out.paint(line if place == 0 else _INDENT + line, "strong")


def _answer(entry: AnswerEntry, out: Painter) -> Iterator[str]:
    if entry.form == "number" and entry.number is not None:
        yield _drawn(entry, entry.number)
    elif entry.form == "options":
        yield from (f"• {text[:MAX_ANSWER]}" for text in entry.texts[:_MAX_OPTIONS])
        if more := max(0, len(entry.texts) - _MAX_OPTIONS) + entry.more:
            yield f"… {more:,} more options"
    elif entry.form == "text":
        text = entry.texts[0]
        more = max(0, len(text) - MAX_ANSWER) + entry.more
        for place, line in enumerate(lines := text[:MAX_ANSWER].split("\n")):
            end = "” …" if more else "”"
            yield f"{'“' if place == 0 else ' '}{line}{end if place == len(lines) - 1 else ''}"
        if more:
            yield f"… {more:,} more characters"
    else:
        yield from (out.paint(text, "faint") if entry.form == "empty" else text for text in entry.texts)


def _drawn(entry: AnswerEntry, number: int) -> str:
    """Return a number in the range of its question: `★★★★☆ 4 of 5`, `■■■■■■■■■□ 9 of 10`."""
    kind = entry.kind
    assert kind is not None
    high = kind.high or number
    full, empty = ("★", "☆") if kind.value == "star_feedback" else ("■", "□")
    return f"{full * number}{empty * (high - number)} {number} of {high}"
