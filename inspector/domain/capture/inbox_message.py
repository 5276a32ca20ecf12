"""The message of a capture in a shared inbox: one line of JSON, a line feed, and the body as it arrived.

The line is the record of the native format without the body, and names the edge. A body that does not fit
into a message is published before it in parts, each a message of its own, and the line lists their sequences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.native import BadLine, ImportLimits, dump_record, load_record

VERSION_HEADER = "Webhook-Inspector-Version"
PART_HEADER = "Webhook-Inspector-Part"
"""The header of a part: the id of the message to which it belongs."""
ID_HEADER = "Nats-Msg-Id"
"""The id of a message. The server stores a second message with the same id only once."""
VERSION = 1
MOST_PARTS = 4_096
EDGE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KINDS = ("captured", "cut", "refused")
_LINE_PER_BYTE = 8
"""Characters of the line per byte of the head: at most six in JSON, and 1.4 again in base64."""
_MOST_OTHERS = 128 * 1024
"""Characters of the line that are not the head. Most of them are the sequences of parts."""
_MOST_COMMAS = MOST_PARTS + 4_096
"""Commas of the line that are not in the head: there is one between two values, and some are in texts."""


class NotOurs(ValueError):
    """Raised for a message that another program published."""


class NewerMessage(ValueError):
    """Raised for a message in a format that only a newer version of this program can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCapture:
    """A capture of a shared inbox, as its edge published it."""

    capture: Capture
    """With an empty body if the body was published in parts."""
    edge: str
    """The name of the edge that received it."""
    parts: tuple[int, ...] = ()
    """The sequences of the messages that contain its body, in order."""
    size: int
    """Bytes of the body."""


def dump_message(
    capture: Capture, edge: str, message_id: str, parts: Sequence[int] = ()
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the payload of a capture. With `parts`, its body is not in the payload."""
    line = dump_record(capture, edge=edge, bytes=len(capture.body), parts=list(parts))
    body = b"" if parts else capture.body
    return {ID_HEADER: message_id, VERSION_HEADER: str(VERSION)}, line.encode("ascii") + b"\n" + body


def dump_part(message_id: str, number: int) -> dict[str, str]:
    """Return the headers of a part of a body. Its payload is that part of the body."""
    return {
        ID_HEADER: f"{message_id}.{number}",
        VERSION_HEADER: str(VERSION),
        PART_HEADER: message_id,
    }


def load_message(
    headers: Mapping[str, str] | None, payload: bytes, limits: ImportLimits
) -> InboxCapture | None:
    """Return the capture of a message, or None if the message is a part of a body.

    Raises NotOurs, NewerMessage or BadLine.
    """
    version = (headers or {}).get(VERSION_HEADER, "")
    if not re.fullmatch(r"[0-9]{1,9}", version) or not int(version):
        raise NotOurs
    if int(version) > VERSION:
        raise NewerMessage(version)
    if headers is not None and PART_HEADER in headers:
        return None
    line, separator, _ = payload[: _LINE_PER_BYTE * limits.head_bytes + _MOST_OTHERS].partition(b"\n")
    if not separator:
        raise BadLine("it has no line of JSON")
    # Reading a line of 1 MiB with nothing but short values blocked the loop for 20 to 90 ms.
    if line.count(b",") > limits.head_bytes + _MOST_COMMAS:
        raise BadLine("its line of JSON has too many values")
    body = payload[len(line) + 1 :]
    capture, record = load_record(line, body, limits)
    if capture.kind not in _KINDS:
        raise BadLine("its kind is not one that edges publish")
    if b"\n" in b"".join(chain.from_iterable(capture.headers)):
        raise BadLine("a header has a line feed")
    return InboxCapture(
        capture=capture,
        edge=_edge(record.get("edge")),
        parts=_parts(record.get("parts")),
        size=_size(record, body, limits),
    )


def _edge(edge: Any) -> str:
    if not isinstance(edge, str) or not EDGE_NAME.fullmatch(edge):
        raise BadLine("it does not name its edge")
    return edge


def _parts(parts: Any) -> tuple[int, ...]:
    if not isinstance(parts, list) or len(parts) > MOST_PARTS:
        raise BadLine("its parts are not a list")
    if not all(type(one) is int and 0 < one < 2**63 for one in parts):
        raise BadLine("its parts are not sequences")
    return tuple(parts)


def _size(record: Mapping[str, Any], body: bytes, limits: ImportLimits) -> int:
    size = record.get("bytes")
    if type(size) is not int or not 0 <= size <= limits.body_bytes:
        raise BadLine("its size is missing or too large")
    if not record.get("parts") and size != len(body):
        raise BadLine("its body is not complete")
    return size
