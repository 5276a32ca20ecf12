"""The answers of a capture as one row of a list shows them: few, short, and by their form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from inspector.base.visible import shortened, visible
from inspector.domain.event.event import Answer, Completion, Event, Item, in_question_order
from inspector.domain.event.question import is_empty as is_skipped
from inspector.domain.event.question import (
    json_excerpt,
    question_type,
    response_text,
    unwrapped,
    whole_number,
)

RowAnswerForm = Literal["text", "nps", "stars", "scale", "choice", "skipped", "value"]

MAX_PARTS = 24
"""Maximum number of parts of a row. Even a wide screen has no room for more."""
MAX_PART = 160
_FORMS: dict[str, RowAnswerForm] = {"nps_feedback": "nps", "star_feedback": "stars"}


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """One part of a row: an answer, or one of several selected options. Its text is made visible."""

    form: RowAnswerForm
    text: str = ""
    """A text in quotes, an option, a word for a skipped question, or the beginning of JSON."""
    number: int = 0
    """A rating."""
    high: int = 0
    """The highest rating of its scale."""

    @property
    def words(self) -> str:
        """The part in words, for screen readers and plain text."""
        if self.form == "nps":
            return f"{self.number}, {nps_group(self.number)}"
        return f"{self.number} of {self.high}" if self.form in ("stars", "scale") else self.text


def nps_group(number: int) -> str:
    """Return the group of an NPS score: `Detractor`, `Passive` or `Promoter`."""
    return "Detractor" if number <= 6 else "Passive" if number <= 8 else "Promoter"


def row_answers(event: Event) -> tuple[RowAnswer, ...]:
    """Return the parts of a row for an event, in question order; none for an unknown one.

    Skipped questions are last, as one part.
    """
    if isinstance(event, Answer):
        return tuple(_parts(event.item)) or (_skipped([event.item]),)
    if not isinstance(event, Completion):
        return ()
    parts: list[RowAnswer] = []
    skipped: list[Item] = []
    for item in in_question_order(event.items):
        if is_skipped(item.response):
            skipped.append(item)
        elif len(parts) < MAX_PARTS:
            parts += _parts(item)
    if skipped:
        parts[MAX_PARTS - 1 :] = [_skipped(skipped)]
    return tuple(parts[:MAX_PARTS])


def latest_answers(events: Iterable[Event]) -> tuple[RowAnswer, ...]:
    """Return the parts of a row for several events of a respondent, newest first: each question once."""
    latest: dict[object, Item] = {}
    for event in events:
        items = (event.item,) if isinstance(event, Answer) else getattr(event, "items", ())
        for item in items:
            key = item.question_id or (item.question_order, item.question_text)
            latest.setdefault(key, item)
    return row_answers(Completion(items=tuple(latest.values()))) if latest else ()


def _parts(item: Item) -> list[RowAnswer]:
    kind, response = question_type(item.question_type), item.response
    if is_skipped(response):
        return []
    several = response if isinstance(response, list) else [response]
    single = unwrapped(response)
    if kind is not None and kind.low is not None and kind.high is not None:
        number = whole_number(single)
        if number is not None and kind.low <= number <= kind.high:
            return [RowAnswer(_FORMS.get(kind.value, "scale"), number=number, high=kind.high)]
    is_choice = kind is not None and kind.response_form in ("one", "several")
    if is_choice or (isinstance(single, list) and not any(isinstance(one, list | dict) for one in single)):
        return [RowAnswer("choice", _option(one)) for one in several[:MAX_PARTS] if not is_skipped(one)]
    if isinstance(single, str):
        return [RowAnswer("text", _quoted(single))]
    text = response_text(single, item.question_type, MAX_PART)
    return [RowAnswer("value", visible(text))]


def _option(option: object) -> str:
    text = option if isinstance(option, str) else json_excerpt(option, MAX_PART)  # type: ignore[arg-type]
    return visible(shortened(text[: MAX_PART + 1], MAX_PART))


def _quoted(text: str) -> str:
    said = visible(shortened(text[: MAX_PART + 1], MAX_PART))
    # Japanese text has its own quotation marks.
    is_japanese = any("\u3040" <= one <= "\u30ff" for one in said[:40])
    return f"「{said}」" if is_japanese else f"“{said}”"


def _skipped(items: list[Item]) -> RowAnswer:
    if len(items) > 1:
        return RowAnswer("skipped", f"{len(items)} skipped")
    kind = question_type(items[0].question_type)
    return RowAnswer("skipped", "Skipped" if kind is None else kind.empty)
