"""Question types, and the responses to them: as text, and in a normal form for comparison.

The types are those of Blitzllama's SDK and API page; its webhook page documents the first two. The set is
open, so an unknown type is not a fault. To add one, add an entry to `QUESTION_TYPES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from inspector.base.visible import shortened
from inspector.domain.json.value import JsonValue, Number
from inspector.domain.stringify import number_text

ResponseForm = Literal["text", "one", "several", "number", "click"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionType:
    """A type of question: the form of its responses, and its name in the program."""

    value: str
    """As in `question_type`."""
    label: str
    """The label that the user sees next to the question."""
    response_form: ResponseForm
    """Free text, one option, several options, a number, or only a click."""
    low: int | None = None
    high: int | None = None
    """The range of a number, both ends included."""
    prefix: str = ""
    """The text before the answer in a list."""
    empty: str = "Skipped"
    """The text for an empty answer."""


QUESTION_TYPES = {
    kind.value: kind
    for kind in (
        QuestionType(value="input_feedback", label="free text", response_form="text"),
        QuestionType(value="multi_select_feedback", label="multiple choice", response_form="several"),
        QuestionType(value="single_select_feedback", label="single choice", response_form="one"),
        QuestionType(value="data_collection", label="validated text", response_form="text"),
        QuestionType(value="nps_feedback", label="NPS, 0 to 10", response_form="number", low=0, high=10),
        QuestionType(value="scale_feedback", label="scale, 1 to 5", response_form="number", low=1, high=5),
        QuestionType(
            value="star_feedback", label="stars, 1 to 5", response_form="number", low=1, high=5, prefix="★ "
        ),
        QuestionType(value="emoji_feedback", label="emoji, 1 to 5", response_form="number", low=1, high=5),
        QuestionType(value="intro_prompt", label="introduction", response_form="click", empty="Clicked"),
    )
}


def question_type(value: str | None) -> QuestionType | None:
    """Return the entry for a `question_type`, None if it is absent or unknown."""
    return None if value is None else QUESTION_TYPES.get(value)


_quoted: Callable[[Any], str] = json.encoder.encode_basestring_ascii
_NOT_TEXT = "\0"
"""The beginning of the normal form of several options, so that it differs from any free text."""


def normal_form(response: JsonValue) -> str:
    """Return a text that is equal for equal answers; `""` for an empty one.

    `5` and `"5"`, `["a"]` and `"a"` are the same answer, and null, `""` and `[]` are none. The order of
    several options counts: it is the survey's own.
    """
    if type(response) is str:
        return response
    response = unwrapped(response)
    if response is None:
        return ""
    if isinstance(response, list):
        if not response:
            return ""
        if set(map(type, response)) == {str}:
            # As json.dumps, in a third of its time. Stored hashes are computed from it.
            return f"{_NOT_TEXT}[{', '.join(map(_quoted, response))}]"
        parts = [_scalar(option) for option in response]
        if None not in parts:
            return _NOT_TEXT + json.dumps(parts)
    text = _scalar(response)
    return _NOT_TEXT + "".join(_pieces(response)) if text is None else text


def unwrapped(response: JsonValue) -> JsonValue:
    """Return the option in a list of one, however deep; any other response unchanged."""
    while isinstance(response, list) and len(response) == 1:
        response = response[0]
    return response


def is_empty(response: JsonValue) -> bool:
    """Return whether a response skips its question: null, `""`, `[]`, or a list of one of these."""
    response = unwrapped(response)
    return response is None or response == "" or response == []


def response_text(response: JsonValue, question_type: str | None, length: int) -> str:
    """Return the answer in at most `length` characters for a list, `""` for an empty one.

    Free text is in “ ”, stars are `★ 4`, options are joined by commas. Only about `length` characters of a
    large answer are read.
    """
    kind = QUESTION_TYPES.get(question_type) if question_type is not None else None
    response = unwrapped(response)
    if is_empty(response):
        return ""
    if isinstance(response, str):
        if kind is None or kind.response_form == "text":
            return f"“{shortened(response, length - 2)}”"
        return shortened(f"{kind.prefix}{response[: length + 1]}", length)
    if isinstance(response, list):
        parts: list[str] = []
        room = length
        for option in response:
            part = _scalar(option)
            parts.append(json_excerpt(option, length) if part is None else part[: length + 1])
            room -= len(parts[-1]) + 2
            if room < -2:
                break
        return shortened(", ".join(parts), length)
    text = _scalar(response)
    prefix = kind.prefix if kind is not None else ""
    return json_excerpt(response, length) if text is None else shortened(prefix + text[: length + 1], length)


def whole_text(response: JsonValue) -> str:
    """Return the whole answer as plain text, `""` for an empty one; options are joined by `; `."""
    if is_empty(response):
        return ""
    response = unwrapped(response)
    return "; ".join(map(_plain, response)) if isinstance(response, list) else _plain(response)


def json_excerpt(value: JsonValue, length: int) -> str:
    """Return the beginning of `value` as JSON with spaces, at most `length` characters, at any depth."""
    parts: list[str] = []
    room = length
    for piece in _pieces(value, length):
        parts.append(piece)
        room -= len(piece)
        if room < 0:
            break
    return shortened("".join(parts), length)


def _plain(value: JsonValue) -> str:
    """Return a text or number unchanged, anything else as JSON."""
    text = _scalar(value)
    return "".join(_pieces(value)) if text is None else text


def _scalar(value: JsonValue) -> str | None:
    """Return a text or number as text; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and abs(value) < 2**53:
        return number_text(value)  # 5.0 and 5 are the same number, because JavaScript prints both alike
    return source_text(value) if isinstance(value, int | float) else None


def whole_number(response: JsonValue) -> int | None:
    """Return a rating that was sent as a number or as text; None for anything else."""
    if isinstance(response, bool):
        return None
    if isinstance(response, (int, float)):
        return int(response) if abs(response) < 2**31 and response == int(response) else None
    if isinstance(response, str) and len(response) < 10 and response.strip().isdecimal():
        return int(response)
    return None


def source_text(number: int | float) -> str:
    """Return a parsed number as in the body."""
    return number.source if isinstance(number, Number) else str(number)


def _pieces(value: JsonValue, length: int | None = None) -> Iterator[str]:
    """Yield JSON in pieces, without recursion. With a `length`, long texts are cut."""
    pending: list[Iterator[str | list[JsonValue]] | str] = []

    def opened(item: JsonValue) -> str:
        """Return the text before the members of `item`, and push these on the stack."""
        if isinstance(item, dict):
            pending.extend(("}", _members(item, length)))
            return "{"
        if isinstance(item, list):
            pending.extend(("]", _elements(item)))
            return "["
        if isinstance(item, str):
            return json.dumps(item if length is None else item[:length], ensure_ascii=False)
        if item is None or isinstance(item, bool):
            return {None: "null", True: "true", False: "false"}[item]
        return source_text(item)

    yield opened(value)
    while pending:
        top = pending[-1]
        if isinstance(top, str):
            yield pending.pop()  # type: ignore[misc]
            continue
        step = next(top, None)
        if step is None:
            pending.pop()
        elif isinstance(step, str):
            yield step
        else:
            yield opened(step[0])


def _members(item: dict[str, JsonValue], length: int | None) -> Iterator[str | list[JsonValue]]:
    between = ""
    for name, value in item.items():
        yield f"{between}{json.dumps(name if length is None else name[:length], ensure_ascii=False)}: "
        yield [value]
        between = ", "


def _elements(item: list[JsonValue]) -> Iterator[str | list[JsonValue]]:
    for place, value in enumerate(item):
        if place:
            yield ", "
        yield [value]
