"""One HTTP request as received."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["captured", "sample", "imported", "cut", "refused"]
HeaderPairs = tuple[tuple[bytes, bytes], ...]

SIGNATURE_HEADER = b"x-webhook-signature"
SAMPLE_HEADER = b"x-webhook-inspector-sample"
WRONG_SECRET_NONCE = "wrong-secret-"  # noqa: S105 - a word, not a secret
"""The start of the value of that header if the sample is deliberately signed with another secret."""
BROWSER_HEADERS = (b"origin", b"sec-fetch-site")
_BROWSER_LENGTHS = tuple(map(len, BROWSER_HEADERS))
MAX_NOTE = 2_000
"""Maximum characters of the user's note on a capture."""


class Capture(NamedTuple):
    """A request, byte for byte. It is never changed after it was stored.

    It is not a dataclass, because one is made for each request, and this takes a third of the time.
    """

    kind: Kind
    received_ms: int
    """When its head arrived, in milliseconds since 1970."""
    method: str
    target: bytes
    """The raw request target, as on the request line."""
    headers: HeaderPairs
    """Name and value pairs in their original order and case; values without surrounding white space."""
    body: bytes
    """The body as far as it arrived, still compressed if it was. For a refused request, its raw bytes (64
    KiB)."""
    version: str = "1.1"
    declared: int | None = None
    """The announced Content-Length."""
    remote: str = ""
    """The peer's address, `127.0.0.1:51234`."""
    claimed: str | None = None
    """The client address that a proxy claims (Forwarded, X-Forwarded-For, X-Real-IP); never trusted."""
    answered: int | None = None
    """The status of the response; None if there was none."""
    answered_by: str | None = None
    """The response rule that decided the response, as a sentence; None for the usual response."""
    trouble: str | None = None
    """Why it was refused or cut, as a sentence."""

    def as_sent(self) -> bytes:
        """Return the request: its head and its body, still compressed; for a refused one, its raw bytes."""
        if self.kind == "refused":
            return self.body
        first = b"%b %b HTTP/%b\r\n" % (self.method.encode(), self.target, self.version.encode())
        return first + b"".join(b"%b: %b\r\n" % pair for pair in self.headers) + b"\r\n" + self.body

    def values(self, name: bytes) -> tuple[bytes, ...]:
        """Return each value of the header `name` (lower case), in order."""
        return header_values(self.headers, name)

    @property
    def is_from_browser(self) -> bool:
        """Whether a browser sent the request: it has Origin or Sec-Fetch-Site, which no webhook sender
        sets."""
        for key, _ in self.headers:  # noqa: SIM110 - this runs for every capture, and any() is slower
            # The length is compared first because it is cheap.
            if len(key) in _BROWSER_LENGTHS and key.lower() in BROWSER_HEADERS:
                return True
        return False


def header_values(headers: HeaderPairs, name: bytes) -> tuple[bytes, ...]:
    """Return each value of the header `name` (lower case), in order."""
    length = len(name)
    return tuple([value for key, value in headers if len(key) == length and key.lower() == name])
