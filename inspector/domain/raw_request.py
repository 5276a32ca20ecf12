"""A raw HTTP request that somebody pasted, read tolerantly in its head and exactly in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible_bytes
from inspector.domain.capture import HeaderPairs

MAX_HEAD_BYTES = 256 * 1024
MAX_FIELDS = 1_000

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# The last part is missing where somebody copied method and target alone.
_REQUEST_LINE = re.compile(
    rb"(%b)[ \t]+(?=/|https?://|\S+[ \t]+HTTP/)(\S+)(?:[ \t]+HTTP/(\d(?:\.\d)?))?" % _TOKEN
)
_FIELD = re.compile(rb"(%b)[ \t]*:(.*)" % _TOKEN, re.DOTALL)
# HTTP/2 and browsers' tools show the request line as fields of this form.
_PSEUDO_FIELD = re.compile(rb":(method|path|scheme|authority|protocol)[ \t]*:(.*)", re.DOTALL)
_SENT = (b"> ", b">")
"""What `curl -v` puts before each line that it sent."""
_CURL_NOTES = (b"* ", b"} [", b"{ [")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


class NotARequestError(InspectorError):
    """The text cannot be read as an HTTP request; says where, and what was expected there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """What stands in the text; what does not has the value of a plain delivery."""

    method: str = "POST"
    target: bytes = b"/"
    version: str = "1.1"
    headers: HeaderPairs = ()
    """In order and case; values without surrounding white space."""
    body: bytes = b""
    """Every byte after the blank line."""
    declared: int | None = None
    """Its Content-Length."""
    remarks: tuple[str, ...] = ()
    """Sentences on what looks as if the text were not what went over the wire."""


def read_request(data: bytes) -> RawRequest:
    """Read a request line (it may be missing), headers, a blank line and the body.

    The head may have LF or CRLF line ends, be indented as a whole, or bear the `> ` of `curl -v` before
    its lines; the body is taken as it is. Raises NotARequestError.
    """
    if data.startswith(_UTF_16):
        raise NotARequestError("The text is UTF-16, as PowerShell's > writes it; save it as UTF-8.")
    head, body = _parted(data.removeprefix(_BOM))
    if not head:
        raise NotARequestError("There is no request: the text is empty.")
    request_line = _REQUEST_LINE.fullmatch(head[0][1])
    named = _named_parts(request_line)
    headers: list[tuple[bytes, bytes]] = []
    for number, line in head[1:] if request_line else head:
        if line[:1] in b" \t" and headers:  # folded, RFC 9112 section 5.2
            name, value = headers.pop()
            headers.append((name, (value + b" " + line.strip()).strip()))
        elif found := _PSEUDO_FIELD.fullmatch(line):
            named[found[1]] = found[2].strip()
        elif found := _FIELD.fullmatch(line):
            headers.append((found[1], found[2].strip()))
        else:
            raise NotARequestError(_complaint(number, line))
    if len(headers) > MAX_FIELDS:
        raise NotARequestError(f"The head has more than {MAX_FIELDS:,} fields.")
    declared = _declared(headers)
    return RawRequest(
        method=visible_bytes(named.get(b"method") or b"POST"),
        target=named.get(b"path") or b"/",
        version=(named.get(b"version") or b"1.1").decode("ascii"),
        headers=tuple(headers),
        body=body,
        declared=declared,
        remarks=tuple(_remarks(headers, body, declared, is_of_curl=_is_of_curl(data))),
    )


def _parted(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The lines of the head with their numbers, bare of what was put before them, and the body."""
    is_of_curl = _is_of_curl(data)
    head: list[tuple[int, bytes]] = []
    indent: bytes | None = None
    place = number = 0
    while place < len(data):
        end = data.find(b"\n", place)
        line = data[place : len(data) if end < 0 else end].removesuffix(b"\r")
        place = len(data) if end < 0 else end + 1
        number += 1
        if place > MAX_HEAD_BYTES:
            raise NotARequestError(f"No blank line ends the headers within {MAX_HEAD_BYTES:,} bytes.")
        if is_of_curl:
            if not line.startswith(_SENT):
                continue  # what curl says itself
            line = line[2:] if line.startswith(b"> ") else line[1:]
        if not line.strip():
            if head:
                return head, data[place:]
            continue
        if indent is None:
            indent = line[: len(line) - len(line.lstrip(b" \t"))]
        head.append((number, line.removeprefix(indent)))
    return head, b""


def _is_of_curl(data: bytes) -> bool:
    """Whether lines come as `curl -v` prints them: what it says itself, then what it sent."""
    for line in data[:MAX_HEAD_BYTES].splitlines():
        if line.strip() and not line.startswith(_CURL_NOTES):
            return line.startswith(_SENT)
    return False


def _named_parts(request_line: re.Match[bytes] | None) -> dict[bytes, bytes]:
    if request_line is None:
        return {}
    method, target, version = request_line.groups()
    return {b"method": method, b"path": target, b"version": version or b""}


def _declared(headers: list[tuple[bytes, bytes]]) -> int | None:
    for name, value in headers:
        if name.lower() == b"content-length" and re.fullmatch(rb"\d{1,15}", value):
            return int(value)
    return None


def _complaint(number: int, line: bytes) -> str:
    if line.lstrip()[:1] in b"{[":
        if number == 1:
            return "The text begins with a body; a raw request has its headers first, then a blank line."
        return f"Line {number} looks like the body, but no blank line stands between it and the headers."
    shown = shortened(visible_bytes(line[:200]), 60)
    return f"Line {number} of the request is no header, which would be NAME: VALUE: {shown}"


def _remarks(
    headers: list[tuple[bytes, bytes]], body: bytes, declared: int | None, *, is_of_curl: bool
) -> Iterator[str]:
    if is_of_curl and (not body or body.startswith((b"< ", *_CURL_NOTES))):
        yield "curl -v does not print the body that it sent; put it after the blank line."
    elif declared is not None and declared != len(body):
        yield f"The headers announce a body of {declared:,} bytes, and {len(body):,} follow the blank line."
    if any(name.lower() == b"transfer-encoding" for name, _ in headers):
        yield "The body was sent in chunks; it has to stand here without their sizes."
