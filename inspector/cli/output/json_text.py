"""Lines of JSON: one object per line, in ASCII."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from inspector.domain.stringify import Style as JsonStyle
from inspector.domain.stringify import encoder, number_text, walked, written

_MAX_DIGITS = 1_000
"""Longer numbers are printed as JavaScript reads them. Python refuses to read 4,300 digits and more."""
_EXACT = JsonStyle(
    comma=", ",
    colon=": ",
    quoted=json.encoder.encode_basestring_ascii,
    number=lambda number: number.source if len(number.source) <= _MAX_DIGITS else number_text(number),
)
_encoded = encoder(json.encoder.encode_basestring_ascii, comma=", ", colon=": ")


def json_line(record: dict[str, Any]) -> str:
    """Return one object as JSON in ASCII, which no encoding or terminal can change.

    A number from a body keeps up to 1,000 digits, and any depth is possible.
    """
    answers: Any = record.get("answers")
    values: list[Any] = [record]
    if isinstance(answers, list):
        # A capture has values of its body only in its answers. Walking the rest takes as long as printing it.
        values = [answer["response"] for answer in answers]
    if walked(values)[0]:
        with suppress(RecursionError):
            return _encoded(record)
    return "".join(written(record, _EXACT))
