"""The native form of captures in a file: NDJSON, one object a capture, with nothing lost or masked.

The first line is a head that says what the file is. Bytes of a target or of headers stand as text;
where they are not UTF-8 they stand beside it in base64 as well, and that is what is read back.
Verdicts and findings are left out: whoever reads the file judges for himself, with his own secrets.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from inspector.base.clock import rfc3339
from inspector.domain.capture import MAX_NOTE, Capture, HeaderPairs, Kind
from inspector.domain.rows import MarkColor

FORMAT = "webhook-inspector"
VERSION = 1
_MAX_MS = 32_503_679_999_999  # the end of the year 2999, the last that a filter can name
_KINDS = frozenset(get_args(Kind))
_COLORS = frozenset(get_args(MarkColor))
_IMPORTED: Mapping[Kind, Kind] = {"captured": "imported"}
"""What is sent out as one kind and comes in as another: it did not arrive here."""
_ENCODER = json.JSONEncoder(check_circular=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One line of the file: a capture and what its user marked it with."""

    capture: Capture
    is_pinned: bool = False
    note: str = ""
    color: MarkColor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a line may hold, as much as a request may: a file is a stranger's too."""

    body_bytes: int
    head_bytes: int
    head_fields: int


class BadLine(ValueError):
    """A line that is no capture; `str(error)` says why, in a few words."""


def head_line() -> str:
    """The first line of a file."""
    return _ENCODER.encode({"format": FORMAT, "version": VERSION, "masked": False})


def dump_line(capture_id: int, exported: Exported) -> str:
    """A capture as one line of JSON, in ASCII and without its line feed."""
    capture = exported.capture
    record: dict[str, Any] = {
        "id": capture_id,
        "kind": capture.kind,
        "received_at": rfc3339(capture.received_ms),
        "method": capture.method,
        "target": _text(capture.target),
        "version": capture.version,
        "headers": [[_text(name), _text(value)] for name, value in capture.headers],
        "body": _base64(capture.body),
        "declared": capture.declared,
        "answered": capture.answered,
        "remote": capture.remote,
        "claimed": capture.claimed,
        "trouble": capture.trouble,
        "pinned": exported.is_pinned,
        "note": exported.note,
        "color": exported.color,
    }
    if not _is_text(capture.target):
        record["target_base64"] = _base64(capture.target)
    if not all(_is_text(name) and _is_text(value) for name, value in capture.headers):
        record["headers_base64"] = [[_base64(name), _base64(value)] for name, value in capture.headers]
    return _ENCODER.encode(record)


def load_line(line: bytes, limits: Limits) -> Exported | None:
    """What a line holds; None for a head or an empty line. Raises BadLine for anything else.

    What was captured elsewhere becomes `imported`; samples, cut and refused ones stay what they are.
    """
    if not line.strip():
        return None
    try:
        record = json.loads(line, parse_constant=_no_number)
    except RecursionError:
        raise BadLine("it nests too deep") from None
    except ValueError:  # no JSON, no UTF-8, or a number with thousands of digits
        raise BadLine("it is not JSON") from None
    if not isinstance(record, dict):
        raise BadLine("it is no object")
    if "format" in record and "body" not in record:
        _check_head(record)
        return None
    fields = _Fields(record)
    kind = fields.get("kind", str, "a text")
    if kind not in _KINDS:
        raise BadLine(f"its kind is none of {', '.join(sorted(_KINDS))}")
    headers = _headers(fields, limits)
    target = fields.raw("target")
    if len(target) + sum(len(name) + len(value) for name, value in headers) > limits.head_bytes:
        raise BadLine(f"its head has more than the {limits.head_bytes:,} bytes of the setting head_bytes")
    body = fields.base64("body")
    if len(body) > limits.body_bytes:
        raise BadLine(f"its body has more than the {limits.body_bytes:,} bytes of the setting body_bytes")
    return Exported(
        capture=Capture(
            kind=_IMPORTED.get(kind, kind),
            received_ms=_milliseconds(fields.get("received_at", str, "a time")),
            method=fields.text("method", 64),
            target=target,
            version=fields.text("version", 16, "1.1"),
            headers=headers,
            body=body,
            declared=fields.whole("declared", 0, 2**63 - 1),
            answered=fields.whole("answered", 100, 999),
            remote=fields.text("remote", 100, ""),
            claimed=fields.text("claimed", 1_000, None),
            trouble=fields.text("trouble", 1_000, None),
        ),
        is_pinned=fields.get("pinned", bool, "true or false", False),
        note=fields.text("note", MAX_NOTE, ""),
        color=fields.color(),
    )


_REQUIRED: Any = object()


class _Fields:
    """The fields of one line, of which nothing is taken on trust."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record

    def has(self, name: str) -> bool:
        return self._record.get(name) is not None

    def get(self, name: str, type_: type, what: str, default: Any = _REQUIRED) -> Any:
        """A value of exactly this type; whatever the default is where there is none."""
        value = self._record.get(name)
        if value is None and default is not _REQUIRED:
            return default
        if type(value) is not type_:
            raise BadLine(f"its {name} is {'missing' if value is None else f'not {what}'}")
        return value

    def text(self, name: str, length: int, default: Any = _REQUIRED) -> Any:
        """A text that can be stored; whatever the default is where there is none."""
        value = self.get(name, str, "a text", default)
        if isinstance(value, str) and (len(value) > length or _surrogates(value)):
            raise BadLine(f"its {name} is longer than {length:,} characters, or no Unicode")
        return value

    def whole(self, name: str, low: int, high: int) -> int | None:
        value: int | None = self.get(name, int, "a whole number", None)
        if value is not None and not low <= value <= high:
            raise BadLine(f"its {name} is not from {low} to {high}")
        return value

    def color(self) -> MarkColor | None:
        """A person's mark; one that this program does not know is none."""
        value: MarkColor | None = self.text("color", 16, None)
        return value if value in _COLORS else None

    def base64(self, name: str) -> bytes:
        return _bytes(self.get(name, str, "a text in base64"), name)

    def raw(self, name: str) -> bytes:
        """Bytes that stand as text, and in base64 beside it where they are none."""
        if self.has(f"{name}_base64"):
            return self.base64(f"{name}_base64")
        return _encoded(self.get(name, str, "a text"), name)


def _headers(fields: _Fields, limits: Limits) -> HeaderPairs:
    is_base64 = fields.has("headers_base64")
    name = "headers_base64" if is_base64 else "headers"
    pairs = fields.get(name, list, "a list of pairs")
    if len(pairs) > limits.head_fields:
        raise BadLine(f"it has more than the {limits.head_fields:,} headers of the setting head_fields")
    read = _bytes if is_base64 else _encoded
    found = []
    for pair in pairs:
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, str]:
            raise BadLine(f"its {name} are not pairs of texts")
        found.append((read(pair[0], name), read(pair[1], name)))
    return tuple(found)


def _check_head(record: Mapping[str, Any]) -> None:
    version = record.get("version")
    if record.get("format") != FORMAT or type(version) is not int or version < 1:
        raise BadLine("it is the head of some other format")
    if version > VERSION:
        raise BadLine(f"the file has format {version}, and this program knows {VERSION}; update it")


def _milliseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        ms = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    except (ValueError, TypeError, OverflowError):  # TypeError: a time without a zone
        raise BadLine("its received_at is no time with a zone, such as 2026-11-24T09:30:00.125Z") from None
    if not 0 <= ms <= _MAX_MS:
        raise BadLine("its received_at is not in the years from 1970 to 2999")
    return ms


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadLine(f"its {name} holds a lone surrogate, which is no text") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadLine(f"its {name} is not base64") from None


def _no_number(name: str) -> float:
    raise ValueError(name)
