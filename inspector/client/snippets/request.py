"""What a snippet is made of: the parts of a request that its client is told, the rest is the client's."""

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
"""Bytes of a body that is still worth having on a clipboard."""
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
# The client writes them itself, and knows better.
_OWN = frozenset((b"host", b"content-length"))


class NotCopyable(InspectorError):
    """This client cannot send the request; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request for a client that can be told so much of it."""

    method: str
    url: str
    headers: HeaderPairs
    """Without Host and Content-Length."""
    body: bytes
    has_length: bool
    """It says how long its body is, an empty one too."""
    notes: tuple[str, ...] = ()
    """What is not said exactly, in sentences for a comment."""

    def has(self, name: str) -> bool:
        """Whether there is a header of that name, in whatever case."""
        return any(key.lower() == name.lower().encode() for key, _ in self.headers)

    def missing(self, *names: str) -> list[str]:
        """Those of the headers that a client adds unasked which the request does not have."""
        return [name for name in names if not self.has(name)]

    @property
    def text(self) -> str | None:
        """The body as text that is safe to paste anywhere; None for one with anything hidden in it."""
        try:
            text = self.body.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return text if visible(text) == text else None


def sent(request: WireRequest, target: Target) -> Sent:
    """What is sent for `request` to `target`; raises NotCopyable for a body too large for a clipboard."""
    if len(request.body) > MAX_BODY:
        raise NotCopyable(
            f"A body of {len(request.body):,} bytes is too large for the clipboard; replay or export it."
        )
    notes = []
    path = quote(request.target, safe="".join(map(chr, range(0x21, 0x7F))))
    if path.encode() != request.target:
        notes.append("Bytes of the path beyond ASCII are percent-encoded.")
    if request.version == b"1.0":
        notes.append("The request came as HTTP/1.0.")
    return Sent(
        method=request.method.decode("ascii"),
        url=f"{target.scheme}://{target.netloc}{path}",
        headers=tuple(pair for pair in request.headers if pair[0].lower() not in _OWN),
        body=request.body,
        has_length=any(name.lower() == b"content-length" for name, _ in request.headers),
        notes=tuple(notes),
    )


def joined(headers: HeaderPairs) -> tuple[HeaderPairs, list[str]]:
    """For a client that takes a name once: repeated values in one, as Node joins them, and a note of it."""
    values: dict[bytes, list[bytes]] = {}
    names: dict[bytes, bytes] = {}
    for name, value in headers:
        names.setdefault(name.lower(), name)
        values.setdefault(name.lower(), []).append(value)
    repeated = [names[key].decode("latin-1") for key, found in values.items() if len(found) > 1]
    notes = [f"{name} came more than once and is sent once, its values joined." for name in repeated]
    return tuple((names[key], b", ".join(found)) for key, found in values.items()), notes


def sayable(headers: HeaderPairs, client: str, encoding: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Headers as texts for a client that writes them in this encoding, and a note of each that it cannot.

    Raises NotCopyable where the signature is one of them.
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
            raise NotCopyable(f"{client} cannot be told this signature header; copy it as cURL.")
        else:
            notes.append(f"{name.decode('ascii')} is left out: {client} cannot be told its value.")
    return texts, notes


def is_signature(name: bytes) -> bool:
    """Whether this is the header that has to arrive exactly."""
    return name.lower() == SIGNATURE_HEADER
