"""The page of answers in a capture's body: one entry per question, with bounded texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from inspector.base.visible import visible, visible_block
from inspector.domain.capture.capture import Capture
from inspector.domain.event.event import Answer, Completion, Item, in_question_order, read_event
from inspector.domain.event.question import (
    QuestionType,
    is_empty,
    json_excerpt,
    question_type,
    unwrapped,
    whole_number,
)
from inspector.domain.json.source import JsonSyntaxError, tokens
from inspector.domain.json.value import JsonValue, NotJSON, TooLarge, parse_bounded
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.content import content_of

MAX_TEXT = 20_000
MAX_SHORT = 1_000
MAX_OPTIONS = 200
MAX_FIELDS = 100

EntryForm = Literal["text", "options", "number", "value", "empty", "gap"]
PageKind = Literal["completion", "answer", "unknown", "not-json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEntry:
    """One question and its answer, or skipped numbers of questions. Texts are made visible."""

    order: str = ""
    """Its number in the survey; for a gap possibly several, `5 to 7`."""
    question: str = ""
    label: str = ""
    """The type of the question in words, or as sent if it is unknown."""
    form: EntryForm
    kind: QuestionType | None = None
    texts: tuple[str, ...] = ()
    """One for a text, a value or an empty answer; several for options."""
    number: int | None = None
    """The number of a rating within its range."""
    more: int = 0
    """The number of further characters or options."""
    note: str = ""
    """The problem with it, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersPage:
    """A whole page of answers."""

    kind: PageKind
    title: str = ""
    """A description of a body that is not a documented event."""
    sentence: str = ""
    entries: tuple[AnswerEntry, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """Top-level names and values of a body that is not a documented event."""
    more_fields: int = 0
    ids: dict[str, tuple[str, int]] = field(default_factory=dict)
    """survey, group and user as sent: the first 1,000 characters made visible, and the whole length."""
    platform: str = ""
    trigger: str = ""

    @property
    def count(self) -> int:
        """The number of questions."""
        return sum(entry.form != "gap" for entry in self.entries)


def page_of(capture: Capture) -> AnswersPage:
    """Return the page for a capture, decoded as a receiver would read it."""
    return answers_page(content_of(capture).body)


def answers_page(body: bytes) -> AnswersPage:
    """Return the page for any body; pure and picklable, for the worker if the body is large."""
    try:
        value = parse_bounded(body)
    except TooLarge as error:
        return AnswersPage(
            kind="not-json", title="The body is too large to read", sentence=f"Limit exceeded: {error}."
        )
    except NotJSON:
        return _not_json(body)
    event = read_event(value)
    ids = {
        name: (visible(text[:MAX_SHORT]), len(text))
        for name, text in (("survey", event.survey_id), ("group", event.group_id), ("user", event.user_id))
        if text is not None
    }
    page = AnswersPage(
        kind="unknown",
        ids=ids,
        platform=visible((event.platform or "")[:MAX_SHORT]),
        trigger=visible((event.trigger or "")[:MAX_SHORT]),
    )
    if isinstance(event, Completion):
        total = len(value["responses"]) if isinstance(value, dict) else 0  # type: ignore[arg-type]
        more = total - len(event.items)
        sentence = "" if event.items else "This completion has no answers."
        if more:
            sentence = (
                f"The first {len(event.items)} of {total:,} answers are shown. See Body for all of them."
            )
        entries = _entries(event.items, has_gaps=not more)
        return replace(page, kind="completion", sentence=sentence, entries=entries)
    if isinstance(event, Answer):
        return replace(page, kind="answer", entries=(answer_entry(event.item),))
    return _unknown(page, value)


def _unknown(page: AnswersPage, value: JsonValue) -> AnswersPage:
    if not isinstance(value, dict):
        what = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
        name = what.get(type(value), "a number")
        return replace(
            page,
            title=f"This is JSON, but {name}",
            sentence="Both documented events are objects. This body is stored unchanged.",
            fields=(("value", _visible_excerpt(value)),),
        )
    names = list(value)[:MAX_FIELDS]
    return replace(
        page,
        title="Not one of the documented events",
        sentence=(
            "A completion has a list “responses”, an answer has a “question_id”. This "
            "event has neither. It is stored unchanged."
        ),
        fields=tuple((visible(name[:120]), _visible_excerpt(value[name])) for name in names),
        more_fields=len(value) - len(names),
    )


def _not_json(body: bytes) -> AnswersPage:
    if not body:
        return AnswersPage(
            kind="not-json", title="The body is empty", sentence="There are no answers to show."
        )
    text = body.decode("utf-8", "replace")
    why = "It cannot be read as JSON."
    try:
        for _ in tokens(text):
            pass
    except JsonSyntaxError as error:
        why = str(error)
    title = "The body is not JSON"
    if b"\0" in body[:4096]:
        title = "The body is not JSON but binary data"
    elif body.lstrip()[:1] == b"<":
        title = "The body is not JSON but looks like markup"
    return AnswersPage(kind="not-json", title=title, sentence=why)


def gap(first: int, last: int) -> AnswerEntry:
    """Return the entry for numbers that no question has."""
    order, said = f"{first}", "Not asked"
    if last > first:
        order, said = f"{first} to {last}", f"Questions {first} to {last} were not asked"
    return AnswerEntry(form="gap", order=order, texts=(f"{said}. Skip logic leaves gaps. This is normal.",))


def _entries(items: tuple[Item, ...], *, has_gaps: bool) -> tuple[AnswerEntry, ...]:
    """Return the entries in question order, with gaps between them unless the list was cut."""
    entries: list[AnswerEntry] = []
    last = 0
    for item in in_question_order(items):
        order = item.question_order
        if order is not None:
            if order > last + 1 and has_gaps:
                entries.append(gap(last + 1, order - 1))
            last = max(last, order)
        entries.append(answer_entry(item))
    return tuple(entries)


def answer_entry(item: Item) -> AnswerEntry:
    """Return the entry of a question with its answer, by its type."""
    kind = question_type(item.question_type)
    label = kind.label if kind else visible((item.question_type or "")[:80])
    entry = AnswerEntry(
        order="" if item.question_order is None else str(item.question_order),
        question=visible((item.question_text or "")[:MAX_SHORT]),
        label=label,
        kind=kind,
        form="empty",
    )
    response = item.response
    if is_empty(response):
        return replace(entry, texts=("Skipped" if kind is None else kind.empty,))
    if not _is_several(kind):
        response = unwrapped(response)
    if kind is not None and kind.low is not None and kind.high is not None:
        number = whole_number(response)
        if number is not None and kind.low <= number <= kind.high:
            return replace(entry, form="number", number=number)
        if response == DOTS:  # a masked screen must show nothing about a hidden value
            return _text_or_value(entry, response)
        note = f"Not a whole number from {kind.low} to {kind.high}."
        return replace(_text_or_value(entry, response), note=note)
    if isinstance(response, list) and all(isinstance(option, (str, int, float)) for option in response):
        shown = tuple(_option(option) for option in response[:MAX_OPTIONS])
        return replace(entry, form="options", texts=shown, more=len(response) - len(shown))
    if (
        kind is not None
        and kind.response_form in ("one", "several")
        and isinstance(response, (str, int, float))
    ):
        return replace(entry, form="options", texts=(_option(response),))
    return _text_or_value(entry, response)


def _is_several(kind: QuestionType | None) -> bool:
    return kind is None or kind.response_form == "several"


def _text_or_value(entry: AnswerEntry, response: JsonValue) -> AnswerEntry:
    if isinstance(response, str):
        more = max(0, len(response) - MAX_TEXT)
        return replace(entry, form="text", texts=(visible_block(response[:MAX_TEXT]),), more=more)
    return replace(entry, form="value", texts=(_visible_excerpt(response),))


def _option(option: JsonValue) -> str:
    if isinstance(option, str):
        return visible(option[:MAX_SHORT]) + ("…" if len(option) > MAX_SHORT else "")
    return _visible_excerpt(option)


def _visible_excerpt(value: JsonValue) -> str:
    return visible(json_excerpt(value, MAX_SHORT))
