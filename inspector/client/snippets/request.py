"""The parts of a request that a snippet contains. Its client adds the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SIGNATURE_HEADER, HeaderPairs

MAX_BODY = 2**20
"""Maximum bytes of a body for the clipboard."""
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
# The client writes these.
_OWN = frozenset((b"host", b"content-length"))


class NotCopyable(InspectorError):
    """Raised if this client cannot send the request. The sentence is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetRequest:
    """The parts of a request that a client can be given."""

    method: str
    url: str
    headers: HeaderPairs
    """Without Host and Content-Length."""
    body: bytes
    has_length: bool
    """Whether there is a Content-Length, possibly of an empty body."""
    notes: tuple[str, ...] = ()
    """Sentences for a comment about everything that is not exact."""

    def has(self, name: str) -> bool:
        """Return whether there is a header of this name, in any case."""
        return any(key.lower() == name.lower().encode() for key, _ in self.headers)

    def missing(self, *names: str) -> list[str]:
        """Return these names without those that the request has."""
        return [name for name in names if not self.has(name)]

    @property
    def text(self) -> str | None:
        """The body as text that is safe to paste. None if it is not UTF-8 or has hidden characters."""
        try:
            text = self.body.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return text if visible(text) == text else None


def sent(request: WireRequest, target: Target) -> SnippetRequest:
    """Return the parts of a request to `target`. Raises NotCopyable if the body is too large."""
    if len(request.body) > MAX_BODY:
        raise NotCopyable(
            f"A body of {len(request.body):,} bytes is too large for the clipboard. Replay or export it."
        )
    notes = []
    path = quote(request.target, safe="".join(map(chr, range(0x21, 0x7F))))
    if path.encode() != request.target:
        notes.append("Non-ASCII bytes of the path are percent-encoded.")
    if request.version == b"1.0":
        notes.append("The request arrived as HTTP/1.0.")
    return SnippetRequest(
        method=request.method.decode("ascii"),
        url=f"{target.scheme}://{target.netloc}{path}",
        headers=tuple(pair for pair in request.headers if pair[0].lower() not in _OWN),
        body=request.body,
        has_length=any(name.lower() == b"content-length" for name, _ in request.headers),
        notes=tuple(notes),
    )


def joined(headers: HeaderPairs) -> tuple[HeaderPairs, list[str]]:
    """Join repeated headers as Node does, for a client that accepts a name only once, and return notes about
    it."""
    values: dict[bytes, list[bytes]] = {}
    names: dict[bytes, bytes] = {}
    for name, value in headers:
        names.setdefault(name.lower(), name)
        values.setdefault(name.lower(), []).append(value)
    repeated = [names[key].decode("latin-1") for key, found in values.items() if len(found) > 1]
    notes = [f"{name} arrived more than once. It is sent once, with its values joined." for name in repeated]
    return tuple((names[key], b", ".join(found)) for key, found in values.items()), notes


def sayable(headers: HeaderPairs, client: str, encoding: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return headers as texts in a client's encoding, and a note for each that it cannot send.

    Raises NotCopyable if it cannot send the signature.
    """
    texts, notes = [], []
    for name, value in headers:
        try:
            text = value.decode(encoding)
        except UnicodeDecodeError:
            text = None
        if text is not None and not _CONTROL.search(text):
            texts.append((name.decode("ascii"), text))
        elif is_signature(name):
            raise NotCopyable(f"{client} cannot send this signature header. Copy it as cURL.")
        else:
            notes.append(f"{name.decode('ascii')} is not sent, because {client} cannot send its value.")
    return texts, notes


def is_signature(name: bytes) -> bool:
    """Return whether this is the signature header, which must arrive exactly."""
    return name.lower() == SIGNATURE_HEADER
