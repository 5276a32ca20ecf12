"""Pasted HTTP requests: their heads are read tolerantly, their bodies exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible_bytes
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.json.value import NotJSON, parse

MAX_HEAD_BYTES = 256 * 1024
MAX_FIELDS = 1_000

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# The last part is missing if only method and target were copied.
_REQUEST_LINE = re.compile(
    rb"(%b)[ \t]+(?=/|https?://|\S+[ \t]+HTTP/)(\S+)(?:[ \t]+HTTP/(\d(?:\.\d)?))?" % _TOKEN
)
_FIELD = re.compile(rb"(%b)[ \t]*:(.*)" % _TOKEN, re.DOTALL)
# HTTP/2 and browser tools show the request line as fields of this form.
_PSEUDO_FIELD = re.compile(rb":(method|path|scheme|authority|protocol)[ \t]*:(.*)", re.DOTALL)
_SENT = (b"> ", b">")
"""What `curl -v` prints before each sent line."""
# The progress meter, which curl prints if its output is not a terminal, directly followed by the next line.
_NUMBER = rb"[\d.]+[kMGTP]?"
_METER = rb"(?>\r?(?>[ \t]*+%b){7,8}(?>[ \t]++[\d:-]{7,8}){3}[ \t]++%b)*+" % (_NUMBER, _NUMBER)
_LEADING_METER = re.compile(_METER)
_CURL_LINE = re.compile(
    rb"%b(?:\*[ \t].*|[{}] \[\d+ bytes data\]|<(?: .*)?|(?:Note|Warning): .*|[ \t]*+(?:%% Total|Dload) .*)?"
    % _METER
)
"""What `curl -v` prints in addition to the sent lines: notes, the response head, the progress meter."""
_FINAL_RESPONSE = re.compile(rb"%b< HTTP/[\d.]+ [2-9].*" % _METER)
_RESPONSE = re.compile(rb"\nHTTP/\d")
"""A response after the body, as printed by `http -v`."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


class NotARequestError(InspectorError):
    """Raised if the text is not an HTTP request. The message has the place and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReading:
    """Another reading of the same text, suggested next to a note."""

    label: str
    """What to press: `Use --data-binary`."""
    note: str
    """What the first reading does to the request, as a sentence."""
    proof: str
    """The sentence for a signature that is valid only in this reading."""
    request: RawRequest
    needs_proof: bool
    """Whether it is only suggested if the signature is valid in this reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """The request in the text. A missing part has the value of a plain delivery."""

    method: str = "POST"
    target: bytes = b"/"
    version: str = "1.1"
    headers: HeaderPairs = ()
    """In order and case; values without surrounding white space."""
    body: bytes = b""
    declared: int | None = None
    """Its Content-Length."""
    remarks: tuple[str, ...] = ()
    """Sentences about signs that the text differs from the request on the wire."""
    received_ms: int | None = None
    """When it was sent, if the text has a time."""
    cure: OtherReading | None = None


def read_request(data: bytes) -> RawRequest:
    """Read a request line (optional), headers, a blank line and the body.

    The head may have LF or CRLF line ends, be indented as a whole, or be the log of `curl -v`. The body has
    Content-Length bytes, or ends with the text. Raises NotARequestError, also if the body is missing.
    """
    if data.startswith(_UTF_16):
        raise NotARequestError("The text is UTF-16, as written by > in PowerShell. Save it as UTF-8.")
    is_of_curl = _is_of_curl(data)
    head, rest = _parted(data.removeprefix(_BOM), is_of_curl=is_of_curl)
    if not head:
        raise NotARequestError("The text is empty. Enter a request.")
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
        raise NotARequestError(
            f"The head has more than {MAX_FIELDS:,} fields. Check that the file contains one request."
        )
    declared = _declared(headers)
    is_chunked = any(name.lower() == b"transfer-encoding" for name, _ in headers)
    body = _body_in_log(rest, declared) if is_of_curl else _body(rest, declared)
    if not body and (declared or is_chunked):
        why, where = (
            ("curl -v does not print the body", "line that is only `>`")
            if is_of_curl
            else ("this text does not contain the body of the request", "blank line that ends the headers")
        )
        raise NotARequestError(f"Cannot check the request: {why}. Add the body after the {where}.")
    return RawRequest(
        method=visible_bytes(named.get(b"method") or b"POST"),
        target=named.get(b"path") or b"/",
        version=(named.get(b"version") or b"1.1").decode("ascii"),
        headers=tuple(headers),
        body=body,
        declared=declared,
        remarks=tuple(_remarks(rest, body, declared, is_of_curl=is_of_curl, is_chunked=is_chunked)),
    )


MAX_REQUESTS = 1_000
# Lines that are neither JSON nor headers: a request line with its version, a separator of `.http` files.
_NEXT_REQUEST = re.compile(rb"(?m)^(?:%b[ \t]+\S+[ \t]+HTTP/\d(?:\.\d)?[ \t]*\r?$|###.*$)" % _TOKEN)
_SEPARATOR = re.compile(rb"(?:[ \t]*(?:\r?\n|$)|###[^\n]*(?:\n|$))*+")
_HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n")


def read_requests(data: bytes) -> list[RawRequest]:
    """Read one or more requests, one after another. Each begins with a request line, or after `###`.

    A text without a second request line is read as `read_request` reads it. Raises NotARequestError.
    """
    if data.startswith(_UTF_16) or _is_of_curl(data):
        return [read_request(data)]
    requests: list[RawRequest] = []
    place = _after_separators(data, 0)
    while place < len(data):
        if len(requests) == MAX_REQUESTS:
            raise NotARequestError(f"The text has more than {MAX_REQUESTS:,} requests. Split it.")
        end = _end_of_request(data, place)
        one = read_request(data[place:end])
        following = _after_separators(data, end)
        if following < len(data) and one.declared is None:
            one = replace(one, body=one.body.rstrip(b"\r\n"))  # these lines separate the requests
        requests.append(_with_cure(one))
        place = following
    return requests or [read_request(data)]


def _after_separators(data: bytes, place: int) -> int:
    found = _SEPARATOR.match(data, place)
    return place if found is None else found.end()


def _end_of_request(data: bytes, place: int) -> int:
    """Return where the request that starts at `place` ends, at most at the next request line."""
    head_end = _HEAD_END.search(data, place)
    start = len(data) if head_end is None else head_end.end()
    if head_end is not None:
        length = re.search(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r?$", data[place:start])
        if length is not None:
            end = start + int(length[1])
            if end >= len(data):
                return len(data)
            if (after := _after_separators(data, end)) == len(data) or _NEXT_REQUEST.match(data, after):
                return len(data) if after == len(data) else end
    line_end = data.find(b"\n", place)
    following = None if line_end < 0 else _NEXT_REQUEST.search(data, line_end + 1)
    return len(data) if following is None else following.start()


def _with_cure(request: RawRequest) -> RawRequest:
    """Suggest the request without the last line break of its text, which editors add."""
    body = request.body.removesuffix(b"\n").removesuffix(b"\r")
    if request.declared is not None or body == request.body:
        return request
    return replace(
        request,
        cure=OtherReading(
            label="Remove the newline",
            note="The text ends with a newline.",
            proof="Without it the signature is valid.",
            request=replace(request, body=body),
            needs_proof=True,
        ),
    )


def _parted(data: bytes, *, is_of_curl: bool) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return the numbered lines of the head, without marks or indentation, and everything after the blank
    line."""
    head: list[tuple[int, bytes]] = []
    indent: bytes | None = None
    place = number = 0
    while place < len(data):
        end = data.find(b"\n", place)
        line = data[place : len(data) if end < 0 else end].removesuffix(b"\r")
        place = len(data) if end < 0 else end + 1
        number += 1
        if place > MAX_HEAD_BYTES:
            raise NotARequestError(
                f"The first {MAX_HEAD_BYTES:,} bytes contain no blank line after the headers. "
                "Check that the file contains one request."
            )
        if is_of_curl:
            line = _without_meter(line)
            if not line.startswith(_SENT):
                continue
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
    """Return whether the text is the log of `curl -v`: its own lines, followed by the sent lines."""
    for line in data[:MAX_HEAD_BYTES].split(b"\n"):
        line = line.removesuffix(b"\r")
        if not _CURL_LINE.fullmatch(line):
            return _without_meter(line).startswith(_SENT)
    return False


def _without_meter(line: bytes) -> bytes:
    meter = _LEADING_METER.match(line)
    return line if meter is None else line[meter.end() :]


def _body(rest: bytes, declared: int | None) -> bytes:
    """Return as many bytes as Content-Length. If only the text before a response is JSON, return that: the
    body was edited or printed again, or there is no Content-Length."""
    if declared is not None and len(rest) <= declared:
        return rest
    response = _RESPONSE.search(rest)
    longer = rest[: response.start()].rstrip() if response else rest
    if declared is None:
        return longer if response and _is_json(longer) and not _is_json(rest) else rest
    body = rest[:declared]
    return longer if len(longer) > declared and _is_json(longer) and not _is_json(body) else body


def _body_in_log(rest: bytes, declared: int | None) -> bytes:
    """Return the text that the user added to the log of `curl -v`, which has no body; empty without one."""
    start = 0
    for line in rest.split(b"\n"):
        bare = line.removesuffix(b"\r")
        if _FINAL_RESPONSE.fullmatch(bare):
            return b""
        if not _CURL_LINE.fullmatch(bare):
            break
        start += len(line) + 1
    body = rest[start:]
    if declared is not None and len(body) >= declared:
        after = body[declared:].lstrip(b"\r\n").split(b"\n", 1)[0]
        if _CURL_LINE.fullmatch(after.removesuffix(b"\r")):
            return body[:declared]
    end = 0
    for line in body.split(b"\n"):
        if end and line.strip() and _CURL_LINE.fullmatch(line.removesuffix(b"\r")):
            return body[: end - 1].removesuffix(b"\r")  # without the line break before it
        end += len(line) + 1
    return body


def _is_json(text: bytes) -> bool:
    try:
        parse(text)
    except NotJSON:
        return False
    return True


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
            return "The text starts with a body. Put the headers and a blank line before it."
        return f"Line {number} looks like the body. Put a blank line between the headers and the body."
    shown = shortened(visible_bytes(line[:200]), 60)
    return f"Line {number} of the request is not a header (NAME: VALUE): {shown}"


def _remarks(
    rest: bytes, body: bytes, declared: int | None, *, is_of_curl: bool, is_chunked: bool
) -> Iterator[str]:
    if declared is not None and declared != len(body):
        yield f"Content-Length is {declared:,}, but the body in this text has {len(body):,} bytes."
    elif not is_of_curl and (ignored := len(rest[len(body) :].strip())):
        yield (
            f"Only the {len(body):,} bytes of Content-Length are checked. The {ignored:,} "
            "after them are ignored."
        )
    if is_chunked:
        yield "The request was sent in chunks. Remove the chunk sizes from the body."
