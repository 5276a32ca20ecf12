"""What is hidden when something leaves the program: secrets, signatures, `app_key`, `user_id`, answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from inspector.domain.capture import SAMPLE_HEADER, SIGNATURE_HEADER
from inspector.domain.json_value import JsonValue

DOTS = "••••••••"
"""Stands for anything hidden, whatever its length."""

PERSONAL_FIELDS = frozenset(("app_key", "user_id", "response"))

_CREDENTIALS = frozenset(
    (b"authorization", b"cookie", b"set-cookie", b"proxy-authorization", b"x-api-key", SAMPLE_HEADER)
)


def masked_digest(text: str) -> str:
    """A digest as its first and last four digits; anything shorter than twelve characters as dots."""
    return f"{text[:4]}…{text[-4:]}" if len(text) >= 12 else DOTS if text else ""


def masked_header(name: bytes, value: str) -> str:
    """The value of a header with what is a credential in it hidden."""
    lower = name.lower()
    if lower == SIGNATURE_HEADER:
        return masked_digest(value)
    return DOTS if lower in _CREDENTIALS else value


def masked_value(value: JsonValue, fields: Collection[str] = PERSONAL_FIELDS) -> Any:
    """A copy of a parsed body with the values of these fields hidden, at any depth of objects.

    An empty text and null stay, as they tell nothing. To be given values of a bounded depth.
    """
    if isinstance(value, dict):
        return {
            key: _hidden(inner) if key in fields else masked_value(inner, fields)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [masked_value(inner, fields) for inner in value]
    return value


def _hidden(value: JsonValue) -> Any:
    if value is None or value == "":
        return value
    return [_hidden(inner) for inner in value] if isinstance(value, list) else DOTS
