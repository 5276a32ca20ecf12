"""Texts that arrived inside another one: in a form field, or as a string in a JSON object."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Literal
from urllib.parse import unquote_to_bytes

from inspector.base.visible import visible, visible_bytes
from inspector.domain.json.value import JsonValue, NotJSON, parse_bounded

MAX_TEXTS = 8
_MAX_FIELDS = 100
_MAX_VALUES = 10_000
"""Of a form, or of a JSON document, this many are looked at."""
_MAX_NESTED = 3
"""Wrappers within wrappers: SNS in SQS has two."""
_MAX_NAME = 40
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{16,}={0,2}\s*|[A-Za-z0-9_-]{16,}={0,2}")
_PART_NAME = re.compile(rb'name="([^"\r\n]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A text that may be the event, and its place."""

    text: bytes
    wrapper: Literal["form", "multipart", "json"]
    field: str
    """The name of the form field, or the path of the member: `Records[0].body`."""
    is_base64: bool = False

    @property
    def words(self) -> str:
        """`that arrived inside the form field “payload”`."""
        how = "as a string in the member" if self.wrapper == "json" else "inside the form field"
        return f"that arrived {how} “{self.field}”" + (", in base64" if self.is_base64 else "")


def wrapped(body: bytes, parsed: tuple[JsonValue] | None) -> tuple[Wrapped, ...]:
    """The texts in a body that may be JSON, at most `MAX_TEXTS`; `parsed` is its value if it is JSON."""
    if parsed is not None:
        found = _in_json(parsed[0], "", 0)
    elif body.startswith(b"--"):
        found = _in_parts(body)
    else:
        found = _in_form(body)
    return tuple(islice(found, MAX_TEXTS))


def _in_form(body: bytes) -> Iterator[Wrapped]:
    """`payload=%7B…`, also if the value was not encoded."""
    for place, field in enumerate(body.split(b"&", _MAX_FIELDS)[:_MAX_FIELDS]):
        name, has_value, value = field.partition(b"=")
        if not has_value:
            continue
        shown = visible_bytes(unquote_to_bytes(name[:_MAX_NAME].replace(b"+", b" ")))
        text = unquote_to_bytes(value.replace(b"+", b" "))
        if _may_be_json(text):
            yield Wrapped(text=text, wrapper="form", field=shown)
        plain = body.partition(b"=")[2]
        if place == 0 and plain != text and _may_be_json(plain):
            yield Wrapped(text=plain, wrapper="form", field=shown)


def _in_parts(body: bytes) -> Iterator[Wrapped]:
    """The parts of `multipart/form-data`, whose boundary is the first line."""
    boundary = body.partition(b"\n")[0].rstrip(b"\r")
    for part in body.split(boundary, _MAX_FIELDS)[1:_MAX_FIELDS]:
        head, _, text = part.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
        text = text.removesuffix(b"\n").removesuffix(b"\r")
        if _may_be_json(text):
            name = _PART_NAME.search(head)
            shown = visible_bytes(name[1][:_MAX_NAME]) if name else ""
            yield Wrapped(text=text, wrapper="multipart", field=shown)


def _in_json(value: JsonValue, path: str, nested: int) -> Iterator[Wrapped]:
    """Each string that looks like JSON, in the order of the document, then the strings within those."""
    pending: list[tuple[str, JsonValue]] = [(path, value)]
    found: list[Wrapped] = []
    for place, item in pending:  # grows while it is walked
        if len(pending) > _MAX_VALUES:
            break
        if isinstance(item, dict):
            pending += [(f"{place}.{key[:_MAX_NAME]}".lstrip("."), one) for key, one in item.items()]
        elif isinstance(item, list):
            pending += [(f"{place}[{number}]", one) for number, one in enumerate(item[:_MAX_FIELDS])]
        elif isinstance(item, str) and place:
            found += _in_string(item, visible(place[: 3 * _MAX_NAME]))
    yield from found
    if nested < _MAX_NESTED:
        for one in found:
            with suppress(NotJSON):
                yield from _in_json(parse_bounded(one.text), one.field, nested + 1)


def _in_string(string: str, path: str) -> Iterator[Wrapped]:
    """The string itself, or what it has in base64."""
    text = string.encode("utf-8", "replace")
    if _may_be_json(text):
        yield Wrapped(text=text, wrapper="json", field=path)
    elif _BASE64.fullmatch(string):
        with suppress(binascii.Error):
            data = base64.b64decode(string.translate(str.maketrans("-_", "+/")) + "==")
            if _may_be_json(data):
                yield Wrapped(text=data, wrapper="json", field=path, is_base64=True)


def _may_be_json(text: bytes) -> bool:
    return text.lstrip()[:1] in (b"{", b"[")
