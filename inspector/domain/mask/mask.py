"""What is hidden when something leaves the program: secrets, signatures, `app_key`, `user_id`, answers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from inspector.base.visible import shortened
from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER
from inspector.domain.json.value import JsonValue, Number

DOTS = "••••••••"
"""Stands for anything hidden, whatever its length."""

PUBLIC_FIELDS = frozenset((
    "survey_id", "survey_name", "group_id", "platform", "trigger", "event_type", "created_at",
    "question_id", "question_order", "question_text", "question_type",
))  # fmt: skip
"""Documented fields whose values tell nothing of a person. Of any other field the value is hidden, since
nobody knows what stands in it."""
IDENTIFYING_FIELDS = ("app_key", "user_id")

_MIN_SCRUBBED = 3
"""A shorter key or user id would be found in words that have nothing to do with it."""
_MAX_SCRUBBED = 20
_MAX_KEY = 40
_PRIVATE_HEADER = re.compile(rb"auth|cookie|secret|token|password|session|api.?key|app.?key|user|signature")
# Hex of any usual hash, or base64 of its bytes; with a name before it, as in sha256=…
_DIGEST = re.compile(
    r"(?:[A-Za-z0-9_-]{1,16}=)?(?:[0-9A-Fa-f]{32,128}|(?:[A-Za-z0-9+/_-]{27}|[A-Za-z0-9+/_-]{43}|"
    r"[A-Za-z0-9+/_-]{64}|[A-Za-z0-9+/_-]{86})={0,2})"
)
_MAX_DIGEST = 160
_DIGITS_OF_DIGEST = re.compile("[0-9A-Fa-f]{32,}")
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def masked_digest(text: str) -> str:
    """A digest as its first and last four digits, with the name before it; anything else as dots."""
    if not _DIGEST.fullmatch(text):
        return DOTS if text else ""
    name, found, digest = text.rstrip("=").partition("=")
    if not found:
        name, digest = "", name
    return f"{name}{found}{digest[:4]}…{digest[-4:]}"


def masked_header(name: bytes, value: str) -> str:
    """The value of a header with what is a credential in it hidden."""
    lower = name.lower()
    if lower == SIGNATURE_HEADER:
        return ", ".join(masked_digest(part) for part in value.split(", "))
    return DOTS if lower == SAMPLE_HEADER or is_private_header(lower) else value


def is_private_header(name: bytes) -> bool:
    """Whether a header of this name holds a credential, or a signature."""
    return _PRIVATE_HEADER.search(name.lower()) is not None


def hidden_header(name: bytes, value: bytes) -> bytes:
    """The value of a header as a masked screen shows it: of a credential nothing but eight dots."""
    lower = name.lower()
    is_hidden = lower == SAMPLE_HEADER or is_private_header(lower) or _is_digest(value)
    return DOTS.encode() if value and is_hidden else value


def _is_digest(value: bytes) -> bool:
    """Whether it looks like a signature, under whatever name."""
    return len(value) <= _MAX_DIGEST and _DIGEST.fullmatch(value.decode("latin-1")) is not None


def hidden_digests(text: str) -> str:
    """`text` with dots for whatever in it looks like a digest in hex."""
    return _DIGITS_OF_DIGEST.sub(DOTS, text)


def masked_value(value: JsonValue, field: str = "") -> Any:
    """A copy of a parsed body, the value of `field`, that shows the values of public fields alone.

    Names of fields, the number of answers, empty texts and null stay. To be given values of a bounded
    depth.
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
    """The name of a field as it may be seen: where it is none, it may well be somebody's words."""
    return shortened(key, _MAX_KEY) if _FIELD_NAME.fullmatch(key) else DOTS


def identifying(value: JsonValue) -> tuple[str, ...]:
    """The app keys and user ids in a parsed body of a bounded depth, the longest first."""
    found = {text for text in _identifying(value, "") if len(text) >= _MIN_SCRUBBED}
    return tuple(sorted(found, key=len, reverse=True)[:_MAX_SCRUBBED])


def scrubbed(text: str, hidden: Sequence[str]) -> str:
    """`text` with dots wherever one of `hidden` stands."""
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
