"""The headers of a capture that a forward does not send, in addition to those of one connection."""

from __future__ import annotations

from dataclasses import replace

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.headers import carries_client_address

_CREDENTIALS = frozenset((b"cookie", b"authorization"))
"""Meant for this listener or its proxy, never for the target."""


def forwarded(capture: Capture) -> Capture:
    """Return `capture` without Cookie, Authorization and the headers that carry the client's address.

    Nothing else changes: the signature is sent as it came.
    """
    kept = tuple([pair for pair in capture.headers if not _is_left_out(pair[0].lower())])
    return capture if len(kept) == len(capture.headers) else replace(capture, headers=kept)


def _is_left_out(name: bytes) -> bool:
    return name in _CREDENTIALS or carries_client_address(name)
