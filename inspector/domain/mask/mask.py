"""Values that are hidden outside the program: secrets, signatures, `app_key`, `user_id`, answers.

A masked body hides fields in its own text and keeps every other character.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER
from inspector.domain.json.json_path import Step, read_path
from inspector.domain.json.source import JsonSyntaxError
from inspector.domain.json.value import JsonValue, Number
from inspector.domain.json.walk import Walk

DOTS = "••••••••"
"""Replaces any hidden text, whatever its length."""

PUBLIC_FIELDS = frozenset((
    "survey_id", "survey_name", "group_id", "platform", "trigger", "event_type", "created_at",
    "question_id", "question_order", "question_text", "question_type",
))  # fmt: skip
"""Documented fields whose values are not about a person. The values of all other fields are hidden, because
they may be anything."""
IDENTIFYING_FIELDS = ("app_key", "user_id")

_MIN_SCRUBBED = 3
"""A shorter key or user id would be found in unrelated words."""
_MAX_SCRUBBED = 20
_MAX_KEY = 40
_PRIVATE_HEADER = re.compile(rb"auth|cookie|secret|token|password|session|api.?key|app.?key|user|signature")
# Hex of any usual hash, or base64 of its bytes, with or without a name before it, as in sha256=…
_DIGEST = re.compile(
    r"(?:[A-Za-z0-9_-]{1,16}=)?(?:[0-9A-Fa-f]{32,128}|(?:[A-Za-z0-9+/_-]{27}|[A-Za-z0-9+/_-]{43}|"
    r"[A-Za-z0-9+/_-]{64}|[A-Za-z0-9+/_-]{86})={0,2})"
)
_MAX_DIGEST = 160
_DIGITS_OF_DIGEST = re.compile("[0-9A-Fa-f]{32,}|(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{43}=(?!=)")
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def masked_digest(text: str) -> str:
    """Return a digest as its first and last four digits, with the name before it. Return anything else as
    dots."""
    if not _DIGEST.fullmatch(text):
        return DOTS if text else ""
    name, found, digest = text.rstrip("=").partition("=")
    if not found:
        name, digest = "", name
    return f"{name}{found}{digest[:4]}…{digest[-4:]}"


def masked_header(name: bytes, value: str) -> str:
    """Return the value of a header without the credentials in it."""
    lower = name.lower()
    if lower == SIGNATURE_HEADER:
        return ", ".join(masked_digest(part) for part in value.split(", "))
    return DOTS if lower == SAMPLE_HEADER or is_private_header(lower) else value


def is_private_header(name: bytes) -> bool:
    """Return whether a header of this name contains a credential or a signature."""
    return _PRIVATE_HEADER.search(name.lower()) is not None


def hidden_header(name: bytes, value: bytes) -> bytes:
    """Return the value of a header for a masked screen: eight dots for a credential."""
    lower = name.lower()
    is_hidden = lower == SAMPLE_HEADER or is_private_header(lower) or _is_digest(value)
    return DOTS.encode() if value and is_hidden else value


def _is_digest(value: bytes) -> bool:
    """Return whether a value looks like a signature, whatever its name."""
    return len(value) <= _MAX_DIGEST and _DIGEST.fullmatch(value.decode("latin-1")) is not None


def hidden_digests(text: str) -> str:
    """Return `text` with dots for everything that looks like a digest in hex, or a SHA-256 in base64."""
    return _DIGITS_OF_DIGEST.sub(DOTS, text)


def masked_value(value: JsonValue, field: str = "") -> Any:
    """Return a copy of a parsed body, the value of `field`, with only the values of public fields.

    Field names, the number of answers, empty texts and null stay. The depth of the value must be bounded.
    """
    if isinstance(value, dict) and field not in (*IDENTIFYING_FIELDS, "response"):
        return {masked_name(key): masked_value(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked_value(inner, field) for inner in value]
    if value is None or value == "":
        return value
    if field not in PUBLIC_FIELDS or isinstance(value, dict):
        return DOTS
    if isinstance(value, Number) and not math.isfinite(value):
        return value.source
    return value


def masked_name(key: str) -> str:
    """Return the name of a field, or dots for a name that may be free text."""
    return shortened(key, _MAX_KEY) if _FIELD_NAME.fullmatch(key) else DOTS


def identifying_values(value: JsonValue) -> tuple[str, ...]:
    """Return the app keys and user ids in a parsed body of a bounded depth, the longest first."""
    found = {text for text in _identifying(value, "") if len(text) >= _MIN_SCRUBBED}
    return tuple(sorted(found, key=len, reverse=True)[:_MAX_SCRUBBED])


def scrubbed(text: str, hidden: Sequence[str]) -> str:
    """Return `text` with dots in place of each text in `hidden`."""
    for one in hidden:
        text = text.replace(one, DOTS)
    return text


def _identifying(value: JsonValue, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _identifying(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _identifying(inner, field)
    elif field in IDENTIFYING_FIELDS and value is not None and not isinstance(value, bool):
        yield value.source if isinstance(value, Number) else str(value)


LARGEST = 4 * 1024 * 1024
"""In bytes. A larger body is hidden as a whole, because parsing it would take many seconds."""

_NAME = re.compile(r"[^\s$.\[\]\"':,*]{1,100}")
_OF_AN_ANSWER = frozenset(("response", "question_text"))
_HIDDEN = f'"{DOTS}"'
_BOM = "\ufeff"
_OF_EMAIL = r"[^\s\"'<>@,;:()\[\]{}\\/=&?]"
_EMAIL = rf"{_OF_EMAIL}{{1,64}}(?:@|%40|\\u0040){_OF_EMAIL}{{1,253}}\.{_OF_EMAIL}{{2,63}}"
_QUOTE = r"(?:\\?[\"']|%2[27])?"
_BLANK = r"(?:\s|\+|%20)*"


MaskKind = Literal["field", "text", "emails", "notes", "clients", "undocumented"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedField:
    """Hidden values: every field of a name, the values at one path, or values of another kind."""

    name: str = ""
    """For a `text`, the text itself, which is hidden wherever it is."""
    steps: tuple[Step, ...] = ()
    """Empty for a name. None is any element of an array."""
    kind: MaskKind = "field"

    @classmethod
    def parse(cls, text: str) -> MaskedField:
        """Read `user_id` or `$.responses[*].response`. Raises UsageError if it is not valid."""
        text = text.strip()
        if _NAME.fullmatch(text):
            return cls(name=text)
        if text.startswith("$"):
            steps, end = read_path(f"{text}:", 0)
            if steps and end == len(text) + 1:
                return cls(steps=steps)
        raise UsageError(
            f"“{visible(text)}” is not a field. Use a name, such as user_id, or a path, such "
            "as $.responses[*].response."
        )

    @property
    def last_name(self) -> str:
        """The name of the last field in it; empty if it ends in an element."""
        if self.kind != "field":
            return f"\0{self.kind}"  # the name of no field
        last = self.steps[-1] if self.steps else self.name
        return last if isinstance(last, str) else ""


APP_KEY = MaskedField(name="app_key")
"""Always hidden."""
EMAILS = MaskedField(kind="emails")
"""E-mail addresses wherever they are."""
NOTES = MaskedField(kind="notes")
"""The user's notes on captures."""
CLIENTS = MaskedField(kind="clients")
"""Addresses and programs of the senders, which proxies add to the headers."""
UNDOCUMENTED = MaskedField(kind="undocumented")
"""Fields that the sender does not document: their values may be anything."""

MaskPreset = Literal["secrets", "people", "everything"]
PRESETS: Mapping[MaskPreset, tuple[MaskedField, ...]] = {
    "secrets": (),
    "people": (MaskedField(name="user_id"), MaskedField(name="response"), EMAILS, NOTES),
    "everything": (
        *(MaskedField(name=name) for name in ("user_id", "response", "group_id", "platform", "trigger")),
        *(MaskedField(name="created_at"), EMAILS, NOTES, CLIENTS, UNDOCUMENTED),
    ),
}
"""What the mask hides in addition to credentials and the fields of the user."""
PRESET_TITLES: Mapping[MaskPreset, str] = {
    "secrets": "Secrets only",
    "people": "People",
    "everything": "Everything personal",
}


def is_hidden_name(fields: Sequence[MaskedField], name: str) -> bool:
    """Return whether a value that the sender calls `name` is hidden, at any place.

    If the list of answers or one element of it is hidden, so is the answer to each question.
    """
    names = {field.last_name for field in fields}
    return (
        name in names
        or (name in _OF_AN_ANSWER and bool(names & {"responses", ""}))
        or (UNDOCUMENTED in fields and is_undocumented(name))
    )


def is_undocumented(name: str) -> bool:
    """Return whether the sender does not document a field of this name. Elements and the list of answers have
    no values of their own."""
    return name not in PUBLIC_FIELDS and name not in ("", "responses")


def hides(fields: Sequence[MaskedField], kind: MaskKind) -> bool:
    """Return whether values of this kind are hidden."""
    return any(field.kind == kind for field in fields)


def hidden_free(text: str, fields: Sequence[MaskedField]) -> str:
    """Return `text` without e-mail addresses and texts, if they are hidden."""
    pattern = _free_pattern(fields)
    return text if pattern is None else pattern.sub(DOTS, text)


def hidden_free_bytes(data: bytes, fields: Sequence[MaskedField]) -> bytes:
    """Return the same for bytes of a header or a target."""
    if _free_pattern(fields) is None:
        return data
    text = data.decode("utf-8", "surrogateescape")
    return hidden_free(text, fields).encode("utf-8", "surrogateescape")


def _free_pattern(fields: Sequence[MaskedField]) -> re.Pattern[str] | None:
    """Return a pattern of what is hidden wherever it is, or None."""
    parts = [re.escape(field.name) for field in fields if field.kind == "text" and field.name]
    if EMAILS in fields:
        parts.append(_EMAIL)
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def is_hidden_path(fields: Sequence[MaskedField], steps: Sequence[Step]) -> bool:
    """Return whether the value at a path of a body is hidden: by a name in the path, or within another hidden
    value."""
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    return is_hidden_name(fields, name) or any(
        field.name in steps if field.name else _is_within(steps, field.steps)
        for field in fields
        if field.kind == "field"
    )


def _is_within(steps: Sequence[Step], outer: Sequence[Step]) -> bool:
    """Return whether a path may lead to the value of `outer`, or into it. None is any element in either."""
    return len(steps) >= len(outer) and all(
        one == other or (None in (one, other) and not isinstance(one or other, str))
        for one, other in zip(steps, outer, strict=False)
    )


def masked_body(body: bytes, fields: Sequence[MaskedField]) -> bytes:
    """Return the body with eight dots for the value of each of `fields`, of any type.

    Text that is not JSON is searched for the names of the fields. If one of the fields is a path, such text
    is hidden as a whole, because the path cannot be followed there.
    """
    if len(body) > LARGEST:
        return f"{DOTS} {len(body):,} bytes, too large to mask field by field.".encode()
    text = body.decode("utf-8", "surrogateescape")
    parts: list[str] = []
    position = 0
    for start, end, shown in _places(text, fields):
        parts += (text[position:start], shown)
        position = end
    parts.append(text[position:])
    return "".join(parts).encode("utf-8", "surrogateescape")


def hidden_sources(body: bytes, fields: Sequence[MaskedField]) -> Iterator[str]:
    """Yield the texts that `masked_body` hides, as in the source. The body must not be too large for it."""
    text = body.decode("utf-8", "surrogateescape")
    for start, end, _ in _places(text, fields):
        yield text[start:end]


def _places(text: str, fields: Sequence[MaskedField]) -> Iterator[tuple[int, int, str]]:
    names = frozenset(field.name for field in fields if field.name and field.kind == "field")
    paths = [field.steps for field in fields if field.steps]
    mark = len(text) - len(text.removeprefix(_BOM))  # not part of the JSON, but frequent
    pattern = _free_pattern(fields)
    position = 0
    is_strict = UNDOCUMENTED in fields
    for start, end, shown in _hidden(text[mark:], names, paths, is_strict=is_strict):
        if pattern is not None:
            yield from _found(pattern, text, position, mark + start)
        yield mark + start, mark + end, shown
        position = mark + end
    if pattern is not None:
        yield from _found(pattern, text, position, len(text))


def _found(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for found in pattern.finditer(text, start, end):
        yield *found.span(), DOTS


def _hidden(
    text: str, names: frozenset[str], paths: Sequence[tuple[Step, ...]], *, is_strict: bool = False
) -> Iterator[tuple[int, int, str]]:
    """Yield the ranges that must be hidden, in order: start, end, and the replacement."""

    def is_meant() -> bool:
        name = walk.name
        return name in names or (is_strict and is_undocumented(name)) or any(map(walk.is_at, paths))

    walk = Walk(text)
    opened: int | None = None  # the start of an object or array that is hidden as a whole
    try:
        for kind, start, end in walk:
            if kind in "}]":
                if start == opened:
                    yield start, end, _HIDDEN
                    opened = None
            elif opened is not None:
                continue
            elif is_meant():
                if kind in "{[":
                    opened = start
                else:
                    yield start, end, _HIDDEN
            elif kind == "string" and _is_wrapped(text[start:end], walk.depth > 0, names):
                yield start, end, _HIDDEN
    except JsonSyntaxError:
        if opened is not None or is_meant():  # the text stopped within a hidden value, or possibly so
            yield walk.end if opened is None else opened, len(text), _HIDDEN
        elif (paths or is_strict) and text[walk.end :].strip():
            yield walk.end, len(text), DOTS
        else:
            yield from _named(text, walk.end, names)


def _is_wrapped(text: str, is_nested: bool, names: frozenset[str]) -> bool:
    """Return whether a string contains JSON with a hidden field: the whole body can be such a string, or a
    value in it."""
    return (not is_nested or '\\"' in text) and any(name in text for name in names)


def name_pattern(name: str) -> str:
    """Return a regular expression for a name in which any character may be percent-encoded."""
    return "".join(f"(?:{re.escape(one)}|{_encoded(one)})" for one in name)


def _encoded(character: str) -> str:
    return "".join(f"%(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))


def _named(text: str, begin: int, names: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the values after a name in text that is not JSON: `"app_key": "…"`, `app_key=…`,
    `app%5Fkey=…`."""
    if not names:
        return
    # The JSON may have ended between a name and its value.
    begin = max(text.rfind("\n", 0, begin), text.rfind(",", 0, begin), text.rfind("{", 0, begin)) + 1
    either = "|".join(map(name_pattern, sorted(names)))
    value = re.compile(
        rf"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{{2}}))(?:{either})(?!\w){_QUOTE}{_BLANK}(?:[:=]|%3[AaDd]){_BLANK}"
        r"(?P<value>[\[{](?s:.*)|\\?\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,;&}\]]+)"
    )
    for found in value.finditer(text, begin):
        yield *found.span("value"), DOTS
