"""The event in a capture's body: a completion, an answer, or something unknown.

The two documented events differ in their shape: a list `responses` is a completion, a top-level `question_id`
is an answer. This module raises nothing: a field of an undocumented type is read if possible and otherwise
absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeAlias

from inspector.base.visible import shortened
from inspector.domain.capture.rows import EventWord
from inspector.domain.event.question import json_excerpt, question_type, response_text, source_text
from inspector.domain.json.value import JsonValue

MAX_ID_BYTES = 200
"""Longer ids are stored and shown, but not grouped."""
MAX_ITEMS = 500
"""Further responses are only in the body. Surveys have a few dozen questions."""
SUMMARY_LENGTH = 120

_TEXTS = ("survey_id", "survey_name", "group_id", "user_id", "platform", "trigger", "event_type", "app_key")
_STR_OR_NONE = frozenset({str, type(None)})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 9000)
"""For other years, time zones are unknown, and arithmetic exceeds the range of dates."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question and its answer."""

    question_id: str | None = None
    question_text: str | None = None
    question_type: str | None = None
    created_at: str | None = None
    """As sent; `created_ms` reads it."""
    question_order: int | None = None
    response: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ids:
    """The ids and names of an event. A numeric id is its source text; an empty one is None."""

    survey_id: str | None = None
    survey_name: str | None = None
    group_id: str | None = None
    user_id: str | None = None
    platform: str | None = None
    trigger: str | None = None
    """What triggered the survey. An empty text is normal for the platform `link`."""
    event_type: str | None = None
    app_key: str | None = None
    """The customer's client key: a kind of credential, masked in all output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(_Ids):
    """The event that a respondent has finished: every question with its answer."""

    word: ClassVar[EventWord] = "response_group"
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_Ids):
    """The event that a respondent has answered one question."""

    word: ClassVar[EventWord] = "answer"
    item: Item = Item()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(_Ids):
    """Any other body, with the fields that could be read."""

    word: ClassVar[EventWord] = "unknown"
    excerpt: str = ""
    """The beginning of its JSON."""


Event: TypeAlias = Completion | Answer | Unknown


def items_of(event: Event) -> tuple[Item, ...]:
    """Return the questions that an event answers."""
    if isinstance(event, Answer):
        return (event.item,)
    return event.items if isinstance(event, Completion) else ()


def in_question_order(items: Iterable[Item]) -> list[Item]:
    """Return the questions by number; equal numbers as sent, questions without a number last."""
    return sorted(items, key=lambda item: by_number(item.question_order))


def by_number(order: int | None) -> tuple[bool, int]:
    """Return the sort key of a question with this number."""
    return order is None, order or 0


def read_event(value: JsonValue) -> Event:
    """Return the event in a parsed body; never raises."""
    if not isinstance(value, dict):
        return Unknown(excerpt=json_excerpt(value, SUMMARY_LENGTH))
    texts: list[Any] = list(map(value.get, _TEXTS))
    if not _STR_OR_NONE.issuperset(map(type, texts)):
        texts = list(map(_text, texts))
    survey_id, survey_name, group_id, user_id, platform, trigger, event_type, app_key = texts
    responses = value.get("responses")
    if isinstance(responses, list):
        return Completion(
            survey_id=survey_id or None,
            survey_name=survey_name or None,
            group_id=group_id or None,
            user_id=user_id or None,
            platform=platform,
            trigger=trigger,
            event_type=event_type,
            app_key=app_key,
            items=tuple([_item(response) for response in responses[:MAX_ITEMS]]),
        )
    if "question_id" in value:
        return Answer(
            survey_id=survey_id or None,
            survey_name=survey_name or None,
            group_id=group_id or None,
            user_id=user_id or None,
            platform=platform,
            trigger=trigger,
            event_type=event_type,
            app_key=app_key,
            item=_item(value),
        )
    return Unknown(
        survey_id=survey_id or None,
        survey_name=survey_name or None,
        group_id=group_id or None,
        user_id=user_id or None,
        platform=platform,
        trigger=trigger,
        event_type=event_type,
        app_key=app_key,
        excerpt=json_excerpt(value, SUMMARY_LENGTH),
    )


def summary(event: Event) -> str:
    """Return the answers in at most 120 characters: `“Image upload glitches”, 9`, `★ 4`, `Skipped`.

    Empty answers of a completion are omitted unless there are no others.
    """
    if isinstance(event, Unknown):
        return event.excerpt
    if isinstance(event, Answer):
        return _answered(event.item) or _empty_word(event.item)
    parts: list[str] = []
    room = SUMMARY_LENGTH
    for item in event.items:
        if part := _answered(item):
            parts.append(part)
            room -= len(part) + 2
            if room < 0:
                break
    if parts:
        return shortened(", ".join(parts), SUMMARY_LENGTH)
    return _empty_word(event.items[-1]) if event.items else ""


def question_order(event: Event) -> int | None:
    """Return the number of an answer's question; None for any other event."""
    return event.item.question_order if isinstance(event, Answer) else None


def groupable(id_: str | None) -> str | None:
    """Return `id_` if it can be used for grouping: it exists and has at most 200 bytes of UTF-8."""
    if id_ is None or len(id_) <= MAX_ID_BYTES // 4:  # a character takes up to four bytes
        return id_ or None
    if len(id_) > MAX_ID_BYTES or len(id_.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        return None
    return id_


def created_ms(text: str | None) -> int | None:
    """Return a `created_at` as milliseconds since 1970, or None if it cannot be read.

    `2022-06-07T22:01:07.000Z` and `2022-05-13T13:40:33+00:00` are documented. Other forms of ISO 8601 are
    read, too. A time without a zone is UTC.
    """
    if text is None or len(text) > 64 or text.isdigit():  # a plain number can be a time in many units
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return ((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND


def _item(value: JsonValue) -> Item:
    if not isinstance(value, dict):
        return Item(response=value)
    get = value.get
    return Item(
        question_id=_id(get("question_id")),
        question_text=_text(get("question_text")),
        question_type=_text(get("question_type")),
        created_at=_text(get("created_at")),
        question_order=_order(get("question_order")),
        response=get("response"),
    )


def _text(value: JsonValue) -> str | None:
    if type(value) is str:
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return source_text(value)
    return None


def _id(value: JsonValue) -> str | None:
    return _text(value) or None


def _order(value: JsonValue) -> int | None:
    """Return a whole number that fits a column, given as a number or text: the SDKs send either."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if len(value) < 10 and value.isdecimal() else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if isinstance(value, int) and -(2**53) < value < 2**53 else None


def _answered(item: Item) -> str:
    return response_text(item.response, item.question_type, SUMMARY_LENGTH)


def _empty_word(item: Item) -> str:
    kind = question_type(item.question_type)
    return "Skipped" if kind is None else kind.empty
