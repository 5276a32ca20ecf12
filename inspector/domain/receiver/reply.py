"""A receiver's response to one request of a check."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.base.visible import shortened, visible_bytes
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.mask.mask import hidden_digests

_MOST_LOCATION = 120
"""Maximum characters of a redirect's Location in a sentence."""
_CREDENTIALS = re.compile("(?<=//)[^/@]*@")
_QUERY = re.compile("[?#].*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The receiver's response to one delivery."""

    status: int | None
    elapsed_ms: float
    headers: HeaderPairs = ()
    body: bytes = b""
    error: str | None = None
    """Why there was no complete response, as a sentence."""
    is_cut: bool = False
    """The response was longer than the part that is read."""
    is_timeout: bool = False
    """The receiver received the request but did not respond in time."""
    is_unreachable: bool = False
    """There was no connection."""
    is_local: bool = False
    """The receiver is on this machine, so that small differences of times can be measured."""
    shows_secret: bool = False
    """The response contained the secret that signed the event. It contains dots instead now."""

    @classmethod
    def of(cls, attempt: AttemptDetail, *, is_local: bool = False, shows_secret: bool = False) -> Reply:
        """Return the reply to a request that was sent."""
        row = attempt.row
        return cls(
            status=row.status,
            elapsed_ms=row.elapsed_ms or 0.0,
            headers=attempt.response_headers,
            body=attempt.response_body,
            error=None if row.error is None else hidden_digests(row.error),
            is_cut=attempt.is_response_cut and row.error is None,
            is_timeout=row.outcome == "timeout" and row.connected_to is not None,
            is_unreachable=row.connected_to is None or row.outcome == "tls",
            is_local=is_local,
            shows_secret=shows_secret,
        )

    @property
    def kind(self) -> tuple[int | None, bool]:
        """The status, and whether the response is complete: what must be equal for events of one kind."""
        return self.status, self.error is None

    @property
    def is_accepted(self) -> bool:
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @property
    def is_rejected(self) -> bool:
        """Whether the receiver refused the event without failing."""
        return self.error is None and self.status is not None and 400 <= self.status < 500

    @property
    def words(self) -> str:
        """`responds with 401`, `redirects with 308 to https://…`, or why there was no response.

        Nothing that a receiver may have repeated from the event, such as its signature, is in it.
        """
        if self.error is not None:
            return self.error.rstrip(".")
        location = next((value for name, value in self.headers if name.lower() == b"location"), None)
        if self.status is not None and 300 <= self.status < 400 and location is not None:
            return f"redirects with {self.status} to {_place(location)}"
        return f"responds with {self.status}"


def _place(location: bytes) -> str:
    """Return the Location of a redirect without credentials, query and digests."""
    text = _QUERY.sub("", _CREDENTIALS.sub("", visible_bytes(location)))
    return shortened(hidden_digests(text), _MOST_LOCATION)
