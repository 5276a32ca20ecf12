"""The request for a capture: identical, except for the parts that belong to one connection or host.

The head is not written by h11, which refuses bytes above 0x7F in a target and some control characters in a
value, and always writes HTTP/1.1: a capture can contain all of these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.client.target import Target
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture, HeaderPairs
from inspector.domain.capture.headers import Pair, with_headers

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_FORBIDDEN_IN_TARGET = re.compile(rb"[\x00-\x20\x7f]")
_FORBIDDEN_IN_HEADER = re.compile(rb"[\r\n\x00]")

# Header fields of the connection, not of the request (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect")
)
_REPLACED = frozenset((b"host", b"content-length"))


OF_KIND = {
    "refused": "It was refused, so it is not a complete request.",
    "cut": "It was cut, so the end of its body is missing.",
}
"""Why captures of a kind cannot be sent."""


class NotReplayable(InspectorError):
    """Raised if a capture cannot be sent. The sentence is the reason."""


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """One request as it is sent, byte for byte."""

    method: bytes
    target: bytes
    version: bytes = b"1.1"
    headers: HeaderPairs
    body: bytes
    is_cut_short: bool = False
    """A deliberate fault: the head announces more body than there is, and nothing follows it."""

    @cached_property  # needed for sending, and again for storing the attempt
    def head(self) -> bytes:
        """Request line, header lines and the empty line."""
        first = b"%b %b HTTP/%b" % (self.method, self.target, self.version)
        return b"\r\n".join([first, *map(b": ".join, self.headers), b"", b""])


class _Name(NamedTuple):
    """The name of a header field, and what becomes of the field."""

    lower: bytes
    is_token: bool
    is_left_out: bool
    is_replaced: bool


@lru_cache(maxsize=256)  # most requests have the same few names
def _known(name: bytes) -> _Name:
    lower = name.lower()
    return _Name(
        lower=lower,
        is_token=_TOKEN.fullmatch(name) is not None,
        is_left_out=lower in _HOP_BY_HOP or lower.startswith(b"proxy-"),
        is_replaced=lower in _REPLACED,
    )


@lru_cache(maxsize=64)
def is_method(text: str) -> bool:
    """Return whether HTTP allows this method, known or not."""
    return text.isascii() and _TOKEN.fullmatch(text.encode("ascii")) is not None


def reason_not_replayable(capture: Capture, *, is_masked: bool = False) -> str | None:
    """Return why a capture cannot be sent to any target, as a sentence, or None."""
    if capture.kind in OF_KIND:
        return OF_KIND[capture.kind]
    if is_masked:
        return "It is masked, so its real content is unknown."
    if not is_method(capture.method):
        return f"Its method “{shortened(visible(capture.method), 40)}” is not valid in HTTP."
    if capture.method == "CONNECT":
        return "CONNECT opens a tunnel through a proxy and cannot be replayed."
    if not capture.target.startswith(b"/"):
        return f"Its target “{_shown(capture.target)}” does not start with a slash."
    if _FORBIDDEN_IN_TARGET.search(capture.target):
        return f"Its target “{_shown(capture.target)}” contains a space or a control character."
    has_forbidden = _FORBIDDEN_IN_HEADER.search(b"".join([value for _, value in capture.headers]))
    for name, value in capture.headers:
        if not _known(name).is_token:
            return f"Its header name “{_shown(name)}” is not valid in HTTP."
        if has_forbidden and _FORBIDDEN_IN_HEADER.search(value):
            return f"The value of its header “{_shown(name)}” contains a line break or a NUL."
    return None


def compose(
    capture: Capture, target: Target, *, own: Sequence[Pair] = (), is_masked: bool = False
) -> WireRequest:
    """Return the request to `target` for `capture`. Raises NotReplayable if there can be none.

    Fields of the connection are left out. Host and Content-Length are replaced in their place; a second one
    is dropped, because all servers refuse two. Content-Length is added last if there is a body. HTTP/1.0
    stays HTTP/1.0. If HTTP/1.1 requires a Host and there is none, it is added first. The target's own
    headers, and those in `own`, replace captured ones of their name or are added last.
    """
    reason = reason_not_replayable(capture, is_masked=is_masked)
    if reason is not None:
        raise NotReplayable(reason)
    version = b"1.0" if capture.version == "1.0" else b"1.1"
    replacements = {b"host": target.netloc.encode("ascii"), b"content-length": b"%d" % len(capture.body)}
    of_connection = _named_by_connection(capture)
    headers: list[tuple[bytes, bytes]] = []
    for pair in capture.headers:
        name = _known(pair[0])
        if name.is_replaced:
            value = replacements.pop(name.lower, None)
            if value is not None:
                headers.append((pair[0], value))
        elif not name.is_left_out and name.lower not in of_connection:
            headers.append(pair)
    if target.headers or own:
        headers = with_headers(headers, (*target.headers, *own))
    if b"host" in replacements and version == b"1.1":
        headers.insert(0, (b"Host", replacements[b"host"]))
    if b"content-length" in replacements and capture.body:
        headers.append((b"Content-Length", replacements[b"content-length"]))
    return WireRequest(
        method=capture.method.encode("ascii"),
        target=target.request_target(capture.target),
        version=version,
        headers=tuple(headers),
        body=capture.body,
    )


def fit_headers(headers: HeaderPairs) -> HeaderPairs:
    """Return `headers` if they can replace captured ones. Raises UsageError otherwise."""
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise UsageError(f"“{_shown(name)}” is not a valid header name.")
        if _FORBIDDEN_IN_HEADER.search(value):
            raise UsageError(f"The value of {_shown(name)} contains a line break or a NUL. Remove it.")
        if _known(name).is_replaced or _known(name).is_left_out:
            raise UsageError(f"{_shown(name)} is set for each request. Remove it.")
    return headers


def own_headers(headers: HeaderPairs) -> HeaderPairs:
    """Return `headers` if they can belong to a target. Raises UsageError otherwise."""
    if any(name.lower() == SIGNATURE_HEADER for name, _ in fit_headers(headers)):
        raise UsageError(
            "A target cannot set the signature. Captures have their own, or are re-signed with a secret."
        )
    return headers


def _named_by_connection(capture: Capture) -> set[bytes]:
    names = b",".join(capture.values(b"connection"))
    return {name.strip(b" \t").lower() for name in names.split(b",")} if names else set()


def _shown(data: bytes) -> str:
    return shortened(visible_bytes(data), 60)
