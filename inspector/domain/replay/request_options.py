"""How a capture is sent: exactly, edited, signed again, marked. What is asked for; replay does it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.capture.headers import as_texts, from_texts, with_headers, without_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is sent in place of what came; null where it stays."""

    method: str | None = None
    headers: HeaderPairs | None = None
    """All of them. Host and Content-Length are written for the target all the same."""
    dropped: tuple[bytes, ...] = ()
    """Names of headers that are left out, of whichever capture."""
    put: HeaderPairs = ()
    """Headers in place of those of their names, or beside the others; of whichever capture."""
    body: bytes | None = None

    def applied(self, capture: Capture) -> Capture:
        """The capture as if it had come like this; itself where nothing is edited."""
        if self is _NOTHING or self == _NOTHING:  # of a plan it is asked for each capture
            return capture
        headers = capture.headers if self.headers is None else self.headers
        return replace(
            capture,
            method=capture.method if self.method is None else self.method,
            headers=tuple(with_headers(without_headers(headers, self.dropped), self.put)),
            body=capture.body if self.body is None else self.body,
        )


_NOTHING = Edit()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """How captures are sent. Without anything set: exactly."""

    edit: Edit = _NOTHING
    sign_with: str | None = None
    """The name of the secret to sign again with; its text travels apart and is kept nowhere."""
    is_resigning_unverified: bool = False
    """Sign again what is not valid, too."""
    has_marker: bool = False
    """Each request says in a header which capture it replays."""
    is_following_redirects: bool = False
    """Where an answer redirects, it is sent on (see `redirect.FOLLOWED`)."""

    def as_options(self) -> dict[str, Any]:
        """As JSON keeps it; `from_options` reads it back to an equal value."""
        edit = self.edit
        return {
            "method": edit.method,
            "headers": None if edit.headers is None else as_texts(edit.headers),
            "dropped": [name.decode("latin-1") for name in edit.dropped],
            "put": as_texts(edit.put),
            "body": None if edit.body is None else base64.b64encode(edit.body).decode("ascii"),
            "sign_with": self.sign_with,
            "resign_unverified": self.is_resigning_unverified,
            "marker": self.has_marker,
            "follow_redirects": self.is_following_redirects,
        }

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> RequestOptions:
        """What `as_options` wrote; what is missing is not set."""
        headers, body = options.get("headers"), options.get("body")
        return cls(
            edit=Edit(
                method=options.get("method"),
                headers=None if headers is None else from_texts(headers),
                dropped=tuple(name.encode("latin-1") for name in options.get("dropped") or ()),
                put=from_texts(options.get("put") or ()),
                body=None if body is None else base64.b64decode(body),
            ),
            sign_with=options.get("sign_with"),
            is_resigning_unverified=bool(options.get("resign_unverified")),
            has_marker=bool(options.get("marker")),
            is_following_redirects=bool(options.get("follow_redirects")),
        )
