"""The native form of captures in a file: NDJSON, one object per capture and per attempt, nothing masked.

The first line is a head that says what the file is. Attempts follow their capture. Bytes of a target or
of headers are text; if they are not UTF-8 they are there in base64, too, and that is what is read back.
Verdicts and findings are left out: whoever reads the file judges for himself, with his own secrets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from inspector.base.clock import rfc3339
from inspector.domain.capture.capture import MAX_NOTE, Capture, Kind
from inspector.domain.capture.native_fields import (
    BadLine,
    Fields,
    as_base64,
    as_text,
    is_text,
    no_number,
    read_headers,
)
from inspector.domain.capture.rows import AttemptDetail, MarkColor
from inspector.domain.replay.native_attempt import load_attempt

FORMAT = "webhook-inspector"
VERSION = 1
_KINDS = frozenset(get_args(Kind))
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
    id: int | None = field(default=None, compare=False)
    """In the file that it was exported from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimits:
    """What a line may hold, as much as a request may: a file is a stranger's too."""

    body_bytes: int
    head_bytes: int
    head_fields: int


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
        "target": as_text(capture.target),
        "version": capture.version,
        "headers": [[as_text(name), as_text(value)] for name, value in capture.headers],
        "body": as_base64(capture.body),
        "declared": capture.declared,
        "answered": capture.answered,
        "remote": capture.remote,
        "claimed": capture.claimed,
        "trouble": capture.trouble,
        "pinned": exported.is_pinned,
        "note": exported.note,
        "color": exported.color,
    }
    if not is_text(capture.target):
        record["target_base64"] = as_base64(capture.target)
    if not all(is_text(name) and is_text(value) for name, value in capture.headers):
        record["headers_base64"] = [[as_base64(name), as_base64(value)] for name, value in capture.headers]
    return _ENCODER.encode(record)


def load_line(line: bytes, limits: ImportLimits) -> Exported | AttemptDetail | None:
    """What a line holds; None for a head or an empty line. Raises BadLine for anything else.

    An attempt has the capture id of the exported file. What was captured elsewhere becomes `imported`;
    samples, cut and refused ones stay what they are.
    """
    if not line.strip():
        return None
    try:
        record = json.loads(line, parse_constant=no_number)
    except RecursionError:
        raise BadLine("it nests too deep") from None
    except ValueError:  # no JSON, no UTF-8, or a number with thousands of digits
        raise BadLine("it is not JSON") from None
    if not isinstance(record, dict):
        raise BadLine("it is no object")
    if "format" in record and "body" not in record:
        _check_head(record)
        return None
    fields = Fields(record)
    if "attempt" in record and "body" not in record:
        return load_attempt(fields, head_bytes=limits.head_bytes, head_fields=limits.head_fields)
    kind = fields.one_of("kind", _KINDS)
    headers = read_headers(fields, limits.head_fields)
    target = fields.raw("target")
    if len(target) + sum(len(name) + len(value) for name, value in headers) > limits.head_bytes:
        raise BadLine(f"its head has more than the {limits.head_bytes:,} bytes of the setting head_bytes")
    body = fields.base64("body")
    if len(body) > limits.body_bytes:
        raise BadLine(f"its body has more than the {limits.body_bytes:,} bytes of the setting body_bytes")
    return Exported(
        capture=Capture(
            kind=_IMPORTED.get(kind, kind),
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
        ),
        is_pinned=fields.get("pinned", bool, "true or false", False),
        note=fields.text("note", MAX_NOTE, ""),
        color=fields.color(),
        id=fields.whole("id", 0, 2**63 - 1),
    )


def _check_head(record: Mapping[str, Any]) -> None:
    version = record.get("version")
    if record.get("format") != FORMAT or type(version) is not int or version < 1:
        raise BadLine("it is the head of some other format")
    if version > VERSION:
        raise BadLine(f"the file has format {version}, and this program knows {VERSION}; update it")
