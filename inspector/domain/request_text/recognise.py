"""What a text or a file is: an export, requests in one of several forms, or nothing that can be a capture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.capture.capture import Capture
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.request_text.curl_command import NotCurlError, looks_like_curl, read_curl, to_bytes
from inspector.domain.request_text.raw_request import (
    MAX_HEAD_BYTES,
    MAX_REQUESTS,
    NotARequestError,
    RawRequest,
    read_requests,
)

SourceKind = Literal["export", "request", "curl", "curl-log", "har", "json", "unknown"]

MAX_BYTES = 64 * 2**20
"""Maximum size of anything but an export, which is read line by line."""
NOT_A_CAPTURE = "Not a capture: no HTTP request, curl command, NDJSON export or JSON in it."
JSON_HEADERS = ((b"Content-Type", b"application/json"),)
NO_HEADERS = "It has no headers: content-type becomes application/json, and the path is /."
_NOUNS: dict[SourceKind, str] = {
    "export": "NDJSON export",
    "request": "HTTP request",
    "curl": "curl command",
    "curl-log": "log of curl -v",
    "har": "HAR file",
    "json": "JSON body",
    "unknown": "",
}
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
_PROMPT = re.compile(rb"\s*+\[[\w.-]++@[\w.-]++ [^\]\n]*+\] ?[$%#] ")
"""`[me@laptop in]$ `, the prompt of some terminals."""
_OTHER_CLIENT = re.compile(
    rb"\s*+(?:await |\$\w+ ?= ?)?(fetch\(|Invoke-(?:WebRequest|RestMethod)\b|\$session\b)"
)
"""What browsers copy as fetch and as PowerShell."""
_EXPORT_LINES = 5
_REQUEST_LINE = re.compile(
    rb"(?m)^[ \t]*+(?:>[ \t]*+)?+[A-Z]{3,20}[ \t]++(?:/|https?://)\S*+(?:[ \t]+HTTP/\d(?:\.\d)?)?[ \t]*+\r?$"
)
_KNOWN_HEADER = re.compile(
    rb"(?im)^[ \t]*+(?:>[ \t]*+)?+(?:x-webhook-signature|content-type|content-length|host)[ \t]*:"
)
_SENT_LINE = re.compile(rb"(?m)^(?:[^\n]*\r)?> ")
_LOG_LINE = re.compile(rb"(?m)^(?:\* |> [A-Z]+ |  % Total)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a text is, and its requests. The lines of an export are read separately."""

    kind: SourceKind
    requests: tuple[RawRequest, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences about the text as a whole."""
    reason: str = ""
    """Why it has no captures, as a sentence; empty if it has some."""

    @property
    def title(self) -> str:
        """Its kind in words: `curl command`, `3 curl commands`."""
        noun, number = _NOUNS[self.kind], len(self.requests)
        if number < 2 or self.kind == "curl-log":
            return noun
        return f"{noun}, {counted(number, 'request')}" if self.kind == "har" else _plural(number, noun)


def _plural(number: int, noun: str) -> str:
    return f"{number:,} JSON bodies" if noun == "JSON body" else counted(number, noun)


def is_export(start: bytes) -> bool:
    """Return whether a file that begins with these bytes is an export: one of its first lines is a head, a
    capture or an attempt."""
    lines = [line for line in start.split(b"\n", 2 * _EXPORT_LINES)[: 2 * _EXPORT_LINES] if line.strip()]
    return any(map(_is_export_line, lines[:_EXPORT_LINES]))


def _is_export_line(line: bytes) -> bool:
    """Return whether a line, which may be cut, starts like one of an export."""
    line = line.lstrip(b" \t\xef\xbb\xbf")
    if not line.startswith(b"{"):
        return False
    head = line[:65_536]
    if re.match(rb'\{\s*"format"\s*:\s*"webhook-inspector"', head):
        return True
    if re.match(rb'\{\s*"attempt"\s*:\s*\d+\s*,\s*"capture"\s*:', head):
        return True
    return all(
        f'"{name}"'.encode() in head for name in ("kind", "received_at", "method", "target", "headers")
    )


def recognise(data: bytes) -> Recognised:
    """Return what these bytes are. Never raises.

    For an export, it has no requests: they are read line by line.
    """
    found = _recognised(data)
    for number, one in enumerate(found.requests, 1):
        # rows of the list read targets and headers, so they are as small as those of a listener
        if len(one.target) + sum(len(name) + len(value) for name, value in one.headers) > MAX_HEAD_BYTES:
            which = f"request {number:,}" if len(found.requests) > 1 else "the request"
            reason = f"The headers of {which} have more than {MAX_HEAD_BYTES:,} bytes."
            return Recognised(kind=found.kind, reason=reason)
    return found


def _recognised(data: bytes) -> Recognised:
    if not data.strip():
        return _unknown("It is empty.")
    if data.startswith(_GZIP):
        return _unknown("It is compressed. Unpack it first.")
    if data.startswith(_UTF_16):
        return _unknown("It is UTF-16, as written by > in PowerShell. Save it as UTF-8.")
    if is_export(data):
        return Recognised(kind="export")
    if len(data) > MAX_BYTES:
        return _unknown(f"It has more than {MAX_BYTES // 2**20} MB, and it is not an NDJSON export.")
    plain = data.removeprefix(_BOM)
    if plain.lstrip()[:1] in (b"{", b"[") and not _PROMPT.match(plain):
        return _of_json(data)
    if b"\0" in data[:4096] and not data.lstrip().startswith((b"POST", b"PUT")):
        return _unknown(NOT_A_CAPTURE)
    text = plain.decode("utf-8", "surrogateescape")
    if (other := _OTHER_CLIENT.match(plain)) is not None:
        client = "a fetch call" if other[1] == b"fetch(" else "a PowerShell command"
        return _unknown(f"It is {client}. In the browser, copy it as cURL (bash).")
    if looks_like_curl(text):
        return _of_curl(text)
    return _of_requests(plain)


def capture_of(request: RawRequest, now_ms: int) -> Capture:
    """Return a request as a capture to import. It arrived at the time in its text, or now."""
    return Capture(
        kind="imported",
        received_ms=now_ms if request.received_ms is None else request.received_ms,
        method=request.method,
        target=request.target,
        version=request.version,
        headers=request.headers,
        body=request.body,
        declared=request.declared,
    )


def _unknown(reason: str) -> Recognised:
    return Recognised(kind="unknown", reason=reason)


# ---- curl and raw requests


def _of_curl(text: str) -> Recognised:
    try:
        return Recognised(kind="curl", requests=tuple(read_curl(text)))
    except NotCurlError as error:
        first = error
    # The command and its log, copied together from a terminal.
    if (log := _LOG_LINE.search(text.encode("utf-8", "surrogateescape"))) is not None:
        command = text.encode("utf-8", "surrogateescape")[: log.start()]
        try:
            return Recognised(
                kind="curl", requests=tuple(read_curl(command.decode("utf-8", "surrogateescape")))
            )
        except NotCurlError:
            pass
    return Recognised(kind="curl", reason=str(first))


def _of_requests(data: bytes) -> Recognised:
    head = data[: 256 * 1024]
    if not _REQUEST_LINE.search(head) and not _KNOWN_HEADER.search(head):
        return _unknown(NOT_A_CAPTURE)
    kind: SourceKind = "curl-log" if _SENT_LINE.search(head) and not _REQUEST_LINE.match(head) else "request"
    try:
        requests = read_requests(data)
    except NotARequestError as error:
        return Recognised(kind=kind, reason=str(error))
    return Recognised(kind=kind, requests=tuple(requests))


# ---- JSON


def _of_json(data: bytes) -> Recognised:
    try:
        value: Any = parse_bounded(data.removeprefix(_BOM))
    except NotJSON as error:
        if several := _of_json_lines(data):
            return several
        return Recognised(kind="json", reason=f"It starts like JSON, but {error}.")
    except RecursionError:
        return Recognised(kind="json", reason="Its JSON is nested too deeply.")
    log = value.get("log") if isinstance(value, dict) else None
    if isinstance(log, dict) and isinstance(entries := log.get("entries"), list):
        return _of_har(entries)
    return Recognised(kind="json", requests=(_of_body(data),), notes=(NO_HEADERS,))


def _of_body(body: bytes) -> RawRequest:
    return RawRequest(headers=JSON_HEADERS, body=body, declared=None)


def _of_json_lines(data: bytes) -> Recognised | None:
    """Return the bodies of a file with one JSON object per line, or None if it is something else."""
    lines = [
        line.strip(b"\r") for line in data.removeprefix(_BOM).split(b"\n", MAX_REQUESTS + 1) if line.strip()
    ]
    if not 2 <= len(lines) <= MAX_REQUESTS:
        return None
    try:
        if not all(isinstance(parse_bounded(line), dict) for line in lines):
            return None
    except (NotJSON, RecursionError):
        return None
    return Recognised(
        kind="json", requests=tuple(map(_of_body, lines)), notes=(NO_HEADERS.replace("It has", "They have"),)
    )


def _of_har(entries: Sequence[Any]) -> Recognised:
    """Read the requests with a body of a HAR file, which browsers save (https://w3c.github.io/web-performance)."""
    requests: list[RawRequest] = []
    without = 0
    for entry in entries:
        if len(requests) == MAX_REQUESTS:
            return Recognised(kind="har", reason=f"It has more than {MAX_REQUESTS:,} requests.")
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict) or (read := _of_har_entry(entry, request)) is None:
            without += 1
        else:
            requests.append(read)
    if not requests:
        return Recognised(kind="har", reason="No request in this HAR file has a body.")
    skipped = f"{counted(without, 'request')} without a body {'is' if without == 1 else 'are'} skipped."
    notes = ("A HAR file contains text, not bytes. A body that was not UTF-8 differs.",)
    return Recognised(kind="har", requests=tuple(requests), notes=(*notes, skipped) if without else notes)


def _of_har_entry(entry: dict[str, Any], request: dict[str, Any]) -> RawRequest | None:
    posted = request.get("postData")
    content = posted.get("text") if isinstance(posted, dict) else None
    method, url = request.get("method"), request.get("url")
    if not (isinstance(content, str) and content and isinstance(method, str) and isinstance(url, str)):
        return None
    headers = []
    given = request.get("headers")
    for pair in (given if isinstance(given, list) else [])[:1_000]:
        if isinstance(pair, dict) and isinstance(name := pair.get("name"), str):
            value = pair.get("value")
            if not name.startswith(":") and isinstance(value, str):  # HTTP/2 names its request line this way
                headers.append((to_bytes(name), to_bytes(value)))
    return RawRequest(
        method=visible(method)[:64],
        target=_target(url),
        headers=tuple(headers),
        body=to_bytes(content),
        received_ms=_moment(entry.get("startedDateTime")),
    )


def _target(url: str) -> bytes:
    try:
        parts = urlsplit(url)
    except ValueError:
        return b"/"
    return to_bytes(_rooted(parts.path) + (f"?{parts.query}" if parts.query else ""))


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def _moment(text: object) -> int | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        ms = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    except (ValueError, TypeError, OverflowError):
        return None
    return ms if 0 <= ms < 32_503_680_000_000 else None
