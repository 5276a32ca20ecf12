"""How a capture is sent: exactly, edited, re-signed or marked. The client applies the options."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.capture.headers import as_texts, from_texts, with_headers, without_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replacements for parts of a request; None keeps a part."""

    method: str | None = None
    headers: HeaderPairs | None = None
    """All headers. Host and Content-Length are always written for the target."""
    dropped: tuple[bytes, ...] = ()
    """Names of headers to omit from any capture."""
    put: HeaderPairs = ()
    """Headers to set on any capture. Each replaces captured ones of its name, or is added."""
    body: bytes | None = None

    def applied(self, capture: Capture) -> Capture:
        """Return the capture as if it had been received like this; the capture itself if nothing is
        edited."""
        if self is _NOTHING or self == _NOTHING:  # called for each capture of a plan
            return capture
        headers = capture.headers if self.headers is None else self.headers
        return capture._replace(
            method=capture.method if self.method is None else self.method,
            headers=tuple(with_headers(without_headers(headers, self.dropped), self.put)),
            body=capture.body if self.body is None else self.body,
        )


_NOTHING = Edit()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """How captures are sent; by default, exactly."""

    edit: Edit = _NOTHING
    sign_with: str | None = None
    """The name of the secret to re-sign with. Its text is passed separately and never stored."""
    is_resigning_unverified: bool = False
    """Whether captures that are not valid are re-signed, too."""
    has_marker: bool = False
    """Whether each request has a header with the number of its capture."""
    is_following_redirects: bool = False
    """Whether redirects are followed (see `redirect.FOLLOWED`)."""

    def as_options(self) -> dict[str, Any]:
        """Return the options for JSON. `from_options` reads them back to an equal value."""
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
        """Read the result of `as_options`. Missing options get their defaults."""
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
