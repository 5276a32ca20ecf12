"""Requests that missed the guarded path. They are not captures: they are never evaluated or counted."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.domain.capture.capture import HeaderPairs

BODY_BYTES = 4 * 1024
"""Maximum bytes of a stray request's body that are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayRow:
    """A stray request as a list shows it."""

    id: int = 0
    """0 before it is stored."""
    received_ms: int
    method: str
    target: bytes
    """The raw request target, which may have been chosen by an attacker."""
    remote: str
    """The peer's address, `127.0.0.1:51234`."""
    claimed: str | None
    """The client address that a proxy claims."""
    body_bytes: int
    """The size of the whole body, announced or received. Only its beginning is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray(StrayRow):
    """A complete stray request."""

    version: str
    headers: HeaderPairs
    body: bytes
    """At most `BODY_BYTES`."""
