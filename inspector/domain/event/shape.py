"""Differences between the fields of a body and the sender's documents, and undocumented fields.

To add a documented field, write its line in the table of its object. Things that the sender's own SDKs send
in addition to the documents (ratings as numbers, a single choice as a list) are not a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from inspector.base.visible import shortened
from inspector.domain.event.event import MAX_ITEMS
from inspector.domain.event.question import QUESTION_TYPES, ResponseForm, whole_number
from inspector.domain.json.value import JsonValue
from inspector.domain.signature.finding import Finding

PLATFORMS = ("link", "android", "ios")
"""`link` and `android` are in the documents, `ios` is in the SDK."""
EVENT_TYPE = "response_group"
"""The only documented `event_type`; an answer has none."""
MAX_LISTED = 8
"""Maximum stored differences of one body. With many more, it is a different kind of body."""
MAX_CHARACTERS = 80
"""Maximum characters of each, because a field's name can be as long as the body."""
_MAX_FIELDS = 40
"""An object with more fields is compared, but the result is not cached."""

_Kinds: TypeAlias = tuple[str, ...]

_COMMON: Mapping[str, _Kinds] = {
    "user_id": ("string",),
    "app_key": ("string",),
    "survey_id": ("string",),
    "group_id": ("string",),
    "platform": ("string",),
    "trigger": ("string",),
}
_QUESTION: Mapping[str, _Kinds] = {
    "question_id": ("string",),
    "question_order": ("number",),
    "response": ("string",),
    "question_text": ("string",),
    "question_type": ("string",),
    "created_at": ("string",),
}
_COMPLETION: Mapping[str, _Kinds] = {
    **_COMMON,
    "survey_name": ("string",),
    "event_type": ("string",),
    "responses": ("list",),
}
_ANSWER: Mapping[str, _Kinds] = {**_COMMON, **_QUESTION}
_RESPONSES: Mapping[ResponseForm, _Kinds] = {
    "several": ("list", "string"),  # a string if the question was skipped
    "one": ("string", "list"),
    "number": ("string", "number"),
}
"""The types of a response that can be something other than a string."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The differences between a body and the documents; both are empty if there are none."""

    departures: tuple[str, ...] = ()
    """Documented fields that are missing, of another type or out of range: `user_id is missing`."""
    news: tuple[str, ...] = ()
    """Undocumented parts: `field responses[].score`, `platform web`, `event survey_opened`."""


AS_DOCUMENTED = Shape()


def shape_of(value: JsonValue) -> Shape:
    """Return the shape of a parsed body; never raises. A body that is not an object has no differences."""
    if not isinstance(value, dict):
        return AS_DOCUMENTED
    responses = value.get("responses")
    if isinstance(responses, list):
        found = [_object("completion", value)]
        # A list repeats a few shapes.
        found += dict.fromkeys(_response(response) for response in responses[:MAX_ITEMS])
    elif "question_id" in value:
        found = [_object("answer", value)]
    else:
        found = [Shape(news=(_event(value.get("event_type")),))]
    if not any(found_one is not AS_DOCUMENTED for found_one in found):
        return AS_DOCUMENTED
    return Shape(
        departures=_first(difference for one in found for difference in one.departures),
        news=_first(what for one in found for what in one.news),
    )


def departs_from_docs(departures: tuple[str, ...]) -> Finding:
    """Return the finding on the first capture with fields that differ from the documents."""
    return Finding(
        code="departs-from-docs",
        summary=f"First seen in this file, and different from the documentation: {', '.join(departures)}.",
        fix="Make sure that your receiver accepts it, or ask the sender which form is right.",
        detail={"departures": list(departures)},
    )


def new_shape(news: tuple[str, ...]) -> Finding:
    """Return the finding on the first capture with something undocumented."""
    return Finding(
        code="new-shape",
        summary=f"First seen in this file, and not documented: {', '.join(news)}.",
        fix="Make sure that your receiver accepts it. Senders extend their events without notice.",
        detail={"news": list(news)},
    )


def _response(value: JsonValue) -> Shape:
    if isinstance(value, dict):
        return _object("response", value)
    return Shape(departures=(f"responses[] holds a {_kind(type(value))}",))


def _object(name: str, value: dict[str, Any]) -> Shape:
    compare = _compared if len(value) <= _MAX_FIELDS else _compared.__wrapped__
    return compare(
        name,
        tuple(value),
        tuple(map(type, value.values())),
        _word(value.get("question_type")),
        _word(value.get("platform")),
        _word(value.get("event_type")),
        _is_out_of_range(value),
    )


# A few shapes repeat all day. The keys are bounded because senders choose them.
@lru_cache(maxsize=256)
def _compared(
    name: str,
    fields: tuple[str, ...],
    types: tuple[type, ...],
    question_type: str | None,
    platform: str | None,
    event_type: str | None,
    is_out_of_range: bool,
) -> Shape:
    where = "responses[]." if name == "response" else ""
    documented = {"completion": _COMPLETION, "answer": _ANSWER, "response": _QUESTION}[name]
    question = QUESTION_TYPES.get(question_type or "")
    if question is not None and question.response_form in _RESPONSES and "response" in documented:
        documented = {**documented, "response": _RESPONSES[question.response_form]}
    of_type = f" ({question.value})" if question is not None else ""
    kinds = dict(zip(fields, map(_kind, types), strict=True))
    departures = []
    for field, allowed in documented.items():
        kind = kinds.get(field)
        if kind is None:
            departures.append(f"{where}{field} is missing")
        elif kind not in allowed:
            departures.append(f"{where}{field}{of_type if field == 'response' else ''} is {_A[kind]}")
        elif field == "response" and is_out_of_range and question is not None:
            low, high = question.low, question.high
            departures.append(f"{where}response{of_type} is not a whole number from {low} to {high}")
    # The event_type of an answer is not documented but may be sent, so it is not a new field.
    known = documented.keys() | ({"event_type"} if name == "answer" else set())
    news = [f"field {where}{field}" for field in fields if field not in known]
    if question_type is not None and question_type not in QUESTION_TYPES:
        news.append(f"question type {question_type}")
    if platform is not None and name != "response" and platform not in PLATFORMS:
        news.append(f"platform {platform}")
    if event_type is not None and name != "response" and event_type != EVENT_TYPE:
        news.append(f"event {event_type}")
    if not departures and not news:
        return AS_DOCUMENTED
    return Shape(departures=_first(departures), news=_first(news))


_KINDS: Mapping[type, str] = {
    str: "string", int: "number", float: "number", bool: "boolean", list: "list", dict: "object",
    type(None): "null",
}  # fmt: skip
_A: Mapping[str, str] = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "list": "a list",
    "object": "an object",
    "null": "null",
}


def _is_out_of_range(value: dict[str, Any]) -> bool:
    """Return whether a rating is not a number in its range. A skipped rating is empty."""
    question = QUESTION_TYPES.get(_word(value.get("question_type")) or "")
    if question is None or question.low is None or question.high is None:
        return False
    response = value.get("response")
    if response in ("", None):
        return False
    number = whole_number(response)
    return number is None or not question.low <= number <= question.high


def _kind(type_: type) -> str:
    return _KINDS.get(type_, "number")  # a number with its source text


def _word(value: JsonValue) -> str | None:
    """Return a name from the sender; None if there is none."""
    return value if isinstance(value, str) and value else None


def _event(event_type: JsonValue) -> str:
    return f"event {_word(event_type) or 'without a name'}"


def _first(texts: Any) -> tuple[str, ...]:
    distinct = dict.fromkeys(shortened(text, MAX_CHARACTERS) for text in texts)
    return tuple(distinct)[:MAX_LISTED]
