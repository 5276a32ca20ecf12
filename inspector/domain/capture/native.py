"""The native file format of captures: NDJSON, one object per capture and per attempt.

The first line is a head that describes the file. Attempts follow their capture. Bytes of a target or of
headers are text. If they are not UTF-8, the line also has them in base64, and that is what is read. Verdicts
and findings are left out, because the program that reads the file evaluates each capture with its own
secrets.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args

from inspector.base.clock import rfc3339
from inspector.domain.capture.capture import MAX_NOTE, Capture, HeaderPairs, Kind
from inspector.domain.capture.rows import AttemptDetail, AttemptOutcome, AttemptRow, MarkColor, SignatureState
from inspector.domain.replay.redirect import Redirect

FORMAT = "webhook-inspector"
VERSION = 1

MAX_RESPONSE = 64 * 2**20
"""Maximum bytes of a response, far above any useful setting."""
_MAX_URL = 65_536
_MAX_REDIRECTS = 100
_OUTCOMES = frozenset(get_args(AttemptOutcome))
_SIGNATURES = frozenset(get_args(SignatureState))
_MAX_MS = 32_503_679_999_999  # the end of the year 2999, the latest that a filter can express
_COLORS = frozenset(get_args(MarkColor))
_REQUIRED: Any = object()
_KINDS = frozenset(get_args(Kind))
_IMPORTED: Mapping[Kind, Kind] = {"captured": "imported"}
"""Kinds that change on import, because the capture did not arrive here."""
_ENCODER = json.JSONEncoder(check_circular=False)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""`json.loads` would make one for each line, which takes 8 µs."""


class BadLine(ValueError):
    """Raised for an invalid line; `str(error)` is the reason in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedCapture:
    """One line of the file: a capture and the user's marks on it."""

    capture: Capture
    is_pinned: bool = False
    note: str = ""
    color: MarkColor | None = None
    id: int | None = field(default=None, compare=False)
    """Its id in the original file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimits:
    """The limits of a line, which are those of a request, because a file may come from anyone."""

    body_bytes: int
    head_bytes: int
    head_fields: int


def head_line(*, is_masked: bool = False) -> str:
    """Return the first line of a file."""
    return _ENCODER.encode({"format": FORMAT, "version": VERSION, "masked": is_masked})


def dump_line(capture_id: int, exported: ExportedCapture) -> str:
    """Return a capture as one line of JSON, in ASCII and without a line feed."""
    return _ENCODER.encode(
        {
            "id": capture_id,
            **_record(exported.capture),
            "body": _as_base64(exported.capture.body),
            "pinned": exported.is_pinned,
            "note": exported.note,
            "color": exported.color,
        }
    )


def dump_record(capture: Capture, **others: Any) -> str:
    """Return a capture without its body as one line of JSON, in ASCII and without a line feed.

    `others` are further keys. `load_record` reads the line.
    """
    return _ENCODER.encode({**_record(capture), **others})


def _record(capture: Capture) -> dict[str, Any]:
    record: dict[str, Any] = {
        "kind": capture.kind,
        "received_at": rfc3339(capture.received_ms),
        "method": capture.method,
        "target": _as_text(capture.target),
        "version": capture.version,
        "headers": [[_as_text(name), _as_text(value)] for name, value in capture.headers],
        "declared": capture.declared,
        "answered": capture.answered,
        "remote": capture.remote,
        "claimed": capture.claimed,
        "trouble": capture.trouble,
    }
    if not _is_text(capture.target):
        record["target_base64"] = _as_base64(capture.target)
    if not all(_is_text(name) and _is_text(value) for name, value in capture.headers):
        record["headers_base64"] = [[_as_base64(name), _as_base64(value)] for name, value in capture.headers]
    return record


def dump_attempt(attempt: AttemptDetail) -> str:
    """Return an attempt as one line of JSON, in ASCII and without a line feed.

    Its replay or forward is left out, because that does not exist in another file.
    """
    row = attempt.row
    return _ENCODER.encode(
        {
            "attempt": row.id,
            "capture": row.capture_id,
            "target": row.target,
            "path": row.path,
            "started_at": rfc3339(row.started_ms),
            "status": row.status,
            "elapsed_ms": row.elapsed_ms,
            "connect_ms": row.connect_ms,
            "first_byte_ms": row.first_byte_ms,
            "outcome": row.outcome,
            "error": row.error,
            "expected": row.is_expected,
            "signature": row.signature,
            "edited": row.edited,
            "fault": row.fault,
            "connected_to": row.connected_to,
            "redirects": [[one.status, one.url] for one in row.redirects],
            "sent_head": _as_base64(attempt.sent_head),
            "sent_body": None if attempt.sent_body is None else _as_base64(attempt.sent_body),
            "response_headers_base64": [
                [_as_base64(name), _as_base64(value)] for name, value in attempt.response_headers
            ],
            "response_body": _as_base64(attempt.response_body),
            "response_cut": attempt.is_response_cut,
        }
    )


def load_line(line: bytes, limits: ImportLimits) -> ExportedCapture | AttemptDetail | None:
    """Read a line. Return None for a head or an empty line. Raises BadLine for an invalid line.

    An attempt has the capture id of the exported file. A request that was captured elsewhere becomes
    `imported`; samples and cut or refused requests keep their kind.
    """
    if not line.strip():
        return None
    record = _load_object(line)
    if "format" in record and "body" not in record:
        _check_head(record)
        return None
    fields = _Fields(record)
    if "attempt" in record and "body" not in record:
        return _load_attempt(fields, head_bytes=limits.head_bytes, head_fields=limits.head_fields)
    capture = _capture(fields, fields.base64("body"), limits)
    return ExportedCapture(
        capture=capture._replace(kind=_IMPORTED.get(capture.kind, capture.kind)),
        is_pinned=fields.get("pinned", bool, "true or false", False),
        note=fields.text("note", MAX_NOTE, ""),
        color=fields.color(),
        id=fields.whole("id", 0, 2**63 - 1),
    )


def load_record(line: bytes, body: bytes, limits: ImportLimits) -> tuple[Capture, Mapping[str, Any]]:
    """Return the capture that `dump_record` wrote, with its body, and all keys of its line, unchecked.

    Raises BadLine for an invalid line.
    """
    record = _load_object(line)
    return _capture(_Fields(record), body, limits), record


def _load_object(line: bytes) -> dict[str, Any]:
    try:
        record = _DECODER.decode(line.decode("utf-8-sig", "surrogatepass"))
    except RecursionError:
        raise BadLine("it is nested too deeply") from None
    except ValueError:  # not JSON, not UTF-8, or a number with thousands of digits
        raise BadLine("it is not JSON") from None
    if not isinstance(record, dict):
        raise BadLine("it is not an object")
    return record


def _capture(fields: _Fields, body: bytes, limits: ImportLimits) -> Capture:
    headers = _read_headers(fields, limits.head_fields)
    target = fields.raw("target")
    if len(target) + sum(len(name) + len(value) for name, value in headers) > limits.head_bytes:
        raise BadLine(f"its head exceeds the {limits.head_bytes:,} bytes of the setting head_bytes")
    if len(body) > limits.body_bytes:
        raise BadLine(f"its body exceeds the {limits.body_bytes:,} bytes of the setting body_bytes")
    return Capture(
        kind=fields.one_of("kind", _KINDS),
        received_ms=fields.moment("received_at"),
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
    )


def _check_head(record: Mapping[str, Any]) -> None:
    version = record.get("version")
    if record.get("format") != FORMAT or type(version) is not int or version < 1:
        raise BadLine("it is the head of another format")
    if version > VERSION:
        raise BadLine(
            f"the file has format {version}, and this program supports {VERSION}. Update the program"
        )


def _load_attempt(fields: _Fields, *, head_bytes: int, head_fields: int) -> AttemptDetail:
    """Read the result of `dump_attempt`. Raises BadLine."""
    sent_head = fields.base64("sent_head")
    if len(sent_head) > 2 * head_bytes:  # some headers are added to those of the capture
        raise BadLine(f"its sent head exceeds {2 * head_bytes:,} bytes")
    response_body = fields.base64("response_body")
    if len(response_body) > MAX_RESPONSE:
        raise BadLine(f"its response exceeds {MAX_RESPONSE:,} bytes")
    return AttemptDetail(
        row=AttemptRow(
            id=0,
            capture_id=fields.whole("capture", 0, 2**63 - 1) or 0,
            target=fields.text("target", _MAX_URL),
            path=fields.text("path", _MAX_URL, None),
            started_ms=fields.moment("started_at"),
            status=fields.whole("status", 100, 999),
            elapsed_ms=fields.number("elapsed_ms"),
            connect_ms=fields.number("connect_ms"),
            first_byte_ms=fields.number("first_byte_ms"),
            outcome=fields.one_of("outcome", _OUTCOMES),
            error=fields.text("error", 10_000, None),
            is_expected=fields.get("expected", bool, "true or false", False),
            signature=fields.one_of("signature", _SIGNATURES),
            edited=fields.get("edited", bool, "true or false", False),
            fault=fields.text("fault", 1_000, None),
            connected_to=fields.text("connected_to", 1_000, None),
            redirects=_redirects(fields.get("redirects", list, "a list", [])),
        ),
        sent_head=sent_head,
        sent_body=fields.base64("sent_body") if fields.has("sent_body") else None,
        response_headers=_read_headers(fields, 10 * head_fields, "response_headers"),
        response_body=response_body,
        is_response_cut=fields.get("response_cut", bool, "true or false", False),
    )


def _redirects(found: list[Any]) -> tuple[Redirect, ...]:
    if len(found) > _MAX_REDIRECTS:
        raise BadLine(f"it has more than {_MAX_REDIRECTS} redirects")
    redirects = []
    for one in found:
        if not isinstance(one, list) or len(one) != 2:
            raise BadLine("its redirects are not pairs")
        fields = _Fields({"status": one[0], "url": one[1]})
        status = fields.whole("status", 100, 999)
        if status is None:
            raise BadLine("a redirect has no status")
        redirects.append(Redirect(status=status, url=fields.text("url", _MAX_URL)))
    return tuple(redirects)


class _Fields:
    """The fields of one line, each checked when it is read."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record

    def has(self, name: str) -> bool:
        return self._record.get(name) is not None

    def get(self, name: str, type_: type, what: str, default: Any = _REQUIRED) -> Any:
        """Return a value of exactly this type, or the default."""
        value = self._record.get(name)
        if value is None and default is not _REQUIRED:
            return default
        if type(value) is not type_:
            raise BadLine(f"its {name} is {'missing' if value is None else f'not {what}'}")
        return value

    def text(self, name: str, length: int, default: Any = _REQUIRED) -> Any:
        """Return a text that can be stored, or the default."""
        value = self.get(name, str, "a string", default)
        if isinstance(value, str) and (len(value) > length or _surrogates(value)):
            raise BadLine(f"its {name} is longer than {length:,} characters, or not valid Unicode")
        return value

    def whole(self, name: str, low: int, high: int) -> int | None:
        value: int | None = self.get(name, int, "a whole number", None)
        if value is not None and not low <= value <= high:
            raise BadLine(f"its {name} is not from {low} to {high}")
        return value

    def number(self, name: str) -> float | None:
        """Return a duration, or None."""
        value = self._record.get(name)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 <= value < 2**53:
            raise BadLine(f"its {name} is not a duration")
        return float(value)

    def moment(self, name: str) -> int:
        """Return a time with a zone as milliseconds since 1970."""
        text = self.get(name, str, "a time")
        try:
            moment = datetime.fromisoformat(text)
            ms = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
        except (ValueError, TypeError, OverflowError):  # TypeError: a time without a zone
            raise BadLine(f"its {name} is not a time with a zone, such as 2026-11-24T09:30:00.125Z") from None
        if not 0 <= ms <= _MAX_MS:
            raise BadLine(f"its {name} is not between the years 1970 and 2999")
        return ms

    def one_of(self, name: str, words: frozenset[str]) -> Any:
        """Return one of these words."""
        value = self.get(name, str, "a string")
        if value not in words:
            raise BadLine(f"its {name} is not one of {', '.join(sorted(words))}")
        return value

    def color(self) -> MarkColor | None:
        """Return the user's mark, or None if this program does not know it."""
        value: MarkColor | None = self.text("color", 16, None)
        return value if value in _COLORS else None

    def base64(self, name: str) -> bytes:
        return _bytes(self.get(name, str, "a base64 string"), name)

    def raw(self, name: str) -> bytes:
        """Return bytes written as text, or as base64 if they are not UTF-8."""
        if self.has(f"{name}_base64"):
            return self.base64(f"{name}_base64")
        return _encoded(self.get(name, str, "a string"), name)


def _read_headers(fields: _Fields, most: int, name: str = "headers") -> HeaderPairs:
    """Return pairs written as text, or as base64 if they are not all text. Raises BadLine for more than
    `most`."""
    is_base64 = fields.has(f"{name}_base64")
    name = f"{name}_base64" if is_base64 else name
    pairs = fields.get(name, list, "a list of pairs")
    if len(pairs) > most:
        raise BadLine(f"it has more than the {most:,} headers of the setting head_fields")
    read = _bytes if is_base64 else _encoded
    found = []
    for pair in pairs:
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, str]:
            raise BadLine(f"its {name} are not pairs of strings")
        found.append((read(pair[0], name), read(pair[1], name)))
    return tuple(found)


def _as_text(data: bytes) -> str:
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
        raise BadLine(f"its {name} contains a lone surrogate, which is not valid Unicode") from None


def _as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadLine(f"its {name} is not base64") from None
