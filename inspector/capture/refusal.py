"""The reasons why a request could not become a capture, in words for the developer of the sender."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass

from inspector.base.visible import visible
from inspector.capture.http_head import HeadFault
from inspector.capture.limits import KIB, MIB, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The status of the response to a refused request, the reason as a sentence, and the raw bytes."""

    status: int
    trouble: str
    raw: bytes


HEAD_NOT_ENDED = "The sender closed the connection before the head of its request was complete."
AFTER_THE_LAST = "More bytes followed the end of the last request on the connection."
TOO_MANY_BODIES = "The bodies in flight exceeded the memory limit. The sender got 503."

# The beginnings of the parser's messages, which are never the sender's text, and their meanings.
_MEANINGS = (
    ("Missing 'Host'", "It has no Host header, which HTTP/1.1 requires."),
    ("Duplicate Content-Length", "It has more than one Content-Length."),
    (
        "Transfer-Encoding can't be",
        "It has both Content-Length and Transfer-Encoding, so its end is ambiguous.",
    ),
    ("Content-Length can't be", "It has both Content-Length and Transfer-Encoding, so its end is ambiguous."),
    (
        "Request has invalid `Transfer-Encoding`",
        "Its Transfer-Encoding is not chunked, so its end is ambiguous.",
    ),
    ("Unexpected whitespace after header", "A header is folded over two lines, which HTTP does not allow."),
    ("Expected CRLF after version", "Its lines end in a bare line feed instead of CR LF."),
    ("Missing expected CR after", "A line ends in a bare line feed instead of CR LF."),
    ("Missing expected LF after", "A line ends in a bare carriage return instead of CR LF."),
    ("Invalid header token", "A header name contains a character that HTTP does not allow."),
    ("Invalid header value char", "A header value contains a control character."),
    ("Invalid HTTP header", "It has an invalid header."),
    ("Invalid character in Content-Length", "Its Content-Length is not a number."),
    ("Content-Length overflow", "Its Content-Length is too large."),
    ("Invalid HTTP version", "Its request line has an unknown HTTP version."),
)
_DUPLICATE = re.compile(r"Duplicate '([A-Za-z-]{1,32})' header found")
_REQUEST_LINE = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ([^ \r\n]{1,65536})(?: |\r?\n|$)")


def refusal(fault: HeadFault, raw: bytes, limits: Limits) -> Refusal:
    """Return the refusal for a parser's fault. `raw` begins with the first byte of the refused request."""
    status, trouble = _reason(fault, raw, limits)
    return Refusal(status=status, trouble=trouble, raw=raw[: limits.refused_bytes])


def too_long_head(raw: bytes, limits: Limits) -> Refusal:
    """Return the refusal of a head over its size limit."""
    return Refusal(status=431, trouble=_too_long(limits), raw=raw[: limits.refused_bytes])


def late_head(raw: bytes, limits: Limits) -> Refusal:
    """Return the refusal of a head that was not complete in time."""
    trouble = f"The head of the request was not complete after {limits.head_seconds:g} seconds."
    return Refusal(status=408, trouble=trouble, raw=raw[: limits.refused_bytes])


def too_large_body(limits: Limits) -> str:
    """Return the sentence for a body over its size limit."""
    return f"Its body is larger than the limit of {_size(limits.body_bytes)}."


def too_many_chunks(limits: Limits) -> str:
    """Return the sentence for a body with too many chunks."""
    return f"Its body has more than {limits.body_chunks:,} chunks."


def no_tls(error: ssl.SSLError) -> Refusal:
    """Return the refusal of a connection on which TLS was not established."""
    reason = error.reason or ""
    if reason == "HTTP_REQUEST":
        trouble = "It is HTTP without TLS. Use https:// instead of http:// for this port."
    elif "UNKNOWN_CA" in reason or "BAD_CERTIFICATE" in reason or "CERTIFICATE_UNKNOWN" in reason:
        trouble = "The sender does not trust the certificate of this port, so it sent no request."
    else:
        why = visible(reason or str(error)).replace("_", " ").lower()
        trouble = f"The sender and this port could not agree on a TLS connection: {why}."
    return Refusal(status=0, trouble=trouble, raw=b"")


def request_line(raw: bytes) -> tuple[str, bytes]:
    """Return method and target of a refused request, as far as they can be read."""
    match = _REQUEST_LINE.match(raw)
    return (match[1].decode("ascii"), match[2]) if match else ("", b"")


def _reason(fault: HeadFault, raw: bytes, limits: Limits) -> tuple[int, str]:
    if raw.startswith(b"\x16\x03"):
        return 400, "It is the start of a TLS connection. Use http:// instead of https:// for this port."
    if raw.startswith(b"PRI * HTTP/2"):
        return 400, "It is HTTP/2 without an upgrade. This port supports HTTP/1.1."
    if fault.kind == "too long":
        return 431, _too_long(limits)
    if fault.kind == "too many fields":
        return 431, f"It has more than {limits.head_fields} headers."
    if found := _DUPLICATE.match(fault.said):
        return 400, f"It has more than one {found[1]} header."
    if fault.kind == "target":
        return 400, "Its target is not a valid path or URL. Non-ASCII characters must be percent-encoded."
    if fault.kind == "method":
        method = request_line(raw)[0]
        if method:
            return 400, "Its method is unknown. Methods are written in capitals."
        return 400, "It does not start with an HTTP request line."
    for start, meaning in _MEANINGS:
        if fault.said.startswith(start):
            return 400, meaning
    words, colon, _ = fault.said.partition(":\n\n")  # without it, the message may quote the request
    if not colon:
        return 400, "It is not valid HTTP."
    return 400, f"It is not valid HTTP: {words[0].lower()}{words[1:]}."


def _too_long(limits: Limits) -> str:
    return f"Its head is longer than the limit of {_size(limits.head_bytes)}."


def _size(count: int) -> str:
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if count % unit == 0 and count:
            return f"{count // unit:,} {name}"
    return f"{count:,} bytes"
